/* identity -- who is asking, by a chain of sources.
 * SPDX-License-Identifier: MIT
 *
 * Pure reads of a request's head (and body, when it is there).  The first
 * source that yields an id of 1 to IDENTITY_MAX bytes without control
 * characters wins; a longer or broken value is no id, and the next source is
 * asked.  Query parameters and path segments are percent-decoded, cookies
 * and headers taken as they are.
 *
 * A claim of a bearer token is read without verifying the token: it says
 * which side of the rollout a request takes, never what it may do, and the
 * backend still verifies it.  Nothing here is an authentication.
 */
#ifndef POLICY_IDENTITY_H
#define POLICY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ip.h"
#include "config/config.h"
#include "http/head.h"
#include "http/target.h"

#define IDENTITY_MAX 128

struct identity {
	bool found;
	enum source_kind source; /* which kind answered */
	size_t len;
	char id[IDENTITY_MAX + 1]; /* NUL-terminated; no control characters */
};

/* What the sources may read. */
struct request_view {
	const struct head *head;
	const struct target *target;
	const char *body;    /* NULL = not there (yet) */
	size_t body_len;
	const struct ip *client; /* where it asks from; NULL = not known */
	int64_t now_us;      /* wall clock */
	bool is_kept;        /* its session has a version already: */
	enum version kept;   /* this one */
};

/* true = decided (found or not).  false = nothing so far, and a body source
 * could still answer: come again with the body.  If the body will not be
 * there (too large), pass body_will_come false. */
bool identity_find(const struct source_chain *chain,
    const struct request_view *r, bool body_will_come, struct identity *out)
    MUST_CHECK;

#endif
