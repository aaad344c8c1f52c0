/* loop -- one thread's event loop: events, deadlines, work put off.
 * SPDX-License-Identifier: MIT
 *
 * libevent carries the events, those of the traffic's sockets as one
 * (watch.h); the wheel carries the deadlines; deferred work runs between two
 * turns of the loop, when no callback is on the stack, so it is the place to
 * free things and to report failures that happened deep inside another call.
 * Everything here belongs to the thread that runs loop_run().
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/compiler.h"
#include "base/err.h"
#include "net/watch.h"
#include "net/wheel.h"

/* Bytes read at once, at most.  Every reader of the thread shares the buffer:
 * its content is gone when the callback returns. */
#define LOOP_READ_BYTES (128 * 1024)

struct deferred {
	TAILQ_ENTRY(deferred) link;
	void (*run)(void *arg);
	void *arg;
};  /* queued exactly while link.tqe_prev is set */

struct outbox;
struct stream;

struct loop {
	struct event_base *base;       /* owns */
	struct watch_set watches;      /* the sockets of the streams */
	struct event told;             /* they have something to tell */
	struct wheel wheel;
	struct event tick;             /* turns the wheel; on while it has entries */
	bool ticking;
	TAILQ_HEAD(, deferred) deferred;
	uint64_t now_ns;               /* start of this callback; for deadlines */
	uint64_t wall_ns;              /* now_ns when wall_us was read; 0 = never */
	int64_t wall_us;
	struct stream *gathering;      /* see stream.h; borrows */
	struct outbox *outbox;         /* owns; see stream_post_gathered() */
	char *read_buffer;             /* owns, LOOP_READ_BYTES */
};

bool loop_init(struct loop *l, struct err *err) MUST_CHECK;
void loop_fini(struct loop *l);

/* Wait for events and run their callbacks, once; then deferred work. */
void loop_run_once(struct loop *l);

/* First statement of every callback of an event or a watch. */
void loop_enter(struct loop *l);
/* clock_wall_us() at the start of this callback.  Somebody who sets the clock
 * is noticed a millisecond later. */
int64_t loop_wall_us(struct loop *l);

/* Run what was put off until nothing is left; for the end of a loop. */
void loop_drain_deferred(struct loop *l);

/* Run d->run(d->arg) after this turn.  Does nothing if it is queued. */
void loop_defer(struct loop *l, struct deferred *d);
void loop_undefer(struct loop *l, struct deferred *d);

/* Deadline after_ms from now. */
void loop_arm(struct loop *l, struct wheel_entry *e, uint64_t after_ms);
/* Between two deadlines that follow one another closely: wheel_rest(). */
void loop_disarm(struct loop *l, struct wheel_entry *e);

#endif
