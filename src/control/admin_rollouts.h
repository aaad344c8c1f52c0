/* admin_rollouts -- which of several rollouts a call is about.
 * SPDX-License-Identifier: MIT
 *
 * The query "rollout=NAME" says it, whatever the call; without it the main one
 * is meant.  Control thread only.
 */
#ifndef CONTROL_ADMIN_ROLLOUTS_H
#define CONTROL_ADMIN_ROLLOUTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "control/admin_call.h"

/* Borrowed until the next reload. */
const char *admin_rollout_name(const struct admin_rollout *r);
/* NULL: there is none of this name. */
const struct admin_rollout *admin_find_rollout(const struct admin_ports *p,
    const char *name);
/* Say which there are instead.  what: where it was named. */
void admin_fail_unknown(const struct admin_ports *p, struct admin_call *call,
    const char *what, const char *name);

/* Take "rollout=NAME" out of the query: scene->ports.of becomes that one, the
 * rest goes to rest_out, which the query then borrows.  false: the answer says
 * what is wrong. */
bool admin_choose_rollout(struct admin_scene *scene, struct admin_call *call,
    struct buf *rest_out) MUST_CHECK;

#endif
