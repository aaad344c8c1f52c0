/* watch_starts -- what numbers were as the stage began, to be held against.
 * SPDX-License-Identifier: MIT
 *
 * Part of a watch, which asks for it when it is cut.  Each number is kept once,
 * whatever rules and gates it stands in, under a key that says what it is of.
 * What nobody knew then stays unknown for the whole stage.
 */
#ifndef CONTROL_WATCH_STARTS_H
#define CONTROL_WATCH_STARTS_H

#include <stddef.h>

#include "control/watch.h"

/* NULL: it was not known. */
const struct stage_start *watch_starts_find(const struct watch *w,
    const struct condition *c);
/* A stage begins: what is in the windows until now is its start. */
void watch_starts_keep(struct watch *w);
/* A probe that had said nothing as the stage began: what it says soon after is
 * what it would have said then. */
void watch_starts_late(struct watch *w, size_t probe);

#endif
