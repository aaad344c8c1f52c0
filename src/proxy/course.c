/* course -- see course.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/course.h"

#include "policy/decide.h"
#include "proxy/worker.h"

void
course_init(struct course *c, const struct course_ports *ports)
{
	*c = (struct course){
		.snapshot = snapshot_ref(ports->snapshot),
		.stats = ports->stats,
		.board = ports->board,
		.latch = ports->latch,
		.mirror_budget = ports->mirror_budget,
	};
	streak_clear(&c->streak);
	repeats_clear(&c->repeats);
}

void
course_fini(struct course *c)
{
	struct snapshot *unread = atomic_exchange(&c->next, NULL);

	snapshot_unref(&unread);
	snapshot_unref(&c->snapshot);
}

/* Whose route it is; who has no routes takes all.  What nobody takes is the
 * main one's, which leaves it to legacy like any request without a route. */
struct course *
course_choose(const struct worker *w, const struct head *head,
    const struct target *target)
{
	const struct request_view view = { .head = head, .target = target };

	for (size_t i = 0; w->course_count > 1 && i < w->course_count; i++) {
		const struct rules *rules =
		    &w->courses[i].snapshot->config->rules;

		if (rules->route_count == 0 || route_match(rules, &view) != NULL)
			return &w->courses[i];
	}
	return &w->courses[0];
}

void
course_put(struct course *c, struct snapshot *s)
{
	struct snapshot *unread = atomic_exchange(&c->next, snapshot_ref(s));

	snapshot_unref(&unread);
}

bool
course_follow(struct course *c, struct snapshot **before_out)
{
	struct snapshot *next = atomic_exchange(&c->next, NULL);

	if (next == NULL)
		return false;
	if (c->snapshot->state.latched && !next->state.latched)
		streak_clear(&c->streak);
	if (c->snapshot->state.stage_us != next->state.stage_us)
		seen_clear(&c->stats->seen);
	*before_out = c->snapshot;
	c->snapshot = next;
	return true;
}

bool
course_feed_breaker(struct course *c, const struct snapshot *s,
    uint32_t bucket, bool failed)
{
	enum streak_end end = streak_add(&c->streak, &s->config->rules.breaker,
	    bucket, failed);

	if (end == STREAK_GOES_ON)
		return false;
	/* Legacy is to be switched off: going back is a person's decision. */
	if (s->complete != NULL && !s->complete->guard)
		return false;
	streak_clear(&c->streak);
	return latch_set(c->latch, end == STREAK_HALF ? LATCH_BREAKER_HALF :
	    LATCH_BREAKER);
}
