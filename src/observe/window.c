/* window -- two rings of past tallies: a fine one and a coarse one.
 * SPDX-License-Identifier: MIT
 *
 * About 7 KiB a tally: 12 MiB for both rings and versions.  Each distribution
 * that a condition asks for (SPREADS_MAX at most) is as much again, 11 MiB,
 * and is there only while it is asked for.
 */
#include "observe/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define FINE_STEP_NS (250 * NS_PER_MS)
#define FINE_COUNT 481 /* two minutes, both ends included */
#define COARSE_STEP_NS (30 * NS_PER_S)
#define COARSE_COUNT 361 /* three hours, both ends included */

/* Behind it a tally for each version, cut off behind the distributions that
 * are kept. */
struct moment {
	uint64_t at_ns;
	char tallies[];
};

/* The newest count moments, the oldest overwritten first. */
struct trail {
	char *moments;          /* owns; space of them */
	size_t tally_bytes;
	size_t space;
	size_t count;
	size_t newest;          /* index, if count > 0 */
	uint64_t step_ns;
};

struct history {
	struct trail fine, coarse;
};

static size_t
moment_bytes(const struct trail *t)
{
	return sizeof(struct moment) + VERSION_COUNT * t->tally_bytes;
}

static struct moment *
moment_of(const struct trail *t, size_t index)
{
	return (struct moment *)(void *)(t->moments + index * moment_bytes(t));
}

/* Not all of it: no more of its distributions than are kept. */
static const struct tally *
tally_of(const struct trail *t, const struct moment *m, enum version v)
{
	return (const struct tally *)(const void *)(m->tallies +
	    v * t->tally_bytes);
}

static void
trail_init(struct trail *t, size_t space, uint64_t step_ns)
{
	t->tally_bytes = TALLY_BYTES(0);
	t->moments = mem_zalloc(space * moment_bytes(t));
	t->space = space;
	t->step_ns = step_ns;
}

/* back 0 is the newest. */
static const struct moment *
trail_at(const struct trail *t, size_t back)
{
	return moment_of(t, (t->newest + t->space - back) % t->space);
}

static void
trail_push(struct trail *t, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT])
{
	struct moment *m;

	if (t->count > 0 && now_ns < trail_at(t, 0)->at_ns + t->step_ns)
		return;
	t->newest = t->count == 0 ? 0 : (t->newest + 1) % t->space;
	m = moment_of(t, t->newest);
	m->at_ns = now_ns;
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		assert(TALLY_BYTES(tallies[v].spread_count) == t->tally_bytes);
		memcpy(m->tallies + v * t->tally_bytes, &tallies[v],
		    t->tally_bytes);
	}
	if (t->count < t->space)
		t->count++;
}

/* The newest moment not after limit_ns, else the oldest; NULL if empty. */
static const struct moment *
trail_find(const struct trail *t, uint64_t limit_ns)
{
	size_t low = 0, high = t->count; /* the answer's distance back */

	if (t->count == 0)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trail_at(t, middle)->at_ns <= limit_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return trail_at(t, low < t->count ? low : t->count - 1);
}

/* The signals are new ones, and so is what is counted of them: from zero. */
static void
trail_reshape(struct trail *t, size_t spread_count)
{
	struct trail old = *t;

	t->tally_bytes = TALLY_BYTES(spread_count);
	t->moments = mem_zalloc(t->space * moment_bytes(t));
	for (size_t i = 0; i < t->space; i++) {
		const struct moment *from = moment_of(&old, i);
		struct moment *m = moment_of(t, i);

		m->at_ns = from->at_ns;
		for (unsigned v = 0; v < VERSION_COUNT; v++) {
			memcpy(m->tallies + v * t->tally_bytes,
			    tally_of(&old, from, v),
			    offsetof(struct tally, signals));
		}
	}
	free(old.moments);
}

void
history_reshape(struct history *h, size_t spread_count)
{
	trail_reshape(&h->fine, spread_count);
	trail_reshape(&h->coarse, spread_count);
}

struct history *
history_new(void)
{
	struct history *h = mem_zalloc(sizeof *h);

	trail_init(&h->fine, FINE_COUNT, FINE_STEP_NS);
	trail_init(&h->coarse, COARSE_COUNT, COARSE_STEP_NS);
	return h;
}

void
history_free(struct history **h)
{
	if (*h == NULL)
		return;
	free((*h)->fine.moments);
	free((*h)->coarse.moments);
	free(*h);
	*h = NULL;
}

void
history_push(struct history *h, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT])
{
	trail_push(&h->fine, now_ns, tallies);
	trail_push(&h->coarse, now_ns, tallies);
}

void
history_cut(struct history *h, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT])
{
	h->fine.count = 0;
	h->coarse.count = 0;
	history_push(h, now_ns, tallies);
}

/* Of the two trails' answers the one that reaches back less beyond the span,
 * and if neither reaches that far, the older one. */
static const struct moment *
history_find(const struct history *h, uint64_t limit_ns)
{
	const struct moment *fine = trail_find(&h->fine, limit_ns);
	const struct moment *coarse = trail_find(&h->coarse, limit_ns);

	if (fine == NULL || coarse == NULL)
		return fine != NULL ? fine : coarse;
	if (fine->at_ns > limit_ns)
		return coarse;
	if (coarse->at_ns > limit_ns)
		return fine;
	return fine->at_ns >= coarse->at_ns ? fine : coarse;
}

/* The newest moment at which there were at most so many requests. */
static const struct moment *
trail_find_count(const struct trail *t, enum version v, uint64_t requests)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tally_of(t, trail_at(t, middle), v)->requests <= requests)
			high = middle;
		else
			low = middle + 1;
	}
	return low < t->count ? trail_at(t, low) : NULL;
}

/* Both trails have tallies of the same shape. */
static void
window_since(const struct history *h, const struct moment *begin,
    enum version v, const struct tally *now, uint64_t now_ns, unsigned wanted,
    struct tally *out, uint64_t *covered_ns_out)
{
	if (begin == NULL) {
		memset(out, 0, sizeof *out);
		*covered_ns_out = 0;
		return;
	}
	tally_subtract(now, tally_of(&h->fine, begin, v), wanted, out);
	*covered_ns_out = now_ns - begin->at_ns;
}

void
history_window(const struct history *h, enum version v,
    const struct tally *now, uint64_t now_ns, uint64_t span_ns,
    unsigned wanted, struct tally *out, uint64_t *covered_ns_out)
{
	uint64_t limit_ns = now_ns > span_ns ? now_ns - span_ns : 0;

	window_since(h, history_find(h, limit_ns), v, now, now_ns, wanted, out,
	    covered_ns_out);
}

void
history_last(const struct history *h, enum version v,
    const struct tally *now, uint64_t now_ns, uint64_t count,
    unsigned wanted, struct tally *out, uint64_t *covered_ns_out)
{
	uint64_t before = now->requests > count ? now->requests - count : 0;
	const struct moment *begin = trail_find_count(&h->fine, v, before);

	if (begin == NULL)
		begin = trail_find_count(&h->coarse, v, before);
	if (begin == NULL)
		begin = history_find(h, 0);
	window_since(h, begin, v, now, now_ns, wanted, out, covered_ns_out);
}
