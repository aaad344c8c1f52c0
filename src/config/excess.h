/* excess -- what of a version's legs is left out of some numbers, as counted.
 * SPDX-License-Identifier: MIT
 *
 * Part of a worker's counters, of all legs or of a route's (observe/excess.h
 * counts and reads it).  One writing thread, relaxed atomics.
 */
#ifndef CONFIG_EXCESS_H
#define CONFIG_EXCESS_H

#include <stdatomic.h>
#include <stdint.h>

struct excess {
	_Atomic uint64_t stage, stage_failures; /* over weights, of the stage */
	_Atomic uint64_t spell, spell_failures; /* and by spells */
	_Atomic uint64_t repeats;               /* all of them failures */
};

#endif
