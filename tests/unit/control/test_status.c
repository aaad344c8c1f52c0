/* test_status -- the shape of the status document that scripts rely on.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include "control/json_text.h"
#include "control/status.h"

#define RULES "{" ROLLOUT("canary") "," NO_BREAKER ",'guard':[" \
	"{'name':'errors','metric':'error_rate','above':'50%'," \
	"'window':'10s','min_requests':20}," \
	"{'name':'p95','metric':'latency_p95','above_legacy_by':'100ms'," \
	"'window':'10s','min_requests':20}]}"

static struct scene s;

static void
open_scene(void)
{
	scene_open(&s, RULES);
}

static void
close_scene(void)
{
	scene_close(&s);
}

TestSuite(status, .init = open_scene, .fini = close_scene);

static json_t *
document(void)
{
	const struct admin_ports ports = scene_ports(&s);

	return status_document(&ports, 12345);
}

static const json_t *
at(const json_t *o, const char *path)
{
	char name[64];

	while (o != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		memcpy(name, path, len);
		name[len] = '\0';
		o = json_object_get(o, name);
		path += len + (path[len] == '.');
	}
	return o;
}

/* What the contract names, with its types. */
static const struct {
	const char *path;
	char type; /* s, n, b, o, a */
} members[] = {
	{ "version", 's' }, { "uptime_ms", 'n' }, { "env_disabled", 'b' },
	{ "rollout.stage", 's' }, { "rollout.percent", 'n' },
	{ "rollout.shadow", 'n' }, { "rollout.enabled", 'b' },
	{ "rollout.latched", 'b' }, { "rollout.reason", 's' },
	{ "rollout.epoch", 'n' }, { "rollout.stages", 'a' },
	{ "versions.legacy.requests", 'n' },
	{ "versions.legacy.failures", 'n' },
	{ "versions.legacy.error_rate", 'n' },
	{ "versions.legacy.latency_ms.p50", 'n' },
	{ "versions.legacy.latency_ms.p95", 'n' },
	{ "versions.legacy.latency_ms.p99", 'n' },
	{ "versions.legacy.primary", 'n' }, { "versions.legacy.shadow", 'n' },
	{ "versions.legacy.fallbacks", 'n' },
	{ "versions.enhanced.requests", 'n' },
	{ "versions.enhanced.failures", 'n' },
	{ "versions.enhanced.error_rate", 'n' },
	{ "versions.enhanced.latency_ms.p50", 'n' },
	{ "versions.enhanced.latency_ms.p95", 'n' },
	{ "versions.enhanced.latency_ms.p99", 'n' },
	{ "versions.enhanced.fallbacks", 'n' },
	{ "versions.enhanced.recent.window_ms", 'n' },
	{ "shadow.eligible", 'n' }, { "shadow.sent", 'n' },
	{ "shadow.dropped", 'o' }, { "shadow.dropped.concurrency", 'n' },
	{ "shadow.dropped.body", 'n' },
	{ "comparisons.same", 'n' }, { "comparisons.noise", 'n' },
	{ "comparisons.different", 'n' }, { "comparisons.incomparable", 'n' },
	{ "store.kind", 's' }, { "store.ok", 'b' }, { "store.spooled", 'n' },
	{ "store.dropped", 'n' }, { "rules", 'a' }, { "breaker", 'o' },
};

static bool
has_type(const json_t *v, char type)
{
	switch (type) {
	case 's':
		return json_is_string(v);
	case 'n':
		return json_is_number(v);
	case 'b':
		return json_is_boolean(v);
	case 'o':
		return json_is_object(v);
	default:
		return json_is_array(v);
	}
}

Test(status, has_every_member_of_the_contract)
{
	json_t *doc = document();

	for (size_t i = 0; i < COUNT_OF(members); i++)
		cr_expect(has_type(at(doc, members[i].path), members[i].type),
		    "%s", members[i].path);
	json_decref(doc);
}

Test(status, shows_the_numbers)
{
	json_t *doc;

	scene_legs(&s, VERSION_LEGACY, LEG_PRIMARY, OUTCOME_DONE, 90);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 6);
	scene_legs(&s, VERSION_ENHANCED, LEG_SHADOW, OUTCOME_DONE, 1);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_UPSTREAM_5XX, 1);
	stat_add(&s.board->workers[0]->fallbacks, 1);
	metric_add(s.board->workers[0], METRIC_SHADOW_SENT, 1);
	metric_add(s.board->workers[0], METRIC_SHADOW_DROP_BODY, 3);
	stat_add(&s.board->compares[0]->verdicts[VERDICT_DIFFERENT], 4);
	doc = document();
	cr_expect_eq(json_integer_value(at(doc, "versions.legacy.requests")),
	    90);
	cr_expect_eq(json_integer_value(at(doc, "versions.enhanced.requests")),
	    8);
	cr_expect_eq(json_integer_value(at(doc, "versions.enhanced.primary")),
	    7);
	cr_expect_eq(json_integer_value(at(doc, "versions.enhanced.shadow")), 1);
	cr_expect_eq(json_integer_value(at(doc, "versions.enhanced.failures")),
	    1);
	cr_expect_eq(json_integer_value(at(doc, "versions.enhanced.fallbacks")),
	    1);
	cr_expect_float_eq(json_number_value(at(doc,
	    "versions.enhanced.error_rate")), 0.125, 1e-9);
	cr_expect_float_eq(json_number_value(at(doc,
	    "versions.legacy.latency_ms.p95")), 20.0, 0.2);
	cr_expect_eq(json_integer_value(at(doc, "shadow.dropped.body")), 3);
	cr_expect_eq(json_integer_value(at(doc, "comparisons.different")), 4);
	json_decref(doc);
}

/* Whoever adds a reason to drop something has it in the status, too. */
Test(status, drops_are_those_of_the_metrics)
{
	struct worker_stats *w = s.board->workers[0];
	const char *reason;
	json_t *doc, *value;
	int64_t want = 0, sum = 0;

	for (enum metric m = 0; m < METRIC_COUNT; m++)
		if (strstr(metric_info(m)->name, "_shadow_dropped_") != NULL) {
			metric_add(w, m, m + 1);
			want += m + 1;
		}
	metric_add(w, METRIC_SAMPLES_DROPPED, 3);
	metric_add(w, METRIC_SAMPLES_DROP_BYTES, 4);
	doc = document();
	json_object_foreach((json_t *)at(doc, "shadow.dropped"), reason, value)
		sum += json_integer_value(value);
	cr_expect_eq(sum, want);
	cr_expect_eq(json_integer_value(at(doc, "shadow.dropped.websocket")),
	    METRIC_SHADOW_DROP_WEBSOCKET + 1);
	cr_expect_eq(json_integer_value(at(doc, "comparisons.dropped")), 7);
	json_decref(doc);
}

Test(status, percent_is_in_percent)
{
	static const struct {
		uint32_t milli;
		const char *want;
	} cases[] = { { 0, "0" }, { 1, "0.001" }, { 100, "0.1" },
		{ 5000, "5" }, { 12500, "12.5" }, { 33333, "33.333" },
		{ 100000, "100" } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = { 0 };

		json_print(json_pack("[o]", json_percent(cases[i].milli)), &out);
		cr_expect_not_null(strstr(out.bytes, cases[i].want), "%s: %s",
		    cases[i].want, out.bytes);
		cr_expect_eq(strlen(cases[i].want) + strlen("[\n  \n]\n"),
		    out.len, "%s", out.bytes);
		buf_fini(&out);
	}
}

Test(status, a_rule_without_data_is_unknown_not_fine)
{
	json_t *doc;
	const json_t *rule;

	scene_tick(&s, 20);
	scene_legs(&s, VERSION_ENHANCED, LEG_PRIMARY, OUTCOME_DONE, 30);
	scene_tick(&s, 20);
	doc = document();
	rule = json_array_get(at(doc, "rules"), 0);
	cr_expect_str_eq(json_string_value(at(rule, "name")), "errors");
	cr_expect_str_eq(json_string_value(at(rule, "judgement")), "fine");
	cr_expect_float_eq(json_number_value(at(rule, "limit")), 0.5, 1e-9);
	cr_expect_eq(json_integer_value(at(rule, "n")), 30);
	rule = json_array_get(at(doc, "rules"), 1);
	cr_expect_str_eq(json_string_value(at(rule, "judgement")), "unknown",
	    "legacy has no requests");
	cr_expect(json_is_null(at(rule, "value")));
	cr_expect_str_eq(json_string_value(at(rule, "unit")), "ms");
	json_decref(doc);
}

Test(status, tells_a_latch_and_what_is_in_force)
{
	struct err err = { "" };
	json_t *doc;

	cr_assert(rollout_rollback(s.rollout, "operator:a", "smells", &err));
	doc = document();
	cr_expect(json_is_true(at(doc, "rollout.latched")));
	cr_expect_str_eq(json_string_value(at(doc, "rollout.reason")), "smells");
	cr_expect_str_eq(json_string_value(at(doc, "rollout.held_by")), "latch");
	cr_expect_eq(json_integer_value(at(doc, "rollout.percent")), 5);
	cr_expect_eq(json_integer_value(at(doc, "rollout.effective_percent")),
	    0);
	json_decref(doc);
}

Test(status, tells_a_trip_that_is_not_on_disk)
{
	struct err err = { "" };
	json_t *doc;

	scene_break_store(&s);
	cr_assert(rollout_rollback(s.rollout, "operator:a", "smells", &err));
	doc = document();
	cr_expect(json_is_false(at(doc, "store.ok")));
	cr_expect(json_is_string(at(doc, "store.error")));
	cr_expect(json_is_string(at(doc, "rollout.unsaved")));
	json_decref(doc);
	scene_mend_store(&s);
}

Test(status, tells_the_environments_switch)
{
	struct err err = { "" };
	struct config *off = scene_config(&s, RULES, "false");
	json_t *doc;

	cr_assert(rollout_reload(s.rollout, off, "operator:a", "x", &err));
	config_unref(&off);
	doc = document();
	cr_expect(json_is_true(at(doc, "env_disabled")));
	cr_expect_str_eq(json_string_value(at(doc, "rollout.held_by")),
	    "environment");
	json_decref(doc);
}

Test(status, text_cut_in_a_character_is_still_json)
{
	json_t *cut = json_text("caf\xc3");

	cr_expect_str_eq(json_string_value(cut), "caf\xef\xbf\xbd");
	json_decref(cut);
}
