/* hold -- the breaker of one endpoint: when it is left alone, and how long.
 * SPDX-License-Identifier: MIT
 *
 * Failures in a row hold an endpoint for a while; then one exchange at a
 * time is let through as a probe.  A probe that gets an answer lifts the
 * hold, one that fails makes the next hold twice as long.
 *
 *   free --failures in a row--> shut --time--> due --taken--> probed
 *    ^                           ^                              |   |
 *    |                           +---------- failed, longer ----+   |
 *    +-------------------------------------- answered --------------+
 *
 * The whole state is one 64-bit word, shared by all workers: what one of
 * them has learned costs no other one a user.  It is written only when
 * something fails, and once when it works again, so in good times every
 * worker reads the same unchanged zero.  The transitions are pure functions
 * of the word; hold_failed() and hold_answered() put them in by
 * compare-and-swap.  Time is an argument: milliseconds of clock_ns().
 */
#ifndef POLICY_HOLD_H
#define POLICY_HOLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum hold_state {
	HOLD_FREE = 0, /* in use; there may be failures in a row */
	HOLD_SHUT,     /* left alone until hold.until_ms */
	HOLD_DUE,      /* over: the next exchange may probe */
	HOLD_PROBED,   /* a probe is under way */
};

struct hold {
	uint32_t failures; /* in a row, while free */
	uint32_t level;    /* holds in a row; 0 = free */
	bool probed;
	uint64_t until_ms;
};

/* What an exchange that ended badly was to the endpoint when it began. */
enum trial {
	TRIAL_NONE = 0, /* nothing special */
	TRIAL_PROBE,    /* took the one place of a probe */
	TRIAL_PANIC,    /* was sent though the endpoint was held */
};

/* --- pure ------------------------------------------------------------------ */

struct hold hold_unpack(uint64_t word);
uint64_t hold_pack(struct hold h);
enum hold_state hold_state(struct hold h, uint64_t now_ms);
/* How long the hold of this level (1 = the first) is. */
uint64_t hold_span_ms(const struct hold_rules *rules, uint32_t level);
/* may_hold: somebody else is up; the last one is never held. */
struct hold hold_after_failure(struct hold h, const struct hold_rules *rules,
    enum trial trial, bool may_hold, uint64_t now_ms);
struct hold hold_after_answer(struct hold h, enum trial trial);

/* --- on the shared word ------------------------------------------------------ */

/* Take the place of the probe; false: not due, or somebody was faster. */
bool hold_take_probe(_Atomic uint64_t *word, uint64_t now_ms);
/* The probe ended without saying anything of the endpoint. */
void hold_leave_probe(_Atomic uint64_t *word);
/* true = this failure began or lengthened a hold. */
bool hold_failed(_Atomic uint64_t *word, const struct hold_rules *rules,
    enum trial trial, bool may_hold, uint64_t now_ms);
void hold_answered(_Atomic uint64_t *word, enum trial trial);
/* An active check found it well: begin anew. */
void hold_clear(_Atomic uint64_t *word);

#endif
