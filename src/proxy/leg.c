/* leg -- see leg.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/leg.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "observe/routes.h"
#include "observe/sample.h"
#include "policy/bucket.h"
#include "proxy/access.h"
#include "proxy/exchange.h"
#include "proxy/reading.h"
#include "proxy/request.h"
#include "proxy/worker.h"

static uint64_t
since_us(const struct exchange *x, uint64_t moment_ns)
{
	return moment_ns == 0 ? 0 : (moment_ns - x->start_ns) / NS_PER_US;
}

uint64_t
leg_latency_us(const struct exchange *x)
{
	return since_us(x, x->tunnel.stands ? x->first_byte_ns :
	    x->worker->loop.now_ns);
}

void
leg_time_answer(const struct exchange *x, struct answer *out)
{
	out->latency_us = leg_latency_us(x);
	out->first_byte_us = since_us(x, x->first_byte_ns);
	out->first_content_us = since_us(x, x->first_content_ns);
	out->longest_gap_us = x->longest_gap_ns / NS_PER_US;
}

static void
copy_text(char *out, size_t space, const char *text)
{
	text_copy(out, space, text, strlen(text));
}

/* By one of its routes, if it has any. */
static bool
is_taken(const struct request *r)
{
	return r->decision.route != NULL ||
	    r->snapshot->config->rules.route_count == 0;
}

static void
fill_request(struct leg_record *rec, const struct request *r)
{
	const struct head *h = &r->head;

	rec->ts_us = r->start_us;
	memcpy(rec->pair, r->pair, sizeof rec->pair);
	rec->bucket = r->decision.bucket;
	rec->epoch = r->snapshot->state.epoch;
	rec->rollout = is_taken(r) ? r->snapshot->rollout : NULL;
	copy_text(rec->stage, sizeof rec->stage, r->snapshot->state.stage);
	text_copy(rec->method, sizeof rec->method, h->base + h->method_off,
	    h->method_len);
	text_copy(rec->path, sizeof rec->path, r->target.path,
	    r->target.path_len);
	copy_text(rec->route, sizeof rec->route, r->decision.route == NULL ?
	    "" : r->decision.route->path);
	copy_text(rec->user, sizeof rec->user, r->user.found ? r->user.id : "");
	copy_text(rec->session, sizeof rec->session,
	    r->session.found ? r->session.id : "");
}

static void
fill_exchange(struct leg_record *rec, const struct exchange *x)
{
	rec->leg = (uint8_t)x->leg;
	rec->version = (uint8_t)x->version;
	rec->outcome = (uint8_t)x->outcome;
	rec->why = (uint8_t)x->why;
	rec->status = x->status;
	rec->failure = outcome_is_failure(x->outcome);
	rec->streamed = x->streamed;
	rec->latency_us = leg_latency_us(x);
	rec->first_byte_us = since_us(x, x->first_byte_ns);
	rec->first_content_us = since_us(x, x->first_content_ns);
	rec->longest_gap_us = x->streamed ? x->longest_gap_ns / NS_PER_US : 0;
	rec->events = x->reading != NULL && x->reading->is_stream ?
	    x->reading->events : 0;
	rec->request_bytes = x->request_bytes;
	rec->response_bytes = x->response_bytes;
	copy_text(rec->error, sizeof rec->error, x->error);
}

static void
fill_signals(struct leg_record *rec, struct exchange *x)
{
	const struct signal_values *v = reading_signals(x);

	rec->signals[0] = '\0';
	if (v != NULL)
		(void)signals_write(&x->request->snapshot->config->rules.signals,
		    v, rec->signals);
}

static void
count_signals_on(struct exchange *x, const struct signal_board *board)
{
	const struct signal_rules *rules =
	    &x->request->snapshot->config->rules.signals;
	const struct signal_values *v = reading_signals(x);
	struct signal_slots *slots = signal_board_slots(board,
	    x->worker->index, x->version);

	if (v != NULL)
		signals_count(slots, rules, v);
	for (size_t i = 0; i < rules->spread_count; i++) {
		uint64_t at_ns = rules->spreads[i].of == SPREAD_FIRST_BYTE ?
		    x->first_byte_ns : x->first_content_ns;

		if (rules->spreads[i].of != SPREAD_SIGNAL && at_ns != 0)
			signals_spread(slots, i, since_us(x, at_ns));
	}
}

/* What only some rules ask for. */
static void
count_signals(struct exchange *x, enum outcome outcome)
{
	const struct snapshot *s = x->request->snapshot;
	const struct signal_board *of_route;

	if (s->signals == NULL || x->leg == LEG_CONTROL || x->status == 0 ||
	    !outcome_is_counted(outcome))
		return;
	count_signals_on(x, s->signals);
	of_route = route_board_signals(s->routes, x->request->decision.route);
	if (of_route != NULL)
		count_signals_on(x, of_route);
}

/* NULL: of its route nothing is counted. */
static struct route_slots *
slots_of_route(const struct exchange *x)
{
	struct route_counts *c = route_board_counts(
	    x->request->snapshot->routes, x->request->decision.route);

	return c == NULL || x->leg == LEG_CONTROL ? NULL :
	    route_counts_slots(c, x->worker->index, x->version);
}

void
leg_count_fallback(struct exchange *x)
{
	struct route_slots *of_route = slots_of_route(x);
	struct worker_stats *stats = x->request->course->stats;

	metric_add(stats, METRIC_FALLBACKS, 1);
	stat_add(&stats->fallbacks, 1);
	if (of_route != NULL)
		stat_add(&of_route->fallbacks, 1);
}

/* On the side that he was drawn to, where his session keeps him elsewhere: the
 * proportion of the sides is looked at.  Who was drawn by the shares of before
 * (a long stream) says nothing of those of now. */
static void
note_user(const struct exchange *x)
{
	const struct request *r = x->request;
	struct course *c = r->course;

	if (x->leg != LEG_PRIMARY ||
	    r->snapshot->state.stage_us != c->snapshot->state.stage_us)
		return;
	if (x->why == WHY_STICKY)
		seen_add(&c->stats->seen, version_other(x->version),
		    r->decision.bucket);
	else if (x->why == WHY_BUCKET)
		seen_add(&c->stats->seen, x->version, r->decision.bucket);
}

_Static_assert(WEIGHT_BUCKETS == BUCKET_COUNT, "a place for each bucket");

void
leg_count(struct exchange *x, enum outcome outcome)
{
	enum blame blame = outcome_info(outcome)->blame;
	bool failure = outcome_is_failure(outcome);
	struct course *c = x->request->course;
	struct leg_stats *stats = &c->stats->legs[x->version][x->leg];
	const struct decision *d = &x->request->decision;
	struct route_slots *of_route = slots_of_route(x);
	unsigned counts = WEIGHT_OF_ALL;

	leg_stats_count(stats, outcome, x->status, leg_latency_us(x));
	if (of_route != NULL)
		routes_count(of_route, x->leg, outcome, x->status,
		    leg_latency_us(x));
	count_signals(x, outcome);
	/* Control legs are in no evidence: they must not use up a user's
	 * weight for the legs that are. */
	if (x->leg != LEG_CONTROL && outcome_is_counted(outcome))
		counts = weights_take(c->board->weights, x->version, d->bucket,
		    failure) | repeats_take(&c->repeats, x->version, d->bucket,
		    failure);
	excess_count(&stats->excess, counts, failure);
	if (of_route != NULL)
		excess_count(&of_route->excess, counts, failure);
	note_user(x);
	if (x->version == VERSION_LEGACY && x->leg != LEG_CONTROL &&
	    outcome_is_counted(outcome))
		streak_add_legacy(&c->streak, failure);
	/* The breaker protects users; a shadow has none. */
	if (x->version == VERSION_ENHANCED && x->leg == LEG_PRIMARY &&
	    (blame == BLAME_NOBODY || blame == BLAME_UPSTREAM) &&
	    course_feed_breaker(c, x->request->snapshot, d->bucket, failure))
		metric_add(c->stats, METRIC_BREAKER_TRIPS, 1);
}

void
leg_write_down(struct exchange *x)
{
	struct worker *w = x->worker;
	struct leg_record rec;

	if (!x->tunnel.stands)
		leg_count(x, x->outcome);
	if (access_is_on(w))
		access_leg(x);
	if (w->records.leg == NULL)
		return;
	fill_request(&rec, x->request);
	fill_exchange(&rec, x);
	fill_signals(&rec, x);
	if (!w->records.leg(w->records.arg, &rec))
		metric_add(w->stats, METRIC_RECORDS_DROPPED, 1);
}
