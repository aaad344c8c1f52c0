/* explain -- what would be decided for a request that somebody describes.
 * SPDX-License-Identifier: MIT
 *
 * The description becomes a head by the strict grammar, and from there on it is
 * the way of every request: identity, session, decide().  Pure but for the
 * memory that it takes meanwhile.
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "policy/decide.h"

struct described {
	const char *method;
	const char *target;       /* "/path?query" */
	const char *fields;       /* "Name: value\r\n", any number of them */
	const char *body;         /* NULL = none */
	const struct ip *client;  /* NULL = not known */
	const enum version *kept; /* of its session; NULL = none */
};

struct explained {
	struct identity user, session;
	struct decision decision; /* borrows from the snapshot */
};

/* false: it is no request, and err says why. */
bool explain_request(const struct snapshot *s, const struct described *what,
    bool latched, int64_t now_us, struct explained *out, struct err *err)
    MUST_CHECK;

#endif
