/* test_decide -- which version, whether mirrored, and why.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../config/files.h"
#include "policy/bucket.h"
#include "policy/decide.h"
#include "request.h"

/* With the salt "understudy" (docs/bucketing.md): user-123 has the bucket
 * 74478 and the shadow bucket 61053, user-124 63635 and 2457. */
#define USER_123 "x-user-id: user-123\n"

static struct snapshot *
make(const char *rules, uint32_t percent, uint32_t shadow)
{
	struct buf faults = { 0 };
	struct config *c = files_load(WITH_RULES, rules, &faults);
	struct rollout_state state = { .epoch = 1, .stage = "x",
		.percent = percent, .shadow = shadow, .enabled = true };
	struct user_overrides *users = user_overrides_new();
	struct snapshot *s;

	cr_assert_not_null(c, "%s", faults.bytes);
	user_overrides_set(users, "kept", VERSION_LEGACY, 0);
	user_overrides_set(users, "lifted", VERSION_ENHANCED, 0);
	user_overrides_set(users, "moved", VERSION_LEGACY, 0);
	s = snapshot_new(c, users, NULL, &state);
	user_overrides_unref(&users);
	config_unref(&c);
	return s;
}

static struct decision
decide_on(const struct snapshot *s, bool latched, const char *method,
    const char *target, const char *fields)
{
	static struct request r;
	struct identity who;
	struct decision d;

	(void)request_make(&r, method, target, fields, NULL);
	cr_assert(identity_find(&s->config->rules.identity, &r.view, false,
	    &who));
	decide(s, &r.view, &who, latched, "pair-1", &d);
	return d;
}

#define IDENTITY "'identity':[{'header':'x-user-id'}]"
static const char rules[] = "{" IDENTITY ",'rollout':{'overrides':["
    "{'header':'X-Beta','equals':'on','version':'enhanced'},"
    "{'cookie':'old','version':'legacy'},"
    "{'users':['vip','moved'],'version':'enhanced'},"
    "{'header':'x-any','version':'legacy'}]},"
    "'routes':[{'match':{'path':'/api/*','methods':['POST']}},"
    "{'match':{'path':'/plain/*/end'},'shadow':false},"
    "{'match':{'path':'/old/*'},'rollout':false},"
    "{'match':{'path':'/dark/*'},'rollout':false,'shadow':true}]}";

static const struct {
	const char *what;
	uint32_t percent, shadow;
	const char *method, *target, *fields;
	enum version version;
	enum why why;
	bool mirror;
} rows[] = {
	{ "bucket below", 74479, 0, "POST", "/api/x", USER_123,
	    VERSION_ENHANCED, WHY_BUCKET, false },
	{ "bucket at the edge", 74478, 0, "POST", "/api/x", USER_123,
	    VERSION_LEGACY, WHY_BUCKET, false },
	{ "nobody", 0, 0, "POST", "/api/x", USER_123, VERSION_LEGACY, WHY_BUCKET,
	    false },
	{ "everybody", 100000, 0, "POST", "/api/x", USER_123, VERSION_ENHANCED,
	    WHY_BUCKET, false },
	{ "shadow below", 0, 61054, "POST", "/api/x", USER_123, VERSION_LEGACY,
	    WHY_BUCKET, true },
	{ "shadow at the edge", 0, 61053, "POST", "/api/x", USER_123,
	    VERSION_LEGACY, WHY_BUCKET, false },
	{ "canary is mirrored too", 100000, 100000, "POST", "/api/x", USER_123,
	    VERSION_ENHANCED, WHY_BUCKET, true },
	{ "no identity", 100000, 0, "POST", "/api/x", "", VERSION_LEGACY,
	    WHY_NO_IDENTITY, false },
	{ "no identity, mirrored", 100000, 100000, "POST", "/api/x", "",
	    VERSION_LEGACY, WHY_NO_IDENTITY, true },

	{ "no route", 100000, 100000, "POST", "/other", USER_123, VERSION_LEGACY,
	    WHY_ROUTE, false },
	{ "no route beats overrides", 100000, 0, "POST", "/other", "X-Beta: on\n",
	    VERSION_LEGACY, WHY_ROUTE, false },
	{ "other method", 100000, 100000, "GET", "/api/x", USER_123,
	    VERSION_LEGACY, WHY_ROUTE, false },
	{ "route off", 100000, 100000, "GET", "/old/x", USER_123, VERSION_LEGACY,
	    WHY_ROUTE, false },
	{ "route in the dark", 100000, 100000, "GET", "/dark/x", USER_123,
	    VERSION_LEGACY, WHY_ROUTE, true },
	{ "route without mirror", 100000, 100000, "GET", "/plain/a/end",
	    USER_123, VERSION_ENHANCED, WHY_BUCKET, false },

	{ "header override", 0, 0, "POST", "/api/x", "x-beta: on\n" USER_123,
	    VERSION_ENHANCED, WHY_OVERRIDE, false },
	{ "another value", 0, 0, "POST", "/api/x", "x-beta: onn\n" USER_123,
	    VERSION_LEGACY, WHY_BUCKET, false },
	{ "second field of the name", 0, 0, "POST", "/api/x",
	    "x-beta: off\nx-beta: on\n", VERSION_ENHANCED, WHY_OVERRIDE, false },
	{ "override is mirrored", 0, 100000, "POST", "/api/x", "x-beta: on\n",
	    VERSION_ENHANCED, WHY_OVERRIDE, true },
	{ "cookie override, any value", 100000, 0, "POST", "/api/x",
	    "Cookie: a=b; old=\n" USER_123, VERSION_LEGACY, WHY_OVERRIDE, false },
	{ "the first one decides", 0, 0, "POST", "/api/x",
	    "x-beta: on\nCookie: old=1\n", VERSION_ENHANCED, WHY_OVERRIDE, false },
	{ "listed user", 0, 0, "POST", "/api/x", "x-user-id: vip\n",
	    VERSION_ENHANCED, WHY_OVERRIDE, false },
	{ "user set at run time", 100000, 0, "POST", "/api/x",
	    "x-user-id: kept\n", VERSION_LEGACY, WHY_OVERRIDE, false },
	{ "the other way", 0, 0, "POST", "/api/x", "x-user-id: lifted\n",
	    VERSION_ENHANCED, WHY_OVERRIDE, false },
	{ "run time before the file's users", 100000, 0, "POST", "/api/x",
	    "x-user-id: moved\n", VERSION_LEGACY, WHY_OVERRIDE, false },
	{ "header before run time", 0, 0, "POST", "/api/x",
	    "x-beta: on\nx-user-id: kept\n", VERSION_ENHANCED, WHY_OVERRIDE,
	    false },
	{ "header without a value asked", 100000, 0, "POST", "/api/x",
	    "x-any: \n" USER_123, VERSION_LEGACY, WHY_OVERRIDE, false },
};

Test(decide, follows_the_order)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct snapshot *s = make(rules, rows[i].percent, rows[i].shadow);
		struct decision d = decide_on(s, false, rows[i].method,
		    rows[i].target, rows[i].fields);

		cr_expect_eq(d.version, rows[i].version, "%s", rows[i].what);
		cr_expect_eq(d.why, rows[i].why, "%s: %s", rows[i].what,
		    why_word(d.why));
		cr_expect_eq(d.mirror, rows[i].mirror, "%s", rows[i].what);
		cr_expect_eq(d.bucket == BUCKET_NONE,
		    strstr(rows[i].fields, "x-user-id") == NULL, "%s",
		    rows[i].what);
		snapshot_unref(&s);
	}
}

/* Enhanced alone: nobody who takes part is left behind. */
static const struct {
	const char *what;
	uint32_t percent;
	bool latched;
	const char *target, *fields;
	enum version version;
	enum why why;
	bool mirror;
} alone[] = {
	{ "a user", 100000, false, "/api/x", USER_123, VERSION_ENHANCED,
	    WHY_COMPLETE, true },
	{ "no identity", 100000, false, "/api/x", "", VERSION_ENHANCED,
	    WHY_COMPLETE, true },
	{ "an override of the rules", 100000, false, "/api/x",
	    "Cookie: old=1\n" USER_123, VERSION_LEGACY, WHY_OVERRIDE, true },
	{ "an override at run time", 100000, false, "/api/x",
	    "x-user-id: kept\n", VERSION_LEGACY, WHY_OVERRIDE, true },
	{ "no route", 100000, false, "/other", USER_123, VERSION_LEGACY,
	    WHY_ROUTE, false },
	{ "route off", 100000, false, "/old/x", USER_123, VERSION_LEGACY,
	    WHY_ROUTE, false },
	{ "latched", 100000, true, "/api/x", "", VERSION_LEGACY, WHY_LATCHED,
	    false },
	{ "taken down by hand", 50000, false, "/api/x", "", VERSION_LEGACY,
	    WHY_NO_IDENTITY, true },
};

Test(decide, leaves_nobody_behind_when_complete)
{
	for (size_t i = 0; i < COUNT_OF(alone); i++) {
		struct snapshot *s = make(rules, alone[i].percent, 100000);
		struct stage stage = { .name = "x", .percent = 100000,
			.complete = true };
		struct rules *r = &s->config->rules;
		struct stage *before = r->stages;
		struct decision d;

		r->stages = &stage;
		cr_assert_eq(r->stage_count, 1);
		s->complete = stage_complete(r, &s->state);
		cr_expect_eq(snapshot_fallback(s), s->complete != NULL ? 0 :
		    r->fallback);
		d = decide_on(s, alone[i].latched, "POST", alone[i].target,
		    alone[i].fields);
		cr_expect_eq(d.version, alone[i].version, "%s", alone[i].what);
		cr_expect_eq(d.why, alone[i].why, "%s: %s", alone[i].what,
		    why_word(d.why));
		cr_expect_eq(d.mirror, alone[i].mirror, "%s", alone[i].what);
		r->stages = before;
		snapshot_unref(&s);
	}
}

/* Each of them beats overrides, and nothing is mirrored. */
Test(decide, is_held_on_legacy)
{
	struct snapshot *s = make(rules, 100000, 100000);
	struct decision d;

	d = decide_on(s, true, "POST", "/api/x", "x-beta: on\n" USER_123);
	cr_expect(d.why == WHY_LATCHED && d.version == VERSION_LEGACY &&
	    !d.mirror);
	cr_expect_eq(d.bucket, 74478);
	cr_expect_not_null(d.route);
	s->state.latched = true;
	d = decide_on(s, false, "POST", "/api/x", "x-beta: on\n" USER_123);
	cr_expect(d.why == WHY_LATCHED && d.version == VERSION_LEGACY &&
	    !d.mirror);
	s->state.enabled = false;
	d = decide_on(s, false, "POST", "/api/x", "x-beta: on\n" USER_123);
	cr_expect_eq(d.why, WHY_LATCHED);
	s->state.latched = false;
	d = decide_on(s, false, "POST", "/api/x", "x-beta: on\n" USER_123);
	cr_expect(d.why == WHY_OFF && d.version == VERSION_LEGACY && !d.mirror);
	s->config->env_disabled = true;
	d = decide_on(s, true, "POST", "/api/x", "x-beta: on\n" USER_123);
	cr_expect(d.why == WHY_ENV && d.version == VERSION_LEGACY && !d.mirror);
	snapshot_unref(&s);
}

static const struct {
	const char *what, *target, *fields;
	uint32_t percent;
	bool latched;
	enum version version;
	uint32_t refusal;
} only[] = {
	{ "who is in", "/new/x", USER_123, 100000, false, VERSION_ENHANCED, 0 },
	{ "who is not", "/new/x", USER_123, 0, false, VERSION_LEGACY, 403 },
	{ "nobody known", "/new/x", "", 100000, false, VERSION_LEGACY, 403 },
	{ "an override lets in", "/new/x", "x-beta: on\n", 0, false,
	    VERSION_ENHANCED, 0 },
	{ "and keeps out", "/new/x", "x-user-id: out\n", 100000, false,
	    VERSION_LEGACY, 403 },
	{ "the latch", "/new/x", USER_123, 100000, true, VERSION_LEGACY, 403 },
	{ "the usual status", "/newer", USER_123, 0, false, VERSION_LEGACY, 404 },
	{ "another route", "/old", USER_123, 0, false, VERSION_LEGACY, 0 },
	{ "no route", "/none", USER_123, 100000, true, VERSION_LEGACY, 0 },
};

Test(decide, keeps_who_is_not_in_from_what_legacy_has_not)
{
	for (size_t i = 0; i < COUNT_OF(only); i++) {
		struct snapshot *s = make("{" IDENTITY ",'routes':["
		    "{'match':{'path':'/new/*'},'only':'enhanced','otherwise':403},"
		    "{'match':{'path':'/newer'},'only':'enhanced'},"
		    "{'match':{'path':'/old'}}],'rollout':{'overrides':["
		    "{'header':'x-beta','version':'enhanced'},"
		    "{'users':['out'],'version':'legacy'}]}}", only[i].percent,
		    100000);
		struct decision d = decide_on(s, only[i].latched, "GET",
		    only[i].target, only[i].fields);

		cr_expect_eq(d.version, only[i].version, "%s", only[i].what);
		cr_expect_eq(d.refusal, only[i].refusal, "%s: %u", only[i].what,
		    d.refusal);
		cr_expect(!d.mirror || strncmp(only[i].target, "/new", 4) != 0,
		    "%s is mirrored", only[i].what);
		snapshot_unref(&s);
	}
}

static const struct {
	const char *what, *fields;
	uint32_t percent;
	bool is_kept;
	enum version kept;
	bool latched;
	enum version version;
	enum why why;
} sticky[] = {
	{ "no session yet", USER_123, 100000, false, 0, false, VERSION_ENHANCED,
	    WHY_BUCKET },
	{ "it agrees", USER_123, 100000, true, VERSION_ENHANCED, false,
	    VERSION_ENHANCED, WHY_BUCKET },
	{ "raised", USER_123, 100000, true, VERSION_LEGACY, false,
	    VERSION_LEGACY, WHY_STICKY },
	{ "lowered", USER_123, 0, true, VERSION_ENHANCED, false,
	    VERSION_ENHANCED, WHY_STICKY },
	{ "an override goes before", "x-beta: on\n" USER_123, 0, true,
	    VERSION_LEGACY, false, VERSION_ENHANCED, WHY_OVERRIDE },
	{ "so does a latch", USER_123, 100000, true, VERSION_ENHANCED, true,
	    VERSION_LEGACY, WHY_LATCHED },
	{ "nobody is nobody", "", 0, true, VERSION_ENHANCED, false,
	    VERSION_LEGACY, WHY_NO_IDENTITY },
};

Test(decide, lets_a_session_keep_its_version)
{
	static const char with[] = "{" IDENTITY ",'session':[{'header':'s'}],"
	    "'rollout':{'sticky':'session','overrides':[{'header':'x-beta',"
	    "'version':'enhanced'}]}}";

	for (size_t i = 0; i < COUNT_OF(sticky); i++) {
		struct snapshot *s = make(with, sticky[i].percent, 0);
		static struct request r;
		struct identity who;
		struct decision d;

		(void)request_make(&r, "GET", "/", sticky[i].fields, NULL);
		r.view.is_kept = sticky[i].is_kept;
		r.view.kept = sticky[i].kept;
		cr_assert(identity_find(&s->config->rules.identity, &r.view,
		    false, &who));
		decide(s, &r.view, &who, sticky[i].latched, "p", &d);
		cr_expect(d.version == sticky[i].version &&
		    d.why == sticky[i].why, "%s: %s", sticky[i].what,
		    why_word(d.why));
		s->config->rules.sticky = STICKY_OFF;
		decide(s, &r.view, &who, sticky[i].latched, "p", &d);
		cr_expect_neq(d.why, WHY_STICKY, "%s", sticky[i].what);
		snapshot_unref(&s);
	}
}

Test(decide, without_routes_everything_takes_part)
{
	struct snapshot *s = make("{" IDENTITY "}", 100000, 100000);
	struct decision d = decide_on(s, false, "DELETE", "/x", USER_123);

	cr_expect(d.version == VERSION_ENHANCED && d.mirror);
	cr_expect_null(d.route);
	d = decide_on(s, false, "OPTIONS", "*", "");
	cr_expect_eq(d.why, WHY_NO_IDENTITY);
	snapshot_unref(&s);
}

static const struct {
	const char *pattern, *path;
	bool want;
} patterns[] = {
	{ "/a", "/a", true },
	{ "/a", "/a/", false },
	{ "/a", "/ab", false },
	{ "/a/*", "/a/", true },
	{ "/a/*", "/a/b/c", true },
	{ "/a/*", "/a", false },
	{ "/a*", "/abc/d", true },
	{ "/*", "/", true },
	{ "/*/x", "/a/x", true },
	{ "/*/x", "//x", false },
	{ "/*/x", "/a/b/x", false },
	{ "/*/x/*", "/a/x/y", true },
	{ "/a/*/b/*/c", "/a/1/b/2/c", true },
	{ "/a/*/b/*/c", "/a/1/b/2", false },
	{ "/A", "/a", false },
	{ "/a%20b", "/a%20b", true },
};

Test(decide, matches_paths)
{
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		static struct request r;
		struct route route = { .path = (char *)patterns[i].pattern };
		struct rules one = { .routes = &route, .route_count = 1 };

		(void)request_make(&r, "GET", patterns[i].path, "", NULL);
		cr_expect_eq(route_match(&one, &r.view) != NULL, patterns[i].want,
		    "%s on %s", patterns[i].pattern, patterns[i].path);
	}
}

/* --- set by criteria ------------------------------------------------------------ */

static struct decision
decide_at(const struct snapshot *s, const char *fields, int64_t now_us)
{
	static struct request r;
	struct identity who;
	struct decision d;

	(void)request_make(&r, "POST", "/api/x", fields, NULL);
	r.view.now_us = now_us;
	cr_assert(identity_find(&s->config->rules.identity, &r.view, false,
	    &who));
	decide(s, &r.view, &who, false, "pair-1", &d);
	return d;
}

static void
put_named(struct snapshot *s, const char *name, const char *criterion,
    enum version v, int64_t until_us)
{
	struct err err = { "" };
	struct named_override *n = named_override_new(name, criterion, v, until_us,
	    &err);

	cr_assert_not_null(n, "%s", err.text);
	user_overrides_put_named(s->users, n);
}

/* Before all that stands in the file, by name, and only until it is over. */
Test(decide, goes_by_criteria_set_at_run_time)
{
	struct snapshot *s = make(rules, 0, 0);
	struct decision d;

	put_named(s, "b", "{\"header\":\"x-beta\"}", VERSION_LEGACY, 1000);
	put_named(s, "a", "{\"header\":\"x-a\"}", VERSION_ENHANCED, 0);
	d = decide_at(s, "x-beta: on\n" USER_123, 999);
	cr_expect(d.version == VERSION_LEGACY && d.why == WHY_OVERRIDE);
	cr_expect_eq(d.by, DECIDED_BY_NAME);
	cr_expect_str_eq(d.named->name, "b");
	d = decide_at(s, "x-beta: on\nx-a: 1\n" USER_123, 999);
	cr_expect_str_eq(d.named->name, "a");
	cr_expect_eq(d.version, VERSION_ENHANCED);
	d = decide_at(s, "x-beta: on\n" USER_123, 1000);
	cr_expect(d.version == VERSION_ENHANCED && d.by == DECIDED_BY_RULE);
	cr_expect_eq(d.rule, 0);
	d = decide_at(s, "x-user-id: kept\n", 1000);
	cr_expect_eq(d.by, DECIDED_BY_USER);
	d = decide_at(s, USER_123, 1000);
	cr_expect_eq(d.by, DECIDED_BY_NONE);
	snapshot_unref(&s);
}

/* A user's is over as well, and then the file's word holds again. */
Test(decide, forgets_what_is_over)
{
	struct snapshot *s = make(rules, 0, 0);
	struct decision d;

	user_overrides_set(s->users, "moved", VERSION_LEGACY, 1000);
	d = decide_at(s, "x-user-id: moved\n", 999);
	cr_expect(d.version == VERSION_LEGACY && d.by == DECIDED_BY_USER);
	d = decide_at(s, "x-user-id: moved\n", 1000);
	cr_expect(d.version == VERSION_ENHANCED && d.by == DECIDED_BY_RULE);
	cr_expect_eq(d.rule, 2);
	snapshot_unref(&s);
	s = make("{" IDENTITY ",'rollout':{'overrides':[{'users':['u'],'version':"
	    "'enhanced','expires':'1970-01-01T00:00:01Z'}]}}", 0, 0);
	cr_expect_eq(decide_at(s, "x-user-id: u\n", 999999).version,
	    VERSION_ENHANCED);
	cr_expect_eq(decide_at(s, "x-user-id: u\n", 1000000).version,
	    VERSION_LEGACY);
	snapshot_unref(&s);
}

Test(decide, knows_when_the_body_is_needed)
{
	struct snapshot *s = make(rules, 0, 0);

	cr_expect_not(decide_needs_body(s));
	put_named(s, "a", "{\"not\":{\"json\":\"/model\"}}", VERSION_LEGACY, 0);
	cr_expect(decide_needs_body(s));
	cr_expect(user_overrides_remove_named(s->users, "a"));
	cr_expect_not(decide_needs_body(s));
	put_named(s, "a", "{\"tenants\":[\"acme\"]}", VERSION_LEGACY, 0);
	cr_expect_not(decide_needs_body(s));
	s->config->rules.tenant.needs_body = true;
	cr_expect(decide_needs_body(s));
	snapshot_unref(&s);
	s = make("{" IDENTITY ",'rollout':{'overrides':[{'any':[{'json':'/a'}],"
	    "'version':'enhanced'}]}}", 0, 0);
	cr_expect(decide_needs_body(s));
	snapshot_unref(&s);
}

/* --- users alone --------------------------------------------------------------- */

Test(decide, explains_a_user)
{
	struct snapshot *s = make(rules, 74479, 0);
	struct decision d;

	decide_user(s, "user-123", 8, false, 0, &d);
	cr_expect(d.version == VERSION_ENHANCED && d.why == WHY_BUCKET);
	cr_expect_eq(d.bucket, 74478);
	decide_user(s, "vip", 3, false, 0, &d);
	cr_expect(d.version == VERSION_ENHANCED && d.why == WHY_OVERRIDE);
	decide_user(s, "moved", 5, false, 0, &d);
	cr_expect(d.version == VERSION_LEGACY && d.why == WHY_OVERRIDE);
	decide_user(s, "user-123", 8, true, 0, &d);
	cr_expect(d.version == VERSION_LEGACY && d.why == WHY_LATCHED);
	decide_user(s, "", 0, false, 0, &d);
	cr_expect(d.version == VERSION_LEGACY && d.why == WHY_NO_IDENTITY);
	cr_expect_eq(d.bucket, BUCKET_NONE);
	snapshot_unref(&s);
}

#define USERS 10000

/* Two snapshots stand for two instances, or two runs of one. */
Test(decide, is_sticky_and_monotone)
{
	static const uint32_t steps[] = { 0, 1000, 10000, 50000, 100000 };
	static enum version before[USERS];

	for (size_t step = 0; step < COUNT_OF(steps); step++) {
		struct snapshot *a = make(rules, steps[step], 0);
		struct snapshot *b = make(rules, steps[step], 100000);
		unsigned in = 0;

		for (unsigned i = 0; i < USERS; i++) {
			struct decision x, y;
			char id[32];
			size_t len = (size_t)snprintf(id, sizeof id, "user-%u", i);

			decide_user(a, id, len, false, 0, &x);
			decide_user(b, id, len, false, 0, &y);
			cr_assert_eq(x.version, y.version);
			cr_assert(x.version >= before[i], "user %u fell back", i);
			before[i] = x.version;
			in += x.version == VERSION_ENHANCED;
		}
		cr_expect(in * 10 >= steps[step] * 9 / 10 &&
		    in * 10 <= steps[step] * 11 / 10, "%u at %u", in, steps[step]);
		snapshot_unref(&a);
		snapshot_unref(&b);
	}
}

/* Pairs are drawn by their names, whoever asks; the same pair always alike. */
Test(decide, draws_a_share_of_pairs_for_control)
{
	struct snapshot *s = make("{'noise':{'sample':'5%'}}", 0, 0);
	struct snapshot *none = make("{" IDENTITY "}", 0, 0);
	unsigned drawn = 0;
	char pair[24];

	for (unsigned i = 0; i < 20000; i++) {
		bool is_drawn;

		snprintf(pair, sizeof pair, "pair-%u", i);
		is_drawn = control_is_drawn(&s->config->rules, pair);
		cr_assert_eq(control_is_drawn(&s->config->rules, pair),
		    is_drawn);
		cr_assert(!control_is_drawn(&none->config->rules, pair));
		drawn += is_drawn;
	}
	/* 1000, give or take five standard deviations. */
	cr_expect(drawn > 845 && drawn < 1155, "%u", drawn);
	snapshot_unref(&none);
	snapshot_unref(&s);
}

Test(decide, has_a_word_for_every_why)
{
	for (int why = 0; why < WHY_COUNT; why++) {
		cr_expect_str_not_empty(why_word((enum why)why));
		cr_expect_str_not_empty(why_text((enum why)why));
	}
	cr_expect_str_eq(why_word(WHY_NO_IDENTITY), "no_identity");
}
