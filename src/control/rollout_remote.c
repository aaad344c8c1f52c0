/* rollout_remote -- what other instances have decided, learned by PostgreSQL.
 * SPDX-License-Identifier: MIT
 *
 * The higher epoch wins, with one exception: a latch that has not yet been
 * seen in PostgreSQL does not give way to a state made without knowing of it
 * (another instance went on counting epochs while we could not reach the
 * database).  It is closed again on top of that state, so that it travels.
 * Of two states of the same epoch the latched one holds.
 *
 * Limit: the state in PostgreSQL does not say which one it was made from.  If
 * our latch arrives there just before the state of an instance that went on
 * without it, the latter looks like a rearm and opens the latch.  Only a
 * compare-and-swap of the epoch in the store could tell the two apart.
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define START_TIMEOUT_MS 2000
#define WAIT_TIMEOUT_MS 500        /* the control loop stands still that long */
#define WAIT_STEP_NS (5 * NS_PER_S)
#define LOOK_STEP_NS (100 * NS_PER_MS)

/* Every epoch starts from 1, so an unknown state gives way to all. */
static bool
is_newer(const struct rollout_state *remote, const struct rollout_state *own)
{
	if (remote->epoch != own->epoch)
		return remote->epoch > own->epoch;
	return remote->latched && !own->latched;
}

/* The state as the config asks, at epoch 0, with everything on legacy until
 * PostgreSQL has said whether there is a latch. */
static void
wait_for_remote(struct rollout *r, const struct err *why)
{
	struct change c;

	change_first(r->config, clock_wall_us(), &c);
	r->state = c.next;
	r->state.epoch = 0;
	text_copy(r->state.reason, sizeof r->state.reason, why->text,
	    strlen(why->text));
	r->waiting = true;
	log_event(LOG_WARN, "store", "all traffic is on legacy until PostgreSQL "
	    "has told the state of the rollout: %s", why->text);
}

bool
rollout_remote_start(struct rollout *r, bool *found_out, struct err *err)
{
	struct rollout_state remote;
	bool remote_found = false;
	struct err why = { "" };
	struct change c;

	if (!store_load_state(r->ports.store, &r->state, found_out, err))
		return false;
	if (!*found_out)
		r->state = (struct rollout_state){ .epoch = 0 };
	if (!store_load_remote_state(r->ports.store, START_TIMEOUT_MS, &remote,
	    &remote_found, &why)) {
		if (*found_out)
			log_event(LOG_WARN, "store", "starting with the rollout "
			    "state of the local file: %s", why.text);
		else
			wait_for_remote(r, &why);
		return true;
	}
	if (!remote_found || !is_newer(&remote, &r->state))
		return true;
	change_adopt(&r->state, &remote, clock_wall_us(), &c);
	r->state = c.next;
	r->latch_shared = remote.latched;
	*found_out = true;
	rollout_save_or_keep(r, &c);
	return true;
}

static void
adopt(struct rollout *r, const struct rollout_state *remote)
{
	bool was_latched = r->state.latched;
	struct change c;

	if (remote->latched)
		latch_set(r->ports.latch, LATCH_STATE);
	change_adopt(&r->state, remote, clock_wall_us(), &c);
	rollout_take(r, &c);
	if (remote->latched)
		atomic_store(&r->ports.latch->cause, LATCH_STATE);
	else if (was_latched)
		atomic_store(&r->ports.latch->cause, LATCH_OPEN);
	r->latch_shared = remote->latched;
	rollout_save_or_keep(r, &c);
}

/* Our latch on top of a state that did not know of it. */
static void
latch_again(struct rollout *r, const struct rollout_state *remote)
{
	struct change_origin by = { r->state.actor, r->state.reason,
		clock_wall_us() };
	struct change c;

	change_latch(remote, "trip", &by, "", &c);
	rollout_take(r, &c);
	rollout_save_or_keep(r, &c);
}

/* PostgreSQL has been silent at start: blocking is bearable here, since
 * nobody is on enhanced and there is nothing to guard. */
static void
wait_tick(struct rollout *r)
{
	struct rollout_state remote;
	struct err err = { "" };
	struct change c;
	bool found;

	if (!store_load_remote_state(r->ports.store, WAIT_TIMEOUT_MS, &remote,
	    &found, &err))
		return;
	r->waiting = false;
	r->overrides_due = true;
	if (found && r->state.latched && !remote.latched) {
		latch_again(r, &remote);
	} else if (found) {
		adopt(r, &remote);
	} else if (!r->state.latched) {
		change_first(r->config, clock_wall_us(), &c);
		if (!rollout_commit(r, &c, &err)) {
			r->waiting = true;
			log_event(LOG_ERROR, "store", "%s", err.text);
		}
	}
}

/* The local file has those of other instances, and all of ours. */
static void
take_overrides(struct rollout *r)
{
	struct user_overrides *next = user_overrides_new();
	struct err err = { "" };

	/* A file that is held just now is asked again. */
	r->overrides_due = !store_load_overrides(r->ports.store, next, &err);
	if (!r->overrides_due && !user_overrides_is_same(next, r->users)) {
		user_overrides_unref(&r->users);
		r->users = user_overrides_ref(next);
		rollout_publish(r);
		log_event(LOG_INFO, "override", "users' overrides are those that "
		    "another instance has brought to PostgreSQL");
	}
	user_overrides_unref(&next);
}

static void
look(struct rollout *r)
{
	struct rollout_state remote;
	uint64_t epoch = r->state.epoch;

	if (!recorder_remote_state(r->ports.recorder,
	    store_rollout(r->ports.store), epoch > 0 ? epoch - 1 : 0, &remote))
		return;
	if (remote.epoch == epoch && remote.latched == r->state.latched)
		r->latch_shared = remote.latched;
	else if (r->state.latched && !r->latch_shared && !remote.latched)
		latch_again(r, &remote);
	else if (is_newer(&remote, &r->state))
		adopt(r, &remote);
}

void
rollout_remote_tick(struct rollout *r, uint64_t now_ns)
{
	if (now_ns < r->remote_ns)
		return;
	r->remote_ns = now_ns + (r->waiting ? WAIT_STEP_NS : LOOK_STEP_NS);
	if (r->waiting) {
		wait_tick(r);
		return;
	}
	r->overrides_due |= recorder_took_overrides(r->ports.recorder,
	    store_rollout(r->ports.store));
	if (r->overrides_due)
		take_overrides(r);
	if (r->ports.recorder != NULL)
		look(r);
}
