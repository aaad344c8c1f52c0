/* exchange -- see exchange.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "proxy/admission.h"
#include "proxy/answer.h"
#include "proxy/capture.h"
#include "proxy/client.h"
#include "proxy/endpoint.h"
#include "proxy/forward.h"
#include "proxy/leg.h"
#include "proxy/pool.h"
#include "proxy/reading.h"
#include "proxy/request.h"
#include "proxy/rewriting.h"
#include "proxy/secure.h"
#include "proxy/shadow.h"
#include "proxy/worker.h"

static const struct backend *
backend_of(const struct exchange *x)
{
	return &x->request->snapshot->config->settings.backends[x->backend];
}

static void
check(const struct exchange *x)
{
	assert(x->magic == EXCHANGE_MAGIC);
	assert(x->worker->magic == WORKER_MAGIC);
}

/* --- deadlines ---------------------------------------------------------- */

/* What has moved so far; a deadline that fires after progress begins anew. */
static uint64_t
progress_of(const struct exchange *x)
{
	return stream_taken(&x->upstream->stream) + x->response_bytes;
}

static void
arm(struct exchange *x, uint64_t after_ms)
{
	struct loop *l = &x->worker->loop;

	if (x->end_ns != 0 && l->now_ns + after_ms * NS_PER_MS > x->end_ns)
		after_ms = x->end_ns > l->now_ns ?
		    (x->end_ns - l->now_ns) / NS_PER_MS + 1 : 0;
	x->timer_mark = progress_of(x);
	loop_arm(l, &x->timer, after_ms);
}

static void
on_timer(void *arg)
{
	struct exchange *x = arg;
	const struct backend *b = backend_of(x);

	check(x);
	if (x->tunnel.stands)
		tunnel_on_timer(x);
	else if (x->end_ns != 0 && x->worker->loop.now_ns >= x->end_ns)
		exchange_fail(x, OUTCOME_SHADOW_TIMEOUT, "shadow.timeout is over");
	else if (!x->upstream->connected)
		exchange_fail(x, OUTCOME_CONNECT_TIMEOUT, x->upstream->endpoint->url);
	else if (x->res == HALF_HEAD && x->req == HALF_ENDED &&
	    stream_unsent(&x->upstream->stream) == 0)
		exchange_fail(x, OUTCOME_FIRST_BYTE_TIMEOUT, "no answer");
	else if (progress_of(x) != x->timer_mark ||
	    (x->upstream->stream.paused & PAUSE_PEER_FULL) != 0)
		/* Moving, or it is the client who is slow. */
		arm(x, b->idle_ms);
	else if (x->res == HALF_BODY)
		exchange_fail(x, OUTCOME_UPSTREAM_IDLE, "silent within its answer");
	else if (stream_unsent(&x->upstream->stream) > 0)
		exchange_fail(x, OUTCOME_UPSTREAM_IDLE, "takes no more of the request");
	else
		/* The client is still sending; its own deadline watches that. */
		arm(x, b->idle_ms);
}

/* --- the request's half -------------------------------------------------- */

void
exchange_send_body(struct exchange *x, const char *bytes, size_t len)
{
	struct stream *s = &x->upstream->stream;
	char size[24];

	if (len == 0 || x->request_broken || x->req == HALF_ENDED)
		return;
	x->request_bytes += len;
	if (!x->send_chunked) {
		stream_write(s, bytes, len);
		return;
	}
	stream_write_small(s, size,
	    (size_t)snprintf(size, sizeof size, "%zx\r\n", len));
	stream_write(s, bytes, len);
	stream_write_small(s, "\r\n", 2);
}

void
exchange_send_end(struct exchange *x)
{
	if (x->req == HALF_ENDED)
		return;
	if (x->send_chunked && !x->request_broken)
		answer_write_last_chunk(x->worker, &x->upstream->stream,
		    &x->request->trailers);
	x->req = HALF_ENDED;
	if (x->upstream->connected)
		arm(x, backend_of(x)->first_byte_ms);
}

bool
exchange_is_full(const struct exchange *x)
{
	return x->upstream != NULL &&
	    stream_unsent(&x->upstream->stream) >= STREAM_HIGH_BYTES;
}

size_t
exchange_room(const struct exchange *x)
{
	return x->upstream == NULL ? STREAM_READ_BYTES :
	    stream_room(&x->upstream->stream);
}

/* --- beginning ------------------------------------------------------------ */

static void
on_burial(void *arg)
{
	struct exchange *x = arg;

	x->magic = 0;
	capture_drop(x->worker, &x->captured);
	reading_drop(x);
	free(x->isolating);
	capture_drop(x->worker, &x->headers);
	rewriting_drop(x);
	buf_fini(&x->trailers);
	request_unref(&x->request);
	spare_give(&x->worker->spare_exchanges, x);
}

static void
attach_upstream(struct exchange *x, bool fresh_only)
{
	const struct backend *b = backend_of(x);

	x->upstream = pool_acquire(x, fresh_only);
	x->left_mark = stream_left(&x->upstream->stream);
	x->res = HALF_HEAD;
	arm(x, x->upstream->connected ? b->first_byte_ms : b->connect_ms);
	forward_begin(x);
}

/* Without a backend of its own the second call to legacy goes to legacy. */
static enum backend_id
backend_for(const struct request *r, enum leg leg, enum version version)
{
	const struct settings *s = &r->snapshot->config->settings;

	return leg == LEG_CONTROL &&
	    s->backends[BACKEND_CONTROL].endpoint_count > 0 ? BACKEND_CONTROL :
	    (enum backend_id)version;
}

/* What runs for no client has a cap and a deadline. */
static enum metric
open_gauge(enum leg leg)
{
	return leg == LEG_CONTROL ? METRIC_CONTROL_OPEN : METRIC_SHADOW_OPEN;
}

struct exchange *
exchange_begin(struct request *r, struct client *c, enum leg leg,
    enum version version, enum why why)
{
	struct worker *w = r->worker;
	struct exchange *x = spare_take(&w->spare_exchanges, sizeof *x);

	memset(x, 0, sizeof *x);
	x->magic = EXCHANGE_MAGIC;
	x->worker = w;
	x->request = request_ref(r);
	x->client = c;
	x->leg = leg;
	x->version = version;
	x->backend = backend_for(r, leg, version);
	x->why = why;
	x->start_ns = w->loop.now_ns;
	x->timer = (struct wheel_entry){ .fire = on_timer, .arg = x };
	x->burial = (struct deferred){ .run = on_burial, .arg = x };
	x->capture = r->shadow == SHADOW_STARTED || r->shadow == SHADOW_WAITING;
	TAILQ_INSERT_TAIL(&w->exchanges, x, link);
	if (leg != LEG_PRIMARY) {
		metric_add(r->course->stats, open_gauge(leg), 1);
		x->end_ns = w->loop.now_ns + NS_PER_MS *
		    r->snapshot->config->settings.shadow_total_ms;
	}
	request_leg_began(r);
	attach_upstream(x, false);
	return x;
}

/* --- the end --------------------------------------------------------------- */

static void
give_answer(struct exchange *x)
{
	struct answer a = {
		.outcome = x->outcome,
		.status = x->status,
		.body = x->captured,
		.headers = x->headers,
		.truncated = x->truncated,
		.no_room = x->no_room,
	};

	x->captured = x->headers = NULL;
	leg_time_answer(x, &a);
	memcpy(a.content_type, x->content_type, sizeof a.content_type);
	memcpy(a.content_encoding, x->content_encoding,
	    sizeof a.content_encoding);
	request_leg_ended(x->request, x->leg, x->version, &a);
}

/* All of it came; that need not have been good. */
static enum outcome
outcome_of_whole(struct exchange *x)
{
	enum outcome said = reading_end(x);

	if (x->leg != LEG_PRIMARY && x->reading != NULL)
		mirror_budget_spend(x->request->course->mirror_budget,
		    reading_tokens(x->reading));
	return x->status >= 500 ? OUTCOME_UPSTREAM_5XX : said;
}

/* The only way out: records, counts, gives the connection back.  First call
 * wins; reusable says that the connection stands between two messages. */
static void
exchange_finish(struct exchange *x, enum outcome why, bool reusable)
{
	struct worker *w = x->worker;

	check(x);
	if (x->outcome != OUTCOME_OPEN)
		return;
	x->outcome = x->tunnel.stands ? tunnel_ended(x, why) :
	    why == OUTCOME_DONE ? outcome_of_whole(x) : why;
	loop_disarm(&w->loop, &x->timer);
	leg_write_down(x);
	if (x->leg == LEG_SHADOW)
		shadow_ended(x);
	endpoint_ended(x, why);
	pool_return(&x->upstream, backend_of(x), reusable);
	if (x->client != NULL) {
		x->client->exchange = NULL;
		stream_resume(&x->client->stream, PAUSE_PEER_FULL);
		x->client = NULL;
	}
	TAILQ_REMOVE(&w->exchanges, x, link);
	if (x->leg != LEG_PRIMARY) {
		admission_end_shadow(w);
		metric_add(x->request->course->stats, open_gauge(x->leg), -1);
	}
	give_answer(x);
	loop_defer(&w->loop, &x->burial);
	worker_check_drained(w);
}

void
exchange_cancel(struct exchange *x, enum outcome why)
{
	exchange_finish(x, why, false);
}

/* The connection had waited in the pool and was closed before it said
 * anything: not a byte of the request has left, so the backend cannot have
 * seen it, or it does nothing there.  RFC 9112, section 9.3.1, lets whatever
 * is idempotent be repeated; but a late PUT undoes what came in between. */
static bool
may_retry(const struct exchange *x, enum outcome why)
{
	return why == OUTCOME_UPSTREAM_RESET && x->upstream->reused &&
	    !x->retried && !x->heard && request_is_repeatable(x->request) &&
	    (request_is_safe(x->request) ||
	    stream_left(&x->upstream->stream) == x->left_mark);
}

static void
retry(struct exchange *x)
{
	metric_add(x->worker->stats, METRIC_UPSTREAM_RETRIES, 1);
	endpoint_ended(x, OUTCOME_UPSTREAM_RESET);
	pool_return(&x->upstream, backend_of(x), false);
	x->retried = true;
	x->request_broken = false;
	x->req = HALF_IDLE;
	x->request_bytes = 0;
	attach_upstream(x, true);
}

/* The connection was never made: nothing has left, and all of the request so
 * far is still with the stream, whether it was captured or not. */
static void
try_other(struct exchange *x, enum outcome why)
{
	struct upstream *old = x->upstream;
	const char *kept;
	size_t len;

	metric_add(x->worker->stats, METRIC_ENDPOINT_RETRIES, 1);
	endpoint_ended(x, why);
	x->upstream = pool_acquire(x, true);
	arm(x, backend_of(x)->connect_ms);
	kept = stream_kept(&old->stream, &len);
	kept += x->head_bytes;
	len -= x->head_bytes;
	forward_head(x); /* for the other endpoint's name and path */
	stream_write(&x->upstream->stream, kept, len);
	stream_flush_gathered(&x->worker->loop);
	pool_return(&old, backend_of(x), false);
}

/* Has nothing of this answer reached the client, and never will? */
static bool
is_unseen(struct exchange *x)
{
	return !x->committed ||
	    stream_revoke(&x->client->stream, x->client_mark);
}

/* By the rules; whether the request can be sent again is another question. */
static bool
may_fall_back(const struct exchange *x, enum outcome why)
{
	unsigned allowed = snapshot_fallback(x->request->snapshot);

	return x->client != NULL && x->version == VERSION_ENHANCED &&
	    !request_is_enhanced_only(x->request) &&
	    (outcome_info(why)->fallback & allowed) != 0;
}

static void
fall_back(struct exchange *x, struct client *c, struct request *r)
{
	leg_count_fallback(x);
	/* It would be asked twice. */
	if (r->shadow == SHADOW_WAITING)
		shadow_drop(r, METRIC_SHADOW_DROP_FALLBACK);
	c->exchange = exchange_begin(r, c, LEG_PRIMARY, VERSION_LEGACY,
	    WHY_FALLBACK);
}

void
exchange_fail(struct exchange *x, enum outcome why, const char *detail)
{
	struct client *c = x->client;
	struct request *r = x->request; /* x keeps it until its burial */
	bool unseen, wanted;

	check(x);
	if (x->outcome != OUTCOME_OPEN)
		return;
	if (may_retry(x, why)) {
		retry(x);
		return;
	}
	if (endpoint_may_try_other(x, why)) {
		try_other(x, why);
		return;
	}
	text_copy(x->error, sizeof x->error, detail, strlen(detail));
	unseen = c != NULL && is_unseen(x);
	wanted = unseen && may_fall_back(x, why);
	if (unseen)
		x->committed = false; /* what was written is taken back */
	x->falls_back = wanted && request_is_repeatable(r);
	if (c != NULL && !x->falls_back)
		request_settled(r);
	exchange_finish(x, why, false);
	if (c == NULL)
		return;
	if (!unseen) {
		client_cut(c);
	} else if (x->falls_back) {
		fall_back(x, c, r);
	} else {
		if (wanted)
			metric_add(x->worker->stats,
			    METRIC_FALLBACKS_IMPOSSIBLE, 1);
		client_answer_own(c, why, "", version_name(x->version));
	}
}

void
exchange_answer_began(struct exchange *x)
{
	endpoint_answered(x);
	arm(x, backend_of(x)->idle_ms);
}

bool
exchange_may_panic(const struct exchange *x)
{
	return x->leg == LEG_PRIMARY &&
	    !(may_fall_back(x, OUTCOME_NO_ENDPOINT) &&
	    request_is_repeatable(x->request));
}

bool
exchange_would_fall_back(const struct exchange *x, enum outcome why)
{
	if (!may_fall_back(x, why))
		return false;
	if (request_is_repeatable(x->request))
		return true;
	metric_add(x->worker->stats, METRIC_FALLBACKS_IMPOSSIBLE, 1);
	return false;
}

/* --- events ----------------------------------------------------------------- */

void
exchange_on_connected(struct exchange *x)
{
	check(x);
	arm(x, x->req == HALF_ENDED ? backend_of(x)->first_byte_ms :
	    backend_of(x)->idle_ms);
}

void
exchange_on_failed(struct exchange *x)
{
	char detail[sizeof x->error];

	check(x);
	if (x->tunnel.stands) {
		tunnel_on_backend_failed(x);
		return;
	}
	secure_upstream_failed(x->worker, &x->upstream->stream,
	    x->upstream->endpoint->url);
	if (!x->upstream->connected) {
		exchange_fail(x, endpoint_why_unconnected(x->upstream, detail,
		    sizeof detail), detail);
		return;
	}
	/* Sending failed, but an answer may have come before (a backend that
	 * refuses a body half-way): reading tells. */
	x->request_broken = true;
	exchange_on_readable(x);
}

void
exchange_on_drained(struct exchange *x)
{
	check(x);
	if (x->tunnel.stands) {
		tunnel_on_drained(x);
		return;
	}
	if (x->client != NULL)
		stream_resume(&x->client->stream, PAUSE_PEER_FULL);
	forward_more(x);
	/* A long request has left only now: the wait for its answer begins. */
	if (x->res == HALF_HEAD && x->req == HALF_ENDED &&
	    stream_unsent(&x->upstream->stream) == 0)
		arm(x, backend_of(x)->first_byte_ms);
}

void
exchange_on_client_drained(struct exchange *x)
{
	check(x);
	if (x->tunnel.stands)
		tunnel_on_drained(x);
	else if (x->upstream != NULL)
		stream_resume(&x->upstream->stream, PAUSE_PEER_FULL);
}

/* The whole answer is there. */
static void
complete(struct exchange *x, bool reusable)
{
	struct client *c = x->client;

	if (c != NULL)
		request_settled(x->request);
	answer_write_end(x);
	exchange_finish(x, OUTCOME_DONE, reusable);
	if (c != NULL)
		client_answer_done(c);
}

/* The backend closed, or the connection broke. */
static void
on_closed(struct exchange *x, const char *how)
{
	if (x->res == HALF_BODY && x->framing.kind == BODY_CLOSE &&
	    x->upstream->stream.error == 0)
		complete(x, false);
	else if (x->res == HALF_HEAD && !x->heard)
		exchange_fail(x, OUTCOME_UPSTREAM_RESET, how);
	else
		exchange_fail(x, OUTCOME_UPSTREAM_CUT, how);
}

/* Does the connection stand exactly between two messages?  Bytes behind the
 * answer, read or not, would answer the next request. */
static bool
is_reusable(const struct exchange *x)
{
	struct stream *s = &x->upstream->stream;

	return x->framing.keep_alive && x->req == HALF_ENDED &&
	    !x->request_broken && s->error == 0 && stream_unsent(s) == 0 &&
	    stream_is_read_out(s);
}

void
exchange_on_readable(struct exchange *x)
{
	struct upstream *u = x->upstream;
	struct loop *l = &x->worker->loop;
	enum answer_progress progress;
	/* No more than may be kept for a client who does not keep up. */
	size_t most = x->client == NULL ? LOOP_READ_BYTES :
	    stream_room(&x->client->stream);
	size_t len, fresh, used;
	char *bytes;

	check(x);
	if (x->tunnel.stands) {
		tunnel_on_backend_readable(x);
		return;
	}
	switch (intake_read(&u->intake, &u->stream, most, &bytes, &len, &fresh)) {
	case IO_AGAIN:
		return;
	case IO_EOF:
		on_closed(x, "closed by the backend");
		return;
	case IO_FAIL:
		on_closed(x, stream_why(&u->stream));
		return;
	case IO_OK:
		break;
	}
	x->heard = true;
	progress = answer_feed(x, bytes, len, fresh, &used);
	if (progress == ANSWER_FAILED)
		return;
	if (progress == ANSWER_SWITCHED) {
		tunnel_begin(x, bytes + used, len - used);
		intake_keep(&u->intake, l, bytes, len, len);
		return;
	}
	if (progress == ANSWER_COMPLETE) {
		intake_keep(&u->intake, l, bytes, len, len);
		complete(x, used == len && is_reusable(x));
		return;
	}
	intake_keep(&u->intake, l, bytes, len, used);
	stream_flush_gathered(l);
	if (x->client != NULL) {
		/* What has been flushed cannot be taken back. */
		if (x->committed)
			request_settled(x->request);
		patience_output_kept(x->client);
		if (stream_unsent(&x->client->stream) >= STREAM_HIGH_BYTES)
			stream_pause(&u->stream, PAUSE_PEER_FULL);
	}
}
