/* prober -- asks the endpoints themselves how they are.
 * SPDX-License-Identifier: MIT
 *
 * A thread with libcurl's multi interface: GET of `health.path` at every
 * address of every endpoint that has checks, each on a connection of its own,
 * in no version's numbers.  What it finds goes into replica->checked, which
 * the workers read, and replica->check for people.  It starts with the first
 * snapshot that asks for checks and never holds anybody up.
 *
 * A check that fails because we have no descriptor or port left says nothing
 * of the endpoint and is not counted.
 */
#ifndef CONTROL_PROBER_H
#define CONTROL_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/roster.h"
#include "config/snapshot.h"

/* Checks of one endpoint in a row. */
struct check_row {
	enum check state;
	uint32_t good, bad; /* in a row; one of them is 0 */
};
/* The state after one more check.  Not checked before: the first good one
 * is enough.  Pure. */
enum check check_judge(struct check_row *row, const struct health_check *rules,
    bool is_good);

struct prober;

struct prober *prober_new(void) MUST_CHECK;
/* Control thread: these are the endpoints now.  Takes its own reference. */
void prober_watch(struct prober *p, struct snapshot *s);
void prober_stop(struct prober **p);

/* replica->check in words: "status 503", "Timeout was reached". */
void prober_describe(uint64_t check, char *out, size_t space);

#endif
