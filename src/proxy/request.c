/* request -- see request.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "observe/sticky.h"
#include "proxy/capture.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/isolating.h"
#include "proxy/pair.h"
#include "proxy/rewriting.h"
#include "proxy/shadow.h"
#include "proxy/worker.h"

static const struct rules *
rules_of(const struct request *r)
{
	return &r->snapshot->config->rules;
}

/* x-request-id is kept when it is harmless to log and to store. */
static void
take_request_id(struct request *r)
{
	const struct field *f = head_find(&r->head, FIELD_X_REQUEST_ID);

	if (f == NULL || f->value_len == 0 || f->value_len > REQUEST_NAME_MAX)
		text_copy(r->id, sizeof r->id, r->pair, IDENT_TEXT_LEN);
	else
		text_copy(r->id, sizeof r->id, head_value(&r->head, f),
		    f->value_len);
}

static void
copy_head(struct request *r, const struct head *head)
{
	size_t used = offsetof(struct head, fields) +
	    head->field_count * sizeof head->fields[0];

	memcpy(&r->head, head, used);
	r->head_bytes = head->len <= sizeof r->inline_head ?
	    r->inline_head : mem_alloc(head->len);
	memcpy(r->head_bytes, head->base, head->len);
	r->head.base = r->head_bytes;
}

/* Who asks, and in which trace. */
static void
take_origin(struct request *r, const struct ip *peer)
{
	const struct settings *s = &r->snapshot->config->settings;

	ip_format(peer, r->peer_ip);
	forwarded_find(&r->head, peer, s->trusted, s->trusted_count, &r->from);
	r->trace_passes = trace_find(&r->head, r->trace_id);
	if (!r->trace_passes && s->trace != TRACE_PASS)
		text_copy(r->trace_id, sizeof r->trace_id, r->pair,
		    IDENT_TEXT_LEN);
}

struct request *
request_new(struct worker *w, const struct head *head,
    const struct target *target, const struct framing *framing, const struct ip *peer)
{
	struct request *r = spare_take(&w->spare_requests, sizeof *r);

	/* The head's field table is large and filled by copy_head(). */
	memset(r, 0, offsetof(struct request, head));
	r->refs = 1;
	r->worker = w;
	r->start_us = loop_wall_us(&w->loop);
	r->start_ns = w->loop.now_ns;
	r->framing = *framing;
	ident_next(&w->idents, r->pair);
	copy_head(r, head);
	r->target = *target;
	target_move(&r->target, head, r->head.base);
	r->course = course_choose(w, &r->head, &r->target);
	r->snapshot = snapshot_ref(r->course->snapshot);
	framing_mark_hop_by_hop(&r->head);
	take_request_id(r);
	take_origin(r, peer);
	return r;
}

struct request *
request_ref(struct request *r)
{
	r->refs++;
	return r;
}

void
request_unref(struct request **slot)
{
	struct request *r = *slot;

	if (r == NULL)
		return;
	*slot = NULL;
	assert(r->refs > 0);
	if (--r->refs > 0)
		return;
	capture_drop(r->worker, &r->body);
	buf_fini(&r->trailers);
	for (int v = 0; v < VERSION_COUNT; v++)
		capture_drop_answer(r->worker, &r->answers[v]);
	capture_drop_answer(r->worker, &r->control);
	if (r->head_bytes != r->inline_head)
		free(r->head_bytes);
	free(r->client_subject);
	snapshot_unref(&r->snapshot);
	spare_give(&r->worker->spare_requests, r);
}

static void
view_of(const struct request *r, struct request_view *out)
{
	*out = (struct request_view){ .head = &r->head, .target = &r->target,
		.client = &r->from.client, .now_us = r->start_us };
	if (r->body != NULL && r->body_whole) {
		out->body = r->body->bytes;
		out->body_len = r->body->len;
	}
}

static bool
has_body(const struct request *r)
{
	return r->framing.kind == BODY_CHUNKED ||
	    (r->framing.kind == BODY_LENGTH && r->framing.length > 0);
}

/* A body that is known to be too long is not captured at all. */
static bool
body_may_fit(const struct request *r)
{
	return r->framing.kind != BODY_LENGTH ||
	    r->framing.length <= worker_settings(r->worker)->capture_max_bytes;
}

/* What may need the body again once the decision is made? */
static bool
wants_capture(const struct request *r)
{
	return r->decision.mirror || rules_of(r)->session.needs_body ||
	    rewriting_waits(r, r->decision.version) ||
	    request_is_safe(r) ||
	    (r->decision.version == VERSION_ENHANCED &&
	    snapshot_fallback(r->snapshot) != 0);
}

/* We are the ones who wait for the body. */
static void
ask_for_body(struct request *r)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!r->framing.expects_100 || r->continue_sent)
		return;
	stream_write(&r->client->stream, go_on, sizeof go_on - 1);
	r->continue_sent = true;
}

static void
go(struct request *r)
{
	r->held = false;
	r->client->exchange = exchange_begin(r, r->client, LEG_PRIMARY,
	    r->decision.version, r->decision.why);
}

static void
find_session(struct request *r)
{
	struct request_view view;

	view_of(r, &view);
	/* Without the body the answer may be "not found", never "wait". */
	if (!identity_find(&rules_of(r)->session, &view, false, &r->session))
		r->session.found = false;
}

/* --- sessions that keep their version ------------------------------------- */

static bool
is_sticky(const struct request *r)
{
	return rules_of(r)->sticky != STICKY_OFF && r->session.found;
}

static void
find_kept(const struct request *r, struct request_view *view)
{
	view->is_kept = is_sticky(r) && sticky_find(r->course->board->sticky,
	    r->session.id, r->session.len, rules_of(r)->sticky_ms, r->start_us,
	    &view->kept);
}

/* What was decided otherwise than by the bucket is no version of the session's. */
static void
keep(const struct request *r)
{
	enum why why = r->decision.why;

	if (!is_sticky(r) || (why != WHY_BUCKET && why != WHY_STICKY))
		return;
	if (why == WHY_STICKY)
		metric_add(r->course->stats, METRIC_STICKY_REQUESTS, 1);
	sticky_keep(r->course->board->sticky, r->session.id, r->session.len,
	    rules_of(r)->sticky_ms, r->start_us, r->decision.version);
}

/* --- the way of a request ------------------------------------------------- */

/* Identity is settled: decide, and begin the primary exchange, unless the
 * body is to be rewritten and some of it is still to come. */
static void
decide_and_go(struct request *r)
{
	struct request_view view;

	if (rules_of(r)->sticky != STICKY_OFF)
		find_session(r);
	view_of(r, &view);
	find_kept(r, &view);
	decide(r->snapshot, &view, &r->user, latch_is_set(r->course->latch),
	    r->pair, &r->decision);
	r->decided = true;
	keep(r);
	if (r->decision.refusal != 0) {
		/* See turn_out(); what of it still comes is for nobody. */
		r->capturing = false;
		return;
	}
	if (r->decision.mirror) {
		r->shadow = SHADOW_WAITING;
		metric_add(r->course->stats, METRIC_SHADOW_ELIGIBLE, 1);
		if (r->framing.asks_websocket)
			shadow_drop(r, METRIC_SHADOW_DROP_WEBSOCKET);
		else if (!shadow_may_mirror(r))
			shadow_drop(r, METRIC_SHADOW_DROP_METHOD);
	}
	/* What has been captured (by lose_body()'s time) is still to be sent. */
	if (!wants_capture(r) && !r->body_whole) {
		r->capturing = false;
		r->body_lost = has_body(r);
	}
	r->held = r->capturing && !r->body_whole &&
	    rewriting_waits(r, r->decision.version);
	if (r->held)
		ask_for_body(r);
	else
		go(r);
}

/* Decided, and nobody is to be asked.  The last that is done with a request. */
static void
turn_out(struct request *r)
{
	if (r->decided && r->decision.refusal != 0)
		client_turn_out(r->client, OUTCOME_NOT_IN, r->decision.refusal);
}

/* true = the user is known, or known not to be. */
static bool
find_user(struct request *r, bool body_will_come)
{
	struct request_view view;

	view_of(r, &view);
	return identity_find(&rules_of(r)->identity, &view, body_will_come,
	    &r->user);
}

/* Give the capture up, not the request.  Whoever waited to look into it
 * goes on without. */
static void
lose_body(struct request *r)
{
	r->capturing = false;
	if (!r->decided) {
		if (!find_user(r, false))
			r->user.found = false;
		decide_and_go(r);
	} else if (r->held) {
		go(r);
	}
	r->body_lost = true;
	/* What was captured may have been written a moment ago. */
	stream_flush_gathered(&r->worker->loop);
	capture_drop(r->worker, &r->body);
}

/* Shadows that fill the budget must not cost a user who is known by the body
 * alone his identity: until it is found, only the cap of one body holds. */
static void
capture(struct request *r, const char *bytes, size_t len)
{
	if (capture_append(r->worker, &r->snapshot->config->settings, &r->body,
	    bytes, len, !r->decided) != CAPTURE_KEPT)
		lose_body(r);
}

void
request_begin(struct request *r)
{
	r->capturing = has_body(r) && body_may_fit(r);
	r->body_lost = has_body(r) && !r->capturing;
	r->body_whole = !has_body(r);
	if (find_user(r, r->capturing) &&
	    !(r->capturing && decide_needs_body(r->snapshot)))
		decide_and_go(r);
	else
		ask_for_body(r);
	if (r->body_whole)
		request_end(r);
	else
		turn_out(r);
}

void
request_body(struct request *r, const char *bytes, size_t len)
{
	bool waited = !r->decided || r->held;

	r->body_bytes += len;
	if (r->capturing)
		capture(r, bytes, len);
	/* The capture took it, and nobody can be sent it yet. */
	if (waited && (!r->decided || r->held))
		return;
	if (r->client->exchange != NULL)
		exchange_send_body(r->client->exchange, bytes, len);
}

void
request_trailers(struct request *r, const char *bytes, size_t len)
{
	/* chunk.c caps them. */
	buf_add(&r->trailers, bytes, len);
}

bool
request_passes_trailers(const struct request *r)
{
	return r->framing.kind == BODY_CHUNKED &&
	    r->snapshot->config->settings.trailers == TRAILERS_PASS;
}

bool
request_wants_trailers(const struct request *r)
{
	return r->snapshot->config->settings.trailers == TRAILERS_PASS &&
	    r->head.minor != 0 &&
	    head_has_token(&r->head, FIELD_TE, "trailers");
}

void
request_end(struct request *r)
{
	r->body_whole = true;
	r->capturing = false;
	find_session(r);
	if (!r->decided) {
		if (!find_user(r, false))
			r->user.found = false;
		decide_and_go(r);
	} else if (r->held) {
		go(r);
	} else if (r->client->exchange != NULL && has_body(r)) {
		exchange_send_end(r->client->exchange);
	}
	isolating_request(r);
	if (r->shadow == SHADOW_WAITING && !shadow_must_wait(r))
		shadow_begin(r);
	turn_out(r);
}

void
request_abandon(struct request *r)
{
	if (r->shadow == SHADOW_WAITING)
		shadow_drop(r, METRIC_SHADOW_DROP_ABORTED);
	r->client = NULL;
}

bool
request_is_enhanced_only(const struct request *r)
{
	return r->decision.route != NULL && r->decision.route->only_enhanced;
}

bool
request_is_repeatable(const struct request *r)
{
	return !r->body_lost;
}

/* TRACE does not come this far. */
bool
request_is_safe(const struct request *r)
{
	const struct head *h = &r->head;

	return head_method_is(h, "GET") || head_method_is(h, "HEAD") ||
	    head_method_is(h, "OPTIONS");
}

void
request_settled(struct request *r)
{
	if (r->shadow == SHADOW_WAITING && r->body_whole)
		shadow_begin(r);
}

void
request_leg_began(struct request *r)
{
	r->legs_open++;
}

void
request_leg_ended(struct request *r, enum leg leg, enum version version,
    struct answer *answer)
{
	bool is_control = leg == LEG_CONTROL;
	bool *taken = is_control ? &r->has_control : &r->answered[version];

	assert(r->legs_open > 0);
	r->legs_open--;
	/* After a fallback legacy may have answered twice: the first counts. */
	if (*taken) {
		capture_drop_answer(r->worker, answer);
	} else {
		*taken = true;
		*(is_control ? &r->control : &r->answers[version]) =
		    capture_take_answer(answer);
	}
	if (r->legs_open == 0)
		pair_judge(r);
}
