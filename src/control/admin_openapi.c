/* admin_openapi -- the route table as an OpenAPI document.
 * SPDX-License-Identifier: MIT
 *
 * What a route takes is written once, for people (struct admin_route): a body's
 * members as `"name"` (what it is), a query's as query `name`.  This reads it
 * back, so that the document cannot say anything else than the manual does; and
 * so it does with the shapes of the answers (admin_answers.h).
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "control/admin.h"
#include "control/admin_answers.h"
#include "control/admin_call.h"
#include "control/answer_shape.h"
#include "control/json_text.h"

/* What a route can refuse with.  Whom, by what every route does before its
 * handler is asked (admin_answer); ALSO: the row of its answers says so. */
static const struct {
	int status;
	enum whose { EVERY, GUARDED, ADMITTED, WITH_BODY, ALSO } whose;
	const char *about;
} refusals[] = {
	{ 400, EVERY, "the request is at fault" },
	{ 401, GUARDED, "without a token, or with one that is not known" },
	{ 403, ADMITTED, "not with this token; or, without a token file, not by "
	    "this name of the host or from this web page" },
	{ 404, EVERY, "there is nothing, or no rollout, of that name" },
	{ 409, ALSO, "the state of the rollout or of the endpoints forbids it" },
	{ 413, WITH_BODY, "the body is over 64 KiB" },
	{ 422, ALSO, "the configuration is at fault" },
	{ 503, ALSO, "not now: nothing is known, or it could not be written down" },
};

static const char *
access_text(enum access access)
{
	switch (access) {
	case ACCESS_OPEN:
		return "Anybody may ask.";
	case ACCESS_SCRAPE:
		return "Anybody on a local listener, else a viewer.";
	case ACCESS_VIEWER:
		return "For viewers.";
	case ACCESS_OPERATOR:
		return "For operators.";
	}
	return "";
}

static json_t *
parameter(const char *in, const char *name, size_t len, bool required)
{
	return json_pack("{s:s, s:s%, s:b, s:{s:s}}", "in", in, "name", name, len,
	    "required", (int)required, "schema", "type",
	    len == 5 && memcmp(name, "limit", 5) == 0 ? "integer" : "string");
}

/* "{id}" of the path, and "query `limit`". */
static json_t *
parameters(const struct admin_route *r)
{
	json_t *list = json_array();
	const char *at = strchr(r->path, '{');

	if (at != NULL)
		json_array_append_new(list, parameter("path", at + 1,
		    strcspn(at + 1, "}"), true));
	for (at = strstr(r->takes, "query `"); at != NULL;
	    at = strstr(at, "query `")) {
		at += 7;
		json_array_append_new(list, parameter("query", at,
		    strcspn(at, "`"), false));
	}
	if (r->access != ACCESS_OPEN)
		json_array_append_new(list, json_pack("{s:s}", "$ref",
		    "#/components/parameters/rollout"));
	return list;
}

/* What stands in the parentheses behind a member's name. */
static json_t *
member_schema(const char *about, size_t len)
{
	json_t *schema = json_object();
	const char *type = "string";

	if (memmem(about, len, "true or false", 13) != NULL)
		type = "boolean";
	else if (memmem(about, len, "0 to 100", 8) != NULL)
		type = "number";
	else if (memmem(about, len, "a criterion", 11) != NULL)
		type = "object";
	json_object_set_new(schema, "type", json_string(type));
	if (len > 0)
		json_object_set_new(schema, "description",
		    json_stringn(about, len));
	return schema;
}

/* NULL: the route takes no body. */
static json_t *
body(const struct admin_route *r)
{
	json_t *members = json_object();
	const char *at = r->takes;

	while ((at = strstr(at, "`\"")) != NULL) {
		size_t len = strcspn(at += 2, "\"");
		const char *name = at, *about = at + len + 2; /* behind "` */
		size_t about_len = 0;

		if (strncmp(about, " (", 2) == 0)
			about_len = strcspn(about += 2, ")");
		json_object_setn_new(members, name, len,
		    member_schema(about, about_len));
		at = about;
	}
	if (json_object_size(members) == 0) {
		json_decref(members);
		return NULL;
	}
	return json_pack("{s:b, s:{s:{s:{s:s, s:b, s:o}}}}", "required", 1,
	    "content", "application/json", "schema", "type", "object",
	    "additionalProperties", 0, "properties", members);
}

/* --- answers ----------------------------------------------------------------- */

static json_t *
schema_of(const char *shape)
{
	json_t *schema = shape_schema(shape, NULL);

	assert(schema != NULL);
	return schema;
}

static json_t *
response(const char *about, const char *type, json_t *schema)
{
	return json_pack("{s:s, s:{s:{s:o}}}", "description", about, "content",
	    type, "schema", schema);
}

static json_t *
response_of(const struct admin_answer *a)
{
	if (a->shape != NULL)
		return response("as the summary says", "application/json",
		    schema_of(a->shape));
	return response("as the summary says", a->type, schema_of("text"));
}

static bool
can_refuse(const struct admin_route *r, bool has_body, const char *also,
    size_t i)
{
	char status[8];

	switch (refusals[i].whose) {
	case EVERY:
		return true;
	case GUARDED:
		return r->access != ACCESS_OPEN;
	case ADMITTED:
		return r->access > ACCESS_SCRAPE;
	case WITH_BODY:
		return has_body;
	case ALSO:
		break;
	}
	snprintf(status, sizeof status, "%d", refusals[i].status);
	return strstr(also, status) != NULL;
}

static json_t *
responses(const struct admin_route *r, bool has_body)
{
	size_t count;
	const struct admin_answer *answers = admin_answers(&count);
	json_t *all = json_object();
	const char *also = "";
	char key[48];

	for (size_t i = 0; i < count; i++) {
		const struct admin_answer *a = &answers[i];

		if (strcmp(a->method, r->method) != 0 ||
		    strcmp(a->path, r->path) != 0)
			continue;
		if (a->refuses != NULL)
			also = a->refuses;
		snprintf(key, sizeof key, "%d", a->status);
		json_object_set_new(all, key, response_of(a));
	}
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		if (!can_refuse(r, has_body, also, i))
			continue;
		snprintf(key, sizeof key, "%d", refusals[i].status);
		json_object_set_new(all, key, json_pack("{s:s+}", "$ref",
		    "#/components/responses/", key));
	}
	return all;
}

/* A body over the limit is refused by libevent, which writes a page. */
static json_t *
refusal_responses(void)
{
	json_t *all = json_object();
	char key[8];

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		bool is_page = refusals[i].whose == WITH_BODY;

		snprintf(key, sizeof key, "%d", refusals[i].status);
		json_object_set_new(all, key, response(refusals[i].about,
		    is_page ? "text/html" : "application/json",
		    schema_of(is_page ? "text" : "$refusal")));
	}
	return all;
}

static json_t *
schemas(void)
{
	size_t count;
	const struct answer_name *names = answer_names(&count);
	json_t *all = json_object(), *schema;

	for (size_t i = 0; i < count; i++) {
		struct buf shape = { 0 };

		answer_name_write(&names[i], &shape);
		schema = schema_of(shape.bytes);
		if (names[i].about[0] != '\0')
			json_object_set_new(schema, "description",
			    json_string(names[i].about));
		json_object_set_new(all, names[i].name, schema);
		buf_fini(&shape);
	}
	return all;
}

/* --- routes ------------------------------------------------------------------- */

static json_t *
operation(const struct admin_route *r)
{
	json_t *takes = body(r);
	json_t *o = json_pack("{s:s, s:s, s:o, s:o}", "summary", r->help,
	    "description", access_text(r->access), "parameters", parameters(r),
	    "responses", responses(r, takes != NULL));

	if (takes != NULL)
		json_object_set_new(o, "requestBody", takes);
	if (r->access != ACCESS_OPEN)
		json_object_set_new(o, "security", json_pack("[{s:[]}]", "token"));
	return o;
}

/* OpenAPI's names of methods are in lower case. */
static const char *
method_word(const char *method)
{
	static const char *const words[][2] = { { "GET", "get" },
		{ "POST", "post" }, { "PUT", "put" }, { "PATCH", "patch" },
		{ "DELETE", "delete" } };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i][0], method) == 0)
			return words[i][1];
	return method;
}

void
admin_write_openapi(struct buf *out)
{
	size_t count;
	const struct admin_route *routes = admin_routes(&count);
	json_t *paths = json_object(), *path;
	json_t *rollout = parameter("query", "rollout", 7, false);

	json_object_set_new(rollout, "description", json_string("Which of several "
	    "rollouts is meant, by its name; absent: the main one."));
	for (size_t i = 0; i < count; i++) {
		path = json_object_get(paths, routes[i].path);
		if (path == NULL) {
			path = json_object();
			json_object_set_new(paths, routes[i].path, path);
		}
		json_object_set_new(path, method_word(routes[i].method),
		    operation(&routes[i]));
	}
	json_print(json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:{s:o}, "
	    "s:o, s:o, s:{s:{s:s, s:s}}}}",
	    "openapi", "3.1.0", "info", "title", "understudy's admin API",
	    "version", "1", "description", "Made by `understudy --print openapi` "
	    "from the route table; docs/api.md is the same for people.",
	    "paths", paths, "components", "parameters", "rollout", rollout,
	    "schemas", schemas(), "responses", refusal_responses(),
	    "securitySchemes", "token", "type",
	    "http", "scheme", "bearer"), out);
}
