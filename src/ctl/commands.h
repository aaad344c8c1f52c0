/* commands -- what understudyctl can do; one table for code and help.
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "ctl/client.h"
#include "ctl/options.h"

struct command {
	const char *name;
	const char *words;    /* after the name, for the usage line */
	int words_min, words_max;
	unsigned takes;       /* enum option_bit; those besides -a -t --json */
	unsigned needs;       /* of these, the ones that must be there */
	/* client is NULL for commands that ask no server. */
	enum ctl_exit (*run)(struct client *client,
	    const struct ctl_options *o, struct err *err);
	bool asks_server;
	const char *help;
};

/* NULL: there is none of that name; err says so. */
const struct command *command_find(const char *name, struct err *err)
    MUST_CHECK;
/* Are words and options what the command takes? */
bool command_check(const struct command *c, const struct ctl_options *o,
    struct err *err) MUST_CHECK;
/* "usage: understudyctl set stage NAME ..." */
void command_usage(const struct command *c, FILE *out);
/* The whole of --help. */
void commands_help(FILE *out);

enum ctl_exit command_watch(struct client *client,
    const struct ctl_options *o, struct err *err);
enum ctl_exit command_alert_test(struct client *client,
    const struct ctl_options *o, struct err *err);
enum ctl_exit command_override(struct client *client,
    const struct ctl_options *o, struct err *err);
enum ctl_exit command_diffs(struct client *client,
    const struct ctl_options *o, struct err *err);
/* Is it a command of `understudy`, whose options are not read here? */
bool command_is_foreign(const char *name);
/* Become `understudy` with these words, the command's name the first; returns
 * only if that cannot be done. */
enum ctl_exit command_become(char **argv, struct err *err);
enum ctl_exit command_token(struct client *client,
    const struct ctl_options *o, struct err *err);

#endif
