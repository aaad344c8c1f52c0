/* test_admin -- the API without its sockets: routes, roles, bodies, answers.
 * SPDX-License-Identifier: MIT
 */
#include "scene.h"

#include <jansson.h>

#include "control/admin_call.h"
#include "policy/bucket.h"

static struct scene s;
static struct tokens *tokens;

/* SHA-256 of "alpha" (an operator) and of "beta" (a viewer). */
static void
load_tokens(void)
{
	static const char text[] = "{\"tokens\":["
	    "{\"name\":\"alice\",\"role\":\"operator\",\"sha256\":\"8ed3f6ad685b95"
	    "9ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8\"},"
	    "{\"name\":\"bob\",\"role\":\"viewer\",\"sha256\":\"f44e64e75f3948e9f7"
	    "3f8dfa94721c4ce8cbb4f265c4790c702b2d41cfbf2753\"}]}";
	char *path = mem_printf("%s/tokens.json", s.dir);
	struct err err = { "" };
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	cr_assert(tokens_load(path, &tokens, &err), "%s", err.text);
	free(path);
}

static void
open_scene(void)
{
	scene_open(&s, "{" ROLLOUT("canary") "," NO_BREAKER ",'noise':"
	    "{'sample':'5%','pins':[{'path':'/say','as':'real'}]}}");
	load_tokens();
}

static void
close_scene(void)
{
	tokens_free(&tokens);
	scene_close(&s);
}

TestSuite(admin, .init = open_scene, .fini = close_scene);

/* Everything a test may want to vary about a request. */
struct request {
	const char *method, *path, *query, *body, *token, *host, *origin;
	bool with_tokens, is_remote, is_unix;
};

/* The document of the answer (NULL if it is none); *status_out its status. */
static json_t *
ask(const struct request *r, struct admin_call *call_out)
{
	const struct admin_scene scene = {
		.ports = scene_ports(&s), .tokens = r->with_tokens ? tokens : NULL,
		.is_local = !r->is_remote, .is_unix = r->is_unix,
		.started_ns = clock_ns(),
	};
	char authorization[64];
	json_t *doc;

	*call_out = (struct admin_call){
		.method = r->method, .path = r->path, .query = r->query,
		.body = r->body, .body_len = r->body != NULL ?
		    strlen(r->body) : 0, .host = r->host, .origin = r->origin,
	};
	if (r->token != NULL) {
		snprintf(authorization, sizeof authorization, "Bearer %s",
		    r->token);
		call_out->authorization = authorization;
	}
	admin_answer(&scene, call_out);
	doc = json_loadb(call_out->reply.bytes, call_out->reply.len, 0, NULL);
	buf_fini(&call_out->reply);
	return doc;
}

/* --- routes ------------------------------------------------------------- */

static const struct {
	const char *method, *path;
	int want;
	const char *allow;
} routes[] = {
	{ "GET", "/healthz", 200, "" },
	{ "HEAD", "/healthz", 200, "" },
	{ "POST", "/healthz", 405, "GET, HEAD" },
	{ "GET", "/readyz", 200, "" },
	{ "GET", "/metrics", 200, "" },
	{ "GET", "/api/v1/status", 200, "" },
	{ "GET", "/api/v1/config", 200, "" },
	{ "GET", "/api/v1/events", 200, "" },
	{ "GET", "/api/v1/differences", 200, "" },
	{ "GET", "/api/v1/routes", 200, "" },
	{ "GET", "/api/v1/users/u-1", 200, "" },
	{ "DELETE", "/api/v1/status", 405, "GET, HEAD" },
	{ "GET", "/api/v1/rollout", 405, "POST" },
	{ "OPTIONS", "/api/v1/rollout", 405, "POST" },
	{ "GET", "/api/v1/users/u-1/override", 405, "PUT, DELETE" },
	{ "PATCH", "/api/v1/users/u-1/override", 405, "PUT, DELETE" },
	{ "GET", "/", 404, "" },
	{ "GET", "", 404, "" },
	{ "GET", "/api/v1/status/", 404, "" },
	{ "GET", "/api/v1/statuses", 404, "" },
	{ "GET", "/api/v1", 404, "" },
	{ "GET", "//api/v1/status", 404, "" },
	{ "GET", "/api/v1/users/", 404, "" },
	{ "GET", "/api/v1/users/a/b", 404, "" },
	{ "GET", "*", 404, "" },
	{ "GET", "/api/v1/users/%zz", 400, "" },
	{ "GET", "/api/v1/users/%00", 400, "" },
	{ "GET", "/api/v1/users/a%0ab", 400, "" },
	{ "GET", "/api/v1/users/%ff", 400, "" },
};

Test(admin, routes)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		const struct request r = { .method = routes[i].method,
			.path = routes[i].path };
		struct admin_call call;
		json_t *doc = ask(&r, &call);

		cr_expect_eq(call.status, routes[i].want, "%s %s: %d",
		    routes[i].method, routes[i].path, call.status);
		cr_expect_str_eq(call.allow, routes[i].allow, "%s %s",
		    routes[i].method, routes[i].path);
		if (call.status >= 400)
			cr_expect(json_is_string(json_object_get(doc, "error")),
			    "%s %s", routes[i].method, routes[i].path);
		json_decref(doc);
	}
}

Test(admin, ready_is_503_while_it_is_not)
{
	const struct request r = { .method = "GET", .path = "/readyz" };
	struct admin_call call;

	s.is_ready = false;
	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 503);
}

/* --- roles -------------------------------------------------------------- */

#define STATUS "GET", "/api/v1/status"
#define CHANGE "POST", "/api/v1/rollback"
#define SAMPLE "GET", "/api/v1/samples/0123abc"

static const struct {
	const char *why, *method, *path, *token;
	bool is_remote;
	int want;
} roles[] = {
	{ "health is open", "GET", "/healthz", NULL, true, 200 },
	{ "ready is open", "GET", "/readyz", NULL, true, 200 },
	{ "metrics open at home", "GET", "/metrics", NULL, false, 200 },
	{ "metrics not open abroad", "GET", "/metrics", NULL, true, 401 },
	{ "metrics for a viewer", "GET", "/metrics", "beta", true, 200 },
	{ "status needs a token", STATUS, NULL, false, 401 },
	{ "a known one", STATUS, "gamma", false, 401 },
	{ "a viewer may look", STATUS, "beta", false, 200 },
	{ "an operator too", STATUS, "alpha", false, 200 },
	{ "a change needs a token", CHANGE, NULL, false, 401 },
	{ "a viewer may not change", CHANGE, "beta", false, 403 },
	{ "an operator may (and is told of the body)", CHANGE, "alpha", false,
	    400 },
	{ "kept answers are not for viewers", SAMPLE, "beta", false, 403 },
	{ "but for operators (there is no reader here)", SAMPLE, "alpha", false,
	    503 },
	{ "unknown paths before tokens", "GET", "/x", NULL, true, 404 },
	{ "wrong methods before tokens", "PUT", "/api/v1/status", NULL, true,
	    405 },
};

Test(admin, roles)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		const struct request r = { .method = roles[i].method,
			.path = roles[i].path, .token = roles[i].token,
			.with_tokens = true, .is_remote = roles[i].is_remote };
		struct admin_call call;

		json_decref(ask(&r, &call));
		cr_expect_eq(call.status, roles[i].want, "%s: %d", roles[i].why,
		    call.status);
		cr_expect_eq(call.wants_token, roles[i].want == 401, "%s",
		    roles[i].why);
	}
}

Test(admin, the_actor_is_in_the_event)
{
	struct request r = { .method = "POST", .path = "/api/v1/rollback",
		.body = "{\"reason\":\"x\"}", .token = "alpha",
		.with_tokens = true };
	struct admin_call call;

	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 200);
	cr_expect_str_eq(scene_event(&s).actor, "operator:alice");
	r = (struct request){ .method = "POST", .path = "/api/v1/rearm",
		.body = "{\"reason\":\"x\"}" };
	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 200);
	cr_expect_str_eq(scene_event(&s).actor, "operator:local");
}

/* --- pages in a browser on this machine --------------------------------- */

static const struct {
	const char *why, *method, *host, *origin;
	bool is_unix;
	int want;
} browsers[] = {
	{ "curl", "POST", "127.0.0.1:9900", NULL, false, 200 },
	{ "no Host at all", "POST", NULL, NULL, false, 200 },
	{ "localhost", "POST", "localhost:9900", NULL, false, 200 },
	{ "IPv6", "POST", "[::1]:9900", NULL, false, 200 },
	{ "our own page", "POST", "localhost:9900", "http://localhost:9900",
	    false, 200 },
	{ "a foreign page", "POST", "127.0.0.1:9900", "https://evil.example",
	    false, 403 },
	{ "a sandboxed page", "POST", "127.0.0.1:9900", "null", false, 403 },
	{ "a rebound name", "POST", "evil.example:9900",
	    "http://evil.example:9900", false, 403 },
	{ "a name that begins like it", "POST", "localhost.evil.example", NULL,
	    false, 403 },
	{ "a number that is none", "POST", "127.0.0.1.evil.example", NULL,
	    false, 403 },
	{ "a Unix socket has no pages", "POST", "anything", NULL, true, 200 },
};

Test(admin, without_tokens_pages_of_others_are_refused)
{
	for (size_t i = 0; i < COUNT_OF(browsers); i++) {
		const struct request r = { .method = browsers[i].method,
			.path = "/api/v1/rollback", .body = "{\"reason\":\"x\"}",
			.host = browsers[i].host, .origin = browsers[i].origin,
			.is_unix = browsers[i].is_unix };
		struct admin_call call;

		json_decref(ask(&r, &call));
		cr_expect_eq(call.status, browsers[i].want, "%s: %d",
		    browsers[i].why, call.status);
	}
}

/* --- bodies ------------------------------------------------------------- */

#define SET "POST", "/api/v1/rollout"
#define OVERRIDE "PUT", "/api/v1/users/u-1/override"

static const struct {
	const char *method, *path, *body;
	int want;
	const char *error; /* a part of it */
} bodies[] = {
	{ SET, "{\"percent\":7,\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"percent\":0.001,\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"percent\":33.333,\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"percent\":100,\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"stage\":\"full\",\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"enabled\":false,\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"percent\":7}", 400, "reason: is missing" },
	{ SET, "{\"percent\":7,\"reason\":\"  \"}", 400, "reason: must say why" },
	{ SET, "{\"percent\":7,\"reason\":\"a\\nb\"}", 400, "reason: must be one" },
	{ SET, "{\"percent\":7,\"reason\":1}", 400,
	    "reason: must be a string, not a number" },
	{ SET, "{\"percent\":\"7\",\"reason\":\"x\"}", 400,
	    "percent: must be a number, not a string" },
	{ SET, "{\"percent\":-1,\"reason\":\"x\"}", 400, "percent: must be 0 to" },
	{ SET, "{\"percent\":100.001,\"reason\":\"x\"}", 400, "percent: must" },
	{ SET, "{\"percent\":1e99,\"reason\":\"x\"}", 400, "percent: must" },
	{ SET, "{\"percent\":0.0005,\"reason\":\"x\"}", 400, "steps of 0.001" },
	{ SET, "{\"enabled\":\"no\",\"reason\":\"x\"}", 400,
	    "enabled: must be true or false, not a string" },
	{ SET, "{\"stage\":null,\"reason\":\"x\"}", 400,
	    "stage: must be a string, not null" },
	{ SET, "{\"stage\":\"ful\",\"reason\":\"x\"}", 400, "did you mean" },
	{ SET, "{\"reason\":\"x\"}", 400, "exactly one" },
	{ SET, "{\"percent\":7,\"enabled\":true,\"reason\":\"x\"}", 400,
	    "exactly one" },
	{ SET, "{\"stages\":\"full\",\"reason\":\"x\"}", 400,
	    "stages: unknown member; did you mean \"stage\"?" },
	{ SET, "{\"percent\":7,\"percent\":8,\"reason\":\"x\"}", 400,
	    "not JSON" },
	{ SET, "[]", 400, "must be a JSON object, not an array" },
	{ SET, "7", 400, "must be a JSON object, not a number" },
	{ SET, "{\"percent\":7", 400, "not JSON" },
	{ SET, "", 400, "reason: is missing" },
	{ SET, "\xff", 400, "not JSON" },
	{ OVERRIDE, "{\"version\":\"enhanced\",\"reason\":\"x\"}", 200, NULL },
	{ OVERRIDE, "{\"version\":\"new\",\"reason\":\"x\"}", 400,
	    "version: must be \"legacy\" or \"enhanced\"" },
	{ OVERRIDE, "{\"reason\":\"x\"}", 400, "version: is missing" },
	{ "DELETE", "/api/v1/users/u-1/override", "{\"reason\":\"x\"}", 200,
	    NULL },
	{ "DELETE", "/api/v1/users/u-1/override", "{\"reason\":\"x\"}", 404,
	    "no override for user \"u-1\"" },
	{ "DELETE", "/api/v1/users/u-1/override", "", 400, "reason: is missing" },
	{ "POST", "/api/v1/reload", "", 400, "reason: is missing" },
	{ "POST", "/api/v1/reload", "{\"reason\":\"x\"}", 200, NULL },
	{ "POST", "/api/v1/reload", "{\"x\":1}", 400, "x: unknown member" },
	{ "POST", "/api/v1/rearm", "{\"reason\":\"x\"}", 409, "not latched" },
	{ "POST", "/api/v1/rollback", "{\"reason\":\"x\"}", 200, NULL },
	{ SET, "{\"percent\":7,\"reason\":\"x\"}", 409, "rearm it" },
	{ "POST", "/api/v1/rearm", "{\"reason\":\"x\",\"resume\":1}", 400,
	    "resume: must be true or false" },
	{ "POST", "/api/v1/rearm", "{\"reason\":\"x\",\"resume\":true}", 200,
	    NULL },
};

Test(admin, bodies)
{
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		const struct request r = { .method = bodies[i].method,
			.path = bodies[i].path, .body = bodies[i].body };
		struct admin_call call;
		json_t *doc = ask(&r, &call);
		const char *error = json_string_value(json_object_get(doc,
		    "error"));

		cr_expect_eq(call.status, bodies[i].want, "%s: %d (%s)",
		    bodies[i].body, call.status, error != NULL ? error : "");
		if (bodies[i].error != NULL)
			cr_expect(error != NULL && strstr(error,
			    bodies[i].error) != NULL, "%s: %s", bodies[i].body,
			    error);
		json_decref(doc);
	}
}

Test(admin, a_reason_has_a_limit)
{
	char body[700];
	const struct request r = { .method = "POST",
		.path = "/api/v1/rollback", .body = body };
	struct admin_call call;

	snprintf(body, sizeof body, "{\"reason\":\"%0501d\"}", 1);
	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 400);
	snprintf(body, sizeof body, "{\"reason\":\"%0500d\"}", 1);
	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 200);
	cr_expect_eq(strlen(s.seen.reason), 500);
}

/* --- answers ------------------------------------------------------------ */

Test(admin, a_change_answers_with_the_rollout)
{
	const struct request r = { .method = "POST", .path = "/api/v1/rollout",
		.body = "{\"percent\":7,\"reason\":\"x\"}" };
	struct admin_call call;
	json_t *doc = ask(&r, &call);

	cr_expect(json_is_true(json_object_get(doc, "changed")));
	cr_expect_eq(json_integer_value(json_object_get(json_object_get(doc,
	    "rollout"), "percent")), 7);
	json_decref(doc);
	doc = ask(&r, &call);
	cr_expect_eq(call.status, 200);
	cr_expect(json_is_false(json_object_get(doc, "changed")));
	json_decref(doc);
}

Test(admin, a_reload_that_fails_says_why)
{
	const struct request r = { .method = "POST", .path = "/api/v1/reload",
		.body = "{\"reason\":\"x\"}" };
	struct admin_call call;
	json_t *doc;

	s.reload_fails = true;
	doc = ask(&r, &call);
	cr_expect_eq(call.status, 422);
	cr_expect_str_eq(json_string_value(json_object_get(doc, "error")),
	    "rules.json:3:4: /x: bad");
	cr_expect_eq(s.reloads, 1);
	json_decref(doc);
}

Test(admin, a_store_that_fails_is_503)
{
	const struct request r = { .method = "POST", .path = "/api/v1/rollout",
		.body = "{\"percent\":7,\"reason\":\"x\"}" };
	struct admin_call call;

	scene_break_store(&s);
	json_decref(ask(&r, &call));
	cr_expect_eq(call.status, 503);
	scene_mend_store(&s);
}

static const char *
text(const json_t *doc, const char *name)
{
	const char *value = json_string_value(json_object_get(doc, name));

	return value != NULL ? value : "";
}

Test(admin, explains_a_user)
{
	const struct request put = { .method = "PUT",
		.path = "/api/v1/users/user%2Fone%20two/override",
		.body = "{\"version\":\"enhanced\",\"reason\":\"x\"}" };
	const struct request get = { .method = "GET",
		.path = "/api/v1/users/user%2Fone%20two" };
	uint32_t bucket = bucket_of("t", BUCKET_DOMAIN_ROLLOUT, "user/one two",
	    12);
	struct admin_call call;
	json_t *doc = ask(&get, &call);

	cr_expect_str_eq(text(doc, "user"), "user/one two");
	cr_expect_eq(json_integer_value(json_object_get(doc, "bucket")), bucket);
	cr_expect_str_eq(text(doc, "version"), bucket < 5000 ? "enhanced" :
	    "legacy");
	cr_expect_str_eq(text(doc, "why"), "bucket");
	cr_expect(json_is_null(json_object_get(doc, "override")));
	json_decref(doc);
	json_decref(ask(&put, &call));
	doc = ask(&get, &call);
	cr_expect_str_eq(text(doc, "version"), "enhanced");
	cr_expect_str_eq(text(doc, "why"), "override");
	cr_expect_str_eq(text(doc, "override"), "enhanced");
	json_decref(doc);
	latch_set(&s.latch, LATCH_STATE);
	doc = ask(&get, &call);
	cr_expect_str_eq(text(doc, "version"), "legacy");
	cr_expect_str_eq(text(doc, "why"), "latched");
	json_decref(doc);
}

Test(admin, delete_takes_its_reason_from_the_query_too)
{
	const struct request put = { .method = "PUT",
		.path = "/api/v1/users/u/override",
		.body = "{\"version\":\"enhanced\",\"reason\":\"x\"}" };
	const struct request delete = { .method = "DELETE",
		.path = "/api/v1/users/u/override", .query = "reason=no+more%21" };
	struct admin_call call;

	json_decref(ask(&put, &call));
	json_decref(ask(&delete, &call));
	cr_expect_eq(call.status, 200);
	cr_expect_str_eq(scene_event(&s).reason, "no more!");
}

static const struct {
	const char *query;
	int want;
	size_t rows;
} limits[] = {
	{ NULL, 200, 4 }, { "", 200, 4 }, { "limit=1", 200, 1 },
	{ "limit=3", 200, 3 }, { "limit=1000", 200, 4 },
	{ "limit=1001", 400, 0 }, { "limit=0", 400, 0 }, { "limit=", 400, 0 },
	{ "limit=-1", 400, 0 }, { "limit=1&x=2", 400, 0 }, { "x=1", 400, 0 },
};

Test(admin, events_the_newest_first)
{
	struct err err = { "" };

	for (unsigned i = 1; i <= 3; i++) {
		const struct rollout_change c = { .has_percent = true,
			.percent = i };

		cr_assert(rollout_set(s.rollout, &c, "operator:a", "x", &err));
	}
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		const struct request r = { .method = "GET",
			.path = "/api/v1/events", .query = limits[i].query };
		struct admin_call call;
		json_t *doc = ask(&r, &call), *rows;

		rows = json_object_get(doc, "events");
		cr_expect_eq(call.status, limits[i].want, "%s", limits[i].query);
		cr_expect_eq(json_array_size(rows), limits[i].rows, "%s",
		    limits[i].query);
		if (limits[i].rows > 0)
			cr_expect_eq(json_integer_value(json_object_get(
			    json_array_get(rows, 0), "epoch")), 4);
		json_decref(doc);
	}
}

Test(admin, differences_are_listed)
{
	const struct request r = { .method = "GET",
		.path = "/api/v1/differences" };
	struct comparison_record c = { .verdict = VERDICT_DIFFERENT,
		.route = "/chat", .kept = 1, .difference_count = 1 };
	struct admin_call call;
	const json_t *row;
	json_t *doc;

	strcpy(c.differences[0].path, "/choices/*/message");
	c.differences[0].kind = DIFF_VALUE;
	strcpy(c.differences[0].legacy, "one");
	strcpy(c.differences[0].enhanced, "two \xe2");
	divergence_add(s.divergence, &c, c.differences, c.kept);
	divergence_add(s.divergence, &c, c.differences, c.kept);
	doc = ask(&r, &call);
	row = json_array_get(json_object_get(doc, "differences"), 0);
	cr_expect_str_eq(text(row, "path"), "/choices/*/message");
	cr_expect_str_eq(text(row, "route"), "/chat");
	cr_expect_eq(json_integer_value(json_object_get(row, "count")), 2);
	cr_expect_str_eq(text(row, "legacy"), "one");
	cr_expect_str_eq(text(row, "enhanced"), "two \xef\xbf\xbd");
	cr_expect_eq(json_integer_value(json_object_get(row, "compared")), 2);
	cr_expect_eq(json_real_value(json_object_get(row, "rate")), 1);
	cr_expect_str_eq(text(json_object_get(row, "noise"), "state"),
	    "unknown");
	json_decref(doc);
}

static double
number(const json_t *o, const char *name)
{
	return json_number_value(json_object_get(o, name));
}

Test(admin, noise_is_listed_with_its_counts)
{
	const struct request noise = { .method = "GET",
		.path = "/api/v1/noise", .query = "limit=2" };
	const struct request differences = { .method = "GET",
		.path = "/api/v1/differences" };
	struct comparison_record c = { .verdict = VERDICT_NOISE,
		.route = "/chat", .kept = 1 };
	struct sighting id = { .place = { "/id", DIFF_VALUE, false },
		.enhanced = true, .control = true };
	struct sighting say = { .place = { "/say", DIFF_VALUE, true },
		.enhanced_likeness = 0.7, .control_likeness = 0.8 };
	struct admin_call call;
	const json_t *row;
	json_t *doc;

	for (unsigned i = 0; i < 100; i++) {
		noise_learn(s.noise, "/chat", &id, i % 2, 1000);
		noise_learn(s.noise, "/chat", &say, 1, 1000);
	}
	doc = ask(&noise, &call);
	cr_expect_eq(number(doc, "pairs"), 200);
	cr_expect_eq(number(doc, "sample"), 5);
	row = json_array_get(json_object_get(doc, "paths"), 0);
	cr_expect_str_eq(text(row, "path"), "/id");
	cr_expect_str_eq(text(row, "state"), "noise");
	cr_expect_eq(json_object_get(row, "pinned"), json_false());
	cr_expect_eq(number(row, "both"), 50);
	cr_expect_eq(number(row, "pairs"), 200);
	cr_expect_eq(number(row, "rate"), 0.25);
	cr_expect_float_eq(number(row, "rate_low"), 0.195, 0.001);
	cr_expect_float_eq(number(row, "rate_high"), 0.314, 0.001);
	cr_expect(number(row, "ratio_low") < 1 && number(row, "ratio_high") > 1);
	cr_expect_eq(json_object_get(row, "floor"), json_null());
	row = json_array_get(json_object_get(doc, "paths"), 1);
	cr_expect_str_eq(text(row, "path"), "/say");
	cr_expect_str_eq(text(row, "state"), "real", "by a pin");
	cr_expect_eq(json_object_get(row, "pinned"), json_true());
	cr_expect_eq(number(row, "floor"), 0.8);
	json_decref(doc);

	strcpy(c.differences[0].path, "/id");
	c.differences[0].kind = DIFF_VALUE;
	divergence_add(s.divergence, &c, c.differences, 1);
	doc = ask(&differences, &call);
	row = json_object_get(json_array_get(json_object_get(doc,
	    "differences"), 0), "noise");
	cr_expect_str_eq(text(row, "state"), "noise");
	cr_expect_eq(number(row, "rate"), 0.25);
	json_decref(doc);
}

Test(admin, the_reference_lists_every_route)
{
	size_t count;
	const struct admin_route *rows = admin_routes(&count);
	struct buf doc = { 0 };

	admin_write_reference(&doc);
	for (size_t i = 0; i < count; i++) {
		char row[120];

		snprintf(row, sizeof row, "| %s | `%s` |", rows[i].method,
		    rows[i].path);
		cr_expect_not_null(strstr(doc.bytes, row), "%s", row);
	}
	buf_fini(&doc);
}
