/* rollout_kept -- what is to be written down, and waits for the disk.
 * SPDX-License-Identifier: MIT
 *
 * A trip is in force before it is on disk, and an alert is only told: neither
 * may make the guard wait for a file that somebody has locked.  They stand in
 * one queue, so that epochs and events reach the file in their order.  A try
 * waits GUARD_PATIENCE_MS for the lock; after a failure the next one is a
 * second away.
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* One transaction of ours on a busy machine is over long before; one of
 * somebody else's, a vacuum say, may take minutes. */
#define GUARD_PATIENCE_MS 50
#define OPERATOR_PATIENCE_MS 250
#define START_PATIENCE_MS 5000
#define RETRY_NS NS_PER_S

/* --- how long a write may wait ------------------------------------------ */

void
rollout_be_patient(struct rollout *r)
{
	r->operator_patience_ms = START_PATIENCE_MS;
	(void)store_set_patience(r->ports.store, START_PATIENCE_MS);
}

void
rollout_be_quick(struct rollout *r)
{
	r->operator_patience_ms = OPERATOR_PATIENCE_MS;
	(void)store_set_patience(r->ports.store, GUARD_PATIENCE_MS);
}

bool
rollout_write(struct rollout *r, const struct rollout_write *w,
    struct err *err)
{
	unsigned was = store_set_patience(r->ports.store,
	    r->operator_patience_ms);
	bool ok = rollout_save_kept(r, err) && (w->override != NULL ?
	    store_save_override(r->ports.store, w->override, &w->change->next,
	    &w->change->event, err) :
	    store_save(r->ports.store, &w->change->next, &w->change->event,
	    err));

	(void)store_set_patience(r->ports.store, was);
	if (ok)
		rollout_poke(r);
	return ok;
}

void
rollout_poke(struct rollout *r)
{
	if (r->ports.recorder != NULL)
		recorder_poke(r->ports.recorder);
}

/* --- the queue ---------------------------------------------------------- */

static void
drop(struct rollout *r, size_t i)
{
	struct unsaved *u = &r->unsaved[i];

	r->unsaved_count--;
	memmove(u, u + 1, (r->unsaved_count - i) * sizeof *u);
}

/* Full: an alert goes before a state, and the newest state must stay. */
static void
make_room(struct rollout *r)
{
	size_t i = 0;

	while (i < r->unsaved_count - 1 && r->unsaved[i].has_state)
		i++;
	log_event(LOG_ERROR, "store", "an event of epoch %" PRIu64 " (%s) will "
	    "not be written down", r->unsaved[i].event.epoch,
	    r->unsaved[i].event.kind);
	drop(r, i);
}

static void
push(struct rollout *r, const struct rollout_state *state,
    const struct log_entry *event)
{
	struct unsaved *u;

	if (r->unsaved_count == UNSAVED_MAX)
		make_room(r);
	u = &r->unsaved[r->unsaved_count++];
	u->has_state = state != NULL;
	if (state != NULL)
		u->state = *state;
	u->event = *event;
}

bool
rollout_save_kept(struct rollout *r, struct err *err)
{
	while (r->unsaved_count > 0) {
		struct unsaved *u = &r->unsaved[0];

		if (!store_save(r->ports.store, u->has_state ? &u->state : NULL,
		    &u->event, err))
			return false;
		drop(r, 0);
		rollout_poke(r);
	}
	r->unsaved_why[0] = '\0';
	return true;
}

/* Say it once for each stretch of failures. */
static void
note_failure(struct rollout *r, const struct err *why)
{
	bool is_first = r->unsaved_why[0] == '\0';

	r->retry_ns = r->watch.now_ns + RETRY_NS;
	text_copy(r->unsaved_why, sizeof r->unsaved_why, why->text,
	    strlen(why->text));
	if (is_first && rollout_unsaved(r) == NULL)
		log_event(LOG_WARN, "store", "an event (%s) is not written down "
		    "yet, trying again every second: %s",
		    r->unsaved[0].event.kind, why->text);
}

static bool
try_now(struct rollout *r)
{
	struct err err = { "" };

	if (rollout_save_kept(r, &err))
		return true;
	note_failure(r, &err);
	return false;
}

void
rollout_save_or_keep(struct rollout *r, const struct change *c)
{
	push(r, &c->next, &c->event);
	if (!try_now(r))
		log_event(LOG_ERROR, "store", "epoch %" PRIu64 " is in force but "
		    "not written down yet, trying again every second: %s",
		    c->next.epoch, r->unsaved_why);
}

void
rollout_note(struct rollout *r, const struct log_entry *event)
{
	push(r, NULL, event);
}

void
rollout_write_kept(struct rollout *r)
{
	bool has_failed = r->unsaved_why[0] != '\0';

	if (r->unsaved_count == 0 || (has_failed && r->watch.now_ns < r->retry_ns))
		return;
	if (try_now(r) && has_failed)
		log_event(LOG_INFO, "store", "epoch %" PRIu64 " is written down "
		    "now", r->state.epoch);
}

const char *
rollout_unsaved(const struct rollout *r)
{
	for (size_t i = 0; i < r->unsaved_count; i++)
		if (r->unsaved[i].has_state)
			return r->unsaved_why;
	return NULL;
}
