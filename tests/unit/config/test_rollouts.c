/* test_rollouts -- several rollouts in one configuration.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/err.h"
#include "files.h"

#define ROUTE(path) "'routes':[{'match':{'path':'" path "'}}]"
#define A_RULES "{" ROUTE("/a") ",'rollout':{'salt':'sa','name':'other'}," \
	"'compare':{'ignore':['/id']}}"
#define B_RULES "{'rollout':{'salt':'sb','stages':[{'name':'one','percent':7}]}}"
#define PLACES "'rollouts':[{'name':'a','rules':['a.json']}," \
	"{'name':'b','rules':['b.json']}]"

static struct config *
load(const char *main, const char *a, const char *b, struct buf *faults)
{
	struct memory_files f = { { "understudy.json", "a.json", "b.json" },
		{ main, a, b } };
	struct config_ports ports = files_ports(&f);

	return config_load_from(&ports, "understudy.json", faults);
}

static struct config *
load_well(const char *main)
{
	struct buf faults = { 0 };
	struct config *c = load(main, A_RULES, B_RULES, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

Test(config_rollouts, one_is_the_whole)
{
	struct config *c = load_well("{" NEEDED_KEYS ",'rules':['a.json']}");

	cr_expect_eq(c->rollout_count, 1);
	cr_expect_eq(c->rollouts[0], c);
	cr_expect_eq(c->index, 0);
	cr_expect_str_eq(c->rules.name, "other", "as its rules say");
	config_unref(&c);
}

Test(config_rollouts, each_has_rules_of_its_own)
{
	struct config *c = load_well("{" NEEDED_KEYS ",'workers':5," PLACES "}");
	const struct config *b;

	cr_assert_eq(c->rollout_count, 2);
	b = c->rollouts[1];
	cr_expect_eq(c->rollouts[0], c);
	cr_expect_eq(b->index, 1);
	cr_expect_str_eq(c->rules.name, "a", "the place's name beats the rules'");
	cr_expect_str_eq(b->rules.name, "b");
	cr_expect_str_eq(c->rules.salt, "sa");
	cr_expect_str_eq(b->rules.salt, "sb");
	cr_expect_eq(b->rules.stages[0].percent, 7000);
	cr_expect_eq(c->rules.route_count, 1);
	cr_expect_eq(b->rules.route_count, 0);
	cr_expect_eq(b->settings.workers, 5);
	cr_expect_eq(b->settings.listen, c->settings.listen, "settings are shared");
	cr_expect_eq(config_whole(b), c);
	cr_expect_neq(b->compare_mark, c->compare_mark);
	cr_expect_neq(config_rollout_mark(b), config_rollout_mark(c));
	config_unref(&c);
}

Test(config_rollouts, live_and_end_together)
{
	struct config *c = load_well("{" NEEDED_KEYS "," PLACES "}");
	struct config *b = config_ref(c->rollouts[1]);

	config_unref(&c);
	cr_expect_str_eq(b->rollouts[0]->rules.salt, "sa", "as long as any is held");
	cr_expect_eq(b->rollouts[0]->refs, 1);
	config_unref(&b);
	cr_expect_null(b);
}

Test(config_rollouts, are_shown_each_by_itself)
{
	struct config *c = load_well("{" NEEDED_KEYS "," PLACES "}");
	struct buf out = { 0 };

	config_write_json(c->rollouts[1], &out);
	cr_expect_not_null(strstr(out.bytes, "\"salt\":\"sb\""));
	cr_expect_null(strstr(out.bytes, "\"salt\":\"sa\""));
	cr_expect_not_null(strstr(out.bytes, "\"name\":\"a\""), "%s", out.bytes);
	buf_fini(&out);
	config_unref(&c);
}

Test(config_rollouts, may_not_come_or_go_in_a_reload)
{
	static const struct {
		const char *places;
		bool is_fine;
	} cases[] = {
		{ PLACES, true },
		/* other files, the same rollouts */
		{ "'rollouts':[{'name':'a','rules':['a.json']},"
		  "{'name':'b','rules':['a.json']}]", true },
		{ "'rollouts':[{'name':'a','rules':['a.json']},"
		  "{'name':'c','rules':['b.json']}]", false },
		{ "'rollouts':[{'name':'b','rules':['a.json']},"
		  "{'name':'a','rules':['b.json']}]", false },
		{ "'rollouts':[{'name':'a','rules':['a.json']}]", false },
		{ "'rules':['a.json']", false },
	};
	struct config *now = load_well("{" NEEDED_KEYS "," PLACES "}");

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = { 0 };
		struct err err = { "" };
		struct config *next;

		buf_printf(&text, "{%s,%s}", NEEDED_KEYS, cases[i].places);
		next = load_well(text.bytes);
		cr_expect_eq(config_can_reload(now, next, &err), cases[i].is_fine,
		    "case %zu: %s", i, err.text);
		if (!cases[i].is_fine)
			cr_expect_not_null(strstr(err.text, "rollouts"), "%s",
			    err.text);
		config_unref(&next);
		buf_fini(&text);
	}
	config_unref(&now);
}

Test(config_rollouts, say_what_is_wrong)
{
	static const struct {
		const char *places, *a, *b, *fault;
	} cases[] = {
		{ PLACES ",'rules':['a.json']", A_RULES, B_RULES,
		    "/rules: and \"rollouts\" do not go together" },
		{ PLACES, B_RULES, B_RULES, "/rollouts/0/rules: have no \"routes\"" },
		{ "'rollouts':[{'name':'a','rules':['a.json']},"
		  "{'name':'a','rules':['b.json']}]", A_RULES, B_RULES, "\"a\"" },
		{ "'rollouts':[{'rules':['b.json']}]", A_RULES, B_RULES, "name" },
		{ "'rollouts':[{'name':'a'}]", A_RULES, B_RULES, "rules" },
		{ "'rollouts':[{'name':'a','rules':['none.json']}]", A_RULES, B_RULES,
		    "/rollouts/0/rules/0: \"none.json\" cannot be read" },
		{ PLACES, A_RULES, "{'rolout':{}}", "b.json:1:2: /rolout" },
		{ "'rollouts':[3]", A_RULES, B_RULES, "/rollouts/0: must be an object" },
		{ "'rollouts':{}", A_RULES, B_RULES, "/rollouts: must be a list" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = { 0 }, faults = { 0 };

		buf_printf(&text, "{%s,%s}", NEEDED_KEYS, cases[i].places);
		cr_expect_null(load(text.bytes, cases[i].a, cases[i].b, &faults));
		cr_expect_not_null(strstr(faults.bytes != NULL ? faults.bytes : "",
		    cases[i].fault), "case %zu: %s", i, faults.bytes);
		buf_fini(&faults);
		buf_fini(&text);
	}
}
