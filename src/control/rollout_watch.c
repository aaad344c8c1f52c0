/* rollout_watch -- the tick: look at the numbers and act on them.
 * SPDX-License-Identifier: MIT
 *
 * A tick costs the sums of all slots plus, for each rule over a quantile or a
 * mean of latency, four subtractions of a histogram: some tens of microseconds
 * for ten such rules, fifty times a second.
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "observe/routes.h"
#include "observe/signals.h"

/* Between two looks at what another process has written down. */
#define FOLLOW_STEP_NS (100 * NS_PER_MS)

/* --- what is looked at --------------------------------------------------- */

/* Where it is counted what the i-th scope says of signals; NULL: nowhere. */
static const struct signal_board *
signals_at(const struct rollout *r, size_t i)
{
	return i == 0 ? r->signals : r->routes->signals[i - 1];
}

static struct watch_scope *
scope_at(struct rollout *r, size_t i)
{
	return i == 0 ? &r->watch.all : &r->watch.routes[i - 1];
}

/* Other routes: those that stay keep their counters. */
static void
watch_routes(struct rollout *r)
{
	const struct rules *rules = &r->config->rules;
	struct route_board *before = r->routes;

	if ((before != NULL ? before->mark : 0) == rules->counting.mark)
		return;
	r->routes = route_board_new(&rules->counting, &rules->signals,
	    r->ports.board->worker_count, r->ports.board->compare_count, before);
	route_board_unref(&before);
}

/* Other signals: what was counted of them has another meaning now.  Windows
 * of everything else stay. */
static void
watch_signals(struct rollout *r)
{
	const struct signal_rules *rules = &r->config->rules.signals;

	if ((r->signals != NULL ? r->signals->mark : 0) == rules->mark)
		return;
	signal_board_unref(&r->signals);
	r->signals = signal_board_new(rules, r->ports.board->worker_count);
	watch_reshape(&r->watch);
	for (size_t i = 0; i <= r->watch.route_count; i++)
		for (unsigned v = 0; v < VERSION_COUNT; v++) {
			struct watch_scope *s = scope_at(r, i);

			signals_tally(signals_at(r, i), v, &s->tallies[v]);
			signals_tally(signals_at(r, i), v, &s->begin[v]);
			signals_tally(signals_at(r, i), v, &s->shared[v]);
		}
}

void
rollout_watch_config(struct rollout *r)
{
	watch_use(&r->watch, &r->config->rules);
	rollout_isolation_config(r);
	watch_routes(r); /* its mark has that of the signals in it */
	watch_signals(r);
}

static void
take_tallies(struct rollout *r, uint64_t now_ns)
{
	r->watch.now_ns = now_ns;
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		stats_tally(r->ports.board, v, &r->watch.all.tallies[v]);
		signals_tally(r->signals, v, &r->watch.all.tallies[v]);
		for (size_t i = 0; i < r->watch.route_count; i++) {
			struct tally *t = &r->watch.routes[i].tallies[v];

			routes_tally(r->routes->routes[i], v, t);
			signals_tally(r->routes->signals[i], v, t);
		}
	}
}

/* Of each probe the number that has come since. */
static void
take_probes(struct rollout *r)
{
	const struct probe_rules *rules = &r->config->rules.probes;
	struct probe_row rows[PROBE_RULES_MAX];
	size_t count;

	if (rules->count == 0 || r->ports.probes == NULL)
		return;
	count = r->ports.probes(r->ports.arg, rows);
	for (size_t i = 0; i < rules->count; i++)
		for (size_t k = 0; k < count; k++)
			if (rows[k].mark == rules->list[i].mark &&
			    rows[k].has_value)
				watch_probe(&r->watch, i, rows[k].at_ns,
				    rows[k].value);
	r->starts_due = r->starts_due || r->watch.has_late_start;
	r->watch.has_late_start = false;
}

/* At once, not at the next tick: what comes in between counts already. */
void
rollout_cut(struct rollout *r)
{
	take_tallies(r, clock_ns());
	weights_clear(r->ports.board->weights);
	watch_cut(&r->watch);
}

static void
recount(struct rollout *r, bool whole)
{
	take_tallies(r, clock_ns());
	weights_clear(r->ports.board->weights);
	watch_recount(&r->watch, whole);
}

void
rollout_recount(struct rollout *r)
{
	recount(r, true);
}

void
rollout_mirrors(struct rollout *r)
{
	recount(r, false);
}

/* --- trips -------------------------------------------------------------- */

void
rollout_trip(struct rollout *r, const char *name, const char *actor,
    const char *sentence, const char *evidence)
{
	const struct change_origin by = { actor, sentence, clock_wall_us() };
	const char *kind = strcmp(actor, "guard") == 0 ? "trip" : "rollback";
	struct trouble trouble = { .severity = SEVERITY_CRITICAL,
		.end = ENDS_REARM };
	struct change c;

	latch_set(r->ports.latch, LATCH_STATE); /* first of all */
	change_latch(&r->state, kind, &by, evidence, &c);
	rollout_take(r, &c);
	atomic_store(&r->ports.latch->cause, LATCH_STATE);
	r->latch_shared = false;
	rollout_save_or_keep(r, &c);
	text_copy(trouble.name, sizeof trouble.name, name, strlen(name));
	trouble.epoch = r->state.epoch;
	rollout_alert(r, &trouble, kind, sentence, evidence);
}

static void
trip_by_breaker(struct rollout *r, enum breaker_cause cause)
{
	struct buf sentence = { 0 }, evidence = { 0 };

	latch_set(r->ports.latch, LATCH_STATE);
	breaker_explain(&r->config->rules.breaker, &r->watch.breaker, cause,
	    &sentence, &evidence);
	rollout_trip(r, "breaker", "guard", sentence.bytes, evidence.bytes);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

/* Enhanced is alone: people are told, and decide. */
static void
tell_of_breaker(struct rollout *r)
{
	struct trouble t = { .name = "breaker", .epoch = r->state.epoch,
		.severity = SEVERITY_CRITICAL, .end = ENDS_BREAKER };
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct buf sentence = { 0 }, evidence = { 0 };
	struct log_entry event;

	breaker_explain(&r->config->rules.breaker, &r->watch.breaker,
	    BREAKER_RATE, &sentence, &evidence);
	by.reason = sentence.bytes;
	log_event_with(LOG_ERROR, "alert", NULL, "%s", sentence.bytes);
	change_note(&r->state, "alert", &by, evidence.bytes, &event);
	rollout_note(r, &event);
	rollout_alert(r, &t, "alert", sentence.bytes, evidence.bytes);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

static void
watch_the_breaker(struct rollout *r)
{
	int cause = atomic_load(&r->ports.latch->cause);
	bool trips = watch_breaker(&r->watch, r->state.percent > 0);

	if (!trips || !r->watch.tells_only)
		r->breaker_told = false;
	if (r->state.latched)
		return;
	if (cause == LATCH_BREAKER || cause == LATCH_BREAKER_HALF)
		trip_by_breaker(r, cause == LATCH_BREAKER ? BREAKER_ROW :
		    BREAKER_HALF_ROW);
	else if (trips && !r->watch.tells_only)
		trip_by_breaker(r, BREAKER_RATE);
	else if (trips && !r->breaker_told) {
		r->breaker_told = true;
		tell_of_breaker(r);
	}
}

static void
trip_by_rule(struct rollout *r, const struct guard_rule *rule,
    const struct guard_reading *reading)
{
	struct buf sentence = { 0 }, evidence = { 0 };

	latch_set(r->ports.latch, LATCH_STATE);
	guard_explain(rule, reading, &sentence, &evidence);
	rollout_trip(r, rule->name, "guard", sentence.bytes, evidence.bytes);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

/* --- alerts ------------------------------------------------------------- */

static void
begin_trouble(struct rollout *r, const struct guard_rule *rule,
    enum severity severity, enum trouble_end end, const char *kind,
    const struct buf *sentence, const struct buf *evidence)
{
	struct trouble t = { .epoch = r->state.epoch, .severity = severity,
		.end = end };

	text_copy(t.name, sizeof t.name, rule->name, strlen(rule->name));
	rollout_alert(r, &t, kind, sentence->bytes, evidence->bytes);
}

static void
alert(struct rollout *r, const struct guard_rule *rule,
    const struct guard_reading *reading)
{
	struct buf sentence = { 0 }, evidence = { 0 }, extra = { 0 };
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct log_entry event;

	guard_explain(rule, reading, &sentence, &evidence);
	by.reason = sentence.bytes;
	buf_printf(&extra, "\"epoch\":%" PRIu64 ",\"severity\":\"%s\","
	    "\"evidence\":%s", r->state.epoch, severity_name(rule->severity),
	    evidence.bytes);
	log_event_with(rule->severity == SEVERITY_CRITICAL ? LOG_ERROR : LOG_WARN,
	    "alert", extra.bytes, "%s", sentence.bytes);
	change_note(&r->state, "alert", &by, evidence.bytes, &event);
	rollout_note(r, &event);
	begin_trouble(r, rule, rule->severity, ENDS_FINE, "alert", &sentence,
	    &evidence);
	buf_fini(&sentence);
	buf_fini(&evidence);
	buf_fini(&extra);
}

/* What would have been done, or is held for a shared cause. */
static void
note_undone(struct rollout *r, const struct guard_rule *rule,
    const struct guard_reading *reading)
{
	bool is_held = reading->judgement == JUDGE_SHARED;
	const char *kind = is_held ? "held" : "observed";
	struct buf sentence = { 0 }, evidence = { 0 };
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct log_entry event;

	if (!is_held)
		buf_printf(&sentence, "would %s: ", guard_action_name(rule->action));
	guard_explain(rule, reading, &sentence, &evidence);
	by.reason = sentence.bytes;
	log_event_with(LOG_WARN, kind, NULL, "%s", sentence.bytes);
	change_note(&r->state, kind, &by, evidence.bytes, &event);
	rollout_note(r, &event);
	begin_trouble(r, rule, SEVERITY_INFO, ENDS_FINE, kind, &sentence,
	    &evidence);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

static void
say_resolved(const struct guard_rule *rule)
{
	struct buf number = { 0 };

	guard_explain_number(&rule->when, &number);
	log_event(LOG_INFO, "resolved", "%s: %s has been fine for a whole "
	    "window", rule->name, number.bytes);
	buf_fini(&number);
}

/* --- moves within the plan ------------------------------------------------ */

/* It stands still already: nothing changes, and that the rule has fired is not
 * for nothing. */
static void
note_step(struct rollout *r, const struct guard_rule *rule,
    const struct change_origin *by, const char *evidence)
{
	const char *kind = guard_action_name(rule->action);
	struct log_entry event;

	log_event_with(LOG_WARN, kind, NULL, "paused already: %s", by->reason);
	change_note(&r->state, kind, by, evidence, &event);
	rollout_note(r, &event);
}

/* In force first, as with a trip; once for each time that the rule fires. */
static void
step(struct rollout *r, const struct guard_rule *rule,
    const struct guard_reading *reading)
{
	struct buf sentence = { 0 }, evidence = { 0 };
	struct change_origin by = { "guard", NULL, clock_wall_us() };
	struct change c;

	guard_explain(rule, reading, &sentence, &evidence);
	by.reason = sentence.bytes;
	if (rule->action == GUARD_BACK)
		change_back(&r->config->rules, &r->state, &by, evidence.bytes, &c);
	else
		change_pause(&r->state, true, &by, evidence.bytes, &c);
	if (c.differs) {
		rollout_take(r, &c);
		rollout_save_or_keep(r, &c);
	} else {
		note_step(r, rule, &by, evidence.bytes);
	}
	begin_trouble(r, rule, rule->severity, ENDS_RESUME,
	    guard_action_name(rule->action), &sentence, &evidence);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

/* --- rules -------------------------------------------------------------- */

static void
watch_one(struct rollout *r, size_t i)
{
	const struct guard_rule *rule = &r->config->rules.guards[i];
	const struct guard_reading *reading = &r->watch.readings[i];

	switch (watch_rule(&r->watch, i, r->state.latched)) {
	case DEED_NONE:
		break;
	case DEED_ALERT:
		alert(r, rule, reading);
		break;
	case DEED_RESOLVED:
		say_resolved(rule);
		break;
	case DEED_HELD:
	case DEED_OBSERVED:
		note_undone(r, rule, reading);
		break;
	case DEED_PAUSE:
	case DEED_BACK:
		step(r, rule, reading);
		break;
	case DEED_ROLLBACK:
		trip_by_rule(r, rule, reading);
		break;
	}
}

static void
watch_rules(struct rollout *r, enum guard_action action)
{
	const struct rules *rules = &r->config->rules;

	for (size_t i = 0; i < rules->guard_count; i++)
		if (rules->guards[i].action == action)
			watch_one(r, i);
}

/* --- the tick ----------------------------------------------------------- */

/* The other process decides, and we still serve: kept connections, streams. */
static void
follow(struct rollout *r, uint64_t now_ns)
{
	struct err err = { "" };

	if (now_ns < r->follow_ns)
		return;
	r->follow_ns = now_ns + FOLLOW_STEP_NS;
	if (rollout_look_on(r, &err))
		return;
	r->follow_ns = now_ns + NS_PER_S;
	log_event(LOG_WARN, "upgrade", "what the other process has decided is "
	    "not known here, trying again every second: %s", err.text);
}

void
rollout_tick(struct rollout *r, uint64_t now_ns)
{
	if (r->is_frozen) {
		follow(r, now_ns);
		return;
	}
	rollout_isolation_tick(r, now_ns);
	take_tallies(r, now_ns);
	take_probes(r);
	watch_push(&r->watch);
	if (watch_renews(&r->watch))
		weights_renew(r->ports.board->weights);
	watch_state(&r->watch, &r->state);
	watch_the_breaker(r);
	/* However they stand in the file: first what takes traffic off. */
	for (enum guard_action a = GUARD_ACTION_COUNT; a-- > GUARD_ALERT;)
		watch_rules(r, a);
	rollout_plan_tick(r);
	rollout_alert_tick(r);
	rollout_write_kept(r);
	rollout_write_starts(r);
	rollout_overrides_tick(r);
	rollout_remote_tick(r, now_ns);
}

/* --- what the status page asks ------------------------------------------ */

size_t
rollout_rules(struct rollout *r, struct rule_status *out, size_t max)
{
	size_t count = r->config->rules.guard_count;

	for (size_t i = 0; i < count && i < max; i++) {
		out[i].rule = &r->config->rules.guards[i];
		out[i].reading = r->watch.readings[i];
	}
	return count < max ? count : max;
}

struct guard_reading
rollout_breaker(const struct rollout *r)
{
	return r->watch.breaker;
}

void
rollout_recent(const struct rollout *r, enum version v, uint64_t span_ns,
    struct tally *out, uint64_t *covered_ns_out)
{
	watch_window(&r->watch, v, span_ns, out, covered_ns_out);
}
