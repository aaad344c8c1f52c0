/* sticky_watch -- the versions that sessions keep, kept over a restart.
 * SPDX-License-Identifier: MIT
 *
 * Control thread.  The table (observe/sticky.h) is made with the first rules
 * that want it and read from the local file; pages that have changed are written
 * within half a minute and at the end, so a crash forgets that much at most.  What
 * a latch has made forgotten is deleted at once, and a latched rollout starts
 * with none.  Of two processes of an upgrade only one writes.
 */
#ifndef CONTROL_STICKY_WATCH_H
#define CONTROL_STICKY_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "observe/sticky.h"
#include "store/store.h"

struct sticky_watch {
	struct sticky *sticky; /* borrows; NULL = not begun */
	struct store *store;   /* borrows */
	uint64_t *sums;        /* owns; of each page as it was written */
	size_t next;           /* page that is looked at next */
	bool is_amid;          /* some of the pages are still to be looked at */
	bool has_written;      /* one of them, in this round */
	uint64_t save_ns;      /* next at this moment */
	unsigned forgotten;    /* sticky_forgotten() as it was carried out */
	bool is_held;          /* somebody else writes */
};

/* latched: the rollout is, as it stands in the store. */
void sticky_watch_start(struct sticky_watch *w, struct sticky *sticky,
    struct store *store, const struct config *config, bool latched);
/* These rules are about to be in force. */
void sticky_watch_apply(struct sticky_watch *w, const struct config *config,
    bool latched);
/* Every tick. */
void sticky_watch_tick(struct sticky_watch *w, uint64_t now_ns);
/* true: write what there is, and then nothing more, until false. */
void sticky_watch_hold(struct sticky_watch *w, bool hold);
/* Whom we have relieved has written since we started: read again. */
void sticky_watch_catch_up(struct sticky_watch *w, bool latched);
void sticky_watch_stop(struct sticky_watch *w);

#endif
