/* The shapes of answers: what they become, what is none, and all that we have.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "control/admin_answers.h"
#include "control/admin_call.h"
#include "control/answer_shape.h"

/* Quotes are single ones. */
static char *
written(const char *shape)
{
	json_t *schema = shape_schema(shape, NULL);
	char *text = schema != NULL ? json_dumps(schema, JSON_COMPACT) : NULL;

	json_decref(schema);
	for (char *p = text; p != NULL && *p != '\0'; p++)
		if (*p == '"')
			*p = '\'';
	return text;
}

static const struct {
	const char *shape, *schema;
} good[] = {
	{ "any", "{}" },
	{ "text", "{'type':'string'}" },
	{ "count", "{'type':'integer','minimum':0}" },
	{ "text|null", "{'type':['string','null']}" },
	{ "null|text", "{'type':['string','null']}" },
	{ "null", "{'type':'null'}" },
	{ "'on'", "{'type':'string','enum':['on']}" },
	{ "'on'|'off'", "{'type':'string','enum':['on','off']}" },
	{ "'on'|'off'|null",
	    "{'type':['string','null'],'enum':['on','off',null]}" },
	{ "text|count",
	    "{'oneOf':[{'type':'string'},{'type':'integer','minimum':0}]}" },
	{ "$x", "{'$ref':'#/components/schemas/x'}" },
	{ "$x|null",
	    "{'oneOf':[{'$ref':'#/components/schemas/x'},{'type':'null'}]}" },
	{ "[time]",
	    "{'type':'array','items':{'type':'string','format':'date-time'}}" },
	{ "{*: boolean}",
	    "{'type':'object','additionalProperties':{'type':'boolean'}}" },
	{ " { a : text , b? : [ text ] } ", "{'type':'object','properties':"
	    "{'a':{'type':'string'},'b':{'type':'array','items':"
	    "{'type':'string'}}},'required':['a'],"
	    "'additionalProperties':false}" },
	{ "{a?: text}|null", "{'type':['object','null'],'properties':"
	    "{'a':{'type':'string'}},'required':[],"
	    "'additionalProperties':false}" },
};

Test(answers, shapes_become_schemas)
{
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		char *got = written(good[i].shape);

		cr_expect_str_eq(got != NULL ? got : "(none)", good[i].schema,
		    "%s: %s", good[i].shape, got);
		free(got);
	}
}

static const struct {
	const char *shape, *rest;
} bad[] = {
	{ "", "" }, { "texts", "texts" }, { "text text", "text" },
	{ "text|", "" }, { "|text", "|text" }, { "[text", "" },
	{ "[]", "]" }, { "{}", "}" }, { "{a}", "}" }, { "{a: }", "}" },
	{ "{a: text,}", "}" }, { "{a: text b: text}", "b: text}" },
	{ "{a: text, a: text}", ": text}" }, { "{*: text, b: text}", ", b: text}" },
	{ "{* text}", "text}" }, { "{a?? : text}", "? : text}" }, { "$", "" },
	{ "'on", "on" }, { "text]", "]" }, { "{a: [text}", "}" },
};

Test(answers, what_is_no_shape_is_refused)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const char *rest = "";

		cr_expect_null(shape_schema(bad[i].shape, &rest), "%s",
		    bad[i].shape);
		cr_expect_str_eq(rest, bad[i].rest, "%s: %s", bad[i].shape, rest);
	}
}

static bool
has_name(const char *name)
{
	size_t count;
	const struct answer_name *names = answer_names(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].name, name) == 0)
			return true;
	return false;
}

/* All that it refers to exists. */
static void
check_names(const char *shape)
{
	const char *at = shape;
	char name[64];

	while ((at = strchr(at, '$')) != NULL) {
		at++;
		cr_assert(sscanf(at, "%63[a-z_]", name) == 1);
		cr_expect(has_name(name), "%s in %s", name, shape);
	}
}

static void
check_shape(const char *whose, const char *shape)
{
	const char *rest = "";
	json_t *schema = shape_schema(shape, &rest);

	cr_expect_not_null(schema, "%s: at %s", whose, rest);
	json_decref(schema);
	check_names(shape);
}

Test(answers, ours_are_shapes)
{
	size_t answer_count, name_count;
	const struct admin_answer *answers = admin_answers(&answer_count);
	const struct answer_name *names = answer_names(&name_count);

	for (size_t i = 0; i < answer_count; i++) {
		cr_expect((answers[i].shape == NULL) != (answers[i].type == NULL));
		if (answers[i].shape != NULL)
			check_shape(answers[i].path, answers[i].shape);
	}
	for (size_t i = 0; i < name_count; i++) {
		struct buf shape = { 0 };

		answer_name_write(&names[i], &shape);
		check_shape(names[i].name, shape.bytes);
		buf_fini(&shape);
	}
}

/* Of 200, which comes first; and those that belong to no route. */
Test(answers, each_route_has_one)
{
	size_t route_count, answer_count, k = 0;
	const struct admin_route *routes = admin_routes(&route_count);
	const struct admin_answer *answers = admin_answers(&answer_count);

	for (size_t i = 0; i < route_count; i++) {
		cr_assert_lt(k, answer_count, "%s", routes[i].path);
		cr_expect_eq(answers[k].status, 200, "%s", routes[i].path);
		cr_expect_not_null(answers[k].refuses, "%s", routes[i].path);
		do {
			cr_expect_str_eq(answers[k].path, routes[i].path);
			cr_expect_str_eq(answers[k].method, routes[i].method);
			k++;
		} while (k < answer_count && answers[k].status != 200);
	}
	cr_expect_eq(k, answer_count);
}
