/* window -- the last while of the tallies, for the guard.
 * SPDX-License-Identifier: MIT
 *
 * A history keeps cumulative tallies at moments in the past: every 250 ms
 * for two minutes and every 30 s for three hours.  A window is the present
 * tally minus the one at its beginning, so it costs one subtraction however
 * long it is.  Control thread only; time is an argument.
 */
#ifndef OBSERVE_WINDOW_H
#define OBSERVE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "observe/stats.h"

struct history;

struct history *history_new(void) MUST_CHECK;
void history_free(struct history **h);

/* Remember these cumulative tallies (by enum version) as of now_ns; keeps
 * them only if the last kept moment is long enough ago.  Call every tick. */
void history_push(struct history *h, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT]);
/* Tallies have so many distributions from now on, and their signals count
 * anew: of neither anything is remembered. */
void history_reshape(struct history *h, size_t spread_count);
/* No window reaches back before this moment from now on: after a rearm or a
 * change of stage, old failures must not count again. */
void history_cut(struct history *h, uint64_t now_ns,
    const struct tally tallies[VERSION_COUNT]);

/* What happened in the last span_ns (or since the cut, if later):
 * now minus the newest kept moment that is at least span_ns old, else the
 * oldest.  *covered_ns_out says how far it really reaches; wanted: see
 * tally_subtract(). */
void history_window(const struct history *h, enum version v,
    const struct tally *now, uint64_t now_ns, uint64_t span_ns,
    unsigned wanted, struct tally *out, uint64_t *covered_ns_out);
/* How far a window of span_ns reaches back: less, if less is remembered. */
uint64_t history_reach(const struct history *h, uint64_t now_ns,
    uint64_t span_ns);
/* Of all versions, whose window begins at the same moment. */
void history_windows(const struct history *h,
    const struct tally now[VERSION_COUNT], uint64_t now_ns, uint64_t span_ns,
    unsigned wanted, struct tally out[VERSION_COUNT]);

/* The same over the last `count` requests of that version, to the nearest
 * kept moment that reaches so far back; else as far as is known. */
void history_last(const struct history *h, enum version v,
    const struct tally *now, uint64_t count, unsigned wanted,
    struct tally *out);

#endif
