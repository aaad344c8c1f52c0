/* understudyctl -- the operator's end of the admin API.
 * SPDX-License-Identifier: MIT
 *
 * Reads its command line (options.h), finds the command (commands.h), opens
 * a client (client.h), and ends with one of the statuses of enum ctl_exit.
 * What it prints is for people unless --json is given.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/options.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define DEFAULT_ADMIN "http://127.0.0.1:9900"

static enum ctl_exit
usage_error(const struct err *err, const struct command *command)
{
	fprintf(stderr, "understudyctl: %s\n", err->text);
	if (command != NULL)
		command_usage(command, stderr);
	else
		fputs("try 'understudyctl --help'\n", stderr);
	return CTL_USAGE;
}

/* NULL when there is none; the caller frees. */
static bool
find_token(const struct ctl_options *o, char **out, struct err *err)
{
	const char *token = getenv("UNDERSTUDY_TOKEN");

	*out = NULL;
	if (o->token_file != NULL)
		return client_read_token(o->token_file, out, err);
	*out = token != NULL ? client_trim_token(token) : NULL;
	return true;
}

/* The option, else the environment, else what is usual. */
static const char *
find_text(const char *option, const char *variable, const char *standard)
{
	const char *text = getenv(variable);

	if (option != NULL)
		return option;
	return text != NULL && text[0] != '\0' ? text : standard;
}

static enum ctl_exit
run_with_client(const struct command *command, const struct ctl_options *o,
    struct err *err)
{
	struct client_options options;
	struct client *client = NULL;
	enum ctl_exit result;
	char *token;

	if (!find_token(o, &token, err))
		return CTL_USAGE;
	options = (struct client_options){
		.admin = find_text(o->admin, "UNDERSTUDY_ADMIN", DEFAULT_ADMIN),
		.token = token,
		.ca = find_text(o->ca, "UNDERSTUDY_CA", NULL),
		.cert = find_text(o->cert, "UNDERSTUDY_CERT", NULL),
		.key = find_text(o->key, "UNDERSTUDY_KEY", NULL),
		.rollout = find_text(o->rollout, "UNDERSTUDY_ROLLOUT", NULL),
	};
	if (client_open(&options, &client, err))
		result = command->run(client, o, err);
	else
		result = CTL_USAGE;
	client_close(&client);
	free(token);
	return result;
}

static enum ctl_exit
run(const struct command *command, const struct ctl_options *o)
{
	struct err err = { "" };
	enum ctl_exit result = command->asks_server ?
	    run_with_client(command, o, &err) : command->run(NULL, o, &err);

	switch (result) {
	case CTL_OK:
		break;
	case CTL_REFUSED:
		fprintf(stderr, "understudyctl: refused: %s\n", err.text);
		break;
	case CTL_USAGE:
		return usage_error(&err, command);
	case CTL_UNREACHABLE:
		fprintf(stderr, "understudyctl: cannot reach the server: %s\n",
		    err.text);
		break;
	case CTL_DENIED:
		fprintf(stderr, "understudyctl: not allowed: %s\n", err.text);
		break;
	}
	return result;
}

static enum ctl_exit
find_and_run(const struct ctl_options *o)
{
	const struct command *command = NULL;
	struct err err = { "" };

	if (o->word_count == 0) {
		err_set(&err, "a command is missing");
		return usage_error(&err, NULL);
	}
	command = command_find(o->words[0], &err);
	if (command == NULL)
		return usage_error(&err, NULL);
	if ((o->given & OPTION_HELP) != 0) {
		command_usage(command, stdout);
		printf("       %s\n", command->help);
		return CTL_OK;
	}
	if (!command_check(command, o, &err))
		return usage_error(&err, command);
	return run(command, o);
}

/* Options of another program's command are unknown to us, if ours stand
 * before it. */
static void
blame_order(int argc, char **argv, struct err *err)
{
	for (int i = 2; i < argc; i++)
		if (command_is_foreign(argv[i]))
			err_set(err, "%s: must be the first word, with its options "
			    "behind it", argv[i]);
}

int
main(int argc, char **argv)
{
	struct ctl_options o;
	struct err err = { "" };
	enum ctl_exit result;

	/* Its options are another program's. */
	if (argc > 1 && command_is_foreign(argv[1])) {
		result = command_become(argv + 1, &err);
		fprintf(stderr, "understudyctl: %s\n", err.text);
		return (int)result;
	}
	/* A token will be in our memory: no core file, no looking on. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!options_parse(argc, argv, &o, &err)) {
		blame_order(argc, argv, &err);
		return usage_error(&err, NULL);
	}
	if ((o.given & OPTION_VERSION) != 0) {
		puts("understudyctl " PACKAGE_VERSION);
		return CTL_OK;
	}
	if (o.word_count == 0 && (o.given & OPTION_HELP) != 0) {
		commands_help(stdout);
		return CTL_OK;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	result = find_and_run(&o);
	curl_global_cleanup();
	return (int)result;
}
