/* probe_answer -- see probe_answer.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/probe_answer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"

/* Of the tree of a JSON answer. */
#define TREE_MAX_BYTES (64u << 20)
#define NUMBER_MAX 63

static bool
say(char why[PROBE_WHY_MAX], const char *text)
{
	snprintf(why, PROBE_WHY_MAX, "%s", text);
	return false;
}

/* A number, a text that is one, or a truth. */
static bool
take_number(const struct json *value, double *out, char why[PROBE_WHY_MAX])
{
	char text[NUMBER_MAX + 1], *end = text;

	if (value == NULL)
		return say(why, "the answer has nothing at this place");
	if (value->kind == JSON_TRUE || value->kind == JSON_FALSE) {
		*out = value->kind == JSON_TRUE;
		return true;
	}
	if ((value->kind != JSON_NUMBER && value->kind != JSON_STRING) ||
	    value->len == 0 || value->len > NUMBER_MAX ||
	    memchr(value->text, '\0', value->len) != NULL)
		return say(why, "what is at this place is no number");
	memcpy(text, value->text, value->len);
	text[value->len] = '\0';
	*out = strtod(text, &end);
	if (*end != '\0')
		return say(why, "what is at this place is no number");
	return true;
}

/* --- PromQL: {"status","data":{"resultType","result"}} ---------------------------- */

static bool
take_result(const struct json *root, double *out, char why[PROBE_WHY_MAX])
{
	const struct json *data = json_member(root, "data");
	const struct json *type = json_member(data, "resultType");
	const struct json *result = json_member(data, "result");

	if (result == NULL || type == NULL)
		return say(why, "the answer is not one to a query");
	if (json_text_is(type, "scalar"))
		return take_number(json_at(result, "/1"), out, why);
	if (!json_text_is(type, "vector"))
		return say(why, "the result is neither a scalar nor a vector");
	if (result->count == 0)
		return say(why, "the result is empty");
	if (result->count > 1)
		return say(why, "the result is of several series; sum them");
	return take_number(json_at(result->first, "/value/1"), out, why);
}

static bool
read_json(const struct probe_rule *p, const char *body, size_t len,
    double *out, char why[PROBE_WHY_MAX])
{
	struct json_fault fault;
	struct arena arena;
	const struct json *root;
	bool ok;

	arena_init(&arena, TREE_MAX_BYTES);
	root = json_parse(&arena, body, len, false, &fault);
	if (root == NULL)
		ok = say(why, "the answer is not JSON");
	else if (p->kind == PROBE_JSON)
		ok = take_number(json_at(root, p->json), out, why);
	else
		ok = take_result(root, out, why);
	arena_fini(&arena);
	return ok;
}

static bool
read_metric(const struct probe_rule *p, const char *body, size_t len,
    double *out, char why[PROBE_WHY_MAX])
{
	return prom_text_sum(p->selector, body, len, out) > 0 ||
	    say(why, "the answer has no such metric");
}

bool
probe_answer_read(const struct probe_rule *p, long status, const char *body,
    size_t len, double *out, char why[PROBE_WHY_MAX])
{
	bool ok;

	if (p->kind == PROBE_HEALTH) {
		*out = status >= p->status_low && status <= p->status_high;
		snprintf(why, PROBE_WHY_MAX, "status %ld", status);
		return true;
	}
	if (status < 200 || status > 299) {
		snprintf(why, PROBE_WHY_MAX, "status %ld", status);
		return false;
	}
	ok = p->kind == PROBE_METRIC ? read_metric(p, body, len, out, why) :
	    read_json(p, body, len, out, why);
	if (ok && !isfinite(*out))
		return say(why, "it is no finite number");
	if (ok)
		why[0] = '\0';
	return ok;
}
