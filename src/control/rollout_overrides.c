/* rollout_overrides -- the overrides that operators set at run time.
 * SPDX-License-Identifier: MIT
 *
 * Written first, then in force, as every operator's change is.
 */
#include "control/rollout_core.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* What stands now where the wish wants something; false: nothing. */
static bool
find_override(const struct rollout *r, const struct override_change *wish,
    struct override_change *out)
{
	const struct named_override *n;

	*out = *wish;
	if (wish->user != NULL)
		return user_overrides_get(r->users, wish->user,
		    strlen(wish->user), &out->version, &out->expires_us);
	n = user_overrides_named(r->users, wish->name);
	if (n == NULL)
		return false;
	out->version = n->override.version;
	out->expires_us = n->override.expires_us;
	out->criterion = n->criterion;
	return true;
}

static bool
is_same_override(const struct override_change *a,
    const struct override_change *b)
{
	return a->version == b->version && a->expires_us == b->expires_us &&
	    (a->user != NULL || strcmp(a->criterion, b->criterion) == 0);
}

/* The overrides as they would be; NULL: the criterion is at fault. */
static struct user_overrides *
plan_override(struct rollout *r, const struct override_change *wish,
    struct err *err)
{
	struct user_overrides *next = user_overrides_copy(r->users);
	struct named_override *n;

	if (wish->user != NULL && wish->remove) {
		(void)user_overrides_remove(next, wish->user);
	} else if (wish->user != NULL) {
		user_overrides_set(next, wish->user, wish->version,
		    wish->expires_us);
	} else if (wish->remove) {
		(void)user_overrides_remove_named(next, wish->name);
	} else {
		n = named_override_new(wish->name, wish->criterion,
		    wish->version, wish->expires_us, err);
		if (n != NULL)
			user_overrides_put_named(next, n);
		else
			user_overrides_unref(&next);
	}
	return next;
}

static void
describe_override(struct rollout *r, const struct override_change *wish,
    const struct override_change *was, const struct change_origin *by,
    struct change *c)
{
	char whom[NAMED_OVERRIDE_NAME_MAX + 16];

	snprintf(whom, sizeof whom, "criterion %s", wish->user != NULL ? "" :
	    wish->name);
	change_override(&r->state, wish->user != NULL ? wish->user : whom,
	    was != NULL ? version_name(was->version) : NULL,
	    wish->remove ? NULL : version_name(wish->version), by, c);
	if (wish->user == NULL && !wish->remove &&
	    strlen(wish->criterion) + 16 < sizeof c->event.evidence)
		snprintf(c->event.evidence, sizeof c->event.evidence,
		    "{\"when\":%s}", wish->criterion);
}

bool
rollout_override(struct rollout *r, const struct override_change *wish,
    const char *actor, const char *reason, struct err *err)
{
	const struct change_origin by = { actor, reason, clock_wall_us() };
	struct override_change was;
	struct user_overrides *next;
	struct change c;
	const struct rollout_write w = { &c, wish };
	bool is_set;

	if (!rollout_check_operator(r, reason, err))
		return false;
	is_set = find_override(r, wish, &was);
	if (wish->remove && !is_set) {
		err_set(err, "there is no override for %s \"%s\"", wish->user !=
		    NULL ? "user" : "criterion", wish->user != NULL ?
		    wish->user : wish->name);
		return rollout_refuse(r, REFUSAL_MISSING);
	}
	if (!wish->remove && is_set && is_same_override(wish, &was))
		return true;
	next = plan_override(r, wish, err);
	if (next == NULL)
		return rollout_refuse(r, REFUSAL_INVALID);
	describe_override(r, wish, is_set ? &was : NULL, &by, &c);
	if (!rollout_write(r, &w, err)) {
		user_overrides_unref(&next);
		return rollout_refuse_unwritten(r, err);
	}
	user_overrides_unref(&r->users);
	r->users = next;
	rollout_take(r, &c);
	return true;
}
