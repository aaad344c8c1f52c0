/* status -- the document of GET /api/v1/status.
 * SPDX-License-Identifier: MIT
 *
 * What scripts and `understudyctl` read; the members named in the project's
 * contract never change their names or types.  Numbers of versions are of
 * the whole run of the process and of all their legs; "recent" holds the
 * last half minute.  A number without data is 0 beside "requests": 0; a
 * guard rule without enough data says "unknown".
 */
#ifndef CONTROL_STATUS_H
#define CONTROL_STATUS_H

#include <jansson.h>
#include <stdint.h>

#include "base/compiler.h"
#include "control/admin.h"

#define STATUS_RECENT_MS 30000

/* The caller owns the result. */
json_t *status_document(const struct admin_ports *ports, uint64_t uptime_ms)
    MUST_CHECK;
/* Its member "rollout", also the answer to every change. */
json_t *status_rollout(const struct admin_ports *ports) MUST_CHECK;

/* The targets of alerts; c may be NULL. */
json_t *status_alerts(struct courier *c) MUST_CHECK;

/* The probes of the rules in force. */
json_t *status_probes(const struct admin_ports *ports) MUST_CHECK;

#endif
