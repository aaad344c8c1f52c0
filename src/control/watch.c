/* watch -- see watch.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/watch_starts.h"

void
watch_init(struct watch *w)
{
	memset(w, 0, sizeof *w);
	w->all.history = history_new();
}

static void
free_routes(struct watch *w)
{
	for (size_t i = 0; i < w->route_count; i++) {
		history_free(&w->routes[i].history);
		free(w->routes[i].path);
	}
	free(w->routes);
}

void
watch_fini(struct watch *w)
{
	history_free(&w->all.history);
	free_routes(w);
	free(w->memories);
	free(w->readings);
	free(w->tracks);
}

/* --- memories of rules ------------------------------------------------------ */

static bool
is_same_rule(const struct guard_rule *a, const struct guard_rule *b)
{
	const struct condition *x = &a->when, *y = &b->when;

	return strcmp(a->name, b->name) == 0 && x->kind == y->kind &&
	    strcmp(condition_name(x), condition_name(y)) == 0 &&
	    x->version == y->version && x->relation == y->relation &&
	    x->below == y->below && x->limit >= y->limit &&
	    x->limit <= y->limit && x->window_ms == y->window_ms &&
	    x->last == y->last && x->test == y->test &&
	    (x->route != NULL) == (y->route != NULL) &&
	    (x->route == NULL || strcmp(x->route, y->route) == 0) &&
	    a->for_ms == b->for_ms;
}

/* A reload every minute must not keep a rule of "for 15m" from tripping.  What
 * was done is not what is to be done now: a rule that has only told of its
 * trouble may take traffic back. */
static struct guard_memory
inherited(const struct watch *w, const struct guard_rule *rule)
{
	struct guard_memory memory = { 0 };
	size_t i = 0, count = w->rules != NULL ? w->rules->guard_count : 0;

	while (i < count && !is_same_rule(&w->rules->guards[i], rule))
		i++;
	if (i < count)
		memory = w->memories[i];
	if (i < count && w->rules->guards[i].action != rule->action)
		memory.fired = false;
	return memory;
}

const struct condition *
watch_condition(const struct rules *rules, size_t n)
{
	if (n < rules->guard_count)
		return &rules->guards[n].when;
	n -= rules->guard_count;
	for (size_t i = 0; i < rules->stage_count; i++) {
		if (n < rules->stages[i].gate_count)
			return &rules->stages[i].gates[n].when;
		n -= rules->stages[i].gate_count;
	}
	return NULL;
}

/* --- probes ------------------------------------------------------------------ */

/* What a probe said keeps its meaning while it asks the same. */
static void
use_probes(struct watch *w, const struct probe_rules *rules)
{
	struct probe_track *tracks = mem_zalloc((rules->count + 1) *
	    sizeof *tracks);
	size_t before = w->rules != NULL ? w->rules->probes.count : 0;

	for (size_t i = 0; i < rules->count; i++) {
		for (size_t k = 0; k < before; k++)
			if (w->tracks[k].mark == rules->list[i].mark)
				tracks[i] = w->tracks[k];
		tracks[i].mark = rules->list[i].mark;
	}
	free(w->tracks);
	w->tracks = tracks;
}

static uint64_t
growth_span(const struct condition *c, size_t probe)
{
	return c->kind == NUMBER_PROBE && c->per != PER_NONE &&
	    c->index == probe ? c->window_ms : 0;
}

/* The longest span over which a growth of it is asked for. */
static uint64_t
longest_span(const struct rules *rules, size_t probe)
{
	const struct condition *c;
	uint64_t longest = 0, span;

	for (size_t n = 0; (c = watch_condition(rules, n)) != NULL; n++) {
		span = growth_span(c, probe);
		longest = span > longest ? span : longest;
	}
	return longest;
}

/* n 0: it is not known, or not any more. */
static struct measured
probe_of(const struct watch *w, const struct condition *c)
{
	static const uint64_t per_ms[] = {
		[PER_NONE] = 0, [PER_MINUTE] = UINT64_C(60000),
		[PER_HOUR] = UINT64_C(3600000),
		[PER_DAY] = UINT64_C(86400000),
	};
	const struct probe_track *t = &w->tracks[c->index];
	struct measured m = { .value = 0 };
	bool is_known = probe_track_now(t, w->now_ns,
	    w->rules->probes.list[c->index].stale_ms, &m.value);

	if (is_known && c->per != PER_NONE)
		is_known = probe_track_growth(t, w->now_ns, c->window_ms,
		    per_ms[c->per], &m.value);
	m.n = is_known;
	return m;
}

/* --- routes ------------------------------------------------------------------ */

static size_t
scope_count(const struct watch *w)
{
	return 1 + w->route_count;
}

/* 0 is the whole. */
static struct watch_scope *
scope_at(struct watch *w, size_t i)
{
	return i == 0 ? &w->all : &w->routes[i - 1];
}

static const struct watch_scope *
scope_of(const struct watch *w, const struct condition *c)
{
	return c->route == NULL ? &w->all : &w->routes[c->watched];
}

static void
shape_scope(struct watch_scope *s, size_t spreads)
{
	history_reshape(s->history, spreads);
	for (unsigned v = 0; v < VERSION_COUNT; v++)
		s->tallies[v].spread_count = s->begin[v].spread_count =
		    s->shared[v].spread_count = spreads;
}

void
watch_reshape(struct watch *w)
{
	for (size_t i = 0; i < scope_count(w); i++)
		shape_scope(scope_at(w, i), w->rules->signals.spread_count);
}

/* The past of one that is still named moves over. */
static void
take_route(struct watch *w, const char *path, size_t spreads,
    struct watch_scope *out)
{
	for (size_t i = 0; i < w->route_count; i++) {
		struct watch_scope *s = &w->routes[i];

		if (s->history == NULL || strcmp(s->path, path) != 0)
			continue;
		*out = *s;
		s->path = NULL;
		s->history = NULL;
		return;
	}
	out->path = mem_strdup(path);
	out->history = history_new();
	out->is_new = true;
	shape_scope(out, spreads);
}

static void
use_routes(struct watch *w, const struct rules *rules)
{
	const struct route_counting *counting = &rules->counting;
	struct watch_scope *routes = mem_zalloc((counting->watched + 1) *
	    sizeof *routes);

	for (size_t i = 0; i < counting->watched; i++)
		take_route(w, counting->paths[i], rules->signals.spread_count,
		    &routes[i]);
	free_routes(w);
	w->routes = routes;
	w->route_count = counting->watched;
}

/* --- other rules ------------------------------------------------------------- */

void
watch_use(struct watch *w, const struct rules *rules)
{
	size_t count = rules->guard_count;
	struct guard_memory *memories = mem_zalloc((count + 1) * sizeof *memories);

	for (size_t i = 0; i < count; i++)
		memories[i] = inherited(w, &rules->guards[i]);
	free(w->memories);
	free(w->readings);
	w->memories = memories;
	w->readings = mem_zalloc((count + 1) * sizeof *w->readings);
	use_probes(w, &rules->probes);
	use_routes(w, rules);
	w->rules = rules;
}

/* --- the past --------------------------------------------------------------- */

static void
cut_scope(struct watch *w, struct watch_scope *s)
{
	memcpy(s->begin, s->tallies, sizeof s->begin);
	memcpy(s->shared, s->tallies, sizeof s->shared);
	history_cut(s->history, w->now_ns, s->tallies);
	s->is_new = false;
}

void
watch_push(struct watch *w)
{
	for (size_t i = 0; i < scope_count(w); i++) {
		struct watch_scope *s = scope_at(w, i);

		if (s->is_new)
			cut_scope(w, s);
		else
			history_push(s->history, w->now_ns, s->tallies);
	}
}

/* Of either version; events: those of them that are in evidence of spells. */
static struct rate
spell_failures(const struct watch *w)
{
	struct rate sum = { 0, 0 };

	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		const struct tally *t = &w->all.tallies[v];

		sum.n += t->failures;
		sum.events += t->failures - t->excess.spell_failures;
	}
	return sum;
}

bool
watch_renews(struct watch *w)
{
	struct rate now = spell_failures(w);

	if (now.events < w->at_spell.events + FRESH_SPELL &&
	    now.n < w->at_spell.n + FRESH_SPELL_LONGEST)
		return false;
	w->spell++;
	w->at_spell = now;
	return true;
}

void
watch_window(const struct watch *w, enum version v, uint64_t span_ns,
    struct tally *out, uint64_t *covered_ns_out)
{
	history_window(w->all.history, v, &w->all.tallies[v], w->now_ns, span_ns,
	    TALLY_ALL, out, covered_ns_out);
}

/* Over the last so many requests, the span, or the whole stage. */
static void
windows_of(const struct watch *w, const struct condition *c,
    struct tally out[VERSION_COUNT])
{
	const struct watch_scope *s = scope_of(w, c);
	unsigned wanted = measure_wants(c);

	if (c->last == 0 && c->window_ms > 0) {
		history_windows(s->history, s->tallies, w->now_ns,
		    c->window_ms * NS_PER_MS, wanted, out);
		return;
	}
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		if (c->last > 0)
			history_last(s->history, v, &s->tallies[v], c->last,
			    wanted, &out[v]);
		else
			tally_subtract(&s->tallies[v], &s->begin[v], wanted,
			    &out[v]);
	}
}

void
watch_recount(struct watch *w, bool whole)
{
	for (size_t i = 0; i < scope_count(w); i++) {
		struct watch_scope *s = scope_at(w, i);

		memcpy(s->shared, s->tallies, sizeof s->shared);
		if (whole)
			memcpy(s->begin, s->tallies, sizeof s->begin);
	}
	for (size_t i = 0; i < w->rules->guard_count; i++)
		w->memories[i].fresh = (struct fresh){ .count = 0 };
}

struct measured
watch_number(struct watch *w, const struct condition *c, enum version v)
{
	struct measured m;

	if (c->kind == NUMBER_PROBE)
		return probe_of(w, c);
	windows_of(w, c, w->view.windows);
	measure_take(c, &w->view.windows[v], &m);
	return m;
}

void
watch_probe(struct watch *w, size_t i, uint64_t at_ns, double value)
{
	if (at_ns <= w->tracks[i].last.at_ns)
		return;
	probe_track_add(&w->tracks[i], at_ns, value, longest_span(w->rules, i));
	watch_starts_late(w, i);
}

void
watch_cut(struct watch *w)
{
	watch_starts_keep(w);
	w->began_ns = w->now_ns;
	w->has_late_start = false;
	for (size_t i = 0; i < scope_count(w); i++)
		cut_scope(w, scope_at(w, i));
	memset(w->memories, 0, w->rules->guard_count * sizeof *w->memories);
	w->at_spell = spell_failures(w);
}

/* --- looking ----------------------------------------------------------------- */

/* A stage that has just begun has had few requests, whoever comes. */
static bool
is_young(const struct watch *w, const struct condition *c)
{
	uint64_t span_ns = c->window_ms * NS_PER_MS;

	return c->kind == NUMBER_MEASURE && c->measure == MEASURE_REQUESTS &&
	    c->last == 0 && history_reach(scope_of(w, c)->history, w->now_ns,
	    span_ns) < span_ns;
}

const struct condition_view *
watch_look(struct watch *w, const struct condition *c)
{
	const struct watch_scope *s = scope_of(w, c);
	const struct stage_start *start;

	if (c->kind != NUMBER_PROBE)
		windows_of(w, c, w->view.windows);
	w->view.is_young = is_young(w, c);
	/* Nobody else asks for it. */
	for (unsigned v = 0; v < VERSION_COUNT &&
	    c->test == TEST_SEQUENTIAL; v++)
		tally_subtract(&s->tallies[v], &s->shared[v], measure_wants(c),
		    &w->view.since[v]);
	if (c->kind == NUMBER_PROBE)
		w->view.probe = probe_of(w, c);
	w->view.spell = w->spell;
	start = condition_is_of_start(c) ? watch_starts_find(w, c) : NULL;
	w->view.has_start = start != NULL;
	if (start != NULL) {
		w->view.start = (struct measured){ start->value, start->n,
			start->events };
		w->view.start_of = start->of;
	}
	return &w->view;
}

/* --- judging ---------------------------------------------------------------- */

void
watch_state(struct watch *w, const struct rollout_state *state)
{
	const struct stage *alone = stage_complete(w->rules, state);
	bool tells_only = alone != NULL && !alone->guard;

	/* Told of is not done: what still fires acts from now on. */
	for (size_t i = 0; tells_only != w->tells_only &&
	    i < w->rules->guard_count; i++)
		w->memories[i].fired = false;
	w->tells_only = tells_only;
}

bool
watch_breaker(struct watch *w, bool exposed)
{
	const struct breaker *b = &w->rules->breaker;
	struct tally *windows = w->view.windows;

	history_windows(w->all.history, w->all.tallies, w->now_ns,
	    b->window_ms * NS_PER_MS, 0, windows);
	return breaker_judge(b, windows, &w->breaker) &&
	    (exposed || windows[VERSION_ENHANCED].primary_requests > 0);
}

static enum deed
to_tell(const struct guard_reading *reading, struct guard_memory *memory,
    bool had_fired)
{
	if (reading->judgement == JUDGE_TRIP && !memory->fired) {
		memory->fired = true;
		return DEED_ALERT;
	}
	return had_fired && !memory->fired ? DEED_RESOLVED : DEED_NONE;
}

/* A rule that moves traffic has fired: once for each time that it does. */
static enum deed
to_do(const struct guard_rule *rule, const struct guard_reading *reading,
    struct guard_memory *memory)
{
	bool is_held = reading->judgement == JUDGE_SHARED;
	bool is_undone = is_held || rule->mode == GUARD_OBSERVE;

	if ((reading->judgement != JUDGE_TRIP && !is_held) || memory->fired ||
	    (is_undone && memory->told == (uint8_t)reading->judgement))
		return DEED_NONE;
	memory->told = (uint8_t)reading->judgement;
	if (is_undone)
		return is_held ? DEED_HELD : DEED_OBSERVED;
	if (rule->action == GUARD_ROLLBACK)
		return DEED_ROLLBACK; /* latched from then on */
	memory->fired = true;
	return rule->action == GUARD_BACK ? DEED_BACK : DEED_PAUSE;
}

static bool
takes_back(const struct guard_rule *rule)
{
	return rule->mode != GUARD_OBSERVE &&
	    (rule->action == GUARD_BACK || rule->action == GUARD_ROLLBACK);
}

enum deed
watch_rule(struct watch *w, size_t i, bool latched)
{
	const struct guard_rule *rule = &w->rules->guards[i];
	struct guard_reading *reading = &w->readings[i];
	struct guard_memory *memory = &w->memories[i];
	bool had_fired = memory->fired;

	guard_judge(rule, watch_look(w, &rule->when), w->now_ns, memory, reading);
	if (reading->judgement == JUDGE_FINE)
		memory->told = 0;
	if (rule->action == GUARD_ALERT || (w->tells_only && !latched &&
	    takes_back(rule)))
		return to_tell(reading, memory, had_fired);
	return latched ? DEED_NONE : to_do(rule, reading, memory);
}

unsigned
watch_critical(const struct watch *w)
{
	unsigned count = 0;

	for (size_t i = 0; i < w->rules->guard_count; i++)
		if (w->rules->guards[i].severity == SEVERITY_CRITICAL &&
		    w->rules->guards[i].mode == GUARD_ACT &&
		    (w->readings[i].judgement == JUDGE_TRIP ||
		    w->readings[i].judgement == JUDGE_SHARED))
			count++;
	return count;
}
