/* probe_row -- what is known of a probe at one moment.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_PROBE_ROW_H
#define CONTROL_PROBE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "control/alert.h"
#include "control/probe_answer.h"

struct probe_row {
	char name[ALERT_NAME_MAX + 1];
	uint64_t mark;          /* of the question: probe_rule.mark */
	bool has_value;
	double value;
	uint64_t at_ns;         /* clock_ns() when it was asked for */
	bool is_failing;        /* the last answer had none */
	char why[PROBE_WHY_MAX]; /* what came back then */
	uint64_t asked, failed;
};

#endif
