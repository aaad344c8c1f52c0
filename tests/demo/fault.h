/* fault -- how the demo backend misbehaves when it is told to.
 * SPDX-License-Identifier: MIT
 *
 * Set at run time by POST /demo/fault.  Which requests are hit is counted
 * out, not drawn: a share of 0.25 is every fourth request, in each run.
 */
#ifndef DEMO_FAULT_H
#define DEMO_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/compiler.h"
#include "base/err.h"

/* FAULT(NAME, "mode", "what the client sees") */
#define FAULT_TABLE(FAULT) \
	FAULT(NONE, "none", "requests are answered") \
	FAULT(ERROR500, "error500", "status 500 with an error object") \
	FAULT(HANG, "hang", "the connection stays open, no byte comes") \
	FAULT(SLOW, "slow", "the right answer, ms too late") \
	FAULT(RESET, "reset", "the connection is reset before an answer") \
	FAULT(GARBAGE, "garbage", "bytes that are not HTTP, then the end")

enum fault_mode {
#define FAULT(name, mode, text) FAULT_##name,
	FAULT_TABLE(FAULT)
#undef FAULT
	FAULT_COUNT
};

struct fault {
	enum fault_mode mode;
	double share;      /* of chat requests, 0..1 */
	double owed;       /* parts of a request since the last one hit */
	unsigned slow_ms;  /* FAULT_SLOW: added to the latency */
	uint64_t hits;
};

void fault_init(struct fault *f);
/* From {"mode": "...", "share": 0.5, "ms": 3000}; share and ms may be
 * absent.  false: *err says why, and nothing has changed. */
bool fault_set(struct fault *f, const json_t *wanted, struct err *err) MUST_CHECK;
/* What to do with the next request; counts. */
enum fault_mode fault_next(struct fault *f);
/* {"mode", "share", "ms", "hits", "modes": {name: what it does}}; the
 * caller owns it. */
json_t *fault_json(const struct fault *f) MUST_CHECK;

#endif
