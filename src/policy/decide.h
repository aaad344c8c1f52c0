/* decide -- which version serves a request, and is it mirrored?
 * SPDX-License-Identifier: MIT
 *
 * One pure function of a snapshot and a request; the same call answers
 * `understudyctl explain`.  Order: the environment's switch, the latch, the
 * rollout switch, the route, overrides, no identity, the bucket.  The first
 * three stop mirroring too, and so does a request that no route matches.
 *
 * Overrides of the rules go in the order they are written, but one that an
 * operator set for this user at run time stands in for the rules' "users":
 * an unchanged file never undoes what was done at run time.
 *
 * Nothing is allocated, and nothing but the arguments is read.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/snapshot.h"
#include "policy/identity.h"

/* WHY(name, word, "what it means") -- append only: recorded as words. */
#define DECIDE_WHY(WHY) \
	WHY(ENV, "env", "UNDERSTUDY_ENABLED=false in the environment") \
	WHY(LATCHED, "latched", "a trip or a rollback holds all traffic on legacy") \
	WHY(OFF, "off", "the rollout is switched off") \
	WHY(ROUTE, "route", "the route does not take part in the rollout") \
	WHY(OVERRIDE, "override", "an override in the rules or for this user") \
	WHY(NO_IDENTITY, "no_identity", "no source gave a user id") \
	WHY(BUCKET, "bucket", "the user's bucket against the percentage") \
	WHY(FALLBACK, "fallback", "enhanced failed before the client saw anything")

enum why {
#define WHY(name, word, text) WHY_##name,
	DECIDE_WHY(WHY)
#undef WHY
	WHY_COUNT
};

struct decision {
	enum version version;
	enum why why;
	bool mirror;         /* send it to the other version too */
	uint32_t bucket;     /* BUCKET_NONE without identity */
	const struct route *route; /* borrows from the config; NULL = none matched */
};

/* "bucket" / "the user's bucket against the percentage" */
const char *why_word(enum why why);
const char *why_text(enum why why);

/* The first route whose methods and path match; NULL if none.  The path is
 * compared as it is on the wire, nothing is decoded. */
const struct route *route_match(const struct rules *rules,
    const struct request_view *r);

/* Is legacy to be asked twice in this pair?  By the pair's name, so that the
 * share is even over users and requests; only of pairs that are mirrored. */
bool control_is_drawn(const struct rules *rules, const char *pair);

/* latched: the process-wide latch as read now, beside the state's own.
 * mirror_id: stands in for the user id in the shadow share when there is no
 * identity (the pair's name). */
void decide(const struct snapshot *s, const struct request_view *r,
    const struct identity *who, bool latched, const char *mirror_id,
    struct decision *out);

/* The same for a user id alone (no request): routes, header and cookie
 * overrides are left out. */
void decide_user(const struct snapshot *s, const char *user, size_t len,
    bool latched, struct decision *out);

#endif
