/* command_line -- what the commands beside the server have in common.
 * SPDX-License-Identifier: MIT
 */
#ifndef APP_COMMAND_LINE_H
#define APP_COMMAND_LINE_H

#include <getopt.h>
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

/* What each of them takes: --rules FILE (-r), --json, --help (-h). */
struct command_options {
	struct command_rules rules;
	bool json, help;
};
#define COMMAND_OPTIONS { "rules", required_argument, NULL, 'r' }, \
	{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }

struct command_syntax {
	const char *name;
	const char *letters;        /* for getopt(), with "r:" and "h" */
	const struct option *longs; /* with COMMAND_OPTIONS */
	/* An option of its own, with its value in optarg.  false: it has been said
	 * what is wrong. */
	bool (*take)(void *arg, int letter);
};

/* Words stand behind optind then.  false: it has been said what is wrong. */
bool command_parse(const struct command_syntax *s, int argc, char **argv,
    struct command_options *out, void *arg) MUST_CHECK;
/* The same of a command that takes no words and needs rules, unless it is
 * asked for help. */
bool command_parse_rules(const struct command_syntax *s, int argc, char **argv,
    struct command_options *out, void *arg) MUST_CHECK;
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
