/* test_condition_keys -- conditions over signals, distributions and probes.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

#define SIGNALS "'signals':[{'name':'hit','json':'/hit','kind':'share'}," \
	"{'name':'took','json':'/ms','kind':'number','unit':'ms'}," \
	"{'name':'tokens','json':'/n','kind':'number'}]"

#define PROBES "'probes':[{'name':'store_memory','url':'http://h/','json':'/a'}," \
	"{'name':'db_size','url':'http://h/','json':'/b'}]"

#define ROUTES "'routes':[{'match':{'path':'/api/chat','methods':['POST']}}," \
	"{'match':{'path':'/api/users/*'}},{'match':{'path':'/api/chat'}}]"

static struct config *
load(const char *guards, struct buf *faults)
{
	struct buf rules = { 0 };
	struct config *c;

	/* The conditions stand first: what they name is found all the same. */
	buf_printf(&rules, "{'guard':[%s]," SIGNALS "," PROBES "," ROUTES
	    "}", guards);
	c = files_load(WITH_RULES, rules.bytes, faults);
	buf_fini(&rules);
	return c;
}

static const struct {
	const char *condition, *name;
	enum measure_unit unit;
	double quantile, limit;
} right[] = {
	{ "'signal':'hit','below':'80%'", "hit", UNIT_SHARE, 0, 0.8 },
	{ "'signal':'hit','below_legacy_by':'5%'", "hit", UNIT_SHARE, 0, 0.05 },
	{ "'signal':'hit','below_legacy_by':'-5%'", "hit", UNIT_SHARE, 0, -0.05 },
	{ "'signal':'took','above_legacy_by':'-20ms'", "took", UNIT_TIME, 0,
	    -20000 },
	{ "'signal':'took','above':'250ms'", "took", UNIT_TIME, 0, 250000 },
	{ "'signal':'took','quantile':0.95,'above':'1s'", "took_p95", UNIT_TIME,
	    0.95, 1000000 },
	{ "'signal':'took','quantile':0.5,'above_legacy_times':1.5", "took_p50",
	    UNIT_TIME, 0.5, 1.5 },
	{ "'signal':'tokens','above':1500.5", "tokens", UNIT_NUMBER, 0, 1500.5 },
	{ "'signal':'tokens','quantile':0.995,'above':8000,"
	    "'test':'sequential'", "tokens_p99.5", UNIT_NUMBER, 0.995, 8000 },
	{ "'signal':'hit','above':'5%','test':'sequential'", "hit", UNIT_SHARE, 0,
	    0.05 },
	{ "'probe':'store_memory','above':2e9", "store_memory", UNIT_NUMBER, 0,
	    2e9 },
	{ "'probe':'store_memory','below':-5", "store_memory", UNIT_NUMBER, 0,
	    -5 },
	{ "'probe':'store_memory','above_start_times':1.5", "store_memory",
	    UNIT_NUMBER, 0, 1.5 },
	{ "'probe':'db_size','per':'day','window':'1h','above':1e9",
	    "db_size_per_day", UNIT_NUMBER, 0, 1e9 },
	{ "'signal':'hit','below_start_by':'-3%'", "hit", UNIT_SHARE, 0, -0.03 },
	{ "'signal':'tokens','above_start_times':1.5", "tokens", UNIT_NUMBER, 0,
	    1.5 },
	{ "'metric':'first_byte_p95','above':'100ms'", "first_byte_p95",
	    UNIT_TIME, 0.95, 100000 },
	{ "'metric':'first_content_p50','above':'1s'", "first_content_p50",
	    UNIT_TIME, 0.5, 1000000 },
};

Test(condition_keys, reads_each)
{
	for (size_t i = 0; i < COUNT_OF(right); i++) {
		struct buf faults = { 0 }, text = { 0 };
		const struct condition *when;
		struct config *c;

		buf_printf(&text, "{'name':'r',%s}", right[i].condition);
		c = load(text.bytes, &faults);
		cr_assert_not_null(c, "%s: %s", right[i].condition, faults.bytes);
		when = &c->rules.guards[0].when;
		cr_expect_str_eq(condition_name(when), right[i].name);
		cr_expect_eq(condition_unit(when), right[i].unit, "%s",
		    right[i].condition);
		cr_expect_float_eq(condition_quantile(when), right[i].quantile,
		    1e-9, "%s", right[i].condition);
		cr_expect_float_eq(when->limit, right[i].limit, 1e-9, "%s",
		    right[i].condition);
		cr_expect_eq(c->rules.signals.spread_count,
		    right[i].quantile > 0, "%s", right[i].condition);
		config_unref(&c);
		buf_fini(&text);
	}
}

/* Who asks for the same has the same; gates and rules alike. */
Test(condition_keys, share_distributions)
{
	struct buf faults = { 0 };
	struct config *c = files_load(WITH_RULES, "{" SIGNALS ",'guard':["
	    "{'name':'a','signal':'took','quantile':0.95,'above':'1s'},"
	    "{'name':'b','signal':'took','quantile':0.5,'above':'1s'},"
	    "{'name':'c','metric':'latency_p95','above':'1s'},"
	    "{'name':'d','metric':'first_content_p99','above':'1s'}],"
	    "'rollout':{'stages':[{'name':'s','gates':[{'name':'g',"
	    "'signal':'tokens','quantile':0.9,'below':5},"
	    "{'name':'h','metric':'first_content_p50','below':'1s'}]}]}}",
	    &faults);
	const struct signal_rules *s;

	cr_assert_not_null(c, "%s", faults.bytes);
	s = &c->rules.signals;
	cr_assert_eq(s->spread_count, 3);
	for (size_t i = 0; i < c->rules.guard_count; i++) {
		const struct condition *when = &c->rules.guards[i].when;
		const struct spread *spread = &s->spreads[when->spread];

		if (when->kind == NUMBER_SIGNAL)
			cr_expect(spread->of == SPREAD_SIGNAL &&
			    spread->signal == 1);
		else if (when->measure == MEASURE_FIRST_CONTENT_P99)
			cr_expect_eq(spread->of, SPREAD_FIRST_CONTENT);
	}
	config_unref(&c);
}

/* A distribution more is another board. */
Test(condition_keys, distributions_are_in_the_mark)
{
	static const char *const guards[] = { "",
		"{'name':'r','metric':'first_byte_p95','above':'1s'}",
		"{'name':'r','signal':'took','quantile':0.5,'above':'1s'}" };
	uint64_t marks[COUNT_OF(guards)];

	for (size_t i = 0; i < COUNT_OF(guards); i++) {
		struct buf faults = { 0 };
		struct config *c = load(guards[i], &faults);

		cr_assert_not_null(c, "%s", faults.bytes);
		marks[i] = c->rules.signals.mark;
		config_unref(&c);
	}
	cr_expect(marks[0] != marks[1] && marks[1] != marks[2] &&
	    marks[0] != marks[2]);
}

static const struct {
	const char *condition, *want;
} wrong[] = {
	{ "'above':1", "needs exactly one of \"metric\", "
	    "\"signal\" and \"probe\"" },
	{ "'metric':'error_rate','signal':'hit','above':'1%'",
	    "needs exactly one of \"metric\", "
	    "\"signal\" and \"probe\"" },
	{ "'metric':'error_rate','probe':'db_size','above':'1%'",
	    "needs exactly one of" },
	{ "'probe':'db-size','above':1", "did you mean \"db_size\"?" },
	{ "'probe':'nothing-like-it','above':1", "add it to \"probes\"" },
	{ "'probe':'db_size','above':'5%'", "/guard/0/above" },
	{ "'probe':'db_size','above_legacy_by':5", "is of numbers that legacy "
	    "has, too" },
	{ "'probe':'db_size','version':'legacy','above':5",
	    "/guard/0/version: is nothing to a \"probe\"" },
	{ "'probe':'db_size','min_requests':5,'above':5",
	    "/guard/0/min_requests: is nothing to a \"probe\"" },
	{ "'probe':'db_size','per':'day','above':5", "needs a \"window\"" },
	{ "'metric':'requests','per':'day','above':5", "is of a \"probe\"" },
	{ "'signal':'hits','above':'1%'", "did you mean \"hit\"?" },
	{ "'signal':'nothing-like-it','above':'1%'", "add it to \"signals\"" },
	{ "'signal':'hit','above':'10ms'", "/guard/0/above" },
	{ "'signal':'took','above':'5%'", "/guard/0/above" },
	{ "'signal':'tokens','above':'5s'", "/guard/0/above" },
	{ "'signal':'hit','below':'-5%'", "/guard/0/below" },
	{ "'signal':'hit','below_legacy_by':'--5%'", "/guard/0/below_legacy_by" },
	{ "'signal':'hit','quantile':0.5,'above':'5%'", "is of a number" },
	{ "'metric':'latency_p95','quantile':0.5,'above':'5ms'",
	    "is of a \"signal\"" },
	{ "'signal':'took','quantile':1,'above':'5ms'", "out of range" },
	{ "'signal':'took','above':'5ms','test':'sequential'",
	    "there is no sequential test of took above" },
	{ "'signal':'took','quantile':0.9,'above_legacy_times':2,"
	    "'test':'sequential'", "there is no sequential test of took_p90" },
	{ "'metric':'error_rate','above_start_times':2,'test':'sequential'",
	    "there is no sequential test of error_rate above_start_times" },
	{ "'metric':'error_rate','above_start_by':1,'above':'5%'", "keep exactly" },
	{ "'signal':'hit','version':'legacy','above_legacy_by':'1%'",
	    "compared with itself" },
	{ "'metric':'error_rate','route':'/api/chats','above':'1%'",
	    "/guard/0/route: there is no route of path \"/api/chats\"; did you "
	    "mean \"/api/chat\"?" },
	{ "'metric':'error_rate','route':'/nothing/like/it','above':'1%'",
	    "add it to \"routes\"" },
	{ "'metric':'error_rate','route':'api','above':'1%'", "/guard/0/route" },
	{ "'metric':'isolation_violations','route':'/api/chat','above':0",
	    "is nothing to isolation" },
	{ "'metric':'error_rate','last':10,'min_requests':11,'above':'5%'",
	    "/guard/0/min_requests: is more than \"last\"" },
	{ "'probe':'db_size','route':'/api/chat','above':5",
	    "/guard/0/route: is nothing to a \"probe\"" },
};

Test(condition_keys, says_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct buf faults = { 0 }, text = { 0 };

		buf_printf(&text, "{'name':'r',%s}", wrong[i].condition);
		cr_expect_null(load(text.bytes, &faults), "%s",
		    wrong[i].condition);
		cr_expect(faults.bytes != NULL &&
		    strstr(faults.bytes, wrong[i].want) != NULL, "%s: %s",
		    wrong[i].condition, faults.bytes);
		buf_fini(&faults);
		buf_fini(&text);
	}
}

/* How many must be there by default is never more than there can be. */
Test(condition_keys, the_last_few_are_enough)
{
	static const struct {
		const char *more;
		uint64_t want;
	} rows[] = { { "", 20 }, { ",'last':5", 5 }, { ",'last':100", 20 },
		{ ",'last':10,'min_requests':10", 10 },
		{ ",'last':5,'test':'sequential'", 1 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf faults = { 0 }, text = { 0 };
		struct config *c;

		buf_printf(&text, "{'name':'r','metric':'error_rate','above':'5%%'"
		    "%s}", rows[i].more);
		c = load(text.bytes, &faults);
		cr_assert_not_null(c, "%s", faults.bytes);
		cr_expect_eq(c->rules.guards[0].when.min_requests, rows[i].want,
		    "%s", rows[i].more);
		config_unref(&c);
		buf_fini(&text);
	}
}

Test(condition_keys, distributions_are_bounded)
{
	struct buf faults = { 0 }, rules = { 0 };

	buf_puts(&rules, "{'signals':[");
	for (int i = 0; i <= SPREADS_MAX; i++)
		buf_printf(&rules, "%s{'name':'s%d','header':'x','kind':'number'}",
		    i > 0 ? "," : "", i);
	buf_puts(&rules, "],'guard':[");
	for (int i = 0; i <= SPREADS_MAX; i++)
		buf_printf(&rules, "%s{'name':'r%d','signal':'s%d',"
		    "'quantile':0.5,'above':1}", i > 0 ? "," : "", i, i);
	buf_puts(&rules, "]}");
	cr_expect_null(files_load(WITH_RULES, rules.bytes, &faults));
	cr_expect(strstr(faults.bytes, "/guard/6: asks for one distribution too "
	    "many") != NULL, "%s", faults.bytes);
	buf_fini(&faults);
	buf_fini(&rules);
}

/* --- routes ------------------------------------------------------------------ */

/* What conditions name has room first, whatever stands before it. */
Test(condition_keys, name_routes)
{
	struct buf faults = { 0 };
	struct config *c = load("{'name':'a','metric':'latency_p95','above':'1s',"
	    "'route':'/api/users/*'},{'name':'b','signal':'hit','below':'5%',"
	    "'route':'/api/chat'},{'name':'c','metric':'requests','below':5,"
	    "'route':'/api/users/*'}", &faults);
	const struct route_counting *counting;
	const struct rules *rules;

	cr_assert_not_null(c, "%s", faults.bytes);
	rules = &c->rules;
	counting = &rules->counting;
	cr_assert_eq(counting->count, 2, "one for both methods");
	cr_expect_eq(counting->watched, 2);
	cr_expect_str_eq(counting->paths[0], "/api/users/*");
	cr_expect_str_eq(counting->paths[1], "/api/chat");
	cr_expect_eq(rules->guards[0].when.watched, 0);
	cr_expect_eq(rules->guards[1].when.watched, 1);
	cr_expect_eq(rules->guards[2].when.watched, 0);
	cr_expect_eq(rules->routes[0].counted, 1);
	cr_expect_eq(rules->routes[1].counted, 0);
	cr_expect_eq(rules->routes[2].counted, 1);
	cr_expect_neq(counting->mark, 0);
	config_unref(&c);
}

static struct config *
load_many(unsigned routes, unsigned first, unsigned guards, struct buf *faults)
{
	struct buf rules = { 0 };
	struct config *c;

	buf_puts(&rules, "{'routes':[");
	for (unsigned i = 0; i < routes; i++)
		buf_printf(&rules, "%s{'match':{'path':'/r%u'}}", i > 0 ? "," : "",
		    i);
	buf_puts(&rules, "],'guard':[");
	for (unsigned i = 0; i < guards; i++)
		buf_printf(&rules, "%s{'name':'g%u','metric':'error_rate',"
		    "'above':'5%%','route':'/r%u'}", i > 0 ? "," : "", i,
		    first + i);
	buf_puts(&rules, "]}");
	c = files_load(WITH_RULES, rules.bytes, faults);
	buf_fini(&rules);
	return c;
}

Test(condition_keys, more_routes_than_have_room)
{
	struct buf faults = { 0 };
	struct config *c = load_many(ROUTES_COUNTED_MAX + 3,
	    ROUTES_COUNTED_MAX + 2, 1, &faults);
	const struct rules *rules;

	cr_assert_not_null(c, "%s", faults.bytes);
	rules = &c->rules;
	cr_expect_eq(rules->counting.count, ROUTES_COUNTED_MAX);
	cr_expect_eq(rules->counting.left_out, 3);
	cr_expect_eq(rules->routes[ROUTES_COUNTED_MAX + 2].counted, 0);
	cr_expect_eq(rules->routes[0].counted, 1);
	cr_expect_eq(rules->routes[ROUTES_COUNTED_MAX - 2].counted,
	    ROUTES_COUNTED_MAX - 1);
	cr_expect_eq(rules->routes[ROUTES_COUNTED_MAX - 1].counted,
	    ROUTES_COUNTED_MAX);
	config_unref(&c);
}

Test(condition_keys, routes_that_are_named_are_bounded)
{
	struct buf faults = { 0 };
	struct config *c = load_many(ROUTES_WATCHED_MAX + 1, 0,
	    ROUTES_WATCHED_MAX, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	config_unref(&c);
	cr_expect_null(load_many(ROUTES_WATCHED_MAX + 1, 0,
	    ROUTES_WATCHED_MAX + 1, &faults));
	cr_expect_not_null(strstr(faults.bytes, "/guard/8/route: is one too many: "
	    "conditions may name 8 different routes"), "%s", faults.bytes);
	buf_fini(&faults);
}
