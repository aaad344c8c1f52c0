/* rollout_starts -- the numbers at the stage's start, over a restart.
 * SPDX-License-Identifier: MIT
 *
 * The watch takes them as the stage begins (watch.h); here they reach the local
 * file with the next tick.  If a crash comes first they are not known any more,
 * and who is held against them holds.
 */
#include "control/rollout_core.h"

#include "base/clock.h"
#include "base/log.h"

#define RETRY_NS NS_PER_S

void
rollout_load_starts(struct rollout *r)
{
	struct err err = { "" };

	/* A stage began with this process: what it was then is known better. */
	if (r->starts_due)
		return;
	r->watch.began_ns = 0;
	r->starts_us = r->state.stage_us;
	if (!store_load_starts(r->ports.store, r->state.stage_us,
	    r->watch.starts, &r->watch.start_count, &err)) {
		r->watch.start_count = 0;
		log_event(LOG_WARN, "store", "the numbers at the stage's start are "
		    "not known: %s", err.text);
	}
	r->starts_kept = r->watch.start_count > 0;
}

/* A share of users that changes is another beginning of the same stage, with
 * the numbers from before. */
void
rollout_write_starts(struct rollout *r)
{
	struct err err = { "" };

	if ((!r->starts_due && r->starts_us == r->state.stage_us) ||
	    r->watch.now_ns < r->starts_ns)
		return;
	if ((r->watch.start_count > 0 || r->starts_kept) &&
	    !store_save_starts(r->ports.store, r->state.stage_us,
	    r->watch.starts, r->watch.start_count, &err)) {
		if (r->starts_ns == 0)
			log_event(LOG_WARN, "store", "the numbers at the stage's "
			    "start are not written down yet, trying again every "
			    "second: %s", err.text);
		r->starts_ns = r->watch.now_ns + RETRY_NS;
		return;
	}
	r->starts_kept = r->watch.start_count > 0;
	r->starts_us = r->state.stage_us;
	r->starts_due = false;
	r->starts_ns = 0;
}
