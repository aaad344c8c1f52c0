/* test_writer -- what leaves the proxy, byte by byte.
 * SPDX-License-Identifier: MIT
 *
 * Each case is parsed, judged and marked as the proxy does it, written, and
 * compared whole; written requests and answers must parse again.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "http/parser.h"
#include "http/status.h"
#include "http/writer.h"

static const struct head_limits lim = { 65536, 100 };

static const struct {
	const char *why, *input;
	struct forward f;
	const char *want;
} requests[] = {
	{ "plain",
	    "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept:*/*\t\r\n\r\n",
	    { .prefix = "", .peer_ip = "10.0.0.1", .proto = "http",
		.request_id = "id1" },
	    "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n"
	    "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\n"
	    "Via: 1.1 understudy\r\nx-request-id: id1\r\n\r\n" },
	{ "a certificate's subject is ours to tell, whoever is trusted",
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Client-Cert-Subject: CN=admin\r\n\r\n",
	    { .prefix = "", .trusted = true, .client_subject = "CN=robot" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "x-client-cert-subject: CN=robot\r\n\r\n" },
	{ "and nobody else's",
	    "GET / HTTP/1.1\r\nHost: x\r\nx-client-cert-subject: CN=admin\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "white space around values becomes one space",
	    "GET / HTTP/1.1\r\nHost: x\r\nA:1\r\nB:\t2\r\nC:  3 \r\nD: 4 5\r\n"
	    "E: \r\nF:\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4 5\r\n"
	    "E: \r\nF: \r\nVia: 1.1 understudy\r\n\r\n" },
	{ "what a trusted peer sent is kept and added to",
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\n"
	    "Via: 1.0 a\r\nX-Forwarded-For: 2.2.2.2, 3.3.3.3\r\n"
	    "X-Forwarded-Proto: https\r\nX-Request-ID: mine\r\n\r\n",
	    { .prefix = "", .trusted = true, .peer_ip = "::1", .proto = "http",
		.request_id = "id1" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.0 a\r\n"
	    "X-Forwarded-Proto: https\r\nX-Request-ID: mine\r\n"
	    "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, ::1\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "empty ones are as good as none",
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For:\r\n"
	    "x-request-id: \r\n\r\n",
	    { .prefix = "", .peer_ip = "::1", .request_id = "id1" },
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ::1\r\n"
	    "Via: 1.1 understudy\r\nx-request-id: id1\r\n\r\n" },
	{ "what another peer says of those behind it goes",
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\n"
	    "X-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\n"
	    "x-forwarded-port: 1\r\nX-Real-IP: 1.1.1.1\r\nX-A: b\r\n"
	    "Forwarded: for=1.1.1.1\r\nX-Forwarded: 1\r\n\r\n",
	    { .prefix = "", .peer_ip = "::1", .proto = "http" },
	    "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\nX-Forwarded: 1\r\n"
	    "X-Forwarded-For: ::1\r\nX-Forwarded-Proto: http\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "of a trusted one it stays",
	    "GET / HTTP/1.1\r\nHost: x\r\nForwarded: for=1.1.1.1\r\n"
	    "X-Forwarded-Host: h\r\nx-forwarded-port: 1\r\n"
	    "X-Real-IP: 1.1.1.1\r\nforwarded: for=2.2.2.2\r\n\r\n",
	    { .prefix = "", .trusted = true, .peer_ip = "10.0.0.1",
		.proto = "http", .host = "y" },
	    "GET / HTTP/1.1\r\nHost: y\r\nX-Forwarded-Host: h\r\n"
	    "x-forwarded-port: 1\r\nX-Real-IP: 1.1.1.1\r\n"
	    "X-Forwarded-For: 10.0.0.1\r\nForwarded: for=1.1.1.1, "
	    "for=2.2.2.2, for=10.0.0.1;proto=http\r\n"
	    "X-Forwarded-Proto: http\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "edits: another path, fields set, replaced, left out",
	    "GET /v1/a?v1 HTTP/1.1\r\nHost: x\r\nA: 1\r\na: 2\r\nB: 3\r\n"
	    "Idempotency-Key: k\r\nC: 4\r\n\r\n",
	    { .prefix = "/base", .edits = &(const struct edits){
		.path_from = "/v1", .path_from_len = 3, .path_to = "/v2",
		.count = 6, .fields = (const struct field_edit[]){
		    { "idempotency-key", 15, "fresh", true },
		    { "x-idempotency-key", 17, "fresh", true },
		    { "a", 1, "9", false }, { "b", 1, NULL, false },
		    { "d", 1, "new", false }, { "a", 1, "late", false } } } },
	    "GET /base/v2/a?v1 HTTP/1.1\r\nHost: x\r\nC: 4\r\n"
	    "idempotency-key: fresh\r\na: 9\r\nd: new\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "edits: a path that only looks alike",
	    "GET /v10 HTTP/1.1\r\nHost: x\r\n\r\n",
	    { .prefix = "", .edits = &(const struct edits){
		.path_from = "/v1", .path_from_len = 3, .path_to = "/v2" } },
	    "GET /v10 HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "edits: the prefix and nothing behind it",
	    "GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n",
	    { .prefix = "", .edits = &(const struct edits){
		.path_from = "/v1", .path_from_len = 3, .path_to = "/" } },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "Forwarded puts IPv6 in quotes",
	    "GET / HTTP/1.1\r\nHost: x\r\nForwarded: for=1.1.1.1\r\n\r\n",
	    { .prefix = "", .trusted = true, .peer_ip = "::1" },
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ::1\r\n"
	    "Forwarded: for=1.1.1.1, for=\"[::1]\"\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "an empty Forwarded is none",
	    "GET / HTTP/1.1\r\nHost: x\r\nForwarded:\r\n\r\n",
	    { .prefix = "", .trusted = true, .peer_ip = "::1" },
	    "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ::1\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "a good trace passes",
	    "GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-a-b-c\r\n"
	    "tracestate: a=b\r\ntracestate: c=d\r\n\r\n", { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-a-b-c\r\n"
	    "tracestate: a=b\r\ntracestate: c=d\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "a bad trace goes with its state, and ours begins",
	    "GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-a-b-c\r\n"
	    "tracestate: a=b\r\n\r\n", { .prefix = "", .traceparent = "00-d" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "traceparent: 00-d\r\n\r\n" },
	{ "a bad trace goes, and none begins",
	    "GET / HTTP/1.1\r\nHost: x\r\ntraceparent: 00-a-b-c\r\n"
	    "tracestate: a=b\r\n\r\n", { .prefix = "", .traceparent = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "hop-by-hop fields go, and a faked leg",
	    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close, x-a\r\nX-A: 1\r\n"
	    "Keep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nTrailer: z\r\n"
	    "Proxy-Authorization: a\r\nX-Understudy-Leg: shadow\r\nX-B: 2\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nX-B: 2\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "the framing is ours",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0005\r\n\r\n",
	    { .prefix = "", .body = BODY_LENGTH, .length = 5 },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Content-Length: 5\r\n\r\n" },
	{ "length 0 is said",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
	    { .prefix = "", .body = BODY_LENGTH },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Content-Length: 0\r\n\r\n" },
	{ "largest number",
	    "POST / HTTP/1.1\r\nHost: x\r\n\r\n",
	    { .prefix = "", .body = BODY_LENGTH, .length = UINT64_MAX },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Content-Length: 18446744073709551615\r\n\r\n" },
	{ "chunked becomes a length when the body is known",
	    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
	    { .prefix = "", .body = BODY_LENGTH, .length = 7, .leg = "shadow" },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "x-understudy-leg: shadow\r\nContent-Length: 7\r\n\r\n" },
	{ "a second call to legacy says so",
	    "POST / HTTP/1.1\r\nHost: x\r\nX-Understudy-Leg: primary\r\n\r\n",
	    { .prefix = "", .body = BODY_LENGTH, .length = 0, .leg = "control" },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "x-understudy-leg: control\r\nContent-Length: 0\r\n\r\n" },
	{ "chunked stays",
	    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n",
	    { .prefix = "", .body = BODY_CHUNKED },
	    "POST / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n" },
	{ "prefix and another Host",
	    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
	    { .prefix = "/api", .host = "y:8" },
	    "GET /api/a HTTP/1.1\r\nHost: y:8\r\nX-Forwarded-Host: x\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "another Host, and a client that asked for none",
	    "GET / HTTP/1.0\r\n\r\n", { .prefix = "", .host = "y" },
	    "GET / HTTP/1.1\r\nHost: y\r\nVia: 1.0 understudy\r\n\r\n" },
	{ "absolute form: its authority is the Host",
	    "GET http://y:9/a?b HTTP/1.1\r\nHost: Y:9\r\n\r\n",
	    { .prefix = "/p" },
	    "GET /p/a?b HTTP/1.1\r\nHost: y:9\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "absolute form without a path",
	    "GET http://y?b HTTP/1.1\r\nHost: y\r\n\r\n", { .prefix = "" },
	    "GET /?b HTTP/1.1\r\nHost: y\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "absolute form, Host given",
	    "GET http://y/ HTTP/1.1\r\nHost: y\r\n\r\n",
	    { .prefix = "", .host = "z" },
	    "GET / HTTP/1.1\r\nHost: z\r\nX-Forwarded-Host: y\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "asterisk takes no prefix",
	    "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", { .prefix = "/p" },
	    "OPTIONS * HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "one hop less", "OPTIONS / HTTP/1.1\r\nHost: x\r\n"
	    "Max-Forwards: 10\r\n\r\n", { .prefix = "" },
	    "OPTIONS / HTTP/1.1\r\nHost: x\r\nMax-Forwards: 9\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "Max-Forwards of others passes", "GET / HTTP/1.1\r\nHost: x\r\n"
	    "Max-Forwards: 1\r\n\r\n", { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nMax-Forwards: 1\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
	{ "1.0 with Host",
	    "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
	    { .prefix = "", .default_host = "d" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.0 understudy\r\n\r\n" },
	{ "1.0 without Host",
	    "GET / HTTP/1.0\r\n\r\n", { .prefix = "", .default_host = "d:1" },
	    "GET / HTTP/1.1\r\nHost: d:1\r\nVia: 1.0 understudy\r\n\r\n" },
	{ "expectation kept back",
	    "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "expectation passed on",
	    "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n",
	    { .prefix = "", .send_expect = true },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Expect: 100-continue\r\n\r\n" },
	{ "a websocket is asked for afresh",
	    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c, WebSocket\r\n"
	    "Connection: Upgrade, x-y\r\nX-Y: 1\r\n\r\n",
	    { .prefix = "", .websocket = true },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 understudy\r\n"
	    "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n" },
	{ "100-continue among others is not another one's to hear",
	    "GET / HTTP/1.0\r\nHost: x\r\nExpect: , 100-continue\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.0 understudy\r\n\r\n" },
	{ "another expectation is the upstream's",
	    "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
	    { .prefix = "" },
	    "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n"
	    "Via: 1.1 understudy\r\n\r\n" },
};

/* Write with room to spare, then with exactly enough, then with every room
 * that is too small. */
#define CHECK_WRITTEN(why, want, call) do { \
	char out[4096]; \
	size_t space = sizeof out, len = strlen(want); \
	size_t got = call; \
	cr_expect(got == len && memcmp(out, want, len) == 0, \
	    "%s: got\n%.*s", why, (int)got, out); \
	space = len; \
	cr_expect_eq(call, len, "%s: exact space", why); \
	for (space = 0; space < len; space++) \
		cr_expect_eq(call, 0, "%s: %zu bytes", why, space); \
} while (0)

Test(writer, writes_each_request)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		const char *text = requests[i].input, *why = NULL;
		const char *want = requests[i].want;
		struct head h, again;
		struct framing frame;
		struct target t;

		cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim,
		    &h, &why), HEAD_OK, "%s: %s", requests[i].why, why);
		cr_assert(framing_of_request(&h, &t, &frame, &why), "%s: %s",
		    requests[i].why, why);
		framing_mark_hop_by_hop(&h);
		CHECK_WRITTEN(requests[i].why, want, write_request_head(&h, &t,
		    &requests[i].f, out, space));
		if (requests[i].f.length > INT64_MAX)
			continue;
		cr_expect_eq(parse_request_head(want, strlen(want), 0, &lim,
		    &again, &why), HEAD_OK, "%s: %s", requests[i].why, why);
		cr_expect(framing_of_request(&again, &t, &frame, &why), "%s: %s",
		    requests[i].why, why);
		cr_expect_eq(frame.kind, requests[i].f.body);
		cr_expect_eq(frame.length, requests[i].f.length);
	}
}

static const struct {
	const char *why, *input;
	struct answer_frame a;
	const char *want;
} answers[] = {
	{ "plain",
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer:x \r\n\r\n",
	    { .body = BODY_LENGTH, .length = 5, .keep_alive = true,
		.client_minor = 1, .version = "legacy", .request_id = "id1" },
	    "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n"
	    "Via: 1.1 understudy\r\nx-understudy-version: legacy\r\nx-request-id: id1\r\n\r\n" },
	{ "the answer's own version goes, its id stays",
	    "HTTP/1.1 200 OK\r\nX-Understudy-Version: z\r\n"
	    "X-Request-Id: its\r\n\r\n",
	    { .body = BODY_CHUNKED, .keep_alive = true, .client_minor = 1,
		.version = "enhanced", .request_id = "id1" },
	    "HTTP/1.1 200 OK\r\nX-Request-Id: its\r\n"
	    "Transfer-Encoding: chunked\r\nVia: 1.1 understudy\r\nx-understudy-version: enhanced\r\n\r\n" },
	{ "hop-by-hop fields go",
	    "HTTP/1.0 404 Not Found\r\nConnection: keep-alive, x-a\r\nx-a: 1\r\n"
	    "Keep-Alive: 5\r\nX-B: 2\r\nContent-Length: 0\r\n\r\n",
	    { .body = BODY_LENGTH, .keep_alive = true, .client_minor = 1 },
	    "HTTP/1.1 404 Not Found\r\nX-B: 2\r\nContent-Length: 0\r\nVia: 1.0 understudy\r\n\r\n" },
	{ "chunked for a 1.0 client ends with the connection",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    { .body = BODY_CLOSE, .keep_alive = true },
	    "HTTP/1.1 200 OK\r\nConnection: close\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "a 1.0 client kept", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
	    { .body = BODY_LENGTH, .length = 3, .keep_alive = true },
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
	    "Connection: keep-alive\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "closing", "HTTP/1.1 204 No Content\r\n\r\n", { .client_minor = 1 },
	    "HTTP/1.1 204 No Content\r\nConnection: close\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "a Date for who has none", "HTTP/1.1 204 No Content\r\n\r\n",
	    { .keep_alive = true, .client_minor = 1, .date = "now" },
	    "HTTP/1.1 204 No Content\r\nDate: now\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "a Date of its own", "HTTP/1.1 204 No Content\r\nDate: then\r\n\r\n",
	    { .keep_alive = true, .client_minor = 1, .date = "now" },
	    "HTTP/1.1 204 No Content\r\nDate: then\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "a websocket is granted afresh", "HTTP/1.1 101 Switching\r\n"
	    "upgrade: WebSocket\r\nConnection: upgrade, x\r\nX: 1\r\n"
	    "Sec-WebSocket-Accept: a\r\n\r\n",
	    { .websocket = true, .client_minor = 1 },
	    "HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: a\r\n"
	    "Connection: upgrade\r\nUpgrade: websocket\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "HEAD announces", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
	    { .has_length = true, .length = 99, .keep_alive = true,
		.client_minor = 1 },
	    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nVia: 1.1 understudy\r\n\r\n" },
	{ "no reason", "HTTP/1.1 299\r\n\r\n",
	    { .keep_alive = true, .client_minor = 1 },
	    "HTTP/1.1 299 \r\nVia: 1.1 understudy\r\n\r\n" },
	{ "cookies stay apart and in order",
	    "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\n\r\n",
	    { .keep_alive = true, .client_minor = 1 },
	    "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nVia: 1.1 understudy\r\n\r\n" },
};

Test(writer, writes_each_answer)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		const char *text = answers[i].input, *why = NULL;
		const char *want = answers[i].want;
		struct head h, again;

		cr_assert_eq(parse_response_head(text, strlen(text), 0, &lim,
		    &h, &why), HEAD_OK, "%s: %s", answers[i].why, why);
		framing_mark_hop_by_hop(&h);
		CHECK_WRITTEN(answers[i].why, want, write_response_head(&h,
		    &answers[i].a, out, space));
		cr_expect_eq(parse_response_head(want, strlen(want), 0, &lim,
		    &again, &why), HEAD_OK, "%s: %s", answers[i].why, why);
	}
}

Test(writer, writes_each_number)
{
	const struct answer_frame frame = { .body = BODY_LENGTH,
		.keep_alive = true };

	for (uint64_t step = 1; step != 0; step = step < UINT64_MAX / 10 ?
	    step * 10 : 0) {
		for (int near = -1; near <= 1; near++) {
			struct answer_frame f = frame;
			char space[256], want[64];
			struct head h;
			const char *why;

			f.length = step + (uint64_t)near;
			cr_assert_eq(parse_response_head("HTTP/1.1 200 OK\r\n\r\n",
			    19, 0, &lim, &h, &why), HEAD_OK);
			space[write_response_head(&h, &f, space,
			    sizeof space - 1)] = '\0';
			snprintf(want, sizeof want, "\r\nContent-Length: %llu\r\n",
			    (unsigned long long)f.length);
			cr_expect(strstr(space, want), "%s", space);
		}
	}
}

Test(writer, relays_an_interim_answer)
{
	static const char text[] = "HTTP/1.1 103 Early Hints\r\n"
	    "Link: </a>\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
	static const char want[] =
	    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
	const char *why;
	struct head h;

	cr_assert_eq(parse_response_head(text, sizeof text - 1, 0, &lim, &h,
	    &why), HEAD_OK);
	framing_mark_hop_by_hop(&h);
	CHECK_WRITTEN("interim", want, write_interim_head(&h, out, space));
}

Test(writer, writes_our_own_answers)
{
	const struct own_answer kept = { .status = 502, .word = "reset",
		.message = "a \"b\" \\\n", .keep_alive = true,
		.retry_after_s = 3, .request_id = "id1", .version = "legacy",
		.date = "Sun, 06 Nov 1994 08:49:37 GMT" };
	const struct own_answer closed = { .status = 400, .word = "bad",
		.message = "x", .head_only = true };

	CHECK_WRITTEN("kept", "HTTP/1.1 502 Bad Gateway\r\n"
	    "Content-Type: application/json\r\nContent-Length: 50\r\n"
	    "Connection: keep-alive\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: 3\r\n"
	    "x-understudy-version: legacy\r\n"
	    "x-request-id: id1\r\n\r\n"
	    "{\"error\": \"reset\", \"message\": \"a \\\"b\\\" \\\\\\u000a\"}\n",
	    write_own_answer(&kept, out, space));
	CHECK_WRITTEN("closed, HEAD", "HTTP/1.1 400 Bad Request\r\n"
	    "Content-Type: application/json\r\nContent-Length: 33\r\n"
	    "Connection: close\r\n\r\n",
	    write_own_answer(&closed, out, space));
}

Test(writer, an_overlong_message_leaves_the_word)
{
	static const char want[] =
	    "\r\n\r\n{\"error\": \"word\", \"message\": \"\"}\n";
	char message[2000], out[4096];
	const struct own_answer a = { .status = 500, .word = "word",
		.message = message, .keep_alive = true };
	size_t len;

	memset(message, 'x', sizeof message - 1);
	message[sizeof message - 1] = '\0';
	len = write_own_answer(&a, out, sizeof out);
	cr_expect_gt(len, sizeof want);
	cr_expect_eq(memcmp(out + len - sizeof want + 1, want,
	    sizeof want - 1), 0);
}

Test(writer, knows_reasons)
{
	cr_expect_str_eq(status_reason(400), "Bad Request");
	cr_expect_str_eq(status_reason(504), "Gateway Timeout");
	cr_expect_str_eq(status_reason(299), "");
	cr_expect_str_eq(status_reason(0), "");
}
