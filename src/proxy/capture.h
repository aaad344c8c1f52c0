/* capture -- bytes of messages that are kept beside the way, on one budget.
 * SPDX-License-Identifier: MIT
 *
 * Bodies of requests and answers are captured for fallback, mirroring and
 * comparison.  Whatever is kept is taken from one budget for all workers
 * before it is kept (limits.shadow_bytes), is carried along with the blob,
 * and is given back by whoever frees it: the request, or the sample at the
 * end of its comparison.  No room means no capture; nobody ever waits.
 */
#ifndef PROXY_CAPTURE_H
#define PROXY_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/compiler.h"

struct answer;
struct settings;
struct worker;

enum capture_result {
	CAPTURE_KEPT = 0,
	CAPTURE_TOO_LARGE, /* over limits.capture */
	CAPTURE_NO_ROOM,   /* over the budget, or the process is short of memory */
};

/* Append, making the blob if it is NULL; unchanged unless it is kept.
 * needed: somebody's identity hangs on it, so the budget alone is no reason
 * to refuse (it is counted all the same). */
enum capture_result capture_append(struct worker *w,
    const struct settings *s, struct blob **b, const char *bytes, size_t len,
    bool needed) MUST_CHECK;
/* Free it and give back what it took. */
void capture_drop(struct worker *w, struct blob **b);
/* The same of all that an answer owns. */
void capture_drop_answer(struct worker *w, struct answer *a);
/* What an answer took: to be given back to worker->budget by who takes it
 * over. */
uint64_t capture_cost_of_answer(const struct answer *a);
/* Hand over what it owns: from owns nothing more. */
struct answer capture_take_answer(struct answer *from) MUST_CHECK;

#endif
