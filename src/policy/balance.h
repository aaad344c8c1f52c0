/* balance -- which endpoint of a version gets the next exchange.
 * SPDX-License-Identifier: MIT
 *
 * Pure: the candidates, a random number and a turn are arguments.  In this
 * order: an endpoint whose hold is over (it gets one probe), then one that is
 * up, by the configured way.  If none is up and the caller allows it, a held
 * or downed one all the same (panic: the user gets a real try); what an
 * operator has set aside comes last.
 */
#ifndef POLICY_BALANCE_H
#define POLICY_BALANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"

enum standing {
	STANDING_UP = 0,
	STANDING_DUE,   /* its hold is over; one probe may go */
	STANDING_HELD,  /* failed too often in a row */
	STANDING_DOWN,  /* by the active check */
	STANDING_ASIDE, /* by an operator */
	STANDING_TRIED, /* this request has just failed there */
};

struct candidate {
	uint32_t outstanding; /* exchanges it serves now, for this worker */
	enum standing standing;
};

/* turn: grows with every choice.  false: nobody.  *panic_out: the chosen one
 * is not up. */
bool balance_choose(enum balance how, const struct candidate *candidates,
    size_t count, uint32_t random, uint32_t turn, bool may_panic,
    size_t *index_out, bool *panic_out) MUST_CHECK;

#endif
