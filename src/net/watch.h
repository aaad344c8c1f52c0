/* watch -- sockets that the kernel tells of once, when something happens.
 * SPDX-License-Identifier: MIT
 *
 * A set of sockets within a loop's events (the epoll descriptor of the set is
 * one of them), told of by edges: nothing is asked of the kernel to stop and
 * to go on reading or writing, and it does not look a second time whether a
 * socket that it told of is empty.  So whoever watches one has to know
 * himself whether there may be something left in it, and asks to be called
 * again.  Not by way of libevent's EV_ET: its events do not tell bytes with a
 * failure behind them from bytes (docs/performance-notes.md).
 *
 * An end that came with bytes is told with them, as WATCH_END, and not again.
 *
 * One thread.  A watch that was ended is not called any more, but is looked
 * at until all that has happened is told: its memory must stay until the
 * loop's deferred work.
 */
#ifndef NET_WATCH_H
#define NET_WATCH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/compiler.h"
#include "base/err.h"

enum {
	WATCH_READ = 1 << 0,  /* bytes have come */
	WATCH_WRITE = 1 << 1, /* it takes bytes again */
	WATCH_END = 1 << 2,   /* behind what a read gets may be an end or a failure:
	                         until it is read, no short read means empty */
	WATCH_FAILED = 1 << 3, /* the connection broke; WATCH_END, too */
};

struct watch {
	LIST_ENTRY(watch) link; /* in set->asked or ->due, while is_due */
	/* What has happened; 0 = as watch_again() asked for. */
	void (*ready)(struct watch *w, unsigned what);
	bool is_on;
	bool is_due;
	bool minds_room;        /* WATCH_WRITE is told, too */
};

LIST_HEAD(watch_list, watch);

struct watch_set {
	int fd;                  /* owns; readable when there is something to tell */
	struct watch_list asked; /* to be called again */
	struct watch_list due;   /* the same, in this turn */
	int telling;             /* how many the kernel told of at once; 0 outside of
	                            watch_tell() */
};

bool watch_set_init(struct watch_set *s, struct err *err) MUST_CHECK;
void watch_set_fini(struct watch_set *s);

/* What there is already is told like what comes.  Without room WATCH_WRITE
 * is told only with failures, until watch_room().  false: errno says why. */
bool watch_begin(struct watch_set *s, struct watch *w, int fd, bool room,
    void (*ready)(struct watch *w, unsigned what)) MUST_CHECK;
bool watch_room(struct watch_set *s, struct watch *w, int fd) MUST_CHECK;
/* Before the socket is closed.  Does nothing for one that is not watched. */
void watch_end(struct watch_set *s, struct watch *w, int fd);

/* Call it in the next turn, unless there is something to tell it before. */
void watch_again(struct watch_set *s, struct watch *w);
/* A turn begins.  true: some have asked to be called in it. */
bool watch_turn(struct watch_set *s) MUST_CHECK;
/* Tell what has happened, without waiting; returns how much it was. */
int watch_tell(struct watch_set *s);
/* Call those that had asked for it when the turn began. */
void watch_tell_due(struct watch_set *s);

#endif
