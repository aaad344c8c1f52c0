/* plan -- may the next stage be opened, and if not, what is waited for?
 * SPDX-License-Identifier: MIT
 *
 * A pure function of the plan, the state, the numbers and the wall clock.
 * Every requirement is a row that is done, waiting (for what, how long) or
 * failing (by how much); the stage is open when all rows are done.  Unknown
 * is waiting: never done.
 */
#ifndef CONTROL_PLAN_H
#define CONTROL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "config/snapshot.h"
#include "control/judge_condition.h"
#include "control/smoke.h"

/* Dwell, requests, schedule (two), state, alerts, sample ratio, smoke and
 * approval, beside the gates. */
#define PLAN_ROWS_MAX (32 + 9)

enum row_state { ROW_DONE = 0, ROW_WAITING, ROW_FAILING };
/* "done", "waiting", "failing" */
const char *row_state_name(enum row_state s);

struct plan_row {
	const char *name;        /* "dwell", the gate's; borrows from the config */
	enum row_state state;
	char text[160];          /* "12h of 48h", "error_rate surely below 0.9%" */
	uint64_t wait_ms;        /* of a time that is waited for; 0 = not known */
	/* Of gates. */
	const struct gate *gate; /* borrows; NULL of other rows */
	struct condition_reading reading;
};

struct plan_report {
	const struct stage *stage; /* borrows; NULL: the plan does not know it */
	const struct stage *next;  /* NULL: it is the last */
	bool is_open;              /* every row is done */
	bool is_smoke_due;         /* the next one's checks are to be run now */
	size_t count;
	struct plan_row rows[PLAN_ROWS_MAX];
};

/* What is known besides the plan. */
struct plan_view {
	const struct rollout_state *state;
	bool latched;            /* also by a worker, ahead of the state */
	int64_t now_us;          /* wall clock */
	uint64_t requests;       /* of enhanced in this stage, any leg */
	uint64_t users[VERSION_COUNT]; /* buckets seen, of users without override */
	unsigned critical;       /* critical rules that fire now */
	struct smoke_run smoke;  /* in this stage, of the next one's checks */
	uint64_t smoke_age_ms;   /* since it has ended */
	bool smoke_is_taken;     /* nobody can be asked (a replay): they pass */
	const struct condition_reading *gates; /* by index of the stage's gates, of
				  * condition_holds_surely() */
};

/* The stage of the plan that the state is in; NULL: none of this name. */
const struct stage *plan_stage(const struct rules *rules,
    const struct rollout_state *state);
void plan_judge(const struct rules *rules, const struct plan_view *view,
    struct plan_report *out);

/* How long until the calendar lets a stage be opened by itself; 0 = now.
 * *why_out: "outside of hours", or the freeze's text. */
uint64_t plan_closed_ms(const struct calendar *calendar, int64_t now_us,
    const char **why_out);

/* The report as one JSON object, its rows under "gates". */
void plan_write_json(const struct plan_report *r, struct buf *out);

#endif
