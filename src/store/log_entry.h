/* log_entry -- a row of the rollout log.
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_LOG_ENTRY_H
#define STORE_LOG_ENTRY_H

#include <stdint.h>

#define ROLLOUT_NAME_MAX 63

/* A row of the rollout log (libevent has taken the name "event"). */
struct log_entry {
	int64_t id;          /* of the local file; set by store_save() */
	int64_t ts_us;
	uint64_t epoch;      /* of the state after it */
	char kind[32];       /* "start", "stage", "percent", "enabled", "trip", "alert",
	                        "rollback", "rearm", "override", "reload",
	                        "budget", "drain", "endpoint" */
	char actor[64];      /* "guard", "config", "operator:NAME" */
	char from[96], to[96];
	char reason[512];
	char evidence[10240]; /* a JSON object with the numbers, or ""; a plan of
	                        * PLAN_ROWS_MAX rows is the longest */
	char rollout[ROLLOUT_NAME_MAX + 1]; /* the store's; set by the store */
};

#endif
