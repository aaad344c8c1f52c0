/* client -- see client.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream_send.h"
#include "http/framing.h"
#include "http/parser.h"
#include "proxy/access.h"
#include "proxy/admission.h"
#include "proxy/exchange.h"
#include "proxy/refusal.h"
#include "proxy/request.h"
#include "proxy/secure.h"
#include "proxy/worker.h"

/* A refused client gets this long to read the answer before its bytes in
 * flight would make the kernel reset the connection (RFC 9112, 9.6). */
#define LINGER_MS 2000

static void use_bytes(struct client *c, char *bytes, size_t len);

/* An empty line, all by itself, is no beginning of a request (RFC 9112,
 * section 2.2: some send one behind a body). */
static bool
is_blank(const char *bytes, size_t len)
{
	return len == 0 || (len <= 2 && memcmp(bytes, "\r\n", len) == 0);
}

/* Has nothing come that is kept for later? */
static bool
is_next_blank(const struct client *c)
{
	return is_blank(c->intake.bytes, c->intake.len);
}

static void
on_later(void *arg)
{
	struct client *c = arg;

	if (!stream_is_open(&c->stream)) {
		intake_fini(&c->intake);
		free(c);
		return;
	}
	/* Bytes that came during the last answer. */
	use_bytes(c, c->intake.bytes, c->intake.len);
	if (!stream_is_open(&c->stream))
		return;
	/* With nothing left it is read on for its end: it may go away.  Not
	 * while there are answers of ours that it does not take. */
	if (c->state == CLIENT_WAIT ? is_next_blank(c) :
	    c->state != CLIENT_IDLE || stream_unsent(&c->stream) == 0)
		stream_resume(&c->stream, PAUSE_BUSY);
}

static void
leave_request(struct client *c)
{
	if (c->request == NULL)
		return;
	request_abandon(c->request);
	request_unref(&c->request);
	admission_end(c->worker);
}

/* To a client that takes our close for the end of its answer, a close before
 * that end must look like something else. */
static void
spoil_end(struct client *c)
{
	if (c->ends_by_close &&
	    (c->request != NULL || stream_unsent(&c->stream) > 0))
		stream_spoil(&c->stream);
}

static void
close_as(struct client *c, enum outcome why)
{
	struct worker *w = c->worker;

	if (!stream_is_open(&c->stream))
		return;
	if (stream_is_shaking(&c->stream))
		secure_client_failed(c);
	spoil_end(c);
	if (c->exchange != NULL)
		exchange_cancel(c->exchange, why);
	else if (c->request != NULL)
		access_client(c, why, 0, "");
	leave_request(c);
	patience_end(c);
	metric_add(w->stats, METRIC_CLIENT_BYTES_OUT,
	    (int64_t)stream_left(&c->stream));
	stream_close(&c->stream);
	TAILQ_REMOVE(&w->clients, c, link);
	admission_leave(w, &c->ip, c->counted);
	metric_add(w->stats, METRIC_CONNECTIONS_OPEN, -1);
	loop_defer(&w->loop, &c->later);
	worker_check_drained(w);
}

void
client_close(struct client *c)
{
	close_as(c, c->worker->draining ? OUTCOME_DRAINED :
	    OUTCOME_CLIENT_GONE);
}

static void on_readable(void *arg);

void
client_idle_over(struct client *c)
{
	if (!is_next_blank(c))
		return;
	/* Its next request may be here, unread: look once. */
	if (!stream_is_shaking(&c->stream))
		on_readable(c);
	if (!stream_is_open(&c->stream) || c->state != CLIENT_IDLE ||
	    stream_unsent(&c->stream) > 0)
		return;
	metric_add(c->worker->stats, METRIC_CONNECTIONS_IDLE, 1);
	client_give_up(c, OUTCOME_CLIENT_IDLE);
}

void
client_give_up(struct client *c, enum outcome why)
{
	/* Megabytes in the kernel for somebody who does not read. */
	if (stream_unsent(&c->stream) > 0)
		stream_spoil(&c->stream);
	close_as(c, why);
}

/* --- the way out ------------------------------------------------------------ */

/* Between two requests: what came during the last answer is next. */
static void
go_on(struct client *c)
{
	if (c->intake.len > 0)
		loop_defer(&c->worker->loop, &c->later);
	else
		stream_resume(&c->stream, PAUSE_BUSY);
}

static void
on_output_empty(struct client *c)
{
	patience_output_empty(c);
	if (c->request != NULL)
		return; /* more of its answer will come */
	if ((c->stream.paused & PAUSE_ENDED) != 0)
		c->state = CLIENT_LINGER;
	if (c->state == CLIENT_LINGER) {
		if (stream_finish(&c->stream) &&
		    (c->stream.paused & PAUSE_ENDED) != 0)
			client_close(c);
		else
			patience_for_close(c, LINGER_MS);
	} else if (c->state == CLIENT_IDLE) {
		/* Only now has it nothing of ours to read. */
		patience_for_request(c);
		go_on(c);
	}
}

/* Say no more, and read until the peer has understood. */
static void
linger(struct client *c)
{
	c->state = CLIENT_LINGER;
	stream_flush_gathered(&c->worker->loop);
	intake_fini(&c->intake);
	stream_resume(&c->stream, PAUSE_BUSY);
	if (stream_unsent(&c->stream) == 0)
		on_output_empty(c);
	else
		patience_for_request(c);
}

void
client_answer_done(struct client *c)
{
	struct worker *w = c->worker;
	/* Also when a drain began behind its head: what was promised there is
	 * kept, or the client's next request would run into our close. */
	bool keep = c->keep_alive && c->state == CLIENT_WAIT &&
	    !tunnel_has_bytes(c);

	leave_request(c);
	if (!keep) {
		linger(c);
		return;
	}
	c->state = CLIENT_IDLE;
	c->seen = 0;
	stream_post_gathered(&w->loop);
	patience_for_request(c);
	/* Who asks on without reading would pile up answers here. */
	if (stream_unsent(&c->stream) > 0)
		stream_pause(&c->stream, PAUSE_BUSY);
	else
		go_on(c);
}

void
client_cut(struct client *c)
{
	if (c->ends_by_close) {
		client_close(c);
		return;
	}
	/* Closing on top of pipelined bytes would make the kernel reset, and
	 * take back the answers before this one that are still on their way. */
	leave_request(c);
	linger(c);
}

bool
client_may_keep(const struct client *c)
{
	return c->request->framing.keep_alive && c->state == CLIENT_WAIT &&
	    admission_keeps_clients(c->worker) && !tunnel_has_bytes(c);
}

/* --- the way in --------------------------------------------------------------- */

static void
begin_request(struct client *c, const struct head *h,
    const struct target *target, const struct framing *framing)
{
	struct worker *w = c->worker;

	metric_add(w->stats, METRIC_REQUESTS, 1);
	c->request = request_new(w, h, target, framing, &c->ip);
	c->request->client = c;
	secure_request(c->request, &c->stream);
	c->keep_alive = c->ends_by_close = false;
	c->left_bytes = framing->length;
	chunk_decoder_init(&c->chunks);
	c->chunks.wants_trailers = request_passes_trailers(c->request);
	if (framing->kind == BODY_CHUNKED ||
	    (framing->kind == BODY_LENGTH && framing->length > 0)) {
		c->state = CLIENT_BODY;
		patience_for_body(c);
	} else {
		c->state = CLIENT_WAIT;
		patience_for_answer(c);
	}
	request_begin(c->request);
}

/* Bytes used; 0 = the head is not complete, or was refused. */
static size_t
feed_head(struct client *c, const char *bytes, size_t len)
{
	const struct settings *s = worker_settings(c->worker);
	const struct head_limits limits = { s->head_max_bytes,
		s->head_max_fields };
	const char *why = "";
	bool begins = c->state == CLIENT_IDLE;
	enum head_result result;
	struct target target;
	struct framing framing;
	enum outcome outcome;
	struct head h;

	if (begins && is_blank(bytes, len))
		return 0;
	if (begins) {
		c->state = CLIENT_HEAD;
		c->seen = 0;
	}
	result = parse_request_head(bytes, len, c->seen, &limits, &h, &why);
	if (result == HEAD_MORE) {
		if (begins)
			patience_for_head(c);
		if (admission_pressure(c->worker) == PRESSURE_FULL)
			client_refuse(c, OUTCOME_SHED_MEMORY, "");
		c->seen = (uint32_t)len;
		return 0;
	}
	outcome = refusal_of(result, &h, &target, &framing, &why);
	if (outcome != OUTCOME_OPEN) {
		c->asks_head = result == HEAD_OK && head_method_is(&h, "HEAD");
		client_refuse(c, outcome, why);
		return 0;
	}
	outcome = admission_begin(c->worker);
	if (outcome == OUTCOME_OPEN)
		begin_request(c, &h, &target, &framing);
	else
		client_turn_away(c, outcome, &h, &framing);
	return h.len;
}

static void
end_body(struct client *c)
{
	c->state = CLIENT_WAIT;
	patience_for_answer(c);
	request_end(c->request);
}

static size_t
feed_chunked(struct client *c, const char *bytes, size_t len)
{
	const char *data = NULL, *why = "";
	size_t used = 0, data_len = 0;

	for (;;) {
		switch (chunk_decode(&c->chunks, bytes, len, &used, &data,
		    &data_len, &why)) {
		case CHUNK_DATA:
			request_body(c->request, data, data_len);
			break;
		case CHUNK_TRAILER:
			request_trailers(c->request, data, data_len);
			break;
		case CHUNK_MORE:
			patience_body_came(c);
			return used;
		case CHUNK_END:
			end_body(c);
			return used;
		case CHUNK_BAD:
			client_refuse(c, OUTCOME_CLIENT_BAD_BODY, why);
			return used;
		}
	}
}

static size_t
feed_length(struct client *c, const char *bytes, size_t len)
{
	if (len > c->left_bytes)
		len = (size_t)c->left_bytes;
	request_body(c->request, bytes, len);
	c->left_bytes -= len;
	if (c->left_bytes == 0)
		end_body(c);
	else
		patience_body_came(c);
	return len;
}

/* How many of the bytes were used. */
static size_t
feed(struct client *c, const char *bytes, size_t len)
{
	size_t used = 0, n;

	while (used < len && stream_is_open(&c->stream)) {
		switch (c->state) {
		case CLIENT_IDLE:
			/* Answers of our own must not pile up either. */
			if (stream_unsent(&c->stream) > 0)
				return used;
			/* fall through */
		case CLIENT_HEAD:
			n = feed_head(c, bytes + used, len - used);
			if (n == 0 && c->state != CLIENT_LINGER)
				return used;
			used += n;
			break;
		case CLIENT_BODY:
			used += c->request->framing.kind == BODY_CHUNKED ?
			    feed_chunked(c, bytes + used, len - used) :
			    feed_length(c, bytes + used, len - used);
			break;
		case CLIENT_WAIT:
		case CLIENT_TUNNEL:
			return used;
		case CLIENT_LINGER:
			return len;
		}
	}
	return used;
}

/* After the bytes of a callback: hold the client back where it must wait. */
static void
hold_back(struct client *c)
{
	stream_post_gathered(&c->worker->loop);
	if (c->state == CLIENT_WAIT && !is_next_blank(c))
		stream_pause(&c->stream, PAUSE_BUSY);
	if (c->exchange != NULL && c->state == CLIENT_BODY &&
	    exchange_is_full(c->exchange)) {
		stream_pause(&c->stream, PAUSE_PEER_FULL);
		patience_excuse(c);
	}
}

static void
use_bytes(struct client *c, char *bytes, size_t len)
{
	size_t used = feed(c, bytes, len);

	if (!stream_is_open(&c->stream))
		return;
	if (c->state == CLIENT_LINGER)
		used = len;
	intake_keep(&c->intake, &c->worker->loop, bytes, len, used);
	hold_back(c);
}

/* The client has closed its side.  What it was answered already is still
 * delivered; and whoever had announced that this request is its last may
 * close its side behind it and read on. */
static void
on_end(struct client *c)
{
	bool announced = c->state == CLIENT_WAIT &&
	    !c->request->framing.keep_alive;

	if (announced ||
	    (c->request == NULL && stream_unsent(&c->stream) > 0))
		stream_pause(&c->stream, PAUSE_ENDED);
	else
		client_close(c);
}

static void
on_readable(void *arg)
{
	struct client *c = arg;
	size_t most = c->exchange == NULL ? STREAM_READ_BYTES :
	    exchange_room(c->exchange);
	size_t len, fresh;
	char *bytes;

	if (c->state == CLIENT_TUNNEL) {
		tunnel_on_client_readable(c->exchange);
		return;
	}
	switch (intake_read(&c->intake, &c->stream, most, &bytes, &len,
	    &fresh)) {
	case IO_AGAIN:
		return;
	case IO_EOF:
		on_end(c);
		return;
	case IO_FAIL:
		client_close(c);
		return;
	case IO_OK:
		break;
	}
	metric_add(c->worker->stats, METRIC_CLIENT_BYTES_IN, (int64_t)fresh);
	use_bytes(c, bytes, len);
}

static void
on_drained(void *arg)
{
	struct client *c = arg;

	if (c->exchange != NULL)
		exchange_on_client_drained(c->exchange);
	if (stream_unsent(&c->stream) == 0)
		on_output_empty(c);
}

static void
on_failed(void *arg)
{
	client_close(arg);
}

/* What client_answer_done() asks behind a whole answer. */
static void
on_kept(void *arg)
{
	struct client *c = arg;

	if (c->state == CLIENT_IDLE) {
		stream_pause(&c->stream, PAUSE_BUSY);
		patience_for_request(c);
	} else {
		patience_output_kept(c);
	}
}

static const struct stream_ops client_ops = {
	.readable = on_readable,
	.drained = on_drained,
	.connected = secure_client_done,
	.failed = on_failed,
	.kept = on_kept,
};

/* --- coming and going ------------------------------------------------------------ */

void
client_new(struct worker *w, int fd, const struct ip *ip, bool counted,
    const struct listen *from)
{
	struct client *c = mem_zalloc(sizeof *c);

	c->worker = w;
	patience_init(c);
	c->later = (struct deferred){ .run = on_later, .arg = c };
	c->ip = *ip;
	c->counted = counted;
	TAILQ_INSERT_TAIL(&w->clients, c, link);
	metric_add(w->stats, METRIC_CONNECTIONS_OPEN, 1);
	stream_open(&c->stream, &w->loop, fd, &client_ops, c);
	if (from->tls.on)
		secure_client(c, from);
	else
		patience_for_request(c);
}

void
client_drain(struct client *c)
{
	/* It is in the middle of what comes before its first request. */
	if (stream_is_shaking(&c->stream))
		return;
	if (c->state == CLIENT_IDLE && stream_unsent(&c->stream) == 0)
		patience_for_request(c);
}

void
client_end(struct client *c)
{
	if (c->exchange != NULL && !c->exchange->committed) {
		exchange_cancel(c->exchange, OUTCOME_DRAINED);
		c->state = CLIENT_LINGER;
		client_answer_own(c, OUTCOME_DRAINED, "", NULL);
	} else if (c->exchange == NULL && c->request != NULL) {
		/* Its version is not known yet. */
		client_turn_out(c, OUTCOME_DRAINED,
		    outcome_info(OUTCOME_DRAINED)->status);
	}
	stream_flush_gathered(&c->worker->loop);
	client_close(c);
}
