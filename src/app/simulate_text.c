/* simulate_text -- see simulate_text.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/simulate_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* --- events ---------------------------------------------------- */

void
simulate_events_add(struct simulate_events *e, int64_t at_us, bool is_live,
    const char *kind, const char *name, const char *text)
{
	e->list = mem_realloc(e->list, (e->count + 1) * sizeof *e->list);
	e->list[e->count] = (struct simulate_event){ at_us, e->count, is_live,
		mem_strdup(kind), mem_strdup(name), mem_strdup(text) };
	e->count++;
}

static int
by_time(const void *a, const void *b)
{
	const struct simulate_event *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (x->is_live != y->is_live)
		return x->is_live ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void
simulate_events_sort(struct simulate_events *e)
{
	if (e->count > 1)
		qsort(e->list, e->count, sizeof *e->list, by_time);
}

void
simulate_events_fini(struct simulate_events *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->list[i].kind);
		free(e->list[i].name);
		free(e->list[i].text);
	}
	free(e->list);
	*e = (struct simulate_events){ .count = 0 };
}

/* --- what is not known ---------------------------------------------------- */

static bool
is_asked(const struct rules *rules, enum number_kind kind, size_t index)
{
	for (size_t i = 0; i < rules->guard_count; i++)
		if (rules->guards[i].when.kind == kind &&
		    rules->guards[i].when.index == index)
			return true;
	for (size_t i = 0; i < rules->stage_count; i++)
		for (size_t k = 0; k < rules->stages[i].gate_count; k++) {
			const struct condition *c = &rules->stages[i].gates[k].when;

			if (c->kind == kind && c->index == index)
				return true;
		}
	return false;
}

static bool
is_ratio_asked(const struct rules *rules)
{
	for (size_t i = 0; i < rules->stage_count; i++)
		if (rules->stages[i].percent > 0 &&
		    rules->stages[i].percent < 100000)
			return true;
	return false;
}

struct lines {
	struct buf *out;
	bool json;
	unsigned count;
};

static void
line(struct lines *l, const char *format, const char *name)
{
	struct buf text = { 0 };
	const char *at = strchr(format, '*');

	buf_add(&text, format, at != NULL ? (size_t)(at - format) :
	    strlen(format));
	if (at != NULL) {
		buf_puts(&text, name);
		buf_puts(&text, at + 1);
	}
	if (l->json) {
		buf_puts(l->out, l->count > 0 ? ", " : "");
		buf_json_string(l->out, text.bytes, text.len);
	} else {
		buf_printf(l->out, "not replayed: %s\n", text.bytes);
	}
	l->count++;
	buf_fini(&text);
}

void
simulate_write_unknown(const struct config *config,
    const struct simulate_counts *counts, bool json, struct buf *out)
{
	const struct rules *rules = &config->rules;
	const struct isolation_rules *isolation = &rules->isolation;
	struct lines l = { out, json, 0 };

	buf_puts(out, json ? "[" : "");
	for (size_t i = 0; i < rules->probes.count; i++)
		if (is_asked(rules, NUMBER_PROBE, i))
			line(&l, "probe *: what probes said is not recorded",
			    rules->probes.list[i].name);
	for (size_t i = 0; i < rules->signals.count; i++)
		if ((counts->said >> i & 1) == 0 && is_asked(rules, NUMBER_SIGNAL, i))
			line(&l, "signal *: no recorded leg says it",
			    rules->signals.list[i].name);
	if (isolation->is_on && (isolation->on >> ISOLATION_FOREIGN_ANSWER & 1) != 0)
		line(&l, "isolation: what answers name is not recorded", "");
	if (isolation->is_on && !counts->has_sessions)
		line(&l, "isolation: no recorded request has a session and a user",
		    "");
	if (is_ratio_asked(rules))
		line(&l, "sample_ratio: users were where the live rollout put them",
		    "");
	if (counts->unfit > 0)
		line(&l, "legs with words that a newer understudy wrote", "");
	buf_puts(out, json ? "]" : "");
}

/* --- for people ---------------------------------------------------- */

static size_t
widest(const struct rules *rules, const struct simulate_events *events)
{
	size_t most = strlen("stage"), len;

	for (size_t i = 0; i < rules->stage_count; i++) {
		len = strlen(rules->stages[i].name);
		most = len > most ? len : most;
	}
	for (size_t i = 0; i < events->count; i++) {
		len = strlen(events->list[i].name);
		most = len > most ? len : most;
	}
	return most > 32 ? 32 : most;
}

/* "2026-01-31 12:34:56.123" */
static void
add_time(struct buf *out, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(us, text);
	buf_printf(out, "%.10s %.12s", text, text + 11);
}

static void
add_span(struct buf *out, uint64_t us)
{
	char text[32] = "-";

	/* People do not read the milliseconds of minutes. */
	if (us >= 10000000)
		us -= us % 1000000;
	if (us >= 1000)
		us -= us % 1000;
	if (us > 0)
		text_format_duration(us, text);
	buf_printf(out, "%-10s", text);
}

static void
write_events(const struct simulate_events *events, int width, struct buf *out)
{
	bool has_live = false;

	for (size_t i = 0; i < events->count; i++)
		has_live = has_live || events->list[i].is_live;
	for (size_t i = 0; i < events->count; i++) {
		const struct simulate_event *e = &events->list[i];

		add_time(out, e->at_us);
		if (has_live)
			buf_printf(out, "  %-9s", e->is_live ? "live" : "simulated");
		buf_printf(out, "  %-8s  %-*s  %s\n", e->kind, width, e->name,
		    e->text);
	}
	buf_puts(out, events->count == 0 ? "nothing would have been done\n" : "");
}

static bool
is_reached(const struct simulate_stage *visits, size_t count,
    const struct stage *stage)
{
	for (size_t i = 0; i < count; i++)
		if (visits[i].stage == stage)
			return true;
	return false;
}

static void
write_stages(const struct rules *rules, const struct simulation *s, int width,
    struct buf *out)
{
	size_t count;
	const struct simulate_stage *visits = simulation_stages(s, &count);

	buf_printf(out, "\n%-*s  %-10s  %-10s  from\n", width, "stage", "planned",
	    "simulated");
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%-*s  ", width, visits[i].stage->name);
		add_span(out, visits[i].stage->dwell_ms * 1000);
		buf_puts(out, "  ");
		add_span(out, (uint64_t)(visits[i].to_us - visits[i].from_us));
		buf_puts(out, "  ");
		add_time(out, visits[i].from_us);
		buf_puts(out, "\n");
	}
	for (size_t i = 0; i < rules->stage_count; i++) {
		if (is_reached(visits, count, &rules->stages[i]))
			continue;
		buf_printf(out, "%-*s  ", width, rules->stages[i].name);
		add_span(out, rules->stages[i].dwell_ms * 1000);
		buf_puts(out, "  not reached\n");
	}
}

static void
write_waits(struct simulation *s, struct buf *out)
{
	const struct rollout_state *state =
	    replay_state(simulation_replay(s));
	struct plan_report plan;

	replay_plan(simulation_replay(s), &plan);
	buf_printf(out, "at the end: stage %s%s%s", state->stage,
	    state->latched ? ", latched on legacy" : "",
	    state->paused ? ", paused" : "");
	for (size_t i = 0; plan.next != NULL && i < plan.count; i++)
		if (plan.rows[i].state != ROW_DONE)
			buf_printf(out, "; %s: %s", plan.rows[i].name,
			    plan.rows[i].text);
	buf_puts(out, "\n");
}

void
simulate_write_text(const struct config *config, struct simulation *s,
    const struct simulate_events *events, struct buf *out)
{
	const struct simulate_counts *n = simulation_counts(s);
	int width = (int)widest(&config->rules, events);

	if (simulation_replay(s) == NULL) {
		buf_puts(out, "nothing is recorded\n");
		return;
	}
	write_events(events, width, out);
	write_stages(&config->rules, s, width, out);
	buf_puts(out, "\n");
	write_waits(s, out);
	if (n->back_us != 0)
		buf_printf(out, "%" PRIu64 " requests of users came to enhanced "
		    "after that trip\n", n->served_after);
	buf_printf(out, "%" PRIu64 " legs and %" PRIu64 " pairs, ", n->legs,
	    n->pairs);
	add_time(out, n->first_us);
	buf_puts(out, " to ");
	add_time(out, n->last_us);
	buf_puts(out, " (UTC)\n");
	simulate_write_unknown(config, n, false, out);
}

/* --- for programs ---------------------------------------------------- */

static void
add_json_time(struct buf *out, const char *name, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	clock_format(us, text);
	buf_printf(out, "\"%s\": \"%s\"", name, text);
}

static void
add_json_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ", \"%s\": ", name);
	buf_json_string(out, text, strlen(text));
}

static void
write_json_events(const struct simulate_events *events, struct buf *out)
{
	buf_puts(out, "\"events\": [");
	for (size_t i = 0; i < events->count; i++) {
		const struct simulate_event *e = &events->list[i];

		buf_puts(out, i > 0 ? ",\n  {" : "\n  {");
		add_json_time(out, "time", e->at_us);
		add_json_text(out, "by", e->is_live ? "live" : "simulated");
		add_json_text(out, "kind", e->kind);
		add_json_text(out, "name", e->name);
		add_json_text(out, "text", e->text);
		buf_puts(out, "}");
	}
	buf_puts(out, "]");
}

static void
write_json_stages(const struct simulation *s, struct buf *out)
{
	size_t count;
	const struct simulate_stage *visits = simulation_stages(s, &count);

	buf_puts(out, ", \"stages\": [");
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i > 0 ? ",\n  {" : "\n  {");
		add_json_time(out, "from", visits[i].from_us);
		buf_puts(out, ", ");
		add_json_time(out, "to", visits[i].to_us);
		add_json_text(out, "name", visits[i].stage->name);
		buf_printf(out, ", \"planned_ms\": %" PRIu64 ", \"simulated_ms\": "
		    "%" PRId64 "}", visits[i].stage->dwell_ms,
		    (visits[i].to_us - visits[i].from_us) / 1000);
	}
	buf_puts(out, "]");
}

static void
write_json_end(struct simulation *s, struct buf *out)
{
	const struct rollout_state *state =
	    replay_state(simulation_replay(s));
	struct plan_report plan;

	buf_printf(out, ", \"latched\": %s, \"paused\": %s, \"plan\": ",
	    state->latched ? "true" : "false", state->paused ? "true" : "false");
	replay_plan(simulation_replay(s), &plan);
	plan_write_json(&plan, out);
	buf_puts(out, ", ");
	add_json_time(out, "from", simulation_counts(s)->first_us);
	buf_puts(out, ", ");
	add_json_time(out, "to", simulation_counts(s)->last_us);
}

void
simulate_write_json(const struct config *config, struct simulation *s,
    const struct simulate_events *events, struct buf *out)
{
	const struct simulate_counts *n = simulation_counts(s);

	buf_puts(out, "{");
	write_json_events(events, out);
	write_json_stages(s, out);
	if (simulation_replay(s) != NULL)
		write_json_end(s, out);
	buf_printf(out, ", \"legs\": %" PRIu64 ", \"control_legs\": %" PRIu64
	    ", \"pairs\": %" PRIu64 ", \"served_after\": %" PRIu64
	    ", \"not_replayed\": ", n->legs, n->controls, n->pairs,
	    n->served_after);
	simulate_write_unknown(config, n, true, out);
	buf_puts(out, "}\n");
}
