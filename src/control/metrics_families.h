/* metrics_families -- the metrics that are no slots of a worker.
 * SPDX-License-Identifier: MIT
 *
 * One row is the enum value of metrics_text.c, the lines before its series,
 * and a line of docs/metrics.md.  Those of workers are in observe/metrics.def.
 */
#ifndef CONTROL_METRICS_FAMILIES_H
#define CONTROL_METRICS_FAMILIES_H

/* FAMILY(ID, "name", "type", "labels", "help"): what metrics.def cannot say,
 * because it has labels or is no slot of a worker. */
#define FAMILY_TABLE(FAMILY) \
	FAMILY(BUILD, "understudy_build_info", "gauge", "version", \
	    "Always 1; the program's version as a label.") \
	FAMILY(UPTIME, "understudy_uptime_seconds", "gauge", "", \
	    "Seconds since the process started.") \
	FAMILY(LEGS, "understudy_legs_total", "counter", \
	    "version, leg, outcome", \
	    "Exchanges with a backend that have ended, by how they ended.") \
	FAMILY(FAILURES, "understudy_leg_failures_total", "counter", \
	    "version, leg", \
	    "Of these, the ones that count as a failure of the version.") \
	FAMILY(DURATION, "understudy_leg_duration_seconds", "histogram", \
	    "version, leg, le", \
	    "From the request's head to the last byte of the answer, of " \
	    "exchanges that got one.") \
	FAMILY(SIGNAL, "understudy_signal", "summary", "version, signal", \
	    "What answers said of the signals of the rules: how many had it, and " \
	    "the sum: of shares how many it was so in, of times seconds. Begins " \
	    "anew when the signals change.") \
	FAMILY(ROUTE_LEGS, "understudy_route_legs_total", "counter", \
	    "route, version, outcome", "Those of each counted route that have " \
	    "ended, but for control legs, by how they ended.") \
	FAMILY(ROUTE_FAILURES, "understudy_route_leg_failures_total", "counter", \
	    "route, version", "Of these, the failures of the version.") \
	FAMILY(ROUTE_DURATION, "understudy_route_leg_duration_seconds", "summary", \
	    "route, version", "As of all legs: of those that got an answer.") \
	FAMILY(ROUTE_FALLBACKS, "understudy_route_fallbacks_total", "counter", \
	    "route", "Times enhanced failed there, and legacy answered.") \
	FAMILY(ROUTE_COMPARED, "understudy_route_compared_total", "counter", \
	    "route", "Pairs of its answers compared, but for incomparable ones.") \
	FAMILY(ROUTE_DIFFERENT, "understudy_route_different_total", "counter", \
	    "route", "Of these, the ones judged different.") \
	FAMILY(REFUSED, "understudy_refusals_total", "counter", "outcome", \
	    "Requests that ended before any backend was asked, by reason.") \
	FAMILY(COMPARISONS, "understudy_comparisons_total", "counter", \
	    "verdict", "Pairs of answers compared, by verdict.") \
	FAMILY(KEPT, "understudy_pairs_kept_total", "counter", "result", \
	    "Pairs judged different whose answers were to be kept " \
	    "(keep.bodies): kept, over_rate (keep.per_hour was reached), or " \
	    "queue_full.") \
	FAMILY(TRIMMED, "understudy_kept_answers_removed_total", "counter", "", \
	    "Kept answers removed again because of keep.total or keep.for.") \
	FAMILY(PERCENT, "understudy_rollout_percent", "gauge", "", \
	    "Share of users on enhanced that the stage asks for, in percent.") \
	FAMILY(PERCENT_NOW, "understudy_rollout_effective_percent", "gauge", \
	    "", "The same as it is in force: 0 while latched or switched off.") \
	FAMILY(SHADOW, "understudy_rollout_shadow_percent", "gauge", "", \
	    "Share of requests mirrored that the stage asks for, in percent.") \
	FAMILY(ENABLED, "understudy_rollout_enabled", "gauge", "", \
	    "1 while the rollout is switched on (state and environment).") \
	FAMILY(LATCHED, "understudy_rollout_latched", "gauge", "", \
	    "1 while a trip or a rollback holds all traffic on legacy.") \
	FAMILY(EPOCH, "understudy_rollout_epoch", "gauge", "", \
	    "Number of the rollout state; grows with every change.") \
	FAMILY(STAGE, "understudy_rollout_stage", "gauge", "stage", \
	    "1 for the stage in force, 0 for the others.") \
	FAMILY(JUDGEMENT, "understudy_guard_judgement", "gauge", \
	    "rule, action, severity, judgement", \
	    "1 for what it says now: unknown, fine, pending, trip or shared.") \
	FAMILY(VALUE, "understudy_guard_value", "gauge", \
	    "rule, metric, version", \
	    "The number a rule looks at (0..1, seconds); absent while unknown.") \
	FAMILY(LIMIT, "understudy_guard_limit", "gauge", \
	    "rule, metric, version", \
	    "What it is compared with now; absent while unknown.") \
	FAMILY(SAMPLES, "understudy_guard_samples", "gauge", \
	    "rule, metric, version", \
	    "How many requests the number is made of.") \
	FAMILY(STORE_UP, "understudy_store_up", "gauge", "kind", \
	    "1 while the last write to the store worked.") \
	FAMILY(STORE_WRITTEN, "understudy_store_rows_written_total", \
	    "counter", "kind", "Rows written to the store.") \
	FAMILY(STORE_WAITING, "understudy_store_rows_waiting", "gauge", \
	    "kind", "Rows waiting in the queue or the spool.") \
	FAMILY(STORE_DROPPED, "understudy_store_rows_dropped_total", \
	    "counter", "kind", "Rows lost because queue or spool were full.") \
	FAMILY(ENDPOINT_STATE, "understudy_endpoint_state", "gauge", \
	    "version, url, address, state", \
	    "1 for the state of each endpoint: unknown, up, held, down, aside.") \
	FAMILY(ENDPOINT_RUNNING, "understudy_endpoint_outstanding", "gauge", \
	    "version, url, address", "Exchanges running on an endpoint now.") \
	FAMILY(ENDPOINT_CONNECTIONS, "understudy_endpoint_connections", \
	    "gauge", "version, url, address", "Connections to it open now.") \
	FAMILY(ENDPOINT_EXCHANGES, "understudy_endpoint_exchanges_total", \
	    "counter", "version, url, address", \
	    "Exchanges given to an endpoint.") \
	FAMILY(ENDPOINT_FAILURES, "understudy_endpoint_failures_total", \
	    "counter", "version, url, address", \
	    "Of these, the ones that failed by `hold.on`.") \
	FAMILY(ENDPOINT_HOLDS, "understudy_endpoint_holds_total", "counter", \
	    "version, url, address", \
	    "Times an endpoint was held, or held longer, for its failures.") \
	FAMILY(DNS_QUESTIONS, "understudy_dns_questions_total", "counter", "", \
	    "Names of backends resolved again, or tried to be.") \
	FAMILY(DNS_FAILURES, "understudy_dns_failures_total", "counter", "", \
	    "Of these, those without an answer; the old addresses held.") \
	FAMILY(DNS_FAILING, "understudy_dns_failing", "gauge", "", \
	    "Names whose last question had no answer.") \
	FAMILY(NOISE_PAIRS, "understudy_noise_pairs_total", "counter", "", \
	    "Pairs with a control leg that noise was learned from.") \
	FAMILY(NOISE_PATHS, "understudy_noise_paths", "gauge", "state", \
	    "Places (route, path, kind) by what was learned of them; no pins.") \
	FAMILY(ISOLATION, "understudy_isolation_violations_total", "counter", \
	    "version, kind", \
	    "Users or sessions mixed up: two_users, foreign_answer, flip.") \
	FAMILY(PROBE_VALUE, "understudy_probe_value", "gauge", "probe", \
	    "The last number that a probe has said; absent while there is none.") \
	FAMILY(PROBE_AGE, "understudy_probe_age_seconds", "gauge", "probe", \
	    "How old that number is.") \
	FAMILY(PROBE_ASKED, "understudy_probe_questions_total", "counter", \
	    "probe", "Questions to a probe that have ended.") \
	FAMILY(PROBE_FAILED, "understudy_probe_failures_total", "counter", \
	    "probe", "Of these, the ones without a number.") \
	FAMILY(ALERTS_SENT, "understudy_alerts_sent_total", "counter", \
	    "target", "Alerts that a target has taken.") \
	FAMILY(ALERTS_FAILED, "understudy_alerts_failed_total", "counter", \
	    "target", "Alerts given up: refused, or not taken within `retry`.") \
	FAMILY(ALERTS_RETRIED, "understudy_alerts_retried_total", "counter", \
	    "target", "Further tries of an alert that was not taken.") \
	FAMILY(ALERTS_DROPPED, "understudy_alerts_dropped_total", "counter", \
	    "target", "Alerts lost because too many waited for the target.") \
	FAMILY(ALERTS_HELD, "understudy_alerts_held_total", "counter", \
	    "target", "Alerts held back because the same trouble was told " \
	    "within `repeat`.") \
	FAMILY(ALERTS_WAITING, "understudy_alerts_waiting", "gauge", \
	    "target", "Alerts that wait for a target.") \
	FAMILY(ALERTS_LOST, "understudy_alerts_lost_total", "counter", "", \
	    "Alerts lost before any target, because too many came at once.") \
	FAMILY(SMOKE_RUNS, "understudy_smoke_runs_total", "counter", "", \
	    "Runs of smoke checks before a stage that have ended.") \
	FAMILY(SMOKE_FAILED, "understudy_smoke_failures_total", "counter", "", \
	    "Of these, the ones in which a check failed.") \
	FAMILY(SMOKE_PASSED, "understudy_smoke_passed", "gauge", "", \
	    "1 if the last run passed, 0 if it failed; absent before the first.") \
	FAMILY(UNSAVED, "understudy_rollout_unsaved", "gauge", "", \
	    "1 while a trip is in force that could not be written to disk.")

#endif
