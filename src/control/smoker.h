/* smoker -- the thread that asks enhanced before a stage opens.
 * SPDX-License-Identifier: MIT
 *
 * By libcurl's multi interface, one check after the other on connections of
 * their own, at one endpoint of enhanced; the next run goes to the next one.
 * What was found is read by the control thread under a lock that is never held
 * during a question.  It starts with the first run.
 */
#ifndef CONTROL_SMOKER_H
#define CONTROL_SMOKER_H

#include <stdint.h>

#include "base/compiler.h"
#include "config/snapshot.h"
#include "control/smoke.h"

struct smoker;

struct smoker *smoker_new(void) MUST_CHECK;
/* Control thread: run these checks (a bit each) of the snapshot's rules.  A run
 * that is under way is given up for it. */
void smoker_run(struct smoker *s, struct snapshot *snapshot, uint32_t which,
    uint64_t serial);
/* The run that was begun last. */
void smoker_look(struct smoker *s, struct smoke_run *out);
void smoker_stop(struct smoker **s);

#endif
