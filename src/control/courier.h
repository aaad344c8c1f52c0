/* courier -- the thread that brings alerts to people.
 * SPDX-License-Identifier: MIT
 *
 * The control thread puts an alert into a bounded ring and goes on; what finds
 * no room is counted, never waited for.  The thread hands it to each target it
 * is for (alert_payload.h), once for each trouble (alert_book.h), in the order
 * in which it happened, by libcurl's multi interface.  A target that does not
 * take it is asked again with growing pauses for its `retry`; the others do
 * not wait for it.
 *
 * It starts with the first configuration that has targets.  What waits does
 * not survive the process: the end waits courier_stop()'s time for it.
 */
#ifndef CONTROL_COURIER_H
#define CONTROL_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"
#include "control/alert.h"
#include "control/post.h"

struct courier;

struct courier *courier_new(void) MUST_CHECK;
/* Control thread: these are the targets now.  What waits for a target of the
 * same name waits on, for its new address; the rest is dropped. */
void courier_apply(struct courier *c, struct config *config);
/* Control thread; never waits. */
void courier_tell(struct courier *c, const struct alert *a);
/* What waits is tried once more, for timeout_ms at most; the rest is counted
 * and said.  Nobody may call courier_tell() any more. */
void courier_stop(struct courier **c, unsigned timeout_ms);

/* How many, at most ALERT_TARGETS_MAX. */
size_t courier_rows(struct courier *c, struct courier_row *out);
/* Alerts that found no room, before any target was asked. */
uint64_t courier_lost(struct courier *c);

/* Control thread: send this as a test to that target (NULL: to all), whatever
 * its severities, once.  The number by which the rows tell of it; 0 = there
 * was no room. */
unsigned courier_send_test(struct courier *c, const char *target,
    const struct alert *a);

#endif
