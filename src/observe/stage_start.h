/* stage_start -- a number as it was when the stage began.
 * SPDX-License-Identifier: MIT
 *
 * What conditions of the kind "above_start_times" are held against: taken by
 * the watch (control/watch.h), kept in the local file over restarts.
 */
#ifndef OBSERVE_STAGE_START_H
#define OBSERVE_STAGE_START_H

#include <stdint.h>

#include "config/condition.h"
#include "config/version.h"

struct stage_start {
	char key[160];   /* what, of whom, over what: "error_rate enhanced 60000ms" */
	enum version of; /* whose it really is: legacy's where enhanced had none */
	double value;
	uint64_t n, events;
};

#endif
