/* rollout_alerts -- the part of struct rollout that tells people.
 * SPDX-License-Identifier: MIT
 *
 * For the files of rollout_core.h alone.  Control thread only; nothing here
 * waits.
 */
#ifndef CONTROL_ROLLOUT_ALERTS_H
#define CONTROL_ROLLOUT_ALERTS_H

#include <stdint.h>

#include "config/guard_rules.h"
#include "control/alert.h"
#include "control/change.h"

struct rollout;

/* What ends the trouble that people were told of. */
enum trouble_end {
	ENDS_FINE = 0, /* the rule says so, for a whole window */
	ENDS_REARM,    /* the latch is open */
	ENDS_RESUME,   /* the plan may go on */
	ENDS_BREAKER,  /* it would not trip any more */
	ENDS_STORE,    /* the store takes what there is */
	ENDS_QUIET,    /* users and sessions are not mixed up any more */
};

struct trouble {
	char name[ALERT_NAME_MAX + 1]; /* of a rule, "breaker", "store", ... */
	uint64_t epoch;
	enum severity severity;
	enum trouble_end end;
	uint8_t version, kind;         /* of ENDS_QUIET: whose, which violations */
};
/* Each rule twice (what it did, and what it holds), and a few. */
#define TROUBLES_MAX 144

/* Something began that has an end, or (a change) was done by somebody. */
void rollout_alert(struct rollout *r, const struct trouble *trouble,
    const char *kind, const char *sentence, const char *evidence);
void rollout_alert_change(struct rollout *r, const struct change *c);
/* Every tick: what is over, and how the store fares. */
void rollout_alert_tick(struct rollout *r);
/* What was told before this process began, from the rollout log. */
void rollout_alert_recall(struct rollout *r);
/* Something that a process before has told; only its end is still to come. */
void rollout_alert_keep(struct rollout *r, const struct trouble *trouble);

#endif
