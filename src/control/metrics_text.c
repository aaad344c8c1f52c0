/* metrics_text -- slots and states, written out for Prometheus.
 * SPDX-License-Identifier: MIT
 *
 * Every series that can exist is written from the start, at zero: a rate()
 * over a counter that appears with its first failure misses that failure.
 */
#include "control/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/snapshot.h"
#include "config/words.h"
#include "control/admin_rollouts.h"
#include "control/endpoints.h"
#include "control/metrics_lines.h"
#include "control/resolver.h"
#include "observe/isolation.h"
#include "observe/signals.h"
#include "policy/latch.h"

const struct metrics_family metrics_families[FAMILY_COUNT] = {
#define FAMILY(id, name, type, labels, help) \
	[FAMILY_##id] = { name, type, labels, help },
	FAMILY_TABLE(FAMILY)
#undef FAMILY
};

/* Upper bounds of the exposed buckets, in microseconds; an own slot is at
 * most 1.6 % wide, so its middle says well enough to which it belongs. */
static const uint64_t bucket_us[] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 120000000,
};

/* --- workers ------------------------------------------------------------ */

static void
add_slots(struct buf *b, const struct admin_ports *ports)
{
	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const struct metric_row *row = metric_info(m);
		uint64_t value = 0;

		for (size_t i = 0; i < ports->rollout_count; i++)
			value += stats_metric(ports->rollouts[i].board, m);

		buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s", row->name,
		    row->help, row->name, row->type, row->name);
		/* A gauge summed over slots that were read at different moments
		 * may be below zero for a moment. */
		if (strcmp(row->type, "gauge") == 0 && (int64_t)value < 0)
			value = 0;
		add_count(b, value);
	}
}

static void
begin_leg(struct buf *b, const char *name, enum version v, enum leg leg)
{
	buf_printf(b, "%s{", name);
	add_label(b, "version", version_name(v));
	add_label(b, "leg", leg_name(leg));
}

static void
add_outcomes(struct buf *b, const struct stats_board *board, enum version v,
    enum leg leg)
{
	for (enum outcome o = OUTCOME_OPEN + 1; o < OUTCOME_COUNT; o++) {
		begin_leg(b, metrics_families[FAMILY_LEGS].name, v, leg);
		add_label(b, "outcome", outcome_info(o)->name);
		buf_puts(b, "}");
		add_count(b, stats_leg_outcome(board, v, leg, o));
	}
}

/* From the outcomes, like the tallies, so that failures never exceed legs. */
static void
add_failures(struct buf *b, const struct stats_board *board, enum version v,
    enum leg leg)
{
	uint64_t failures = 0;

	for (enum outcome o = OUTCOME_OPEN + 1; o < OUTCOME_COUNT; o++)
		if (outcome_is_failure(o))
			failures += stats_leg_outcome(board, v, leg, o);
	begin_leg(b, metrics_families[FAMILY_FAILURES].name, v, leg);
	buf_puts(b, "}");
	add_count(b, failures);
}

/* Entries of the slots by bucket, the last one being everything above; the
 * sum of latencies besides. */
static void
sum_latency(const struct stats_board *board, enum version v, enum leg leg,
    uint64_t counts[COUNT_OF(bucket_us) + 1], uint64_t *sum_us_out)
{
	*sum_us_out = 0;
	for (size_t w = 0; w < board->worker_count; w++) {
		const struct leg_stats *s = &board->workers[w]->legs[v][leg];
		size_t bucket = 0;

		*sum_us_out += stat_read(&s->latency_us_sum);
		for (unsigned slot = 0; slot < HIST_SLOTS; slot++) {
			while (bucket < COUNT_OF(bucket_us) &&
			    hist_value_us(slot) > bucket_us[bucket])
				bucket++;
			counts[bucket] += atomic_load_explicit(
			    &s->latency[slot], memory_order_relaxed);
		}
	}
}

static void
add_bucket(struct buf *b, enum version v, enum leg leg, const char *bound,
    uint64_t count)
{
	buf_printf(b, "%s_bucket{", metrics_families[FAMILY_DURATION].name);
	add_label(b, "version", version_name(v));
	add_label(b, "leg", leg_name(leg));
	add_label(b, "le", bound);
	buf_puts(b, "}");
	add_count(b, count);
}

static void
add_duration(struct buf *b, const struct stats_board *board, enum version v,
    enum leg leg)
{
	const char *name = metrics_families[FAMILY_DURATION].name;
	uint64_t counts[COUNT_OF(bucket_us) + 1] = { 0 }, total = 0, sum_us;

	sum_latency(board, v, leg, counts, &sum_us);
	for (size_t i = 0; i < COUNT_OF(bucket_us); i++) {
		char bound[32];

		snprintf(bound, sizeof bound, "%g", (double)bucket_us[i] / 1e6);
		total += counts[i];
		add_bucket(b, v, leg, bound, total);
	}
	total += counts[COUNT_OF(bucket_us)];
	add_bucket(b, v, leg, "+Inf", total);
	buf_printf(b, "%s_sum{version=\"%s\",leg=\"%s\"}", name,
	    version_name(v), leg_name(leg));
	add_number(b, (double)sum_us / 1e6);
	buf_printf(b, "%s_count{version=\"%s\",leg=\"%s\"}", name,
	    version_name(v), leg_name(leg));
	add_count(b, total);
}

static void
add_legs(struct buf *b, const struct stats_board *board, enum family f,
    void (*add)(struct buf *, const struct stats_board *, enum version,
    enum leg))
{
	add_head(b, f);
	for (enum version v = 0; v < VERSION_COUNT; v++)
		for (enum leg leg = 0; leg < LEG_COUNT; leg++)
			/* Nobody calls enhanced a second time. */
			if (v == VERSION_LEGACY || leg != LEG_CONTROL)
				add(b, board, v, leg);
}

static void
add_signal(struct buf *b, const struct signal_rule *s, enum version v,
    const struct signal_tally *t)
{
	const char *name = metrics_families[FAMILY_SIGNAL].name;
	double sum = s->kind == SIGNAL_SHARE ? (double)t->sum :
	    signal_number(s, (double)(int64_t)t->sum) /
	    (s->unit == SIGNAL_PLAIN ? 1 : 1e6);

	buf_printf(b, "%s_sum{version=\"%s\",signal=\"%s\"}", name,
	    version_name(v), s->name);
	add_number(b, sum);
	buf_printf(b, "%s_count{version=\"%s\",signal=\"%s\"}", name,
	    version_name(v), s->name);
	add_count(b, t->n);
}

static void
add_signals(struct buf *b, const struct snapshot *s)
{
	const struct signal_rules *rules = &s->config->rules.signals;

	add_head(b, FAMILY_SIGNAL);
	for (enum version v = 0; v < VERSION_COUNT; v++) {
		struct tally t;

		signals_tally(s->signals, v, &t);
		for (size_t i = 0; i < rules->count; i++)
			add_signal(b, &rules->list[i], v, &t.signals[i]);
	}
}

static void
add_refused(struct buf *b, const struct stats_board *board)
{
	add_head(b, FAMILY_REFUSED);
	for (enum outcome o = OUTCOME_OPEN + 1; o < OUTCOME_COUNT; o++) {
		if (outcome_info(o)->blame == BLAME_UPSTREAM)
			continue;
		buf_printf(b, "%s{", metrics_families[FAMILY_REFUSED].name);
		add_label(b, "outcome", outcome_info(o)->name);
		buf_puts(b, "}");
		add_count(b, stats_refused(board, o));
	}
}

static void
add_verdicts(struct buf *b, const struct stats_board *board)
{
	add_head(b, FAMILY_COMPARISONS);
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		buf_printf(b, "%s{", metrics_families[FAMILY_COMPARISONS].name);
		add_label(b, "verdict", verdict_name(v));
		buf_puts(b, "}");
		add_count(b, stats_verdict(board, v));
	}
}

static void
add_noise(struct buf *b, struct noise_board *board)
{
	uint64_t counts[NOISE_STATE_COUNT] = { 0 };

	if (board != NULL)
		noise_count(board, counts);
	add_single(b, FAMILY_NOISE_PAIRS, board == NULL ? 0 :
	    (double)noise_pairs(board));
	add_head(b, FAMILY_NOISE_PATHS);
	for (enum noise_state s = 0; s < NOISE_STATE_COUNT; s++) {
		buf_printf(b, "%s{", metrics_families[FAMILY_NOISE_PATHS].name);
		add_label(b, "state", noise_state_name(s));
		buf_puts(b, "}");
		add_count(b, counts[s]);
	}
}

static void
add_isolation(struct buf *b, const struct isolation *isolation)
{
	add_head(b, FAMILY_ISOLATION);
	for (enum version v = 0; v < VERSION_COUNT; v++)
		for (enum isolation_kind k = 0; k < ISOLATION_KIND_COUNT; k++) {
			buf_printf(b, "%s{", metrics_families[FAMILY_ISOLATION].name);
			add_label(b, "version", version_name(v));
			add_label(b, "kind", isolation_words[k]);
			buf_puts(b, "}");
			add_count(b, isolation_count(isolation, v, k));
		}
}

static void
add_kept(struct buf *b, const struct stats_board *board)
{
	add_head(b, FAMILY_KEPT);
	for (enum keep_result r = 0; r < KEEP_RESULT_COUNT; r++) {
		buf_printf(b, "%s{", metrics_families[FAMILY_KEPT].name);
		add_label(b, "result", keep_result_name(r));
		buf_puts(b, "}");
		add_count(b, stats_kept(board, r));
	}
}

/* --- rollout, guard, store ---------------------------------------------- */

static void
add_stages(struct buf *b, const struct snapshot *s)
{
	const struct rules *rules = &s->config->rules;

	add_head(b, FAMILY_STAGE);
	for (size_t i = 0; i < rules->stage_count; i++) {
		const char *name = rules->stages[i].name;

		buf_printf(b, "%s{", metrics_families[FAMILY_STAGE].name);
		add_label(b, "stage", name);
		buf_puts(b, "}");
		add_count(b, strcmp(name, s->state.stage) == 0);
	}
}

static void
add_rollout(struct buf *b, const struct admin_rollout *r)
{
	const struct snapshot *s = rollout_snapshot(r->rollout);
	const struct rollout_state *state = &s->state;
	bool enabled = state->enabled && !s->config->env_disabled;
	bool latched = state->latched || latch_is_set(r->latch);

	add_single(b, FAMILY_PERCENT, state->percent / 1000.0);
	add_single(b, FAMILY_PERCENT_NOW,
	    enabled && !latched ? state->percent / 1000.0 : 0);
	add_single(b, FAMILY_SHADOW, state->shadow / 1000.0);
	add_single(b, FAMILY_ENABLED, enabled);
	add_single(b, FAMILY_LATCHED, latched);
	add_single(b, FAMILY_EPOCH, (double)state->epoch);
	add_single(b, FAMILY_UNSAVED, rollout_unsaved(r->rollout) != NULL);
	add_stages(b, s);
}

static void
add_judgements(struct buf *b, const struct rule_status *rules, size_t count)
{
	add_head(b, FAMILY_JUDGEMENT);
	for (size_t i = 0; i < count; i++)
		for (enum judgement j = JUDGE_UNKNOWN; j <= JUDGE_SHARED; j++) {
			buf_printf(b, "%s{", metrics_families[FAMILY_JUDGEMENT].name);
			add_label(b, "rule", rules[i].rule->name);
			add_label(b, "action",
			    guard_action_name(rules[i].rule->action));
			add_label(b, "severity",
			    severity_name(rules[i].rule->severity));
			add_label(b, "judgement", judgement_name(j));
			buf_puts(b, "}");
			add_count(b, rules[i].reading.judgement == j);
		}
}

static void
begin_rule(struct buf *b, enum family f, const struct guard_rule *rule)
{
	buf_printf(b, "%s{", metrics_families[f].name);
	add_label(b, "rule", rule->name);
	add_label(b, "metric", condition_name(&rule->when));
	add_label(b, "version", condition_whose(&rule->when));
	buf_puts(b, "}");
}

static void
add_reading(struct buf *b, enum family f, const struct rule_status *s)
{
	double unit = condition_unit(&s->rule->when) == UNIT_TIME ? 1e6 :
	    1;

	if (f != FAMILY_SAMPLES && s->reading.judgement == JUDGE_UNKNOWN)
		return;
	begin_rule(b, f, s->rule);
	if (f == FAMILY_SAMPLES)
		add_count(b, s->reading.numbers.n);
	else if (f == FAMILY_VALUE)
		add_number(b, s->reading.numbers.value / unit);
	else
		add_number(b, s->reading.numbers.limit / unit);
}

static void
add_guard(struct buf *b, struct rollout *rollout)
{
	static const enum family kinds[] = { FAMILY_VALUE, FAMILY_LIMIT,
		FAMILY_SAMPLES };
	size_t max = rollout_snapshot(rollout)->config->rules.guard_count;
	struct rule_status *rules = mem_zalloc((max + 1) * sizeof *rules);
	size_t count = rollout_rules(rollout, rules, max);

	add_judgements(b, rules, count);
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		add_head(b, kinds[k]);
		for (size_t i = 0; i < count; i++)
			add_reading(b, kinds[k], &rules[i]);
	}
	free(rules);
}

static void
add_smoke(struct buf *b, struct rollout *rollout)
{
	struct smoke_totals t;

	rollout_smoke_totals(rollout, &t);
	add_single(b, FAMILY_SMOKE_RUNS, (double)t.runs);
	add_single(b, FAMILY_SMOKE_FAILED, (double)t.failures);
	/* The heads of all rollouts are the same ones (metrics_merge.c). */
	add_head(b, FAMILY_SMOKE_PASSED);
	if (t.runs == 0)
		return;
	buf_puts(b, metrics_families[FAMILY_SMOKE_PASSED].name);
	add_number(b, t.is_passed);
}

static void
add_store_row(struct buf *b, enum family f, enum store_kind kind,
    uint64_t value)
{
	add_head(b, f);
	buf_printf(b, "%s{kind=\"%s\"}", metrics_families[f].name,
	    store_kind_name(kind));
	add_count(b, value);
}

static void
add_store(struct buf *b, struct recorder *recorder)
{
	struct recorder_status s;

	recorder_status(recorder, &s);
	add_store_row(b, FAMILY_STORE_UP, s.kind, s.ok);
	add_store_row(b, FAMILY_STORE_WRITTEN, s.kind, s.written);
	add_store_row(b, FAMILY_STORE_WAITING, s.kind, s.spooled);
	add_store_row(b, FAMILY_STORE_DROPPED, s.kind, s.dropped);
	add_single(b, FAMILY_TRIMMED, (double)s.trimmed);
}

/* --- endpoints ------------------------------------------------------------ */

static void
begin_endpoint(struct buf *b, enum family f, const struct replica *r)
{
	buf_printf(b, "%s{", metrics_families[f].name);
	add_label(b, "version", backend_name(r->backend));
	add_label(b, "url", r->url);
	add_label(b, "address", r->address);
}

static void
add_endpoint_state(struct buf *b, const struct replica *r, bool is_checked)
{
	enum endpoint_state now = endpoint_state(r, is_checked, clock_ns());

	for (enum endpoint_state s = 0; s < ENDPOINT_STATE_COUNT; s++) {
		begin_endpoint(b, FAMILY_ENDPOINT_STATE, r);
		add_label(b, "state", endpoint_state_name(s));
		buf_puts(b, "}");
		add_count(b, s == now);
	}
}

static void
add_endpoint_number(struct buf *b, enum family f, const struct replica *r,
    uint64_t (*number)(const struct replica *))
{
	begin_endpoint(b, f, r);
	buf_puts(b, "}");
	add_count(b, number(r));
}

/* A URL that is listed twice is one place. */
static bool
was_listed(const struct roster_row *rows, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (rows[k].replica == rows[i].replica)
			return true;
	return false;
}

static void
add_endpoints(struct buf *b, const struct snapshot *s, enum family f,
    uint64_t (*number)(const struct replica *))
{
	add_head(b, f);
	for (enum backend_id id = 0; s->roster != NULL && id < BACKEND_COUNT; id++) {
		const struct roster_row *rows = s->roster->backends[id].rows;
		bool is_checked =
		    s->config->settings.backends[id].health.path != NULL;

		for (size_t i = 0; i < s->roster->backends[id].count; i++) {
			if (was_listed(rows, i))
				continue;
			if (number == NULL)
				add_endpoint_state(b, rows[i].replica,
				    is_checked);
			else
				add_endpoint_number(b, f, rows[i].replica,
				    number);
		}
	}
}

static void
add_all_endpoints(struct buf *b, const struct snapshot *s)
{
	add_endpoints(b, s, FAMILY_ENDPOINT_STATE, NULL);
	add_endpoints(b, s, FAMILY_ENDPOINT_RUNNING, replica_outstanding);
	add_endpoints(b, s, FAMILY_ENDPOINT_CONNECTIONS, replica_connections);
	add_endpoints(b, s, FAMILY_ENDPOINT_EXCHANGES, replica_exchanges);
	add_endpoints(b, s, FAMILY_ENDPOINT_FAILURES, replica_failures);
	add_endpoints(b, s, FAMILY_ENDPOINT_HOLDS, replica_holds);
}

static void
add_names(struct buf *b, struct resolver *resolver)
{
	struct resolver_totals t = { 0 };

	if (resolver != NULL)
		resolver_totals(resolver, &t);
	add_single(b, FAMILY_DNS_QUESTIONS, (double)t.questions);
	add_single(b, FAMILY_DNS_FAILURES, (double)t.failures);
	add_single(b, FAMILY_DNS_FAILING, (double)t.failing);
}

/* What every rollout has for itself. */
static void
add_of_rollout(struct buf *b, const struct admin_rollout *r)
{
	add_legs(b, r->board, FAMILY_LEGS, add_outcomes);
	add_legs(b, r->board, FAMILY_FAILURES, add_failures);
	add_legs(b, r->board, FAMILY_DURATION, add_duration);
	metrics_add_routes(b, rollout_snapshot(r->rollout)->routes);
	add_signals(b, rollout_snapshot(r->rollout));
	add_verdicts(b, r->board);
	add_kept(b, r->board);
	add_isolation(b, r->board->isolation);
	add_rollout(b, r);
	add_guard(b, r->rollout);
	add_smoke(b, r->rollout);
	metrics_add_probes(b, r->poller);
}

static void
add_rollouts(struct buf *b, const struct admin_ports *ports)
{
	struct metrics_part parts[ROLLOUTS_MAX];

	if (ports->rollout_count == 1) {
		add_of_rollout(b, &ports->rollouts[0]);
		return;
	}
	for (size_t i = 0; i < ports->rollout_count; i++) {
		parts[i] = (struct metrics_part){
			.name = admin_rollout_name(&ports->rollouts[i]) };
		add_of_rollout(&parts[i].text, &ports->rollouts[i]);
	}
	metrics_merge(b, parts, ports->rollout_count);
	for (size_t i = 0; i < ports->rollout_count; i++)
		buf_fini(&parts[i].text);
}

void
metrics_write_text(const struct admin_ports *ports, uint64_t uptime_ms,
    struct buf *out)
{
	add_head(out, FAMILY_BUILD);
	buf_printf(out, "%s{", metrics_families[FAMILY_BUILD].name);
	add_label(out, "version",
	    ports->version != NULL ? ports->version : "unknown");
	buf_puts(out, "}");
	add_count(out, 1);
	add_single(out, FAMILY_UPTIME, (double)uptime_ms / 1000);
	add_slots(out, ports);
	add_rollouts(out, ports);
	add_refused(out, ports->rollouts[0].board);
	add_noise(out, ports->noise);
	add_store(out, ports->recorder);
	metrics_add_alerts(out, ports->courier);
	add_names(out, ports->resolver);
	add_all_endpoints(out, rollout_snapshot(ports->of.rollout));
}

/* --- docs/metrics.md ---------------------------------------------------- */

static void
add_row(struct buf *b, const char *name, const char *type, const char *labels,
    const char *help)
{
	buf_printf(b, "| `%s` | %s | %s | %s |\n", name, type, labels, help);
}

void
metrics_write_reference(struct buf *out)
{
	buf_puts(out, "# Metrics\n\n"
	    "`GET /metrics` on the admin listener, Prometheus text format 0.0.4. "
	    "This file is made\nby `understudy --print metrics-reference` from "
	    "`src/observe/metrics.def` and the table of\nfamilies in "
	    "`src/control/metrics_families.h`.  Counters begin at zero when the "
	    "process starts; the\nvalues of the label `outcome` are those of "
	    "the outcome reference.\n\n"
	    "| name | type | labels | help |\n| --- | --- | --- | --- |\n");
	for (enum metric m = 0; m < METRIC_COUNT; m++)
		add_row(out, metric_info(m)->name, metric_info(m)->type, "",
		    metric_info(m)->help);
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		add_row(out, metrics_families[f].name, metrics_families[f].type,
		    metrics_families[f].labels, metrics_families[f].help);
}
