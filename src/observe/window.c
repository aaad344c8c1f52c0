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

/* What moments are searched by: side by side it stays in the cache. */
struct mark {
	uint64_t at_ns;
	uint64_t requests[VERSION_COUNT];
};

/* The newest count moments, the oldest overwritten first. */
struct trail {
	struct mark *marks;     /* owns; of each moment */
	char *tallies;          /* owns; of each moment one for each version, cut
	                         * off behind the distributions that are kept */
	size_t tally_bytes;
	size_t space;           /* moments there may be */
	size_t count;
	size_t newest;          /* index, if count > 0 */
	uint64_t step_ns;
};

/* Where one is; trail NULL: nowhere. */
struct moment {
	const struct trail *trail;
	size_t index;
};

struct history {
	struct trail fine, coarse;
};

static struct tally *
place_of(const struct trail *t, size_t index, enum version v)
{
	return (struct tally *)(void *)(t->tallies +
	    (index * VERSION_COUNT + v) * t->tally_bytes);
}

/* Not all of it: no more of its distributions than are kept. */
static const struct tally *
tally_of(const struct moment *m, enum version v)
{
	return place_of(m->trail, m->index, v);
}

static void
trail_init(struct trail *t, size_t space, uint64_t step_ns)
{
	t->tally_bytes = TALLY_BYTES(0);
	t->marks = mem_zalloc(space * sizeof *t->marks);
	t->tallies = mem_zalloc(space * VERSION_COUNT * t->tally_bytes);
	t->space = space;
	t->step_ns = step_ns;
}

static void
trail_fini(struct trail *t)
{
	free(t->marks);
	free(t->tallies);
}

/* back 0 is the newest. */
static size_t
index_of(const struct trail *t, size_t back)
{
	return t->newest >= back ? t->newest - back :
	    t->newest + t->space - back;
}

static const struct mark *
mark_at(const struct trail *t, size_t back)
{
	return &t->marks[index_of(t, back)];
}

static void
trail_push(struct trail *t, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT])
{
	if (t->count > 0 && now_ns < mark_at(t, 0)->at_ns + t->step_ns)
		return;
	t->newest = t->count == 0 ? 0 : (t->newest + 1) % t->space;
	t->marks[t->newest].at_ns = now_ns;
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		assert(TALLY_BYTES(tallies[v].spread_count) == t->tally_bytes);
		t->marks[t->newest].requests[v] = tallies[v].requests;
		tally_copy(&tallies[v], place_of(t, t->newest, v));
	}
	if (t->count < t->space)
		t->count++;
}

static struct moment
moment_at(const struct trail *t, size_t back)
{
	return (struct moment){ t, index_of(t, back) };
}

/* The newest moment not after limit_ns, else the oldest. */
static struct moment
trail_find(const struct trail *t, uint64_t limit_ns)
{
	size_t low = 0, high = t->count; /* the answer's distance back */

	if (t->count == 0)
		return (struct moment){ NULL, 0 };
	/* The fine trail is short, and most windows are longer. */
	if (mark_at(t, t->count - 1)->at_ns > limit_ns)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mark_at(t, middle)->at_ns <= limit_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return moment_at(t, low < t->count ? low : t->count - 1);
}

/* The signals are new ones, and so is what is counted of them: from zero. */
static void
trail_reshape(struct trail *t, size_t spread_count)
{
	struct trail old = *t;

	t->tally_bytes = TALLY_BYTES(spread_count);
	t->tallies = mem_zalloc(t->space * VERSION_COUNT * t->tally_bytes);
	for (size_t i = 0; i < t->count; i++)
		for (unsigned v = 0; v < VERSION_COUNT; v++) {
			const struct tally *from = place_of(&old,
			    index_of(t, i), v);
			struct tally *to = place_of(t, index_of(t, i), v);

			memcpy(to, from, offsetof(struct tally, signals));
			hist_copy(&from->latency, &to->latency);
		}
	free(old.tallies);
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
	trail_fini(&(*h)->fine);
	trail_fini(&(*h)->coarse);
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

static uint64_t
at_ns(const struct moment *m)
{
	return m->trail->marks[m->index].at_ns;
}

/* Of the two trails' answers the one that reaches back less beyond the span,
 * and if neither reaches that far, the older one. */
static struct moment
history_find(const struct history *h, uint64_t limit_ns)
{
	struct moment fine = trail_find(&h->fine, limit_ns);
	struct moment coarse = trail_find(&h->coarse, limit_ns);

	if (fine.trail == NULL || coarse.trail == NULL)
		return fine.trail != NULL ? fine : coarse;
	if (at_ns(&fine) > limit_ns)
		return coarse;
	if (at_ns(&coarse) > limit_ns)
		return fine;
	return at_ns(&fine) >= at_ns(&coarse) ? fine : coarse;
}

/* The newest moment at which there were at most so many requests. */
static struct moment
trail_find_count(const struct trail *t, enum version v, uint64_t requests)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mark_at(t, middle)->requests[v] <= requests)
			high = middle;
		else
			low = middle + 1;
	}
	return low < t->count ? moment_at(t, low) : (struct moment){ NULL, 0 };
}

static void
window_since(const struct moment *begin, enum version v,
    const struct tally *now, unsigned wanted, struct tally *out)
{
	if (begin->trail == NULL)
		memset(out, 0, sizeof *out);
	else
		tally_subtract(now, tally_of(begin, v), wanted, out);
}

static struct moment
begin_of(const struct history *h, uint64_t now_ns, uint64_t span_ns)
{
	return history_find(h, now_ns > span_ns ? now_ns - span_ns : 0);
}

void
history_window(const struct history *h, enum version v,
    const struct tally *now, uint64_t now_ns, uint64_t span_ns,
    unsigned wanted, struct tally *out, uint64_t *covered_ns_out)
{
	struct moment begin = begin_of(h, now_ns, span_ns);

	window_since(&begin, v, now, wanted, out);
	*covered_ns_out = begin.trail != NULL ? now_ns - at_ns(&begin) : 0;
}

uint64_t
history_reach(const struct history *h, uint64_t now_ns, uint64_t span_ns)
{
	struct moment begin = begin_of(h, now_ns, span_ns);

	return begin.trail != NULL ? now_ns - at_ns(&begin) : 0;
}

void
history_windows(const struct history *h,
    const struct tally now[VERSION_COUNT], uint64_t now_ns, uint64_t span_ns,
    unsigned wanted, struct tally out[VERSION_COUNT])
{
	struct moment begin = begin_of(h, now_ns, span_ns);

	for (unsigned v = 0; v < VERSION_COUNT; v++)
		window_since(&begin, v, &now[v], wanted, &out[v]);
}

void
history_last(const struct history *h, enum version v,
    const struct tally *now, uint64_t count, unsigned wanted,
    struct tally *out)
{
	uint64_t before = now->requests > count ? now->requests - count : 0;
	struct moment begin = trail_find_count(&h->fine, v, before);

	if (begin.trail == NULL)
		begin = trail_find_count(&h->coarse, v, before);
	if (begin.trail == NULL)
		begin = history_find(h, 0);
	window_since(&begin, v, now, wanted, out);
}
