/* alert -- one message to people: what happened, and what it belongs to.
 * SPDX-License-Identifier: MIT
 *
 * A plain value.  The control thread fills it (rollout_alerts.c) and hands it
 * to the courier; what a target is sent is made of it by alert_payload.c.
 *
 * Trouble has a beginning and an end, which share a name and an epoch: by
 * these two a target knows that they belong together.  A note stands alone.
 */
#ifndef CONTROL_ALERT_H
#define CONTROL_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/guard_rules.h"
#include "config/snapshot.h"

#define ALERT_NAME_MAX 128

enum alert_phase {
	ALERT_BEGIN = 0, /* trouble that will have an end */
	ALERT_END,       /* of what began with the same name and epoch */
	ALERT_NOTE,      /* something was done: a stage opened */
	ALERT_TEST,      /* asked for by an operator */
};

struct alert {
	enum alert_phase phase;
	enum severity severity;  /* of an end: that of its beginning */
	const char *kind;        /* static: "trip", "held", "resolved" */
	char name[ALERT_NAME_MAX + 1]; /* the rule, "breaker", "store", ...; of one of
	                          * several rollouts "chat/breaker" */
	char rollout[64];        /* which one; "" = there is but one */
	uint64_t epoch;
	int64_t at_us;           /* wall clock */
	char stage[64];          /* of the rollout, as it is then */
	uint32_t percent;        /* thousandths of a percent */
	bool latched;
	char summary[640];       /* a sentence */
	char evidence[2048];     /* a JSON object with the numbers, or "" */
};

/* The texts, and the rollout as it is; the other members are the caller's.  To be
 * called with a->rollout as it shall be. */
void alert_fill(struct alert *a, const struct rollout_state *s,
    const char *name, const char *summary, const char *evidence);

#endif
