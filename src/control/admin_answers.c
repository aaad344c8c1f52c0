/* admin_answers -- see admin_answers.h.
 * SPDX-License-Identifier: MIT
 *
 * Words that have a table in the program are taken from there, so that a new
 * one is in the document by itself.
 */
#include "control/admin_answers.h"

#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "config/condition.h"
#include "config/words.h"
#include "control/courier.h"
#include "control/endpoints.h"
#include "control/guard.h"
#include "control/plan.h"
#include "observe/noise.h"
#include "observe/record.h"
#include "policy/decide.h"
#include "store/store.h"

/* --- words ------------------------------------------------------------------- */

#define WORDS_OF(function, list) \
	static const char * \
	function(size_t i) \
	{ \
		return list; \
	}

WORDS_OF(version_word, version_name((enum version)i))
WORDS_OF(backend_word, backend_name((enum backend_id)i))
WORDS_OF(why_at, why_word((enum why)i))
WORDS_OF(outcome_word, outcome_info((enum outcome)i)->name)
WORDS_OF(verdict_word, verdict_name((enum verdict)i))
WORDS_OF(kind_word, diff_kind_name((enum diff_kind)i))
WORDS_OF(noise_word, noise_state_name((enum noise_state)i))
WORDS_OF(judgement_word, judgement_name((enum judgement)i))
WORDS_OF(endpoint_word, endpoint_state_name((enum endpoint_state)i))
WORDS_OF(row_word, row_state_name((enum row_state)i))
WORDS_OF(store_word, store_kind_name((enum store_kind)i))
WORDS_OF(unit_word, guard_unit_name((enum measure_unit)i))
WORDS_OF(action_word, guard_action_words[i])
WORDS_OF(mode_word, guard_mode_words[i])
WORDS_OF(severity_word, severity_words[i])
WORDS_OF(target_word, target_kind_words[i])
WORDS_OF(advance_word, advance_words[i])
WORDS_OF(sticky_word, sticky_words[i])

static const char *
relation_word(size_t i)
{
	const struct condition c = { .relation = (enum relation)(i / 2),
		.below = i % 2 != 0 };

	return condition_key(&c);
}

/* --- shapes with a name --------------------------------------------------------- */

#define NUMBERS "requests: count, failures: count, error_rate: share, " \
	"latency_ms: {p50: number, p95: number, p99: number}, primary: count, " \
	"shadow: count, fallbacks: count, signals?: {*: $signal}"
#define SLOTS "eligible: count, sent: count, inflight: count"
#define READING "judgement: $judgement, unit: $unit, value: number|null, " \
	"limit: number|null, n: count, above_ms: count"
#define RATE "rate: share|null, rate_low: share|null, rate_high: share|null"
#define NOISE_COUNTS "state: $noise_state, pinned: boolean, pairs: count, " \
	"only_enhanced: count, only_control: count, both: count, " RATE ", " \
	"ratio_low: number, ratio_high: number|null, floor: number|null, " \
	"bottom: number|null"
#define IN_MINUTES "requests: count, failures: count, primary: count, " \
	"shadow: count, error_rate: $interval, latency_p50_ms: $interval, " \
	"latency_p95_ms: $interval"
#define TERMS "version: $version, expires: time|null, in_force: boolean"
#define IN_STAGE "stage: text, percent: percent, shadow: percent"
#define HEALTH "versions: {legacy: $presence, enhanced: $presence}, " \
	"store: {ok: boolean, error: text}, rollout: $feature"

#define VERDICT(NAME, name, text) name ": count, "

#define SHAPE(name, about, shape) { name, about, shape, NULL, 0 }
#define WORDS(name, about, word, count) { name, about, NULL, word, count }

static const struct answer_name names[] = {
	SHAPE("refusal", "why nothing was done", "{error: text}"),
	SHAPE("rollout", "the rollout as it is now; `held_by`: why less is in force",
	    "{name: text, " IN_STAGE ", enabled: boolean, paused: boolean, "
	    "stage_since: time, latched: boolean, reason: text, actor: text, "
	    "changed: time, epoch: count, "
	    "held_by: 'environment'|'latch'|'switch'|null, "
	    "effective_percent: percent, unsaved: text|null, "
	    "waiting_for_store: boolean, stages: [{name: text, percent: percent, "
	    "shadow: percent}]}"),
	SHAPE("change", "`changed` is false when it was so already",
	    "{changed: boolean, rollout: $rollout}"),
	SHAPE("feature", "", "{feature: text, enabled: boolean, "
	    "switched_on: boolean, stage: text, percent: percent, "
	    "latched: boolean}"),
	SHAPE("presence", "", "{available: boolean, endpoints: count, up: count}"),
	SHAPE("numbers", "of a version since the start, and of late",
	    "{" NUMBERS ", recent: {" NUMBERS ", window_ms: count}}"),
	SHAPE("signal", "a share has `yes` and `share`, a number its mean; "
	    "quantiles where a condition asks for one",
	    "{n: count, yes?: count, share?: share|null, mean?: number|null, "
	    "mean_ms?: number|null, p50?: number|null, p95?: number|null, "
	    "p99?: number|null, p50_ms?: number|null, p95_ms?: number|null, "
	    "p99_ms?: number|null}"),
	SHAPE("rule", "a rule of the guard and its reading; `legacy` or `start` of "
	    "limits relative to them, `evidence` of sequential tests",
	    "{name: text, metric: text, version: $version|null, route: text|null, "
	    "relation: $relation, legacy?: number, legacy_n?: count, "
	    "start?: number, start_n?: count, evidence?: number, alpha?: share, "
	    "since?: 'lately'|'stage', min_requests: count, last?: count, "
	    "window_ms?: count, " READING ", for_ms: count, action: $action, "
	    "severity: $severity, mode: $mode}"),
	SHAPE("target", "of alerts", "{name: text, kind: $target_kind, "
	    "severities: [$severity], ok: boolean, sent: count, failed: count, "
	    "retried: count, dropped: count, held: count, waiting: count, "
	    "last: {time: time, answer: text}|null, "
	    "test: {number: count, result: 'running'|'ok'|'failed', "
	    "answer: text|null}|null}"),
	SHAPE("probe", "", "{name: text, known: boolean, value: number|null, "
	    "age_ms: count|null, stale_ms: count, error: text|null, asked: count, "
	    "failed: count}"),
	SHAPE("endpoint", "", "{version: $backend, url: text, address: text, "
	    "state: $endpoint_state, since: time|null, reason: text|null, "
	    "outstanding: count, connections: count, exchanges: count, "
	    "failures: count, failures_in_row: count, holds: count, "
	    "last_failure: $moment|null, last_check: $moment|null}"),
	SHAPE("moment", "", "{time: time, what: text}"),
	SHAPE("config", "`settings` and `rules` are as understudy.schema.json and "
	    "rules.schema.json have them, with what is not written at its default",
	    "{path: text, env_disabled: boolean, settings: {*: any}, "
	    "rules: {*: any}}"),
	SHAPE("event", "of the rollout log; the members of `evidence` go by its "
	    "kind, and by the version of understudy that wrote it",
	    "{id: count, time: time, epoch: count, kind: text, actor: text, "
	    "from: text, to: text, reason: text, evidence: {*: any}|null}"),
	SHAPE("match", "the override that decided: an item of the rules', one set "
	    "by a criterion, or one of this user", "{in: 'rules', item: count}|"
	    "{in: 'criteria', name: text}|{in: 'users'}"),
	SHAPE("interval", "a number that surely lies from `low` to `high`; of `n`, "
	    "where `needs` are needed", "{value: number|null, low: number|null, "
	    "high: number|null, n: count, needs: count}"),
	SHAPE("kept", "a kept answer; `left_out` says why there is no body",
	    "{status: count, outcome: $outcome, content_type: text, "
	    "content_encoding: text, form: text, left_out: text|null, "
	    "cut: boolean, encrypted: boolean, body_bytes: count, "
	    "latency_us: count, first_byte_us: count|null, "
	    "first_content_us: count|null, longest_gap_us: count|null, "
	    "headers: {*: text}, body: text|null}"),
	WORDS("version", "", version_word, VERSION_COUNT),
	WORDS("backend", "", backend_word, BACKEND_COUNT),
	WORDS("why", "docs/outcomes.md", why_at, WHY_COUNT),
	WORDS("outcome", "docs/outcomes.md", outcome_word, OUTCOME_COUNT),
	WORDS("verdict", "docs/comparison.md", verdict_word, VERDICT_COUNT),
	WORDS("difference_kind", "", kind_word, DIFF_KIND_COUNT),
	WORDS("noise_state", "", noise_word, NOISE_STATE_COUNT),
	WORDS("judgement", "", judgement_word, JUDGE_SHARED + 1),
	WORDS("relation", "", relation_word, 2 * RELATION_COUNT),
	WORDS("unit", "", unit_word, UNIT_NUMBER + 1),
	WORDS("action", "", action_word, GUARD_ACTION_COUNT),
	WORDS("mode", "", mode_word, GUARD_OBSERVE + 1),
	WORDS("severity", "", severity_word, SEVERITY_CRITICAL + 1),
	WORDS("target_kind", "", target_word, TARGET_KIND_COUNT),
	WORDS("endpoint_state", "docs/endpoints.md", endpoint_word,
	    ENDPOINT_STATE_COUNT),
	WORDS("gate_state", "", row_word, ROW_FAILING + 1),
	WORDS("advance", "", advance_word, ADVANCE_AUTO + 1),
	WORDS("sticky", "", sticky_word, STICKY_SESSION + 1),
	WORDS("store", "", store_word, STORE_NONE + 1),
};

/* --- routes --------------------------------------------------------------------- */

#define CHANGE "$change"
#define JSON(method, path, refuses, shape) \
	{ method, path, 200, shape, NULL, refuses }

static const struct admin_answer answers[] = {
	JSON("GET", "/healthz", "", "{status: 'ok'}"),
	JSON("GET", "/readyz", "503", "{status: 'ready'}"),
	JSON("GET", "/api/v1/health", "",
	    "{status: 'healthy'|'degraded', " HEALTH "}"),
	{ "GET", "/api/v1/health", 503, "{status: 'unhealthy', " HEALTH "}", NULL,
	    NULL },
	{ "GET", "/metrics", 200, NULL, "text/plain", "" },
	JSON("GET", "/api/v1/status", "",
	    "{version: text, time: time, uptime_ms: count, ready: boolean, "
	    "env_disabled: boolean, rollout: $rollout, rollouts: [{name: text, "
	    IN_STAGE ", enabled: boolean, latched: boolean, "
	    "held_by: 'environment'|'latch'|'switch'|null}], "
	    "versions: {legacy: $numbers, enhanced: $numbers}, "
	    "shadow: {" SLOTS ", dropped: {*: count}}, "
	    "control: {" SLOTS ", dropped: {concurrency: count, latched: count, "
	    "budget: count}}, "
	    "comparisons: {" VERDICT_TABLE(VERDICT) "kept: count, "
	    "offered: count, dropped: count}, "
	    "clients: {connections: count, accepted: count, shed: count, "
	    "requests: count, refused: count, fallbacks: count}, "
	    "store: {kind: $store, ok: boolean, written: count, spooled: count, "
	    "dropped: count, error: text|null}, "
	    "isolation: {on: boolean, sessions: count, legacy: {*: count}, "
	    "enhanced: {*: count}}, "
	    "sticky: {by: $sticky, sessions: count, requests: count}, "
	    "alerts: [$target], probes: [$probe], rules: [$rule], "
	    "breaker: {enabled: boolean, consecutive: count, "
	    "metric: 'failure_rate_lower_bound', " READING ", "
	    "min_requests: count, window_ms: count}, endpoints: [$endpoint], "
	    "names: [{host: text, addresses: [text], ok: boolean, "
	    "error: text|null, changed: time|null}]}"),
	JSON("GET", "/api/v1/plan", "",
	    "{stage: text|null, next: text|null, advance: $advance, "
	    "open: boolean, gates: [{name: text, state: $gate_state, text: text, "
	    "wait_ms?: count}], in_stage: text, stage_since: time, "
	    "complete: boolean, stages: [{name: text, "
	    "state: 'done'|'now'|'ahead', percent: percent, shadow: percent, "
	    "dwell_ms: count, min_requests: count, gates: count, "
	    "advance: $advance, complete: boolean}]}"),
	JSON("GET", "/api/v1/config", "", "$config"),
	JSON("GET", "/api/v1/events", "", "{events: [$event]}"),
	JSON("GET", "/api/v1/differences", "",
	    "{differences: [{path: text, route: text, kind: $difference_kind, "
	    "text: boolean, count: count, compared: count, " RATE ", "
	    "noise: {" NOISE_COUNTS "}, first: time, last: time, pair: text, "
	    "legacy: text, enhanced: text}]}"),
	JSON("GET", "/api/v1/noise", "",
	    "{sample: percent, pairs: count, paths: [{path: text, route: text, "
	    "kind: $difference_kind, text: boolean, " NOISE_COUNTS ", "
	    "first: time, last: time}]}"),
	JSON("GET", "/api/v1/samples/{pair}", "503",
	    "{pair: text, time: time, verdict: $verdict, method: text, "
	    "path: text, route: text, stage: text, epoch: count, "
	    "differences: [{path: text, kind: text}], answers: {legacy?: $kept, "
	    "enhanced?: $kept, control?: $kept}}"),
	{ "GET", "/api/v1/samples/{pair}", 202, "{reading: boolean}", NULL, NULL },
	JSON("GET", "/api/v1/routes", "",
	    "{time: time, left_out: count, routes: [{route: text|null, "
	    "since: time, legacy: {" IN_MINUTES "}, enhanced: {" IN_MINUTES ", "
	    "fallbacks: count, compared: count, different: count}}]}"),
	JSON("GET", "/api/v1/endpoints", "", "{endpoints: [$endpoint]}"),
	JSON("GET", "/api/v1/alerts", "", "{targets: [$target]}"),
	JSON("GET", "/api/v1/users/{id}", "",
	    "{user: text, bucket: count, version: $version, why: $why, "
	    "because: text, mirror: boolean, override: $version|null, "
	    "match: $match|null, stage: text, percent: percent, "
	    "latched: boolean}"),
	JSON("POST", "/api/v1/explain", "",
	    "{user: text|null, session: text|null, bucket: count|null, "
	    "version: $version, why: $why, because: text, mirror: boolean, "
	    "match: $match|null, route: text|null, refusal: count|null}"),
	JSON("POST", "/api/v1/reload", "422", CHANGE),
	JSON("POST", "/api/v1/alerts/test", "503", "{test: count}"),
	JSON("POST", "/api/v1/drain", "", "{ready: boolean}"),
	JSON("POST", "/api/v1/endpoints", "409",
	    "{changed: boolean, endpoints: [$endpoint]}"),
	JSON("POST", "/api/v1/rollout", "409 503", CHANGE),
	JSON("POST", "/api/v1/advance", "409 503", CHANGE),
	JSON("POST", "/api/v1/complete", "409 503", CHANGE),
	JSON("POST", "/api/v1/back", "409 503", CHANGE),
	JSON("POST", "/api/v1/pause", "503", CHANGE),
	JSON("POST", "/api/v1/resume", "503", CHANGE),
	JSON("POST", "/api/v1/rollback", "503", CHANGE),
	JSON("POST", "/api/v1/rearm", "409 503", CHANGE),
	JSON("GET", "/admin/config", "", "{features: [$feature]}"),
	JSON("PATCH", "/admin/config", "503",
	    "{changed: boolean, feature: $feature}"),
	JSON("PUT", "/api/v1/users/{id}/override", "503", CHANGE),
	JSON("DELETE", "/api/v1/users/{id}/override", "503", CHANGE),
	JSON("GET", "/api/v1/overrides", "",
	    "{criteria: [{name: text, when: {*: any}, " TERMS "}], "
	    "users: [{user: text, " TERMS "}], user_count: count}"),
	JSON("POST", "/api/v1/overrides", "503", CHANGE),
	JSON("DELETE", "/api/v1/overrides/{name}", "503", CHANGE),
};

const struct admin_answer *
admin_answers(size_t *count_out)
{
	*count_out = COUNT_OF(answers);
	return answers;
}

const struct answer_name *
answer_names(size_t *count_out)
{
	*count_out = COUNT_OF(names);
	return names;
}

void
answer_name_write(const struct answer_name *name, struct buf *out)
{
	if (name->shape != NULL)
		buf_puts(out, name->shape);
	for (size_t i = 0; i < name->word_count; i++)
		buf_printf(out, "%s'%s'", i > 0 ? "|" : "", name->word(i));
}

/* --- docs/api.md ------------------------------------------------------------------ */

#define COLUMNS 100

#define INDENT "\n        "

/* How long is what no line is broken in: to a comma, or to a word's bar. */
static size_t
piece(const char *text)
{
	size_t i = 0;

	while (text[i] != '\0' && text[i] != ',' && strncmp(text + i, "'|", 2) != 0)
		i++;
	return text[i] == '\0' ? i : i + (text[i] == ',' ? 1 : 2);
}

static void
write_wrapped(const char *text, struct buf *out)
{
	const size_t indent = strlen(INDENT) - 1;
	size_t at = indent;
	bool has_blank = false;

	buf_puts(out, INDENT);
	while (*text != '\0') {
		size_t len = piece(text);

		if (at + has_blank + len > COLUMNS) {
			buf_puts(out, INDENT);
			at = indent;
		} else if (has_blank) {
			buf_puts(out, " ");
			at++;
		}
		buf_add(out, text, len);
		at += len;
		text += len;
		has_blank = *text == ' ';
		text += has_blank;
	}
	buf_puts(out, "\n");
}

static void
write_answer(const struct admin_answer *a, struct buf *out)
{
	buf_printf(out, "%s %s", a->method, a->path);
	if (a->status != 200)
		buf_printf(out, " (%d)", a->status);
	write_wrapped(a->shape != NULL ? a->shape : a->type, out);
}

static void
write_name(const struct answer_name *n, struct buf *out)
{
	struct buf shape = { 0 };

	buf_printf(out, "$%s%s%s", n->name, n->about[0] != '\0' ? ": " : "",
	    n->about);
	answer_name_write(n, &shape);
	write_wrapped(shape.bytes, out);
	buf_fini(&shape);
}

void
admin_write_answers(struct buf *out)
{
	buf_puts(out, "\n## Answers\n\n"
	    "With 200, or the status that is named; openapi.json says the same to "
	    "programs.  `count` is an integer\nfrom 0 on, `share` a number from 0 "
	    "to 1, `name?` may be missing, `*` is any name; what `$` begins is\n"
	    "below.  A refusal is a `$refusal`.\n\n```\n");
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		write_answer(&answers[i], out);
	buf_puts(out, "```\n\n```\n");
	for (size_t i = 0; i < COUNT_OF(names); i++)
		write_name(&names[i], out);
	buf_puts(out, "```\n");
}
