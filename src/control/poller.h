/* poller -- the thread that asks probes for their numbers.
 * SPDX-License-Identifier: MIT
 *
 * By libcurl's multi interface, each probe on its own interval, one question
 * of a probe at a time.  What was found is read by the control thread under a
 * lock that is never held during a question.  A probe that fails keeps the
 * number of before, which ages; who reads decides when it is too old.
 *
 * It starts with the first rules that have probes.
 */
#ifndef CONTROL_POLLER_H
#define CONTROL_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"
#include "control/probe_answer.h"
#include "control/probe_row.h"

struct poller;

struct poller *poller_new(void) MUST_CHECK;
/* Control thread: these are the probes now.  One that asks the same as before
 * keeps its number. */
void poller_apply(struct poller *p, struct config *config);
/* As of now, at most PROBE_RULES_MAX; the order and the probes are those of
 * the rules that the thread has taken over last.  p may be NULL. */
size_t poller_rows(struct poller *p, struct probe_row *out);
void poller_stop(struct poller **p);

#endif
