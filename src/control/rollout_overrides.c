/* rollout_overrides -- the overrides that operators set at run time.
 * SPDX-License-Identifier: MIT
 *
 * Written first, then in force, as every operator's change is.  What is over
 * stays listed for a day, so that people see what became of it; then it is
 * removed here, which changes nobody's version and so makes no epoch.  Other
 * instances that do the same beside us find nothing to do, or do it twice.
 */
#include "control/rollout_core.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* A write may wait for the disk, and a list of a million is read through. */
#define REMOVE_STEP_NS NS_PER_S
#define LOOK_STEP_NS (60 * NS_PER_S)
#define SHOWN_US (INT64_C(86400) * 1000000)

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

/* --- what is over ---------------------------------------------------------- */

static void
remove_over(struct rollout *r, const struct override_change *wish)
{
	char text[CLOCK_TEXT_MAX], reason[64];
	const struct change_origin by = { "clock", reason, clock_wall_us() };
	struct override_change was = { .user = NULL };
	struct err err = { "" };
	struct user_overrides *next;
	struct change c;

	(void)find_override(r, wish, &was);
	clock_format(was.expires_us, text);
	snprintf(reason, sizeof reason, "over since %s", text);
	describe_override(r, wish, &was, &by, &c);
	c.event.epoch = r->state.epoch;
	if (!store_save_override(r->ports.store, wish, NULL, &c.event, &err)) {
		r->overrides_ns = r->watch.now_ns + LOOK_STEP_NS;
		log_event(LOG_WARN, "override", "one that is over is not removed "
		    "yet: %s", err.text);
		return;
	}
	rollout_poke(r);
	log_event(LOG_INFO, "override", "%s: %s", c.event.to, reason);
	next = plan_override(r, wish, &err);
	user_overrides_unref(&r->users); /* wish borrows from it */
	r->users = next;
	rollout_publish(r);
}

void
rollout_overrides_tick(struct rollout *r)
{
	struct override_change wish;

	if (r->watch.now_ns < r->overrides_ns || r->waiting ||
	    r->unsaved_count > 0)
		return;
	r->overrides_ns = r->watch.now_ns + REMOVE_STEP_NS;
	if (user_overrides_over(r->users, clock_wall_us() - SHOWN_US, &wish))
		remove_over(r, &wish);
	else
		r->overrides_ns = r->watch.now_ns + LOOK_STEP_NS;
}
