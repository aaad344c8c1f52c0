/* status -- see status.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/words.h"
#include "control/courier.h"
#include "control/endpoints.h"
#include "control/json_text.h"
#include "control/resolver.h"
#include "observe/isolation.h"
#include "observe/sticky.h"
#include "observe/signals.h"
#include "policy/latch.h"

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

/* --- rollout ------------------------------------------------------------ */

static json_t *
stage_list(const struct rules *rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules->stage_count; i++) {
		const struct stage *stage = &rules->stages[i];
		json_t *row = json_object();

		set(row, "name", json_text(stage->name));
		set(row, "percent", json_percent(stage->percent));
		set(row, "shadow", json_percent(stage->shadow));
		json_array_append_new(list, row);
	}
	return list;
}

/* Why less is in force than the state asks for; NULL: it is in force. */
static const char *
held_by(const struct snapshot *s, bool latched)
{
	if (s->config->env_disabled)
		return "environment";
	if (latched)
		return "latch";
	return s->state.enabled ? NULL : "switch";
}

json_t *
status_rollout(const struct admin_ports *ports)
{
	const struct snapshot *s = rollout_snapshot(ports->of.rollout);
	const struct rollout_state *state = &s->state;
	const char *unsaved = rollout_unsaved(ports->of.rollout);
	bool latched = state->latched || latch_is_set(ports->of.latch);
	const char *held = held_by(s, latched);
	json_t *o = json_object();

	set(o, "name", json_text(s->config->rules.name));
	set(o, "stage", json_text(state->stage));
	set(o, "percent", json_percent(state->percent));
	set(o, "shadow", json_percent(state->shadow));
	set(o, "enabled", json_boolean(state->enabled));
	set(o, "paused", json_boolean(state->paused));
	set(o, "stage_since", json_time(state->stage_us));
	set(o, "latched", json_boolean(latched));
	set(o, "reason", json_text(state->reason));
	set(o, "actor", json_text(state->actor));
	set(o, "changed", json_time(state->changed_us));
	set(o, "epoch", json_count(state->epoch));
	set(o, "held_by", held != NULL ? json_string(held) : json_null());
	set(o, "effective_percent", json_percent(held != NULL ? 0 :
	    state->percent));
	set(o, "unsaved", unsaved != NULL ? json_text(unsaved) : json_null());
	set(o, "waiting_for_store",
	    json_boolean(rollout_is_waiting(ports->of.rollout)));
	set(o, "stages", stage_list(&s->config->rules));
	return o;
}

/* All of them at a glance; each is asked about by its name. */
static json_t *
rollouts(const struct admin_ports *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ports->rollout_count; i++) {
		const struct admin_rollout *r = &ports->rollouts[i];
		const struct snapshot *s = rollout_snapshot(r->rollout);
		bool latched = s->state.latched || latch_is_set(r->latch);
		const char *held = held_by(s, latched);

		json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:o, s:o, s:b, s:b, s:o}",
		    "name", s->config->rules.name, "stage", s->state.stage,
		    "percent", json_percent(s->state.percent),
		    "shadow", json_percent(s->state.shadow),
		    "enabled", (int)s->state.enabled, "latched", (int)latched,
		    "held_by", held != NULL ? json_string(held) : json_null()));
	}
	return list;
}

/* --- versions ----------------------------------------------------------- */

static json_t *
latency_ms(const struct hist *h)
{
	static const struct {
		const char *name;
		double q;
	} rows[] = { { "p50", 0.50 }, { "p95", 0.95 }, { "p99", 0.99 } };
	json_t *o = json_object();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		set(o, rows[i].name,
		    json_real((double)hist_quantile_us(h, rows[i].q) / 1000));
	return o;
}

/* Of a number whose distribution is kept. */
static void
set_quantiles(json_t *o, const struct signal_rule *s, const struct hist *h)
{
	static const struct {
		const char *plain, *time;
		double q;
	} rows[] = { { "p50", "p50_ms", 0.50 }, { "p95", "p95_ms", 0.95 },
		{ "p99", "p99_ms", 0.99 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		set(o, s->unit == SIGNAL_PLAIN ? rows[i].plain : rows[i].time,
		    hist_total(h) == 0 ? json_null() :
		    json_real((double)hist_quantile_us(h, rows[i].q) / 1e3));
}

/* Shares and means; times in ms. */
static json_t *
signals(const struct signal_rules *rules, const struct tally *t)
{
	json_t *o = json_object();

	for (size_t i = 0; i < rules->count; i++) {
		const struct signal_rule *s = &rules->list[i];
		uint64_t n = t->signals[i].n, sum = t->signals[i].sum;
		json_t *row = json_object();

		set(row, "n", json_count(n));
		if (s->kind == SIGNAL_SHARE) {
			set(row, "yes", json_count(sum));
			set(row, "share", n == 0 ? json_null() :
			    json_real((double)sum / (double)n));
		} else {
			set(row, s->unit == SIGNAL_PLAIN ? "mean" : "mean_ms",
			    n == 0 ? json_null() :
			    json_real((double)(int64_t)sum / 1e3 / (double)n));
		}
		for (size_t k = 0; k < t->spread_count; k++)
			if (rules->spreads[k].of == SPREAD_SIGNAL &&
			    rules->spreads[k].signal == i)
				set_quantiles(row, s, &t->spreads[k]);
		set(o, s->name, row);
	}
	return o;
}

static json_t *
numbers(const struct signal_rules *rules, const struct tally *t)
{
	json_t *o = json_object();

	set(o, "requests", json_count(t->requests));
	set(o, "failures", json_count(t->failures));
	set(o, "error_rate", json_real(t->requests == 0 ? 0 :
	    (double)t->failures / (double)t->requests));
	set(o, "latency_ms", latency_ms(&t->latency));
	set(o, "primary", json_count(t->primary_requests));
	set(o, "shadow", json_count(t->shadow_requests));
	set(o, "fallbacks", json_count(t->fallbacks));
	if (rules->count > 0)
		set(o, "signals", signals(rules, t));
	return o;
}

static json_t *
recent(const struct admin_ports *ports, const struct signal_rules *rules,
    enum version v)
{
	struct tally t;
	uint64_t covered_ns;
	json_t *o;

	rollout_recent(ports->of.rollout, v, STATUS_RECENT_MS * NS_PER_MS, &t,
	    &covered_ns);
	o = numbers(rules, &t);
	set(o, "window_ms", json_count(covered_ns / NS_PER_MS));
	return o;
}

static json_t *
versions(const struct admin_ports *ports)
{
	const struct snapshot *s = rollout_snapshot(ports->of.rollout);
	const struct signal_rules *rules = &s->config->rules.signals;
	json_t *o = json_object();

	for (enum version v = 0; v < VERSION_COUNT; v++) {
		struct tally t;
		json_t *row;

		stats_tally(ports->of.board, v, &t);
		signals_tally(s->signals, v, &t);
		row = numbers(rules, &t);
		set(row, "recent", recent(ports, rules, v));
		set(o, version_name(v), row);
	}
	return o;
}

/* --- shadow, comparisons, clients, store -------------------------------- */

struct slot {
	const char *name;
	enum metric metric;
};

static void
set_slots(json_t *o, const struct stats_board *board,
    const struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		set(o, slots[i].name,
		    json_count(stats_metric(board, slots[i].metric)));
}

/* By reason, which the metrics' names say: a new one is in it by itself. */
static json_t *
shadow_drops(const struct stats_board *board)
{
	static const char prefix[] = "understudy_shadow_dropped_";
	json_t *o = json_object();
	char reason[32];

	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const char *name = metric_info(m)->name;

		if (strncmp(name, prefix, sizeof prefix - 1) != 0)
			continue;
		name += sizeof prefix - 1;
		text_copy(reason, sizeof reason, name,
		    strlen(name) - strlen("_total"));
		set(o, reason, json_count(stats_metric(board, m)));
	}
	return o;
}

static json_t *
shadow(const struct stats_board *board)
{
	static const struct slot slots[] = {
		{ "eligible", METRIC_SHADOW_ELIGIBLE },
		{ "sent", METRIC_SHADOW_SENT },
		{ "inflight", METRIC_SHADOW_OPEN },
	};
	json_t *o = json_object();

	set_slots(o, board, slots, COUNT_OF(slots));
	set(o, "dropped", shadow_drops(board));
	return o;
}

static json_t *
control(const struct stats_board *board)
{
	static const struct slot slots[] = {
		{ "eligible", METRIC_CONTROL_ELIGIBLE },
		{ "sent", METRIC_CONTROL_SENT },
		{ "inflight", METRIC_CONTROL_OPEN },
	}, drops[] = {
		{ "concurrency", METRIC_CONTROL_DROP_CONCURRENCY },
		{ "latched", METRIC_CONTROL_DROP_LATCHED },
		{ "budget", METRIC_CONTROL_DROP_BUDGET },
	};
	json_t *o = json_object(), *dropped = json_object();

	set_slots(o, board, slots, COUNT_OF(slots));
	set_slots(dropped, board, drops, COUNT_OF(drops));
	set(o, "dropped", dropped);
	return o;
}

static json_t *
comparisons(const struct stats_board *board)
{
	json_t *o = json_object();

	for (enum verdict v = 0; v < VERDICT_COUNT; v++)
		set(o, verdict_name(v), json_count(stats_verdict(board, v)));
	set(o, "kept", json_count(stats_kept(board, KEEP_DONE)));
	set(o, "offered", json_count(stats_metric(board,
	    METRIC_SAMPLES_OFFERED)));
	set(o, "dropped", json_count(stats_metric(board,
	    METRIC_SAMPLES_DROPPED) + stats_metric(board,
	    METRIC_SAMPLES_DROP_BYTES)));
	return o;
}

static json_t *
clients(const struct stats_board *board)
{
	static const struct slot slots[] = {
		{ "connections", METRIC_CONNECTIONS_OPEN },
		{ "accepted", METRIC_CONNECTIONS_ACCEPTED },
		{ "shed", METRIC_CONNECTIONS_SHED },
		{ "requests", METRIC_REQUESTS },
		{ "refused", METRIC_REQUESTS_BAD },
		{ "fallbacks", METRIC_FALLBACKS },
	};
	json_t *o = json_object();

	set_slots(o, board, slots, COUNT_OF(slots));
	return o;
}

/* ok: rows reach the store, and every trip is on disk. */
static json_t *
store(const struct admin_ports *ports)
{
	const char *unsaved = rollout_unsaved(ports->of.rollout);
	struct recorder_status s;
	json_t *o = json_object();

	recorder_status(ports->recorder, &s);
	set(o, "kind", json_string(store_kind_name(s.kind)));
	set(o, "ok", json_boolean(s.ok && unsaved == NULL));
	set(o, "written", json_count(s.written));
	set(o, "spooled", json_count(s.spooled));
	set(o, "dropped", json_count(s.dropped));
	set(o, "error", json_text_or_null(unsaved != NULL ? unsaved : s.error));
	return o;
}

static json_t *
isolation(const struct admin_ports *ports)
{
	const struct isolation *i = ports->of.board->isolation;
	const struct config *config = rollout_snapshot(ports->of.rollout)->config;
	json_t *o = json_object();

	set(o, "on", json_boolean(config->rules.isolation.is_on));
	set(o, "sessions", json_count(isolation_sessions(i)));
	for (enum version v = 0; v < VERSION_COUNT; v++) {
		json_t *row = json_object();

		for (enum isolation_kind k = 0; k < ISOLATION_KIND_COUNT; k++)
			set(row, isolation_words[k],
			    json_count(isolation_count(i, v, k)));
		set(o, version_name(v), row);
	}
	return o;
}

/* --- alerts ------------------------------------------------------------- */

static json_t *
severities(unsigned bits)
{
	json_t *list = json_array();

	for (int i = 0; severity_words[i] != NULL; i++)
		if ((bits & 1u << i) != 0)
			json_array_append_new(list,
			    json_string(severity_words[i]));
	return list;
}

static json_t *
alert_test(const struct courier_row *row)
{
	static const char *const words[] = {
		[COURIER_UNTESTED] = "", [COURIER_TESTING] = "running",
		[COURIER_REACHED] = "ok", [COURIER_MISSED] = "failed",
	};

	return json_pack("{s:i, s:s, s:o}", "number", (int)row->test, "result",
	    words[row->tested], "answer", json_text_or_null(
	    row->tested == COURIER_TESTING ? "" : row->answer));
}

static json_t *
alert_target(const struct courier_row *row)
{
	json_t *o = json_object();

	set(o, "name", json_text(row->name));
	set(o, "kind", json_string(target_kind_words[row->kind]));
	set(o, "severities", severities(row->severities));
	set(o, "ok", json_boolean(!row->is_failing));
	set(o, "sent", json_count(row->sent));
	set(o, "failed", json_count(row->failed));
	set(o, "retried", json_count(row->retried));
	set(o, "dropped", json_count(row->dropped));
	set(o, "held", json_count(row->held));
	set(o, "waiting", json_count(row->waiting));
	set(o, "last", row->last_us == 0 ? json_null() :
	    json_pack("{s:o, s:o}", "time", json_time(row->last_us), "answer",
	    json_text(row->last)));
	set(o, "test", row->test == 0 ? json_null() : alert_test(row));
	return o;
}

json_t *
status_alerts(struct courier *c)
{
	struct courier_row rows[ALERT_TARGETS_MAX];
	size_t count = c == NULL ? 0 : courier_rows(c, rows);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, alert_target(&rows[i]));
	return list;
}

static json_t *
sticky(const struct admin_ports *ports)
{
	const struct rules *rules =
	    &rollout_snapshot(ports->of.rollout)->config->rules;
	json_t *o = json_object();

	set(o, "by", json_string(sticky_words[rules->sticky]));
	set(o, "sessions", json_count(sticky_count(ports->of.board->sticky,
	    rules->sticky_ms, clock_wall_us())));
	set(o, "requests", json_count(stats_metric(ports->of.board,
	    METRIC_STICKY_REQUESTS)));
	return o;
}

/* --- guard -------------------------------------------------------------- */

static double
in_unit(enum measure_unit unit, double value)
{
	return unit == UNIT_TIME ? value / 1000 : value;
}

static void
set_numbers(json_t *o, const struct guard_reading *r, enum measure_unit unit)
{
	bool is_known = r->judgement != JUDGE_UNKNOWN;

	set(o, "judgement", json_string(judgement_name(r->judgement)));
	set(o, "unit", json_string(guard_unit_name(unit)));
	set(o, "value", is_known ? json_real(in_unit(unit, r->numbers.value)) :
	    json_null());
	set(o, "limit", is_known ? json_real(in_unit(unit, r->numbers.limit)) :
	    json_null());
	set(o, "n", json_count(r->numbers.n));
	set(o, "above_ms", json_count(r->above_ns / NS_PER_MS));
}

static void
set_condition(json_t *o, const struct condition *c,
    const struct condition_reading *r)
{
	enum measure_unit unit = condition_unit(c);

	set(o, "metric", json_string(condition_name(c)));
	set(o, "version", json_text_or_null(condition_whose(c)));
	set(o, "route", c->route != NULL ? json_text_or_null(c->route) :
	    json_null());
	set(o, "relation", json_string(condition_key(c)));
	if (c->relation != RELATION_VALUE) {
		bool is_start = condition_is_of_start(c);

		set(o, is_start ? "start" : "legacy",
		    json_real(in_unit(unit, r->baseline)));
		set(o, is_start ? "start_n" : "legacy_n",
		    json_count(r->baseline_n));
	}
	if (c->test == TEST_SEQUENTIAL) {
		set(o, "evidence", json_real(r->evidence));
		set(o, "alpha", json_real(c->alpha));
		set(o, "since", json_string(r->is_late ? "lately" : "stage"));
	}
	set(o, "min_requests", json_count(c->min_requests));
	if (c->last > 0)
		set(o, "last", json_count(c->last));
	else
		set(o, "window_ms", json_count(c->window_ms));
}

static json_t *
rule(const struct rule_status *s)
{
	const struct guard_rule *g = s->rule;
	json_t *o = json_object();

	set(o, "name", json_text(g->name));
	set_condition(o, &g->when, &s->reading.numbers);
	set_numbers(o, &s->reading, condition_unit(&g->when));
	set(o, "for_ms", json_count(g->for_ms));
	set(o, "action", json_string(guard_action_name(g->action)));
	set(o, "severity", json_string(severity_name(g->severity)));
	set(o, "mode", json_string(guard_mode_words[g->mode]));
	return o;
}

static json_t *
rules(const struct admin_ports *ports)
{
	const struct config *config = rollout_snapshot(ports->of.rollout)->config;
	size_t max = config->rules.guard_count;
	struct rule_status *rows = mem_zalloc((max + 1) * sizeof *rows);
	size_t count = rollout_rules(ports->of.rollout, rows, max);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, rule(&rows[i]));
	free(rows);
	return list;
}

static json_t *
breaker(const struct admin_ports *ports)
{
	const struct config *config = rollout_snapshot(ports->of.rollout)->config;
	const struct breaker *b = &config->rules.breaker;
	struct guard_reading r = rollout_breaker(ports->of.rollout);
	json_t *o = json_object();

	set(o, "enabled", json_boolean(b->enabled));
	set(o, "consecutive", json_count(b->consecutive));
	set(o, "metric", json_string("failure_rate_lower_bound"));
	set_numbers(o, &r, UNIT_SHARE);
	set(o, "min_requests", json_count(b->min_requests));
	set(o, "window_ms", json_count(b->window_ms));
	return o;
}

/* --- the document ------------------------------------------------------- */

json_t *
status_document(const struct admin_ports *ports, uint64_t uptime_ms)
{
	const struct config *config = rollout_snapshot(ports->of.rollout)->config;
	json_t *o = json_object();

	set(o, "version", json_text(ports->version != NULL ? ports->version :
	    "unknown"));
	set(o, "time", json_time(clock_wall_us()));
	set(o, "uptime_ms", json_count(uptime_ms));
	set(o, "ready", json_boolean(ports->ready(ports->arg)));
	set(o, "env_disabled", json_boolean(config->env_disabled));
	set(o, "rollout", status_rollout(ports));
	set(o, "rollouts", rollouts(ports));
	set(o, "versions", versions(ports));
	set(o, "shadow", shadow(ports->of.board));
	set(o, "control", control(ports->of.board));
	set(o, "comparisons", comparisons(ports->of.board));
	set(o, "clients", clients(ports->of.board));
	set(o, "store", store(ports));
	set(o, "isolation", isolation(ports));
	set(o, "sticky", sticky(ports));
	set(o, "alerts", status_alerts(ports->courier));
	set(o, "probes", status_probes(ports));
	set(o, "rules", rules(ports));
	set(o, "breaker", breaker(ports));
	set(o, "endpoints", endpoints_list(rollout_snapshot(ports->of.rollout),
	    clock_ns()));
	set(o, "names", resolver_list(ports->resolver));
	return o;
}
