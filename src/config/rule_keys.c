/* rule_keys -- every key of the rule files (rules/NAME.json).
 * SPDX-License-Identifier: MIT
 *
 * The rows are in the order of the reference.  Contract in keys.h.
 */
#include <string.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/criterion_keys.h"
#include "config/dialect_keys.h"
#include "config/guard_keys.h"
#include "config/isolation_keys.h"
#include "config/keep_keys.h"
#include "config/keys.h"
#include "config/mirror_keys.h"
#include "config/noise_keys.h"
#include "config/plan_keys.h"
#include "config/probe_keys.h"
#include "config/read.h"
#include "config/signal_keys.h"
#include "config/smoke_keys.h"
#include "config/words.h"

#define SECOND 1000.0
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define WHOLE 100000 /* thousandths of a percent */

/* --- identity ---------------------------------------------------------------- */

static const struct key source_keys[] = {
	{ "header", &key_source, .tag = SOURCE_HEADER, .flags = KEY_ONE_OF,
	    .help = "The value of this header field." },
	{ "cookie", &key_source, .tag = SOURCE_COOKIE, .flags = KEY_ONE_OF,
	    .help = "The value of this cookie." },
	{ "query", &key_source, .tag = SOURCE_QUERY, .flags = KEY_ONE_OF,
	    .help = "The value of this query parameter, percent-decoded." },
	{ "path", &key_source, .tag = SOURCE_PATH, .flags = KEY_ONE_OF,
	    .help = "The {name} segment of a path that begins like this "
	    "template: `/presence/{user}`, `/api/*/users/{id}`." },
	{ "jwt_claim", &key_source, .tag = SOURCE_JWT_CLAIM,
	    .flags = KEY_ONE_OF,
	    .help = "This claim of the token in `Authorization: Bearer`. The "
	    "signature is not verified: it only says which side a request "
	    "takes, never what it may do." },
	{ "body", &key_source, .tag = SOURCE_BODY, .flags = KEY_ONE_OF,
	    .help = "The string or number at this JSON Pointer of the "
	    "request's body. The request waits for its whole body, and a body "
	    "over `limits.capture` gives none." },
	{ "client", &key_source, .tag = SOURCE_CLIENT, .flags = KEY_ONE_OF,
	    .help = "`address`: the address that the client asks from, by the "
	    "connection, its PROXY header or, from `trusted_networks`, "
	    "X-Forwarded-For. Who shares an address shares the version." },
};

static const struct key_table source_table = {
	.about = "Where an id is looked for: exactly one of the keys. The "
	"first source that gives an id of 1 to 128 bytes without control "
	"characters wins.",
	.keys = source_keys, .count = COUNT_OF(source_keys),
	.size = sizeof(struct source),
};

/* --- routes ------------------------------------------------------------------ */

static const struct key match_keys[] = {
	{ "path", &key_pattern, KEY_FIELD(struct route, path),
	    .flags = KEY_REQUIRED,
	    .help = "Pattern for the path as it is on the wire: `*` stands for "
	    "one whole segment, and at the end for any rest." },
	{ "methods", &key_methods, KEY_FIELD(struct route, methods),
	    .min = 1, .max = 32,
	    .help = "Methods, in upper case. Absent: every method." },
};

static const struct key_table match_table = {
	.about = "Which requests a route is about.",
	.keys = match_keys, .count = COUNT_OF(match_keys),
};

/* One word so far, and absent means everybody. */
static bool
read_only(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	const bool is_only = true;

	if (value->kind != JSON_STRING || !json_text_is(value, "enhanced"))
		return read_expected(r, value, key->type->expects);
	memcpy(key_field(key, target), &is_only, sizeof is_only);
	return true;
}

static void
schema_only(const struct key *key UNUSED, struct buf *out)
{
	buf_puts(out, "\"enum\": [\"enhanced\"]");
}

static const struct key_type key_only = { "word: `enhanced`", "\"enhanced\"",
	read_only, NULL, schema_only };

static const struct key route_keys[] = {
	{ "match", &key_object, .flags = KEY_REQUIRED, .table = &match_table,
	    .help = "Which requests." },
	{ "rollout", &key_bool, KEY_FIELD(struct route, rollout),
	    .standard = "true", .help = "false: always served by legacy." },
	{ "shadow", &key_bool, KEY_FIELD(struct route, shadow),
	    .flags = KEY_COMPUTED,
	    .help = "false: never mirrored. Default: as `rollout`." },
	{ "only", &key_only, KEY_FIELD(struct route, only_enhanced),
	    .help = "`enhanced`: legacy has no such route. Who is served by legacy, "
	    "a latch included, is answered `otherwise`; nothing is mirrored, and "
	    "nothing falls back." },
	{ "otherwise", &key_count, KEY_FIELD(struct route, otherwise),
	    .min = 403, .max = 503, .standard = "404",
	    .help = "Of `only`: 404, 403 or 503." },
};

static const struct key_table route_table = {
	.about = "The first route that matches decides. Without routes every "
	"request takes part; with routes, one that matches none is served by "
	"legacy and not mirrored.",
	.keys = route_keys, .count = COUNT_OF(route_keys),
	.size = sizeof(struct route), .finish = check_route,
};

/* --- rollout ----------------------------------------------------------------- */

static const struct key fallback_keys[] = {
	{ "on", &key_failures, KEY_FIELD(struct rules, fallback), .max = 4,
	    .standard = "[\"connect\", \"timeout\", \"5xx\", \"invalid\"]",
	    .help = "Failures of enhanced that legacy answers instead, while "
	    "nothing has reached the client. `[]`: never." },
};

static const struct key_table fallback_table = {
	.about = "What happens when enhanced fails a user.",
	.keys = fallback_keys, .count = COUNT_OF(fallback_keys),
};

static const struct key rollout_keys[] = {
	{ "enabled", &key_bool, KEY_FIELD(struct rules, enabled),
	    .standard = "true",
	    .help = "false: everything to legacy, nothing mirrored." },
	{ "name", &key_text, KEY_FIELD(struct rules, name),
	    .standard = KEY_TEXT("rollout"),
	    .help = "How the migration is called where it is switched as a "
	    "feature (`PATCH /admin/config`)." },
	{ "salt", &key_text, KEY_FIELD(struct rules, salt),
	    .standard = KEY_TEXT("understudy"),
	    .help = "Mixed into every user's bucket: another salt is another "
	    "draw. Never change it in a running rollout." },
	{ "advance", &key_choice, KEY_FIELD(struct rules, advance),
	    .words = advance_words, .standard = KEY_TEXT("manual"),
	    .help = "Who opens the next stage: `manual`, an operator; `auto`, "
	    "understudy, when time, requests and gates of the present one are "
	    "done. A stage may say otherwise." },
	{ "hours", &key_object, KEY_FIELD(struct rules, calendar.hours),
	    .table = &hours_table, .flags = KEY_OPTIONAL,
	    .help = "When a stage may be opened by itself." },
	{ "freezes", &key_list,
	    KEY_LIST_FIELD(struct rules, calendar.freezes,
	    calendar.freeze_count), .max = 100, .table = &freeze_table,
	    .standard = "[]", .help = "When none is." },
	/* Before the stages that name them. */
	{ "smoke", &key_list,
	    KEY_LIST_FIELD(struct rules, smoke.list, smoke.count),
	    .max = SMOKE_CHECKS_MAX, .table = &smoke_table, .standard = "[]",
	    .finish = check_smoke,
	    .help = "Requests to enhanced, one after the other, that must be "
	    "answered as expected before a stage opens by itself." },
	{ "smoke_again", &key_duration, KEY_FIELD(struct rules, smoke.again_ms),
	    .min = 1 * SECOND, .max = 1 * HOUR, .standard = KEY_TEXT("30s"),
	    .help = "While they fail, they are run again this often." },
	{ "stages", &key_list,
	    KEY_LIST_FIELD(struct rules, stages, stage_count),
	    .min = 1, .max = STAGES_MAX, .table = &stage_table,
	    .finish = check_stages,
	    .help = "The plan. Absent: one stage `off` at 0%." },
	{ "stage", &key_name, .flags = KEY_COMPUTED,
	    .help = "The stage wanted at first; a change is applied at a "
	    "reload. Default: the first of `stages`." },
	{ "percent", &key_share, KEY_FIELD(struct rules, percent),
	    .max = WHOLE, .flags = KEY_COMPUTED,
	    .help = "Beats the stage's own percent. Default: the stage's." },
	{ "sticky", &key_choice, KEY_FIELD(struct rules, sticky),
	    .words = sticky_words, .standard = KEY_TEXT("off"),
	    .help = "`session`: a session keeps the version that it began with "
	    "while its user's bucket moves, as the percentage is raised or "
	    "lowered. Overrides go before that; a latch makes them forgotten." },
	{ "sticky_for", &key_duration, KEY_FIELD(struct rules, sticky_ms),
	    .min = 60 * SECOND, .max = 30 * DAY, .standard = KEY_TEXT("24h"),
	    .help = "For so long after it was last seen." },
	{ "sticky_max", &key_count, KEY_FIELD(struct rules, sticky_max),
	    .min = 1000, .max = 10e6, .standard = "100000",
	    .help = "Room for so many sessions (32 to 64 bytes each); with more, "
	    "those that have been quiet the longest are forgotten. Another number "
	    "takes effect with a restart, and forgets all." },
	{ "overrides", &key_list,
	    KEY_LIST_FIELD(struct rules, overrides, override_count),
	    .max = 1000, .table = &override_table, .standard = "[]",
	    .help = "Exceptions from the percentage." },
	{ "fallback", &key_object, .table = &fallback_table,
	    .help = "What happens when enhanced fails a user." },
};

static const struct key_table rollout_table = {
	.about = "Who gets enhanced, and how that grows. The store keeps what "
	"is; this is what is wanted at first, and a change of `enabled`, "
	"`stage` or a percentage here is applied at a reload.",
	.keys = rollout_keys, .count = COUNT_OF(rollout_keys),
	.finish = check_rollout,
};

/* --- a rule file ----------------------------------------------------------------- */

static const struct key rules_keys[] = {
	{ "$schema", &key_ignored,
	    .help = "For editors; understudy does not read it." },
	{ "identity", &key_list,
	    KEY_LIST_FIELD(struct rules, identity.sources, identity.count),
	    .max = 32, .table = &source_table, .standard = "[]",
	    .help = "Where the user id is looked for, in this order. Who has "
	    "none is served by legacy." },
	{ "session", &key_list,
	    KEY_LIST_FIELD(struct rules, session.sources, session.count),
	    .max = 32, .table = &source_table, .standard = "[]",
	    .help = "Where the session id is looked for; only recorded." },
	{ "tenant", &key_list,
	    KEY_LIST_FIELD(struct rules, tenant.sources, tenant.count),
	    .max = 32, .table = &source_table, .standard = "[]",
	    .help = "Where the id of the user's tenant (company, workspace) is "
	    "looked for; overrides may go by it." },
	{ "routes", &key_list,
	    KEY_LIST_FIELD(struct rules, routes, route_count),
	    .max = 1000, .table = &route_table, .standard = "[]",
	    .help = "Which requests take part." },
	/* Before the conditions that name them. */
	{ "signals", &key_list,
	    KEY_LIST_FIELD(struct rules, signals.list, signals.count),
	    .max = SIGNAL_RULES_MAX, .table = &signal_table, .standard = "[]",
	    .finish = check_signals,
	    .help = "Numbers that are read from answers." },
	{ "probes", &key_list,
	    KEY_LIST_FIELD(struct rules, probes.list, probes.count),
	    .max = PROBE_RULES_MAX, .table = &probe_table, .standard = "[]",
	    .finish = check_probes,
	    .help = "Numbers that are asked for beside the traffic." },
	{ "rollout", &key_object, .table = &rollout_table,
	    .help = "Who gets enhanced." },
	{ "compare", &key_object, KEY_FIELD(struct rules, compare),
	    .table = &compare_table, .help = "How answers are compared." },
	{ "inspect", &key_bool, KEY_FIELD(struct rules, inspect),
	    .standard = "true",
	    .help = "Look into answers as they pass: an error inside a 200, a "
	    "stream without its end and an answer without content are failures "
	    "of their version." },
	{ "dialects", &key_list,
	    KEY_LIST_FIELD(struct rules, dialects, dialect_count),
	    .max = DIALECTS_MAX, .table = &dialect_table, .standard = "[]",
	    .finish = check_dialects,
	    .help = "How the answers of an API are read, beside those that are "
	    "built in." },
	{ "noise", &key_object, KEY_FIELD(struct rules, noise),
	    .table = &noise_table,
	    .help = "What legacy differs in from itself." },
	{ "mirror", &key_object, KEY_FIELD(struct rules, mirror),
	    .table = &mirror_table, .help = "What may be mirrored." },
	{ "rewrite", &key_object, KEY_FIELD(struct rules, rewrites),
	    .table = &rewrite_table,
	    .help = "Where the two versions are not called alike." },
	{ "redact", &key_object, KEY_FIELD(struct rules, redact),
	    .table = &redact_table, .help = "What is written down nowhere." },
	{ "guard", &key_list,
	    KEY_LIST_FIELD(struct rules, guards, guard_count),
	    .max = GUARDS_MAX, .table = &guard_table, .standard = "[]",
	    .finish = check_guard_names,
	    .help = "Thresholds that alert or take traffic back." },
	{ "breaker", &key_object, KEY_FIELD(struct rules, breaker),
	    .table = &breaker_table, .help = "The fast way back." },
	{ "isolation", &key_object, KEY_FIELD(struct rules, isolation),
	    .table = &isolation_table, .flags = KEY_OPTIONAL,
	    .help = "Users and sessions that are mixed up." },
};

const struct key_table rules_table = {
	.about = "Rule files hold what the migration needs. Several may be "
	"listed in `rules`; each top-level key stands in one of them only.",
	.keys = rules_keys, .count = COUNT_OF(rules_keys),
	.size = sizeof(struct rules), .finish = check_rules,
};
