/* wheel -- see wheel.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/wheel.h"

static struct wheel_slot *
slot_of(struct wheel *w, uint64_t at_ns)
{
	return &w->slots[(at_ns / WHEEL_SLOT_NS) % WHEEL_SLOTS];
}

void
wheel_init(struct wheel *w, uint64_t now_ns)
{
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		LIST_INIT(&w->slots[i]);
	w->turned_ns = now_ns - now_ns % WHEEL_SLOT_NS;
	w->armed = 0;
}

static void
place(struct wheel *w, struct wheel_entry *e)
{
	e->placed_ns = e->at_ns;
	LIST_INSERT_HEAD(slot_of(w, e->at_ns), e, link);
}

void
wheel_arm(struct wheel *w, struct wheel_entry *e, uint64_t at_ns)
{
	/* What is due already goes into the slot that turns next. */
	if (at_ns < w->turned_ns)
		at_ns = w->turned_ns;
	if (e->at_ns == 0) {
		w->armed++;
	} else if (at_ns >= e->placed_ns) {
		e->at_ns = at_ns;
		return;
	} else {
		LIST_REMOVE(e, link);
	}
	e->at_ns = at_ns;
	place(w, e);
}

void
wheel_rest(struct wheel_entry *e)
{
	if (e->at_ns != 0)
		e->at_ns = WHEEL_NEVER;
}

void
wheel_disarm(struct wheel *w, struct wheel_entry *e)
{
	if (e->at_ns == 0)
		return;
	LIST_REMOVE(e, link);
	e->at_ns = 0;
	w->armed--;
}

static void
move(struct wheel *w, struct wheel_entry *e)
{
	LIST_REMOVE(e, link);
	place(w, e);
}

/* One slot may hold entries of later rounds and such as were put off; and a
 * callback may disarm the entry that a plain walk would visit next, or put it
 * off.  So what is due is first moved to a list of its own, from which
 * wheel_disarm() may take it as well. */
static void
turn_slot(struct wheel *w, struct wheel_slot *slot, uint64_t end_ns)
{
	struct wheel_slot due = LIST_HEAD_INITIALIZER(due);
	struct wheel_entry *e, *next;

	for (e = LIST_FIRST(slot); e != NULL; e = next) {
		next = LIST_NEXT(e, link);
		if (e->at_ns < end_ns) {
			LIST_REMOVE(e, link);
			LIST_INSERT_HEAD(&due, e, link);
		} else if (slot_of(w, e->at_ns) != slot) {
			move(w, e);
		}
	}
	while ((e = LIST_FIRST(&due)) != NULL) {
		if (e->at_ns >= end_ns) {
			move(w, e);
			continue;
		}
		wheel_disarm(w, e);
		e->fire(e->arg);
	}
}

void
wheel_turn(struct wheel *w, uint64_t now_ns)
{
	/* After a long pause (a stopped process) one round visits all. */
	bool behind = now_ns > w->turned_ns + WHEEL_SLOTS * WHEEL_SLOT_NS;
	uint64_t slots = 0;

	while (w->turned_ns + WHEEL_SLOT_NS <= now_ns && slots++ < WHEEL_SLOTS) {
		struct wheel_slot *slot = slot_of(w, w->turned_ns);

		w->turned_ns += WHEEL_SLOT_NS;
		turn_slot(w, slot, behind ? now_ns : w->turned_ns);
	}
	if (slots > WHEEL_SLOTS)
		w->turned_ns = now_ns - now_ns % WHEEL_SLOT_NS;
}
