/* guard_rules -- the thresholds that alert, hold, or take traffic back.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.
 */
#ifndef CONFIG_GUARD_RULES_H
#define CONFIG_GUARD_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/condition.h"

/* From the mildest; the worst that is asked for at one moment is done. */
enum guard_action {
	GUARD_ALERT = 0,
	GUARD_PAUSE,    /* the stage does not advance until `resume` */
	GUARD_BACK,     /* one stage back */
	GUARD_ROLLBACK, /* all traffic to legacy, latched */
	GUARD_ACTION_COUNT
};
enum guard_mode { GUARD_ACT = 0, GUARD_OBSERVE };
enum severity { SEVERITY_INFO = 0, SEVERITY_WARNING, SEVERITY_CRITICAL };

struct guard_rule {
	struct condition when;  /* first: see condition.h */
	char *name;
	uint64_t for_ms;        /* it must hold for this long; 0 = at once */
	enum guard_action action;
	enum severity severity;
	enum guard_mode mode;   /* observe: only say what would be done */
	bool blind;             /* act although legacy is as bad */
};

/* The fast one: in the path and over the last seconds. */
struct breaker {
	bool enabled;
	uint32_t consecutive;    /* failures of enhanced in a row, per worker; 0 = off */
	double failure_rate;     /* Wilson lower bound (z = 3.29) above this trips */
	uint64_t window_ms;
	uint64_t min_requests;
};

#endif
