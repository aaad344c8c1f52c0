/* understudy -- the program: one look at the command line, then boot.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "app/boot.h"
#include "app/compare_files.h"
#include "app/options.h"
#include "app/print.h"
#include "app/rejudge_command.h"
#include "app/simulate_command.h"
#include "app/tls_files.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/log.h"
#include "config/config.h"
#include "store/store.h"

/* A person who checks reads lines; who collects the log of a start that
 * failed gets them as the rest of the log. */
static int
print_faults(char *faults, bool as_log)
{
	char *line, *rest = faults;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		if (as_log)
			log_event(LOG_ERROR, "config", "%s", line);
		else
			fprintf(stderr, "%s\n", line);
	}
	return 1;
}

static int
migrate(const struct config *config)
{
	struct buf text = { 0 };
	struct err err = { "" };
	bool ok = store_migrate(&config->settings, &text, &err);

	if (text.len > 0)
		fputs(text.bytes, stdout);
	if (!ok)
		fprintf(stderr, "understudy: migrating the store: %s\n",
		    err.text);
	buf_fini(&text);
	return ok ? 0 : 1;
}

static int
with_config(const struct options *o, char **argv)
{
	struct buf faults = { 0 };
	struct config *config = config_load(o->config, tls_files_ports(),
	    &faults);
	int status = 0;

	tls_files_tell(o->mode == RUN_SERVE);
	if (config == NULL) {
		buf_puts(&faults, "");
		status = print_faults(faults.bytes, o->mode == RUN_SERVE);
	}
	buf_fini(&faults);
	if (config == NULL)
		return status;
	if (o->mode == RUN_SERVE)
		return boot_run(config, argv);
	if (o->mode == RUN_MIGRATE)
		status = migrate(config);
	else
		printf("%s: no faults\n", o->config);
	config_unref(&config);
	return status;
}

/* What the program does beside serving. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "compare", compare_files },
	{ "rejudge", rejudge_command },
	{ "simulate", simulate_command },
};

int
main(int argc, char **argv)
{
	struct options o;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (!options_parse(argc, argv, &o))
		return 2;
	switch (o.mode) {
	case RUN_HELP:
		options_help();
		return 0;
	case RUN_VERSION:
		puts("understudy " PACKAGE_VERSION);
		return 0;
	case RUN_PRINT:
		return print_reference(o.print);
	case RUN_SERVE:
	case RUN_CHECK:
	case RUN_MIGRATE:
		return with_config(&o, argv);
	}
	return 2;
}
