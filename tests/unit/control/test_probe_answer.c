/* test_probe_answer -- the number in an answer, or why there is none.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "control/probe_answer.h"

static const struct {
	const char *name;
	enum probe_kind kind;
	const char *ask;  /* pointer or metric */
	long status;
	const char *body, *why; /* why NULL: value */
	double value;
} rows[] = {
	{ "a number", PROBE_JSON, "/memory/used", 200,
	    "{\"memory\":{\"used\":12.5}}", NULL, 12.5 },
	{ "a text that is one", PROBE_JSON, "/a", 200, "{\"a\":\"-3e2\"}", NULL,
	    -300 },
	{ "true", PROBE_JSON, "/a/1", 200, "{\"a\":[0,true]}", NULL, 1 },
	{ "false", PROBE_JSON, "/a", 200, "{\"a\":false}", NULL, 0 },
	{ "null", PROBE_JSON, "/a", 200, "{\"a\":null}",
	    "what is at this place is no number", 0 },
	{ "an empty text", PROBE_JSON, "/a", 200, "{\"a\":\"\"}",
	    "what is at this place is no number", 0 },
	{ "a number and more", PROBE_JSON, "/a", 200, "{\"a\":\"5 GiB\"}",
	    "what is at this place is no number", 0 },
	{ "an object", PROBE_JSON, "/a", 200, "{\"a\":{}}",
	    "what is at this place is no number", 0 },
	{ "absent", PROBE_JSON, "/b", 200, "{\"a\":1}",
	    "the answer has nothing at this place", 0 },
	{ "not JSON", PROBE_JSON, "/a", 200, "<html>",
	    "the answer is not JSON", 0 },
	{ "infinite", PROBE_JSON, "/a", 200, "{\"a\":\"inf\"}",
	    "it is no finite number", 0 },
	{ "an error", PROBE_JSON, "/a", 500, "{\"a\":1}", "status 500", 0 },
	{ "sent elsewhere", PROBE_JSON, "/a", 302, "{\"a\":1}", "status 302", 0 },
	{ "a metric", PROBE_METRIC, "up{a=\"b\"}", 200,
	    "up{a=\"c\"} 1\nup{a=\"b\"} 2\n", NULL, 2 },
	{ "no such metric", PROBE_METRIC, "up", 200, "down 1\n",
	    "the answer has no such metric", 0 },
	{ "a metric that is none", PROBE_METRIC, "up", 200, "up NaN\n",
	    "it is no finite number", 0 },
	{ "a scalar", PROBE_PROMETHEUS, "", 200, "{\"status\":\"success\","
	    "\"data\":{\"resultType\":\"scalar\",\"result\":[17,\"4.5\"]}}", NULL,
	    4.5 },
	{ "a vector of one", PROBE_PROMETHEUS, "", 200, "{\"status\":\"success\","
	    "\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},"
	    "\"value\":[17.1,\"8\"]}]}}", NULL, 8 },
	{ "of none", PROBE_PROMETHEUS, "", 200, "{\"data\":{\"resultType\":"
	    "\"vector\",\"result\":[]}}", "the result is empty", 0 },
	{ "of two", PROBE_PROMETHEUS, "", 200, "{\"data\":{\"resultType\":"
	    "\"vector\",\"result\":[{\"value\":[1,\"1\"]},{\"value\":[1,\"2\"]}]}}",
	    "the result is of several series; sum them", 0 },
	{ "a matrix", PROBE_PROMETHEUS, "", 200, "{\"data\":{\"resultType\":"
	    "\"matrix\",\"result\":[{\"values\":[[1,\"1\"]]}]}}",
	    "the result is neither a scalar nor a vector", 0 },
	{ "something else", PROBE_PROMETHEUS, "", 200, "{\"data\":5}",
	    "the answer is not one to a query", 0 },
	{ "a wrong query", PROBE_PROMETHEUS, "", 400, "{\"status\":\"error\"}",
	    "status 400", 0 },
	{ "well", PROBE_HEALTH, "", 204, "", NULL, 1 },
	{ "not well", PROBE_HEALTH, "", 503, "", NULL, 0 },
};

Test(probe_answer, numbers)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char pointer[64], why[PROBE_WHY_MAX];
		struct prom_selector selector;
		const char *fault;
		struct probe_rule p = { .kind = rows[i].kind, .json = pointer,
			.selector = &selector, .status_low = 200,
			.status_high = 299 };
		double value = -1;
		bool ok;

		strcpy(pointer, rows[i].ask);
		if (p.kind == PROBE_METRIC)
			cr_assert(prom_selector_parse(rows[i].ask,
			    strlen(rows[i].ask), &selector, &fault));
		ok = probe_answer_read(&p, rows[i].status, rows[i].body,
		    strlen(rows[i].body), &value, why);
		cr_expect_eq(ok, rows[i].why == NULL, "%s: %s", rows[i].name, why);
		if (rows[i].why != NULL)
			cr_expect_str_eq(why, rows[i].why, "%s: %s", rows[i].name,
			    why);
		else
			cr_expect(!(value < rows[i].value) &&
			    !(value > rows[i].value), "%s: %g", rows[i].name, value);
	}
}
