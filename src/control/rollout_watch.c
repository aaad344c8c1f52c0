/* rollout_watch -- the tick: look at the numbers and act on them.
 * SPDX-License-Identifier: MIT
 *
 * A tick costs the sums of all slots plus two subtractions of a histogram
 * per rule: some tens of microseconds for ten rules, fifty times a second.
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "observe/signals.h"

/* Between two looks at what another process has written down. */
#define FOLLOW_STEP_NS (100 * NS_PER_MS)

/* --- memories of rules -------------------------------------------------- */

static bool
is_same_rule(const struct guard_rule *a, const struct guard_rule *b)
{
	const struct condition *x = &a->when, *y = &b->when;

	return strcmp(a->name, b->name) == 0 && x->measure == y->measure &&
	    x->version == y->version && x->relation == y->relation &&
	    x->below == y->below && x->limit >= y->limit &&
	    x->limit <= y->limit && x->window_ms == y->window_ms &&
	    x->last == y->last && x->test == y->test &&
	    a->for_ms == b->for_ms;
}

/* A reload every minute must not keep a rule of "for 15m" from tripping. */
static struct guard_memory
inherited(const struct rollout *r, const struct config *old,
    const struct guard_rule *rule)
{
	if (old != NULL)
		for (size_t i = 0; i < old->rules.guard_count; i++)
			if (is_same_rule(&old->rules.guards[i], rule))
				return r->memories[i];
	return (struct guard_memory){ 0 };
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
	history_reshape(r->history, rules->spread_count);
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		signals_tally(r->signals, v, &r->tallies[v]);
		signals_tally(r->signals, v, &r->begin[v]);
	}
}

void
rollout_watch_config(struct rollout *r, const struct config *old)
{
	const struct rules *rules = &r->config->rules;
	size_t count = rules->guard_count;
	struct guard_memory *memories = mem_zalloc((count + 1) * sizeof *memories);

	for (size_t i = 0; i < count; i++)
		memories[i] = inherited(r, old, &rules->guards[i]);
	rollout_isolation_config(r);
	free(r->memories);
	free(r->readings);
	r->memories = memories;
	r->readings = mem_zalloc((count + 1) * sizeof *r->readings);
	watch_signals(r);
}

static void
take_tallies(struct rollout *r, uint64_t now_ns)
{
	r->now_ns = now_ns;
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		stats_tally(r->ports.board, v, &r->tallies[v]);
		signals_tally(r->signals, v, &r->tallies[v]);
	}
}

/* At once, not at the next tick: what comes in between counts already. */
void
rollout_cut(struct rollout *r)
{
	size_t count = r->config->rules.guard_count;

	take_tallies(r, clock_ns());
	memcpy(r->begin, r->tallies, sizeof r->begin);
	weights_clear(r->ports.board->weights);
	history_cut(r->history, r->now_ns, r->tallies);
	memset(r->memories, 0, count * sizeof *r->memories);
}

static void
window(const struct rollout *r, enum version v, uint64_t span_ms,
    struct tally *out)
{
	uint64_t covered_ns;

	history_window(r->history, v, &r->tallies[v], r->now_ns,
	    span_ms * NS_PER_MS, out, &covered_ns);
}

/* Over the last so many requests, or the span. */
static void
window_of(const struct rollout *r, enum version v, const struct condition *c,
    struct tally *out)
{
	uint64_t covered_ns;

	if (c->window_ms == 0 && c->last == 0)
		tally_subtract(&r->tallies[v], &r->begin[v], out);
	else if (c->last > 0)
		history_last(r->history, v, &r->tallies[v], r->now_ns, c->last, out,
		    &covered_ns);
	else
		window(r, v, c->window_ms, out);
}

void
rollout_look(const struct rollout *r, const struct condition *c,
    struct condition_view *out)
{
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		window_of(r, v, c, &out->windows[v]);
		tally_subtract(&r->tallies[v], &r->begin[v], &out->since[v]);
	}
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
trip_by_breaker(struct rollout *r, bool in_a_row)
{
	struct buf sentence = { 0 }, evidence = { 0 };

	latch_set(r->ports.latch, LATCH_STATE);
	breaker_explain(&r->config->rules.breaker, &r->breaker, in_a_row,
	    &sentence, &evidence);
	rollout_trip(r, "breaker", "guard", sentence.bytes, evidence.bytes);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

/* Is anybody served by enhanced?  The breaker protects clients; a shadow that
 * fails harms none, and latching would only end what shadowing is for.  Rules
 * say themselves what they want. */
static bool
is_exposed(const struct rollout *r, const struct tally *enhanced)
{
	return r->state.percent > 0 || enhanced->primary_requests > 0;
}

static void
watch_breaker(struct rollout *r)
{
	const struct breaker *b = &r->config->rules.breaker;
	int cause = atomic_load(&r->ports.latch->cause);
	struct tally windows[VERSION_COUNT];
	bool trips;

	for (unsigned v = 0; v < VERSION_COUNT; v++)
		window(r, v, b->window_ms, &windows[v]);
	trips = breaker_judge(b, windows, &r->breaker);
	if (r->state.latched)
		return;
	if (cause == LATCH_BREAKER)
		trip_by_breaker(r, true);
	else if (trips && is_exposed(r, &windows[VERSION_ENHANCED]))
		trip_by_breaker(r, false);
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
tell(struct rollout *r, const struct guard_rule *rule,
    const struct guard_reading *reading, struct guard_memory *memory,
    bool had_fired)
{
	if (had_fired && !memory->fired)
		log_event(LOG_INFO, "resolved", "%s: %s of %s has been fine for a "
		    "whole window", rule->name, measure_name(rule->when.measure),
		    version_name(rule->when.version));
	if (reading->judgement != JUDGE_TRIP || memory->fired)
		return;
	memory->fired = true;
	alert(r, rule, reading);
}

/* --- moves within the plan ------------------------------------------------ */

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
	}
	begin_trouble(r, rule, rule->severity, ENDS_RESUME,
	    guard_action_name(rule->action), &sentence, &evidence);
	buf_fini(&sentence);
	buf_fini(&evidence);
}

/* --- rules -------------------------------------------------------------- */

/* A rule that moves traffic has fired: what is done about it. */
static void
act(struct rollout *r, size_t i)
{
	const struct guard_rule *rule = &r->config->rules.guards[i];
	const struct guard_reading *reading = &r->readings[i];
	struct guard_memory *memory = &r->memories[i];
	bool is_undone = reading->judgement == JUDGE_SHARED ||
	    rule->mode == GUARD_OBSERVE;

	if (r->state.latched || memory->fired)
		return;
	if (reading->judgement != JUDGE_TRIP && reading->judgement != JUDGE_SHARED)
		return;
	if (is_undone && memory->told == (uint8_t)reading->judgement)
		return;
	memory->told = (uint8_t)reading->judgement;
	if (is_undone) {
		note_undone(r, rule, reading);
		return;
	}
	if (rule->action == GUARD_ROLLBACK) {
		trip_by_rule(r, rule, reading);
		return;
	}
	memory->fired = true;
	step(r, rule, reading);
}

static void
watch_rule(struct rollout *r, size_t i)
{
	const struct guard_rule *rule = &r->config->rules.guards[i];
	bool had_fired = r->memories[i].fired;

	rollout_look(r, &rule->when, &r->scene);
	guard_judge(rule, &r->scene, r->now_ns, &r->memories[i],
	    &r->readings[i]);
	if (r->readings[i].judgement == JUDGE_FINE)
		r->memories[i].told = 0;
	if (rule->action == GUARD_ALERT)
		tell(r, rule, &r->readings[i], &r->memories[i], had_fired);
	else
		act(r, i);
}

static void
watch_rules(struct rollout *r, enum guard_action action)
{
	const struct rules *rules = &r->config->rules;

	for (size_t i = 0; i < rules->guard_count; i++)
		if (rules->guards[i].action == action)
			watch_rule(r, i);
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
	history_push(r->history, now_ns, r->tallies);
	watch_breaker(r);
	/* However they stand in the file: first what takes traffic off. */
	for (enum guard_action a = GUARD_ACTION_COUNT; a-- > GUARD_ALERT;)
		watch_rules(r, a);
	rollout_plan_tick(r);
	rollout_alert_tick(r);
	rollout_write_kept(r);
	rollout_remote_tick(r, now_ns);
}

/* --- what the status page asks ------------------------------------------ */

size_t
rollout_rules(struct rollout *r, struct rule_status *out, size_t max)
{
	size_t count = r->config->rules.guard_count;

	for (size_t i = 0; i < count && i < max; i++) {
		out[i].rule = &r->config->rules.guards[i];
		out[i].reading = r->readings[i];
	}
	return count < max ? count : max;
}

struct guard_reading
rollout_breaker(const struct rollout *r)
{
	return r->breaker;
}

void
rollout_recent(const struct rollout *r, enum version v, uint64_t span_ns,
    struct tally *out, uint64_t *covered_ns_out)
{
	history_window(r->history, v, &r->tallies[v], r->now_ns, span_ns, out,
	    covered_ns_out);
}
