/* rollout_isolation -- the part of struct rollout that tells of mix-ups.
 * SPDX-License-Identifier: MIT
 *
 * For the files of rollout_core.h alone.  Control thread only.
 */
#ifndef CONTROL_ROLLOUT_ISOLATION_H
#define CONTROL_ROLLOUT_ISOLATION_H

#include <stddef.h>
#include <stdint.h>

#include "control/rollout_alerts.h"
#include "store/store.h"

struct rollout;

/* Of one version's violations of one kind. */
struct isolation_told {
	uint64_t next_ns;  /* no other event before */
	uint64_t count;    /* so many violations */
	uint64_t at_ns;    /* the tick that saw the last of them */
};

/* A config is about to be in force: room for what it watches. */
void rollout_isolation_config(struct rollout *r);
/* Every tick, before the numbers are taken. */
void rollout_isolation_tick(struct rollout *r, uint64_t now_ns);
/* Why that trouble is over (the caller frees it), or NULL. */
char *rollout_isolation_end(const struct rollout *r,
    const struct trouble *trouble);
/* From the log of a process before: the violations that are not over, as
 * troubles; the newest event is the first. */
void rollout_isolation_recall(struct rollout *r,
    const struct log_entry *events, size_t count);

#endif
