/* signals -- what an answer says of the signals, and what was counted of it.
 * SPDX-License-Identifier: MIT
 *
 * signal_scan.h reads them; whoever ends an exchange counts it with
 * signals_count(); the sums are read into tallies (tally.h) like all other
 * counters.
 */
#ifndef OBSERVE_SIGNALS_H
#define OBSERVE_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "config/signal_board.h"
#include "config/signal_rules.h"
#include "observe/record.h"
#include "observe/tally.h"

/* A record of them as a JSON object is never longer, its NUL included. */
#define SIGNALS_TEXT_MAX RECORD_SIGNALS_MAX
/* Numbers beyond it count as that much, in us or thousandths. */
#define SIGNAL_COUNTED_MAX 1e12

/* What one answer says. */
struct signal_values {
	uint16_t has;                 /* bit i: of signal i it says something */
	uint16_t yes;                 /* likewise, of shares */
	int64_t numbers[SIGNAL_RULES_MAX]; /* of numbers: us, or thousandths */
};

/* Count it: on the thread of that worker. */
void signals_count(struct signal_slots *slots, const struct signal_rules *rules,
    const struct signal_values *v);
/* The same, into a tally; its distributions are those of the rules. */
void signals_add(struct tally *t, const struct signal_rules *rules,
    const struct signal_values *v);
/* One entry of a distribution. */
void signals_spread(struct signal_slots *slots, size_t spread, uint64_t value);
/* The sums of all workers, into a tally; NULL: none. */
void signals_tally(const struct signal_board *b, enum version v,
    struct tally *out);

/* {"cache_hit":true,"assembly":12.5}: numbers as the unit has them, times in
 * ms.  Returns the length; 0: it says nothing. */
size_t signals_write(const struct signal_rules *rules,
    const struct signal_values *v, char out[SIGNALS_TEXT_MAX]);

/* What signals_write() wrote, perhaps by other rules: a signal that is none of
 * these, or was of another kind, says nothing.  false: it is no JSON object. */
bool signals_read(const struct signal_rules *rules, const char *text,
    size_t len, struct arena *a, struct signal_values *out) MUST_CHECK;

/* A number as it is counted, in its unit: us, or the number itself. */
double signal_number(const struct signal_rule *s, double counted);

#endif
