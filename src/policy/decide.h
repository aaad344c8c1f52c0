/* decide -- which version serves a request, and is it mirrored?
 * SPDX-License-Identifier: MIT
 *
 * One pure function of a snapshot and a request; the same call answers
 * `understudyctl explain`.  Order: the environment's switch, the latch, the
 * rollout switch, the route, overrides, no identity, the bucket.  The first
 * three stop mirroring too, and so does a request that no route matches.
 *
 * Overrides that an operator set by a criterion at run time come first, by their
 * names; then those of the rules in the order they are written, where one that
 * was set for this user at run time stands in for the rules' "users": an
 * unchanged file never undoes what was done at run time.
 *
 * Where sessions keep their versions (rollout.sticky), the one that the session
 * has stands in for the bucket's.
 *
 * Where the rollout is complete, what is left after the overrides is enhanced's,
 * with a user id or without: no bucket, no session keeps anybody behind.
 *
 * Nothing is allocated but for large JSON bodies that a criterion looks into,
 * and nothing but the arguments is read.
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
	WHY(FALLBACK, "fallback", "enhanced failed before the client saw anything") \
	WHY(STICKY, "sticky", "the session keeps the version that it began with, " \
	    "whatever the bucket says now") \
	WHY(COMPLETE, "complete", "the rollout is complete: enhanced serves " \
	    "whoever takes part, with a user id or without")

enum why {
#define WHY(name, word, text) WHY_##name,
	DECIDE_WHY(WHY)
#undef WHY
	WHY_COUNT
};

/* Which override it was. */
enum decided_by {
	DECIDED_BY_NONE = 0,
	DECIDED_BY_RULE, /* one of the rules: decision.rule */
	DECIDED_BY_NAME, /* set at run time by a criterion: decision.named */
	DECIDED_BY_USER, /* set at run time for this user */
};

struct decision {
	enum version version;
	enum why why;
	enum decided_by by;  /* of WHY_OVERRIDE */
	size_t rule;         /* index into the rules' overrides */
	const struct named_override *named; /* borrows from the snapshot */
	bool mirror;         /* send it to the other version too */
	uint32_t refusal;    /* status for a route that legacy has not; 0 = ask it */
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

/* May it go by the body, so that this must be waited for? */
bool decide_needs_body(const struct snapshot *s);

/* latched: the process-wide latch as read now, beside the state's own.
 * mirror_id: stands in for the user id in the shadow share when there is no
 * identity (the pair's name). */
void decide(const struct snapshot *s, const struct request_view *r,
    const struct identity *who, bool latched, const char *mirror_id,
    struct decision *out);

/* The same for a user id alone (no request): routes, and overrides that go by
 * more than the user, are left out. */
void decide_user(const struct snapshot *s, const char *user, size_t len,
    bool latched, int64_t now_us, struct decision *out);

#endif
