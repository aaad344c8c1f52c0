/* err -- why an operation of the control code failed, for a person.
 * SPDX-License-Identifier: MIT
 *
 * A failing function writes one lower-case sentence without a full stop and
 * returns false; each caller up the stack puts its own context in front.
 * The result reads from the outermost context to the system's reason:
 *   rules/checkout.json: /guard/0/above: "5 %" is not a share like "5%"
 * Plain memory, no ownership; any thread, one at a time.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/compiler.h"

struct err {
	char text[1024]; /* empty = nothing has failed */
};

/* Replace the text.  Always returns false, so that a failing function can
 * `return err_set(err, ...)`.  Truncates silently; err may be NULL. */
bool err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put a context in front of the text ("context: text"; the context alone
 * when there is no text yet).  Returns false. */
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Did the system run out of something of ours (descriptors, ports, memory)?
 * Then whoever we wanted to talk to has not even been asked. */
bool errno_is_exhaustion(int error);

#endif
