/* fuzz_head -- any bytes as a request head and as a response head.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: every slice lies inside the head; dripping the bytes in gives
 * the same answer as all at once; and what the writer makes of an accepted
 * head is accepted again, with the same method, path, query, status, framing
 * and end-to-end fields, and no hop-by-hop field left.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "http/framing.h"
#include "http/parser.h"
#include "http/target.h"
#include "http/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct head_limits lim = { 8192, 40 };
static const struct head_limits wide = { 1 << 20, HEAD_FIELDS_MAX };
static char out[65536];

static enum head_result
parse(bool request, const char *bytes, size_t len, size_t seen,
    const struct head_limits *l, struct head *h)
{
	const char *why = NULL;
	enum head_result got = request ?
	    parse_request_head(bytes, len, seen, l, h, &why) :
	    parse_response_head(bytes, len, seen, l, h, &why);

	assert(got != HEAD_BAD || why != NULL);
	return got;
}

static void
check_slices(const struct head *h, size_t size)
{
	assert(h->len <= size && h->len <= lim.max_bytes);
	assert(h->field_count <= lim.max_fields);
	assert(h->method_off + h->method_len <= h->len);
	assert(h->target_off + h->target_len <= h->len);
	assert(h->reason_off + h->reason_len <= h->len);
	for (unsigned i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		assert(f->name_len > 0);
		assert(h->base[f->name_off + f->name_len] == ':');
		assert(f->value_off > f->name_off + f->name_len);
		assert(f->value_off + f->value_len + 2 <= h->len);
		assert(memchr(head_value(h, f), '\r', f->value_len) == NULL);
		assert(memchr(head_value(h, f), '\n', f->value_len) == NULL);
		assert(memchr(head_value(h, f), '\0', f->value_len) == NULL);
	}
}

/* Step by step as a slow peer would send it. */
static void
check_drip(bool request, const char *bytes, size_t size,
    enum head_result want, uint32_t want_len)
{
	enum head_result got = HEAD_MORE;
	struct head h;
	size_t seen = 0, step = 1 + size / 64;

	while (got == HEAD_MORE && seen < size) {
		size_t len = seen + step < size ? seen + step : size;

		got = parse(request, bytes, len, seen, &lim, &h);
		seen = len;
	}
	assert((got == HEAD_OK) == (want == HEAD_OK));
	assert((got == HEAD_MORE) == (want == HEAD_MORE));
	if (got == HEAD_OK)
		assert(h.len == want_len);
}

static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* Every end-to-end field the proxy does not write itself is there, in
 * order, as it came. */
static void
check_fields(const struct head *from, const struct head *to)
{
	unsigned at = 0;

	for (unsigned i = 0; i < to->field_count; i++)
		assert(!to->fields[i].hop ||
		    to->fields[i].id == FIELD_TRANSFER_ENCODING ||
		    to->fields[i].id == FIELD_UPGRADE ||
		    to->fields[i].id == FIELD_CONNECTION);
	for (unsigned i = 0; i < from->field_count; i++) {
		const struct field *f = &from->fields[i];

		if (f->hop || f->id != FIELD_OTHER)
			continue;
		while (at < to->field_count &&
		    to->fields[at].id != FIELD_OTHER)
			at++;
		assert(at < to->field_count);
		assert(is_same(head_name(from, f), f->name_len,
		    head_name(to, &to->fields[at]), to->fields[at].name_len));
		assert(is_same(head_value(from, f), f->value_len,
		    head_value(to, &to->fields[at]), to->fields[at].value_len));
		at++;
	}
}

static void
check_request(struct head *h)
{
	struct forward f = { .prefix = "", .peer_ip = "10.0.0.1",
		.proto = "http", .request_id = "0123", .default_host = "d" };
	struct framing frame, frame_again;
	struct target t, t_again;
	struct head again;
	const char *why;
	size_t len;

	if (!framing_of_request(h, &t, &frame, &why))
		return;
	framing_mark_hop_by_hop(h);
	f.body = frame.kind;
	f.length = frame.length;
	f.send_expect = frame.expects_100;
	f.websocket = frame.asks_websocket;
	f.leg = h->len % 2 != 0 ? "shadow" : NULL;
	f.trusted = h->len % 3 != 0;
	f.traceparent = h->len % 4 != 0 ? NULL : "00-1";
	f.host = h->len % 5 != 0 ? NULL : "other";
	len = write_request_head(h, &t, &f, out, sizeof out);
	assert(len > 0);
	assert(parse(true, out, len, 0, &wide, &again) == HEAD_OK);
	assert(again.len == len && again.minor == 1);
	assert(framing_of_request(&again, &t_again, &frame_again, &why));
	assert(frame_again.kind == frame.kind);
	assert(frame_again.length == frame.length);
	assert(frame_again.keep_alive);
	assert(frame_again.expects_100 == frame.expects_100);
	assert(frame_again.asks_websocket == frame.asks_websocket);
	assert(is_same(h->base + h->method_off, h->method_len,
	    again.base + again.method_off, again.method_len));
	assert(t_again.form != TARGET_ABSOLUTE);
	assert(is_same(t.path, t.path_len, t_again.path, t_again.path_len));
	assert((t.query == NULL) == (t_again.query == NULL));
	assert(is_same(t.query, t.query_len, t_again.query, t_again.query_len));
	check_fields(h, &again);
}

static void
check_response(struct head *h, bool head_request)
{
	struct answer_frame a = { .client_minor = 1, .version = "legacy" };
	struct framing frame, frame_again;
	struct head again;
	const char *why;
	size_t len;

	if (!framing_of_response(h, head_request, &frame, &why))
		return;
	framing_mark_hop_by_hop(h);
	a.body = frame.kind;
	a.length = frame.kind == BODY_LENGTH ? frame.length : frame.announced;
	a.has_length = frame.announces;
	a.keep_alive = frame.keep_alive;
	len = h->status < 200 ? write_interim_head(h, out, sizeof out) :
	    write_response_head(h, &a, out, sizeof out);
	assert(len > 0);
	assert(parse(false, out, len, 0, &wide, &again) == HEAD_OK);
	assert(again.len == len && again.minor == 1);
	assert(again.status == h->status);
	assert(framing_of_response(&again, head_request, &frame_again, &why));
	assert(frame_again.kind == frame.kind);
	assert(frame_again.length == frame.length);
	assert(frame_again.announced == frame.announced);
	if (h->status >= 200)
		assert(frame_again.keep_alive == frame.keep_alive);
	check_fields(h, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct head h;

	for (int request = 0; request < 2; request++) {
		enum head_result got = parse(request, bytes, size, 0, &lim, &h);

		check_drip(request, bytes, size, got,
		    got == HEAD_OK ? h.len : 0);
		if (got != HEAD_OK)
			continue;
		check_slices(&h, size);
		if (request)
			check_request(&h);
		else
			check_response(&h, size % 2 != 0);
	}
	return 0;
}
