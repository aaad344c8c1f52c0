/* Two lists matched with the fewest edits.
 * SPDX-License-Identifier: MIT
 */
#include "compare/align.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Items are letters: the same if equal, alike (half the cost) if equal but
 * for the case.  Each weighs 2. */
struct lists {
	const char *a, *b;
	uint64_t asked, most; /* how many questions there may be; 0 = any */
};

static bool
is_same(void *arg, size_t i, size_t j)
{
	struct lists *l = arg;

	l->asked++;
	return l->a[i] == l->b[j];
}

static uint64_t
cost_of(char x, char y)
{
	return x == y ? 0 : (x | 0x20) == (y | 0x20) ? 1 : 3;
}

static uint64_t
cost(void *arg, size_t i, size_t j, uint64_t most)
{
	struct lists *l = arg;
	uint64_t c = cost_of(l->a[i], l->b[j]);

	l->asked++;
	return c < most ? c : most;
}

static bool
is_over(void *arg)
{
	struct lists *l = arg;

	return l->most != 0 && l->asked >= l->most;
}

static bool
align(struct lists *l, struct arena *a, size_t *partners)
{
	size_t m = strlen(l->a), n = strlen(l->b), most = m > n ? m : n;
	uint64_t *weights = arena_alloc(a, (most + 1) * sizeof *weights);
	struct align al = { m, n, weights, weights, is_same, cost, is_over, l, a };

	for (size_t i = 0; i <= most; i++)
		weights[i] = 2;
	return align_items(&al, partners);
}

/* "ab" and "b": "-a bb" */
static void
write_down(const struct lists *l, const size_t *partners, char *out)
{
	size_t i = 0, j = 0, m = strlen(l->a), n = strlen(l->b);

	*out = '\0';
	while (i < m || j < n) {
		if (i < m && partners[i] == ALIGN_NONE)
			out += sprintf(out, "-%c ", l->a[i++]);
		else if (i == m || partners[i] != j)
			out += sprintf(out, "+%c ", l->b[j++]);
		else
			out += sprintf(out, "%c%c ", l->a[i++], l->b[j++]);
	}
}

static const struct {
	const char *a, *b, *want;
} cases[] = {
	{ "", "", "" },
	{ "ab", "", "-a -b " },
	{ "", "ab", "+a +b " },
	{ "abc", "abc", "aa bb cc " },
	{ "abc", "xabc", "+x aa bb cc " },
	{ "abc", "axbc", "aa +x bb cc " },
	{ "abc", "ac", "aa -b cc " },
	{ "abc", "xyz", "ax by cz " },
	{ "abc", "xABC", "+x aA bB cC " },
	{ "abcd", "BCd", "-a bB cC dd " },
	{ "ab", "ba", "-a bb +a " },
};

Test(align, finds_the_fewest_edits)
{
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct lists l = { cases[i].a, cases[i].b, 0, 0 };
		size_t partners[16];
		char got[100];

		cr_assert(align(&l, &a, partners));
		write_down(&l, partners, got);
		cr_expect_str_eq(got, cases[i].want, "%s %s: %s", l.a, l.b, got);
	}
	arena_fini(&a);
}

/* What a way costs; it must be a way. */
static uint64_t
price(const struct lists *l, const size_t *partners)
{
	size_t m = strlen(l->a), n = strlen(l->b), next = 0;
	uint64_t sum = 2 * n;

	for (size_t i = 0; i < m; i++) {
		sum += 2;
		if (partners[i] == ALIGN_NONE)
			continue;
		cr_assert(partners[i] >= next && partners[i] < n);
		next = partners[i] + 1;
		sum += cost_of(l->a[i], l->b[partners[i]]);
		sum -= 4;
	}
	return sum;
}

static uint64_t
cheapest(const char *a, const char *b)
{
	uint64_t best, other;

	if (*a == '\0' || *b == '\0')
		return 2 * (strlen(a) + strlen(b));
	best = cheapest(a + 1, b + 1) + cost_of(*a, *b);
	other = cheapest(a + 1, b) + 2;
	best = other < best ? other : best;
	other = cheapest(a, b + 1) + 2;
	return other < best ? other : best;
}

static void
make(char *out, size_t len, const char *letters)
{
	for (size_t i = 0; i < len; i++)
		out[i] = letters[(size_t)rand() % strlen(letters)];
	out[len] = '\0';
}

Test(align, is_as_cheap_as_can_be)
{
	struct arena a;

	srand(5);
	arena_init(&a, 0);
	for (int round = 0; round < 3000; round++) {
		char x[8], y[8];
		struct lists l = { x, y, 0, 0 };
		size_t partners[8];

		make(x, (size_t)rand() % 7, "abAB");
		make(y, (size_t)rand() % 7, "abAB");
		cr_assert(align(&l, &a, partners));
		cr_assert_eq(price(&l, partners), cheapest(x, y), "%s %s", x, y);
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* Long lists with few edits: all that was not touched is matched, and the
 * questions are few. */
Test(align, follows_long_lists)
{
	static char x[5000], y[6000];
	static size_t partners[5000];
	struct arena a;

	srand(6);
	arena_init(&a, 0);
	for (int round = 0; round < 200; round++) {
		struct lists l = { x, y, 0, 0 };
		size_t len = 3000 + (size_t)rand() % 1900, edits = 0, n = 0;

		make(x, len, "abcdefghijklmnopqrstuvwxyz");
		for (size_t i = 0; i < len; i++) {
			int dice = rand() % 200;

			if (dice < 1) {
				y[n++] = '!';
				edits++;
			} else if (dice < 2) {
				edits++;
				continue;
			}
			y[n++] = x[i];
		}
		y[n] = '\0';
		cr_assert(align(&l, &a, partners), "%zu", edits);
		cr_assert_leq(price(&l, partners), 2 * edits);
		cr_assert_lt(l.asked, 40 * len + edits * edits * 20);
		arena_reset(&a);
	}
	arena_fini(&a);
}

Test(align, gives_up_where_everything_differs)
{
	static char x[3001], y[3001];
	static size_t partners[3000];
	struct lists l = { x, y, 0, 0 };
	struct arena a;

	arena_init(&a, 0);
	make(x, 3000, "a");
	make(y, 3000, "b");
	cr_expect_not(align(&l, &a, partners));
	cr_expect_lt(l.asked, 10000);
	y[100] = '\0';
	l.asked = 0;
	cr_expect_not(align(&l, &a, partners));
	cr_expect_eq(l.asked, 0, "too far apart in length");
	arena_fini(&a);
}

Test(align, gives_up_when_it_is_told)
{
	struct lists l = { "abcdefgh", "hgfedcba", 0, 10 };
	size_t partners[8];
	struct arena a, small;

	arena_init(&a, 0);
	cr_expect_not(align(&l, &a, partners));
	arena_init(&small, 200);
	l.most = 0;
	cr_expect_not(align(&l, &small, partners), "no memory");
	arena_fini(&a);
	arena_fini(&small);
}
