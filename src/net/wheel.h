/* wheel -- deadlines by the thousand, cheap to move.
 * SPDX-License-Identifier: MIT
 *
 * A hashed timing wheel (Varghese and Lauck, 1987, scheme 6), because a proxy
 * arms several deadlines per request and almost none ever fires.  One that is
 * put off stays where it is until its slot turns, so nearly always to arm is
 * to write down a time.  A deadline fires up to one slot late, never early.
 * Pure: time is an argument.  One thread.
 */
#ifndef NET_WHEEL_H
#define NET_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define WHEEL_SLOT_NS UINT64_C(10000000) /* 10 ms */
#define WHEEL_SLOTS 1024
#define WHEEL_NEVER UINT64_MAX

struct wheel_entry {
	LIST_ENTRY(wheel_entry) link;
	uint64_t at_ns;          /* 0 = not armed, WHEEL_NEVER = resting */
	uint64_t placed_ns;      /* the time by which its slot was found */
	void (*fire)(void *arg);
	void *arg;               /* borrows, as long as the entry is armed */
};

LIST_HEAD(wheel_slot, wheel_entry);

struct wheel {
	struct wheel_slot slots[WHEEL_SLOTS];
	uint64_t turned_ns;      /* everything due before this has fired */
	size_t armed;            /* or resting */
};

void wheel_init(struct wheel *w, uint64_t now_ns);
/* fire is called once at or after at_ns; arming again moves the deadline. */
void wheel_arm(struct wheel *w, struct wheel_entry *e, uint64_t at_ns);
/* Fire no more until it is armed again, which will be soon.  Does nothing for
 * an entry that is not armed. */
void wheel_rest(struct wheel_entry *e);
static inline bool
wheel_is_armed(const struct wheel_entry *e)
{
	return e->at_ns != 0 && e->at_ns != WHEEL_NEVER;
}
/* Before its memory goes.  Does nothing for an entry that is not armed. */
void wheel_disarm(struct wheel *w, struct wheel_entry *e);
/* Fire what is due.  A callback may arm and disarm any entry. */
void wheel_turn(struct wheel *w, uint64_t now_ns);

#endif
