/* options -- the command line of understudyctl.
 * SPDX-License-Identifier: MIT
 *
 * One table of options and one of commands (commands.h); a command says
 * which options it takes, and every other one is a usage error.  Parsing
 * touches nothing but its arguments and getopt's own state.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* How understudyctl ends; in --help and in the manual. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED,     /* the server said no */
	CTL_USAGE,       /* the command line makes no sense */
	CTL_UNREACHABLE, /* no answer from the server */
	CTL_DENIED,      /* no token, a wrong one, or one that may not do this */
};

enum option_bit {
	OPTION_REASON = 1 << 0,
	OPTION_RESUME = 1 << 1,
	OPTION_INTERVAL = 1 << 2,
	OPTION_COUNT = 1 << 3,
	OPTION_LIMIT = 1 << 4,
	OPTION_ROLE = 1 << 5,
	OPTION_UNIFIED = 1 << 6,
	OPTION_TIMELINE = 1 << 7,
	OPTION_PROPOSE = 1 << 8,
	OPTION_OUTPUT = 1 << 9,
	OPTION_NAME = 1 << 10,
	OPTION_WHEN = 1 << 11,
	OPTION_FOR = 1 << 12,
	OPTION_UNTIL = 1 << 13,
	/* Of no command, and behind those that are. */
	OPTION_HELP = 1 << 14,
	OPTION_VERSION = 1 << 15,
};

#define WORDS_MAX 4

struct ctl_options {
	const char *admin;       /* URL or unix:PATH; NULL = not given */
	const char *token_file;  /* NULL = not given */
	const char *ca;          /* PEM files, for https; NULL = not given */
	const char *cert, *key;
	const char *rollout;     /* which of several; NULL = not given */
	bool json;
	unsigned given;          /* enum option_bit */
	const char *reason;
	unsigned interval_ms;    /* of watch */
	unsigned count;          /* of watch; 0 = for ever */
	unsigned limit;          /* of diffs and events; 0 = the server's */
	const char *role;        /* of token */
	const char *propose;     /* of diffs: a path */
	const char *output;      /* of diffs: a file; NULL = standard output */
	const char *name, *when; /* of override: a criterion's; NULL = not given */
	const char *until;       /* likewise: when it ends */
	uint64_t for_us;         /* likewise, from now */
	const char *words[WORDS_MAX]; /* the command and its arguments */
	int word_count;
};

/* All strings borrow from argv, whose order changes.  false: err says what
 * is wrong with the line. */
bool options_parse(int argc, char **argv, struct ctl_options *out,
    struct err *err) MUST_CHECK;
/* "--reason" */
const char *option_name(enum option_bit bit);

#endif
