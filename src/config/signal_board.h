/* signal_board -- what was counted of the signals, by worker and version.
 * SPDX-License-Identifier: MIT
 *
 * Beside the counters that are always there (observe/stats.h): those that
 * only some rules ask for.  A board belongs to one set of signals and
 * distributions; who counts finds it in the snapshot that the request was
 * decided by, so that an exchange from before a reload counts where nobody
 * looks any more, and never under another signal's name.
 *
 * As of all counters: a slot has one writing thread and is a relaxed atomic.
 */
#ifndef CONFIG_SIGNAL_BOARD_H
#define CONFIG_SIGNAL_BOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hist.h"
#include "config/signal_rules.h"
#include "config/version.h"

/* One worker's, of one version. */
struct signal_slots {
	struct {
		_Atomic uint64_t n;   /* answers that said it */
		_Atomic uint64_t sum; /* shares: yes; numbers: two's complement */
	} signals[SIGNAL_RULES_MAX];
	_Atomic uint32_t spreads[][HIST_SLOTS];
};

struct signal_board {
	_Atomic unsigned refs;
	uint64_t mark;                /* of the rules */
	size_t worker_count;
	size_t signal_count, spread_count;
	struct spread spreads[SPREADS_MAX];
	struct signal_slots **slots;  /* owns; by worker, then version */
};

/* Zeroes.  NULL: the rules ask for nothing. */
struct signal_board *signal_board_new(const struct signal_rules *rules,
    size_t workers) MUST_CHECK;
struct signal_board *signal_board_ref(struct signal_board *b);
void signal_board_unref(struct signal_board **b);

static inline struct signal_slots *
signal_board_slots(const struct signal_board *b, size_t worker, enum version v)
{
	return b->slots[worker * VERSION_COUNT + v];
}

#endif
