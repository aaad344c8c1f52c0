/* smoke -- does one answer meet what a smoke check expects?
 * SPDX-License-Identifier: MIT
 *
 * Pure.  And what is known of a run of them.
 */
#ifndef CONTROL_SMOKE_H
#define CONTROL_SMOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/smoke_rules.h"

#define SMOKE_WHY_MAX 128

enum smoke_state { SMOKE_NOT_RUN = 0, SMOKE_RUNNING, SMOKE_PASSED, SMOKE_FAILED };

/* Checks are run in their order, until the first one that fails. */
struct smoke_run {
	uint64_t serial;          /* which run was asked for */
	enum smoke_state state;
	unsigned passed, count;   /* so far, of those asked for */
	uint64_t ended_ns;        /* clock_ns(); 0 = it has not */
	char why[SMOKE_WHY_MAX];  /* "hello: status 500 for 200" */
};

/* Of all runs that have ended. */
struct smoke_totals {
	uint64_t runs, failures;
	bool is_passed;           /* the last one is; of no runs: false */
};

/* An answer came, whole and in time.  false: why says what is wrong, without
 * anything that was in the body. */
bool smoke_judge(const struct smoke_check *c, long status, const char *body,
    size_t len, char why[SMOKE_WHY_MAX]) MUST_CHECK;

#endif
