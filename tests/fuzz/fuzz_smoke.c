/* fuzz_smoke -- any answer against anything that a smoke check may expect.
 * SPDX-License-Identifier: MIT
 *
 * The first line is a JSON Pointer, the second the value that is expected
 * there, the rest the answer.  Must hold: an answer is well or it is said why;
 * a document is what it is; and two documents are like each other or not,
 * whichever is the one that is expected.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "control/smoke.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POINTER_MAX 256

struct line {
	const char *at;
	size_t len;
};

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static bool
next_line(const char **at, size_t *left, struct line *out)
{
	const char *end = memchr(*at, '\n', *left);

	if (end == NULL)
		return false;
	*out = (struct line){ *at, (size_t)(end - *at) };
	*left -= out->len + 1;
	*at = end + 1;
	return true;
}

static bool
judge(char *pointer, const struct json *want, const struct line *answer,
    char why[SMOKE_WHY_MAX])
{
	struct smoke_place place = { .pointer = pointer, .value = want };
	struct smoke_check c = { .status_low = 200, .status_high = 299,
		.places = &place, .place_count = 1 };
	bool ok = smoke_judge(&c, 200, answer->at, answer->len, why);

	require(memchr(why, '\0', SMOKE_WHY_MAX) != NULL);
	require(ok == (why[0] == '\0'));
	return ok;
}

/* Documents whose members have a name each; else one may be like the other
 * alone. */
static void
check_whole(const struct line *want, const struct line *answer)
{
	char whole[] = "", why[SMOKE_WHY_MAX];
	const struct json *a, *b;
	struct json_fault fault;
	struct arena arena;

	arena_init(&arena, 0);
	a = json_parse(&arena, want->at, want->len, true, &fault);
	b = json_parse(&arena, answer->at, answer->len, true, &fault);
	require(b == NULL || judge(whole, b, answer, why));
	require(a == NULL || judge(whole, a, want, why));
	if (a != NULL && b != NULL)
		require(judge(whole, a, answer, why) ==
		    judge(whole, b, want, why));
	arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	char pointer[POINTER_MAX], why[SMOKE_WHY_MAX];
	const struct json *expected;
	struct json_fault fault;
	struct line name, want, answer;
	struct arena arena;

	if (!next_line(&at, &size, &name) || !next_line(&at, &size, &want) ||
	    name.len >= sizeof pointer || memchr(name.at, '\0', name.len) != NULL)
		return 0;
	answer = (struct line){ at, size };
	memcpy(pointer, name.at, name.len);
	pointer[name.len] = '\0';
	arena_init(&arena, 0);
	expected = json_parse(&arena, want.at, want.len, true, &fault);
	if (expected != NULL)
		(void)judge(pointer, expected, &answer, why);
	arena_fini(&arena);
	check_whole(&want, &answer);
	return 0;
}
