/* command_line -- what the commands beside the server have in common.
 * SPDX-License-Identifier: MIT
 */
#ifndef APP_COMMAND_LINE_H
#define APP_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "config/config.h"
#include "config/load.h"

/* Of rule files, each a --rules. */
#define COMMAND_RULES_MAX 32

struct command_rules {
	const char *paths[COMMAND_RULES_MAX]; /* borrow from argv */
	size_t count;
};

/* One more.  false: that is too many; it has been said. */
bool command_add_rules(const char *command, struct command_rules *r,
    const char *path) MUST_CHECK;
/* Secrets that they keep in other files are not read.  NULL: the faults have
 * been said, on standard error.  The caller holds the reference. */
struct config *command_load_rules(const struct command_rules *r,
    enum rules_use use) MUST_CHECK;
/* "understudy COMMAND: TEXT; try 'understudy COMMAND --help'" on standard
 * error. */
void command_misused(const char *command, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* To standard output; the buffer is given back. */
void command_print(struct buf *text);

#endif
