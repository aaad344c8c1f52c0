/* mirror_watch -- the day's budget for mirroring: its turn, its end, its disk.
 * SPDX-License-Identifier: MIT
 *
 * Control thread.  The counts are kept in the local file, so that a restart
 * is no new day; they are written every ten seconds and at the end, so a
 * crash forgets that much at most.
 */
#ifndef CONTROL_MIRROR_WATCH_H
#define CONTROL_MIRROR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/snapshot.h"
#include "observe/budget.h"
#include "store/recorder.h"
#include "store/store.h"

struct mirror_watch {
	struct mirror_budget *budget; /* borrows */
	struct store *store;          /* borrows */
	struct recorder *recorder;    /* borrows; may be NULL */
	int64_t day;                  /* of UTC since 1970 */
	bool told;                    /* that it is spent */
	uint64_t saved;               /* requests + tokens as they were written */
	uint64_t save_ns;             /* again at this moment */
};

/* Read what is left of today. */
void mirror_watch_start(struct mirror_watch *w, struct mirror_budget *budget,
    struct store *store, struct recorder *recorder, int64_t now_us);
/* Every tick.  The stop is an event of the rollout log.  true: it stops now, or
 * goes on again. */
bool mirror_watch_tick(struct mirror_watch *w, const struct snapshot *s,
    int64_t now_us, uint64_t now_ns) MUST_CHECK;
void mirror_watch_stop(struct mirror_watch *w);

#endif
