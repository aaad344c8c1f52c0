/* answer -- see answer.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/answer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/parser.h"
#include "http/trailers.h"
#include "http/upgrade.h"
#include "http/writer.h"
#include "proxy/capture.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/header_line.h"
#include "proxy/isolating.h"
#include "proxy/reading.h"
#include "proxy/request.h"
#include "proxy/worker.h"

static enum answer_progress
fail(struct exchange *x, enum outcome why, const char *detail)
{
	exchange_fail(x, why, detail);
	return ANSWER_FAILED;
}

static void
copy_lower(char *out, size_t space, const struct head *h, enum field_id id)
{
	const struct field *f = head_find(h, id);

	out[0] = '\0';
	if (f == NULL)
		return;
	text_copy(out, space, head_value(h, f), f->value_len);
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* --- what is kept for comparison ------------------------------------------ */

/* Kept, or nothing more is. */
static void
keep(struct exchange *x, struct blob **to, const char *bytes, size_t len)
{
	enum capture_result result;

	if (!x->capture || x->truncated ||
	    x->request->shadow == SHADOW_DROPPED)
		return;
	result = capture_append(x->worker,
	    &x->request->snapshot->config->settings, to, bytes, len, false);
	if (result == CAPTURE_KEPT)
		return;
	x->truncated = true;
	x->no_room = result == CAPTURE_NO_ROOM;
	capture_drop(x->worker, &x->captured);
	capture_drop(x->worker, &x->headers);
}

static void
choose_headers(struct exchange *x, const struct head *h)
{
	const struct compare_rules *rules =
	    &x->request->snapshot->config->rules.compare;

	for (size_t i = 0; i < rules->header_count && x->capture; i++) {
		char line[HEADER_LINE_MAX];
		size_t len = header_line(h, rules->headers[i].name, line);

		if (len > 0)
			keep(x, &x->headers, line, len);
	}
}

/* --- the head ------------------------------------------------------------ */

static bool
relay_interim(struct exchange *x, struct head *h, const char **why)
{
	struct framing none;
	char *space;
	size_t len;

	if (!framing_of_response(h, false, &none, why))
		return false;
	/* HTTP/1.0 knows no 1xx (RFC 9110, section 15.2). */
	if (x->client == NULL || x->request->head.minor == 0)
		return true;
	framing_mark_hop_by_hop(h);
	space = worker_scratch(x->worker);
	len = write_interim_head(h, space, x->worker->scratch_bytes);
	stream_write(&x->client->stream, space, len);
	return true;
}

static enum body_kind
relay_kind(const struct exchange *x)
{
	if (x->framing.kind == BODY_NONE || x->framing.kind == BODY_LENGTH)
		return x->framing.kind;
	return x->request->head.minor == 0 ? BODY_CLOSE : BODY_CHUNKED;
}

static bool
passes_trailers(const struct exchange *x)
{
	return x->client != NULL && x->relay_as == BODY_CHUNKED &&
	    request_wants_trailers(x->request);
}

static void
write_head(struct exchange *x, const struct head *h)
{
	struct client *c = x->client;
	struct request *r = x->request;
	/* An answer to HEAD, or a 304, may tell the length it would have. */
	bool announces = x->framing.announces;
	struct answer_frame frame = {
		.body = x->relay_as,
		.length = announces ? x->framing.announced :
		    x->framing.length,
		.has_length = announces || x->framing.kind == BODY_LENGTH,
		.client_minor = r->head.minor,
		.version = worker_settings(x->worker)->version_header ?
		    version_name(x->version) : NULL,
		.request_id = r->id,
		.websocket = h->status == 101,
		.trailers = passes_trailers(x),
		.date = head_find(h, FIELD_DATE) == NULL ?
		    worker_date(x->worker) : NULL,
	};
	char *space = worker_scratch(x->worker);
	size_t len;

	frame.keep_alive = client_may_keep(c) && x->relay_as != BODY_CLOSE;
	c->keep_alive = frame.keep_alive;
	c->ends_by_close = x->relay_as == BODY_CLOSE;
	len = write_response_head(h, &frame, space, x->worker->scratch_bytes);
	assert(len > 0);
	x->client_mark = c->stream.accepted_bytes;
	x->committed = true;
	stream_write(&c->stream, space, len);
}

/* The client learns of it; what it has sent behind its request, and what the
 * backend sent behind this head, is tunnel.c's. */
static enum answer_progress
switch_protocol(struct exchange *x, struct head *h)
{
	if (!x->request->framing.asks_websocket || x->client == NULL)
		return fail(x, OUTCOME_UPSTREAM_BAD_HEAD,
		    "101 without an Upgrade in the request");
	if (!upgrade_is_granted(h))
		return fail(x, OUTCOME_UPSTREAM_BAD_HEAD,
		    "101 that does not switch to websocket alone");
	x->status = h->status;
	x->first_byte_ns = x->worker->loop.now_ns;
	framing_mark_hop_by_hop(h);
	x->relay_as = BODY_NONE;
	write_head(x, h);
	return ANSWER_SWITCHED;
}

static enum answer_progress
begin_body(struct exchange *x, struct head *h)
{
	const char *why;

	x->status = h->status;
	if (x->first_byte_ns == 0)
		x->first_byte_ns = x->worker->loop.now_ns;
	if (!framing_of_response(h, head_method_is(&x->request->head, "HEAD"),
	    &x->framing, &why))
		return fail(x, OUTCOME_UPSTREAM_BAD_HEAD, why);
	if (h->status >= 500 &&
	    exchange_would_fall_back(x, OUTCOME_UPSTREAM_5XX)) {
		reading_glance(x, h);
		return fail(x, OUTCOME_UPSTREAM_5XX, "answered by legacy instead");
	}
	framing_mark_hop_by_hop(h);
	choose_headers(x, h);
	copy_lower(x->content_type, sizeof x->content_type, h,
	    FIELD_CONTENT_TYPE);
	copy_lower(x->content_encoding, sizeof x->content_encoding, h,
	    FIELD_CONTENT_ENCODING);
	x->streamed = strncmp(x->content_type, "text/event-stream", 17) == 0;
	x->relay_as = relay_kind(x);
	x->left_bytes = x->framing.length;
	chunk_decoder_init(&x->chunks);
	x->chunks.wants_trailers = passes_trailers(x);
	if (x->client != NULL)
		write_head(x, h);
	reading_begin(x, h);
	isolating_begin(x, h);
	x->res = HALF_BODY;
	exchange_answer_began(x);
	return ANSWER_MORE;
}

/* Heads up to the final one. */
static enum answer_progress
feed_head(struct exchange *x, const char *bytes, size_t len, size_t seen,
    size_t *used)
{
	const struct settings *s = worker_settings(x->worker);
	const struct head_limits limits = { s->head_max_bytes,
		s->head_max_fields };
	const char *why = "";
	struct head h;

	while (x->res == HALF_HEAD && *used < len) {
		switch (parse_response_head(bytes + *used, len - *used, seen,
		    &limits, &h, &why)) {
		case HEAD_MORE:
			return ANSWER_MORE;
		case HEAD_BAD:
		case HEAD_LONG_LINE:
		case HEAD_VERSION:
		case HEAD_UNKNOWN_METHOD:
			return fail(x, OUTCOME_UPSTREAM_BAD_HEAD, why);
		case HEAD_TOO_LARGE:
		case HEAD_TOO_MANY:
			return fail(x, OUTCOME_UPSTREAM_BAD_HEAD,
			    "head over limits.head or limits.fields");
		case HEAD_OK:
			break;
		}
		*used += h.len;
		seen = 0;
		if (h.status == 101)
			return switch_protocol(x, &h);
		if (h.status < 200 && !relay_interim(x, &h, &why))
			return fail(x, OUTCOME_UPSTREAM_BAD_HEAD, why);
		if (h.status >= 200 && begin_body(x, &h) == ANSWER_FAILED)
			return ANSWER_FAILED;
	}
	return ANSWER_MORE;
}

/* --- the body -------------------------------------------------------------- */

static void
relay(struct exchange *x, const char *bytes, size_t len)
{
	struct stream *s = &x->client->stream;
	char size[24];

	if (x->relay_as != BODY_CHUNKED) {
		stream_write(s, bytes, len);
		return;
	}
	stream_write_small(s, size,
	    (size_t)snprintf(size, sizeof size, "%zx\r\n", len));
	stream_write(s, bytes, len);
	stream_write(s, "\r\n", 2);
}

static void
note_arrival(struct exchange *x)
{
	uint64_t now_ns = x->worker->loop.now_ns;

	if (x->first_content_ns == 0)
		x->first_content_ns = now_ns;
	else if (now_ns - x->last_content_ns > x->longest_gap_ns)
		x->longest_gap_ns = now_ns - x->last_content_ns;
	x->last_content_ns = now_ns;
}

static void
pass_on(struct exchange *x, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	note_arrival(x);
	x->response_bytes += len;
	keep(x, &x->captured, bytes, len);
	if (x->client != NULL)
		relay(x, bytes, len);
	if (x->reading != NULL)
		reading_feed(x->reading, bytes, len);
	if (x->isolating != NULL)
		isolating_feed(x->isolating, bytes, len);
}

static enum answer_progress
feed_chunked(struct exchange *x, const char *bytes, size_t len, size_t *used)
{
	const char *data = NULL, *why = "";
	size_t data_len = 0;

	for (;;) {
		switch (chunk_decode(&x->chunks, bytes, len, used, &data,
		    &data_len, &why)) {
		case CHUNK_DATA:
			pass_on(x, data, data_len);
			break;
		case CHUNK_TRAILER:
			buf_add(&x->trailers, data, data_len);
			break;
		case CHUNK_MORE:
			return ANSWER_MORE;
		case CHUNK_END:
			return ANSWER_COMPLETE;
		case CHUNK_BAD:
			return fail(x, OUTCOME_UPSTREAM_BAD_BODY, why);
		}
	}
}

static enum answer_progress
feed_body(struct exchange *x, const char *bytes, size_t len, size_t *used)
{
	size_t n = len - *used;

	switch (x->framing.kind) {
	case BODY_NONE:
		return ANSWER_COMPLETE;
	case BODY_CHUNKED:
		return feed_chunked(x, bytes, len, used);
	case BODY_LENGTH:
		if (n > x->left_bytes)
			n = (size_t)x->left_bytes;
		pass_on(x, bytes + *used, n);
		*used += n;
		x->left_bytes -= n;
		return x->left_bytes == 0 ? ANSWER_COMPLETE : ANSWER_MORE;
	case BODY_CLOSE:
		pass_on(x, bytes + *used, n);
		*used = len;
		return ANSWER_MORE;
	}
	return ANSWER_MORE;
}

enum answer_progress
answer_feed(struct exchange *x, const char *bytes, size_t len, size_t fresh,
    size_t *used_out)
{
	enum answer_progress progress = ANSWER_MORE;

	*used_out = 0;
	if (x->res == HALF_HEAD)
		progress = feed_head(x, bytes, len, len - fresh, used_out);
	if (progress == ANSWER_MORE && x->res == HALF_BODY)
		progress = feed_body(x, bytes, len, used_out);
	/* Only a client reads it: what cannot be compared any more is
	 * not worth the backend's and our time. */
	if (progress == ANSWER_MORE && x->leg != LEG_PRIMARY && x->truncated)
		return fail(x, x->no_room ? OUTCOME_SHADOW_NO_ROOM :
		    OUTCOME_SHADOW_TOO_LARGE, "");
	return progress;
}

void
answer_write_last_chunk(struct worker *w, struct stream *s,
    const struct buf *trailers)
{
	char *space;
	size_t len;

	if (trailers->len == 0) {
		stream_write(s, "0\r\n\r\n", 5);
		return;
	}
	space = worker_scratch(w);
	len = write_trailers(trailers->bytes, trailers->len, space,
	    w->scratch_bytes);
	stream_write(s, "0\r\n", 3);
	stream_write(s, space, len);
	stream_write(s, "\r\n", 2);
}

void
answer_write_end(struct exchange *x)
{
	x->res = HALF_ENDED;
	if (x->client != NULL && x->relay_as == BODY_CHUNKED)
		answer_write_last_chunk(x->worker, &x->client->stream,
		    &x->trailers);
}
