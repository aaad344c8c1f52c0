/* endpoints -- how each endpoint fares, told to people and scrapers.
 * SPDX-License-Identifier: MIT
 *
 * Reads what workers and prober write into the replicas of a roster
 * (config/roster.h), says each change of state in the log, once, and lets an
 * operator set an endpoint aside.  Control thread.
 */
#ifndef CONTROL_ENDPOINTS_H
#define CONTROL_ENDPOINTS_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/roster.h"
#include "config/snapshot.h"

enum endpoint_state {
	ENDPOINT_UNKNOWN = 0, /* is used; its first check is not done yet */
	ENDPOINT_UP,
	ENDPOINT_HELD,        /* left alone after failures, or being probed */
	ENDPOINT_DOWN,        /* by its active check */
	ENDPOINT_ASIDE,       /* by an operator */
	ENDPOINT_STATE_COUNT
};

const char *endpoint_state_name(enum endpoint_state state);
/* is_checked: its backend has active checks. */
enum endpoint_state endpoint_state(const struct replica *r, bool is_checked,
    uint64_t now_ns);

/* Every tick: log what has changed. */
void endpoints_watch(const struct snapshot *s, uint64_t now_ns);
/* A list with an object for each endpoint; the caller owns it. */
json_t *endpoints_list(const struct snapshot *s, uint64_t now_ns) MUST_CHECK;

/* How many have that URL (and address, unless NULL)? */
size_t endpoints_count(const struct snapshot *s, const char *url,
    const char *address);
/* Set aside, or take back, those with that URL (and address, unless NULL).
 * Refused when no other endpoint of the version would be left; lost at a
 * restart.  *changed_out: it was not so already. */
bool endpoints_set_aside(const struct snapshot *s, const char *url,
    const char *address, bool aside, const char *actor, const char *reason,
    bool *changed_out, struct err *err) MUST_CHECK;

#endif
