/* endpoint -- which endpoint an exchange goes to, and what it makes of it.
 * SPDX-License-Identifier: MIT
 *
 * Between the pure rules (policy/balance.h, policy/hold.h) and the exchange:
 * gathers the candidates from the roster, and tells the replica how it went.
 * Outstanding exchanges are counted per worker; failures in a row are
 * counted for all workers together, see policy/hold.h.
 *
 * An answer's head lifts a hold and ends a row of failures, for a stream may
 * run for minutes; what breaks behind it counts as a failure again.
 */
#ifndef PROXY_ENDPOINT_H
#define PROXY_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "config/roster.h"
#include "observe/outcome.h"

struct exchange;
struct upstream;

/* The list that x is served from: the newest of its own config. */
const struct roster *endpoint_roster(const struct exchange *x);
/* Choose one; sets x->trial.  false: none is up and x may not panic. */
bool endpoint_choose(struct exchange *x, size_t *index_out) MUST_CHECK;

/* The head of an answer has come (x->status). */
void endpoint_answered(struct exchange *x);
/* This attempt is over; the connection is still attached. */
void endpoint_ended(struct exchange *x, enum outcome why);

/* No connection could be made, and another endpoint is up and untried?  Then
 * all that was written for this one is kept by its stream. */
bool endpoint_may_try_other(const struct exchange *x, enum outcome why);
/* Why there is no connection: the backend, nobody there, or ourselves. */
enum outcome endpoint_why_unconnected(const struct upstream *u, char *detail,
    size_t space);

#endif
