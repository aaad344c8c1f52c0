/* test_smoke -- an answer against what a smoke check expects.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"
#include "control/smoke.h"

static const struct {
	const char *name;
	uint16_t low, high;
	const char *pointer, *value, *contains; /* NULL = not asked for */
	long status;
	const char *body, *why; /* why "": it is as expected */
} rows[] = {
	{ "a status", 200, 200, NULL, NULL, NULL, 200, "", "" },
	{ "another", 200, 200, NULL, NULL, NULL, 500, "",
	    "status 500 for 200" },
	{ "the first of a range", 200, 299, NULL, NULL, NULL, 200, "", "" },
	{ "the last", 200, 299, NULL, NULL, NULL, 299, "", "" },
	{ "behind it", 200, 299, NULL, NULL, NULL, 300, "",
	    "status 300 for 200-299" },
	{ "before it", 200, 299, NULL, NULL, NULL, 199, "",
	    "status 199 for 200-299" },
	{ "an error that is wanted", 404, 404, NULL, NULL, NULL, 404, "", "" },
	{ "a text", 200, 200, NULL, NULL, "hello", 200, "oh, hello", "" },
	{ "not there", 200, 200, NULL, NULL, "hello", 200, "hell o",
	    "the answer does not contain \"hello\"" },
	{ "of an empty answer", 200, 200, NULL, NULL, "hello", 200, "",
	    "the answer does not contain \"hello\"" },
	{ "a value", 200, 200, "/a/b", "\"ok\"", NULL, 200,
	    "{\"a\":{\"b\":\"ok\"}}", "" },
	{ "another", 200, 200, "/a/b", "\"ok\"", NULL, 200,
	    "{\"a\":{\"b\":\"secret\"}}", "/a/b is not as expected" },
	{ "the beginning of it", 200, 200, "/a", "\"ok\"", NULL, 200,
	    "{\"a\":\"o\"}", "/a is not as expected" },
	{ "none", 200, 200, "/a/b", "null", NULL, 200, "{\"a\":{}}",
	    "/a/b is missing" },
	{ "null", 200, 200, "/a", "null", NULL, 200, "{\"a\":null}", "" },
	{ "not JSON", 200, 200, "/a", "1", NULL, 200, "<html>",
	    "the answer is not JSON" },
	{ "a number, written otherwise", 200, 200, "/a", "1.0", NULL, 200,
	    "{\"a\":1}", "" },
	{ "another number", 200, 200, "/a", "1", NULL, 200, "{\"a\":2}",
	    "/a is not as expected" },
	{ "a long number", 200, 200, "/a", "9007199254740993", NULL, 200,
	    "{\"a\":9007199254740992}", "/a is not as expected" },
	{ "a number as a text", 200, 200, "/a", "1", NULL, 200,
	    "{\"a\":\"1\"}", "/a is not as expected" },
	{ "true is not false", 200, 200, "/a", "true", NULL, 200,
	    "{\"a\":false}", "/a is not as expected" },
	{ "the whole, in another order", 200, 200, "",
	    "{\"a\":[1,{\"b\":2}],\"c\":3}", NULL, 200,
	    "{\"c\":3,\"a\":[1,{\"b\":2}]}", "" },
	{ "a list in another order", 200, 200, "/a", "[1,2]", NULL, 200,
	    "{\"a\":[2,1]}", "/a is not as expected" },
	{ "one more member", 200, 200, "/a", "{}", NULL, 200,
	    "{\"a\":{\"b\":1}}", "/a is not as expected" },
	{ "another member", 200, 200, "/a", "{\"b\":1}", NULL, 200,
	    "{\"a\":{\"c\":1}}", "/a is not as expected" },
	{ "the status first", 200, 200, "/a", "1", "x", 503, "<html>",
	    "status 503 for 200" },
};

Test(smoke, judges_answers)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct smoke_check c = { .name = "x", .status_low = rows[i].low,
			.status_high = rows[i].high };
		struct smoke_place place = { 0 };
		char why[SMOKE_WHY_MAX], contains[16], pointer[16];
		struct json_fault fault;
		struct arena arena;
		bool ok;

		arena_init(&arena, 1 << 16);
		if (rows[i].contains != NULL)
			c.contains = strcpy(contains, rows[i].contains);
		if (rows[i].pointer != NULL) {
			place.pointer = strcpy(pointer, rows[i].pointer);
			place.value = json_parse(&arena, rows[i].value,
			    strlen(rows[i].value), true, &fault);
			c.places = &place;
			c.place_count = 1;
		}
		ok = smoke_judge(&c, rows[i].status, rows[i].body,
		    strlen(rows[i].body), why);
		cr_expect_str_eq(why, rows[i].why, "%s: %s", rows[i].name, why);
		cr_expect_eq(ok, rows[i].why[0] == '\0', "%s", rows[i].name);
		arena_fini(&arena);
	}
}
