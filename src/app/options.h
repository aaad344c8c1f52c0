/* options -- the command line of understudy.
 * SPDX-License-Identifier: MIT
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>

#include "base/compiler.h"

enum run_mode {
	RUN_SERVE = 0,
	RUN_CHECK,   /* --check: say all that is wrong with the config */
	RUN_MIGRATE, /* --migrate: create or migrate the store's schema */
	RUN_PRINT,   /* --print WHAT: a generated reference */
	RUN_VERSION,
	RUN_HELP,
};

struct options {
	enum run_mode mode;
	const char *config; /* borrows from argv */
	const char *print;  /* borrows from argv */
};

/* false: not understood; a message was written to standard error. */
bool options_parse(int argc, char **argv, struct options *out) MUST_CHECK;
void options_help(void);

#endif
