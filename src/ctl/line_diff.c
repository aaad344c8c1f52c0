/* line_diff -- see line_diff.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/line_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct diffing {
	const struct line *left, *right; /* borrow: what is in the middle */
	size_t left_count, right_count;
	size_t before;                   /* lines in front of it */
	uint32_t *longest;               /* owns: common lines from (i, j) on */
	struct line_diff *out;
};

static bool
is_same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void
put(struct line_diff *out, int kind, size_t left, size_t right)
{
	struct line_step *s = &out->steps[out->count++];

	s->kind = kind;
	s->left = left;
	s->right = right;
}

static uint32_t *
longest_at(const struct diffing *d, size_t i, size_t j)
{
	return &d->longest[i * (d->right_count + 1) + j];
}

static void
measure(struct diffing *d)
{
	size_t space = (d->left_count + 1) * (d->right_count + 1);

	d->longest = mem_zalloc(space * sizeof *d->longest);
	for (size_t i = d->left_count; i-- > 0;)
		for (size_t j = d->right_count; j-- > 0;) {
			uint32_t down = *longest_at(d, i + 1, j);
			uint32_t across = *longest_at(d, i, j + 1);

			*longest_at(d, i, j) = is_same(&d->left[i],
			    &d->right[j]) ? *longest_at(d, i + 1, j + 1) + 1 :
			    down >= across ? down : across;
		}
}

/* With a measure; without one nothing is the same. */
static void
walk(const struct diffing *d)
{
	size_t i = 0, j = 0;

	while (i < d->left_count || j < d->right_count) {
		size_t left = d->before + i, right = d->before + j;

		if (d->longest != NULL && i < d->left_count &&
		    j < d->right_count && is_same(&d->left[i], &d->right[j])) {
			put(d->out, LINE_SAME, left, right);
			i++;
			j++;
		} else if (i < d->left_count && (j == d->right_count ||
		    d->longest == NULL || *longest_at(d, i + 1, j) >=
		    *longest_at(d, i, j + 1))) {
			put(d->out, LINE_LEFT, left, right);
			i++;
		} else {
			put(d->out, LINE_RIGHT, left, right);
			j++;
		}
	}
}

void
line_diff_make(const struct body_lines *left, const struct body_lines *right,
    struct line_diff *out)
{
	size_t most = left->count < right->count ? left->count : right->count;
	size_t before = 0, after = 0;
	struct diffing d;

	*out = (struct line_diff){ .steps = mem_alloc((left->count +
	    right->count + 1) * sizeof *out->steps) };
	while (before < most && is_same(&left->lines[before],
	    &right->lines[before]))
		before++;
	while (after < most - before && is_same(
	    &left->lines[left->count - 1 - after],
	    &right->lines[right->count - 1 - after]))
		after++;
	d = (struct diffing){ .left = left->lines + before,
		.right = right->lines + before, .before = before,
		.left_count = left->count - before - after,
		.right_count = right->count - before - after, .out = out };
	for (size_t i = 0; i < before; i++)
		put(out, LINE_SAME, i, i);
	if (d.left_count <= LINE_DIFF_MAX / (d.right_count + 1))
		measure(&d);
	walk(&d);
	for (size_t i = 0; i < after; i++)
		put(out, LINE_SAME, before + d.left_count + i,
		    before + d.right_count + i);
	free(d.longest);
}

void
line_diff_fini(struct line_diff *d)
{
	free(d->steps);
	*d = (struct line_diff){ .steps = NULL };
}
