/* rollout_smoke -- requests to enhanced before a stage opens.
 * SPDX-License-Identifier: MIT
 *
 * When they are due is decided in plan.h (pure), what an answer is worth in
 * smoke.h (pure), and the thread that asks is behind a port.  A run that was
 * asked for in another stage or by other rules is known by its serial, and
 * counts for nothing.  For rollout_*.c alone; control thread.
 */
#ifndef CONTROL_ROLLOUT_SMOKE_H
#define CONTROL_ROLLOUT_SMOKE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/smoke.h"

struct plan_report;
struct rollout;

struct rollout_smoke {
	uint64_t serial;          /* of the run that counts */
	bool is_asked;            /* it was asked for, in this stage */
	char told[SMOKE_WHY_MAX]; /* of the event that was written last */
	struct smoke_totals totals;
	uint64_t counted;         /* the serial of the last one in them */
};

/* What was found of the checks before the next stage; *age_ms_out: since it has
 * ended. */
void rollout_smoke_look(struct rollout *r, struct smoke_run *out,
    uint64_t *age_ms_out);
/* The plan wants them run now. */
void rollout_smoke_begin(struct rollout *r, const struct plan_report *plan);
/* Write down what has come out, once. */
void rollout_smoke_tell(struct rollout *r);
/* Another stage, or other rules: what was found is of no use. */
void rollout_smoke_forget(struct rollout *r);

#endif
