/* simulate -- what was recorded, through the guard and the plan of some rules.
 * SPDX-License-Identifier: MIT
 *
 * Rows go in, in the order of their requests' time; they happen in the order
 * in which they ended, as they did when they were live: a leg at its end, a
 * pair when its later answer was there, a session's user when the request
 * came.  What runs at one moment is held, and nothing else is.
 *
 * The traffic is what it was: it does not follow what is decided here, and so
 * the proportion of users on the sides is not judged.
 *
 * No I/O, no threads, no clock.
 */
#ifndef APP_SIMULATE_H
#define APP_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"
#include "control/replay.h"
#include "store/past.h"

struct simulate_options {
	bool approve;            /* stages that wait for an operator open */
	const char *stage;       /* begin there; NULL: where the rules say */
	void (*on_event)(void *arg, const struct replay_event *e);
	void *arg;
};

/* A stage that was gone through. */
struct simulate_stage {
	const struct stage *stage;   /* borrows from the config */
	int64_t from_us, to_us;      /* to the next one, or the end */
};

struct simulate_counts {
	uint64_t legs, pairs;
	uint64_t controls;       /* legs that were left out: control legs, */
	uint64_t unfit;          /* and those that are not known here */
	uint64_t served_after;   /* users' requests that enhanced had answered
	                            after it would have been taken back */
	int64_t first_us, last_us;
	int64_t back_us;         /* when that was; 0 = never */
	uint16_t said;           /* bit i: some leg said signal i of the rules */
	bool has_sessions;       /* some request has a session and a user */
};

struct simulation;

/* config is borrowed. */
struct simulation *simulation_new(const struct config *config,
    const struct simulate_options *options) MUST_CHECK;
void simulation_free(struct simulation **s);

/* Rows of one moment: legs first. */
void simulation_add_leg(struct simulation *s, const struct past_leg *leg);
void simulation_add_pair(struct simulation *s, const struct past_pair *pair);
/* There are no more. */
void simulation_end(struct simulation *s);

const struct simulate_counts *simulation_counts(const struct simulation *s);
/* In their order; a stage that was left and entered again is there twice. */
const struct simulate_stage *simulation_stages(const struct simulation *s,
    size_t *count_out);
/* NULL: there was no row. */
struct replay *simulation_replay(struct simulation *s);

#endif
