/* fuzz_text -- any two texts: bounded, symmetric, and shown as they are.
 * SPDX-License-Identifier: MIT
 *
 * The input is two texts with a NUL between them; the second may be missing,
 * then the first is compared with itself in capitals.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compare/text.h"

#define ARENA_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static bool
is_within(struct shown part, struct shown whole)
{
	return part.len == 0 || (part.text >= whole.text &&
	    part.text + part.len <= whole.text + whole.len);
}

static void
check(const struct text_finding *f, struct shown l, struct shown e)
{
	require(f->similarity >= 0 && f->similarity <= 1);
	require(f->flag_count <= TEXT_FLAG_COUNT);
	for (unsigned i = 0; i < f->flag_count; i++) {
		const struct text_flag *flag = &f->flags[i];

		require(flag->kind < DIFF_KIND_COUNT);
		require(flag->kind == DIFF_LANGUAGE ||
		    (is_within(flag->legacy, l) && is_within(flag->enhanced, e)));
		for (unsigned k = 0; k < i; k++)
			require(f->flags[k].kind != flag->kind);
	}
}

static void
judge_both_ways(struct shown l, struct shown e, struct arena *a)
{
	static char *phrases[] = { "I can't", "sorry", NULL };
	struct text_rules rules = { (1u << TEXT_FLAG_COUNT) - 1, phrases, NULL };
	struct text_finding there, back;

	if (!text_judge(l, e, 0.5, &rules, a, &there))
		return;
	check(&there, l, e);
	arena_reset(a);
	require(text_judge(e, l, 0.5, &rules, a, &back));
	check(&back, e, l);
	require(there.similarity == back.similarity);
	require(there.alike == back.alike);
	require(there.flag_count == back.flag_count);
	for (unsigned i = 0; i < there.flag_count; i++)
		require(there.flags[i].kind == back.flags[i].kind);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size > 0 ? memchr(text, 0, size) : NULL;
	struct shown l = { text, size }, e;
	struct arena a;
	char *copy;

	arena_init(&a, ARENA_MAX);
	if (nul != NULL) {
		l.len = (size_t)(nul - text);
		e = (struct shown){ nul + 1, size - l.len - 1 };
		judge_both_ways(l, e, &a);
		arena_fini(&a);
		return 0;
	}
	copy = malloc(size + 1);
	require(copy != NULL);
	for (size_t i = 0; i < size; i++)
		copy[i] = text[i] >= 'a' && text[i] <= 'z' ?
		    (char)(text[i] - 32) : text[i];
	e = (struct shown){ copy, size };
	judge_both_ways(l, e, &a);
	free(copy);
	arena_fini(&a);
	return 0;
}
