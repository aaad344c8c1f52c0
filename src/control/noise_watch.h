/* noise_watch -- what was learned of noise, kept over a restart.
 * SPDX-License-Identifier: MIT
 *
 * Control thread.  The board is read from the local file at the start, and
 * what has changed on it is written every ten seconds, some rows at a time,
 * and at the end: a crash forgets that much at most.  Of two processes of an
 * upgrade only one writes.
 */
#ifndef CONTROL_NOISE_WATCH_H
#define CONTROL_NOISE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "observe/noise.h"
#include "store/store.h"

struct noise_watch {
	struct noise_board *board; /* borrows; NULL = not begun */
	struct store *store;       /* borrows */
	uint64_t save_ns;          /* next at this moment */
	bool is_held;              /* somebody else writes */
};

void noise_watch_start(struct noise_watch *w, struct noise_board *board,
    struct store *store);
/* Every tick. */
void noise_watch_tick(struct noise_watch *w, uint64_t now_ns);
/* true: write what there is, and then nothing more, until false. */
void noise_watch_hold(struct noise_watch *w, bool hold);
/* Whom we have relieved has written since we started: read again. */
void noise_watch_catch_up(struct noise_watch *w);
void noise_watch_stop(struct noise_watch *w);

#endif
