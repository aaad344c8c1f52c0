/* command_line -- see command_line.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/command_line.h"

#include <stdarg.h>
#include <stdio.h>

#include "config/load.h"

bool
command_add_rules(const char *command, struct command_rules *r,
    const char *path)
{
	if (r->count == COMMAND_RULES_MAX) {
		command_misused(command, "more than %d rule files",
		    COMMAND_RULES_MAX);
		return false;
	}
	r->paths[r->count++] = path;
	return true;
}

struct config *
command_load_rules(const struct command_rules *r)
{
	struct buf faults = { 0 };
	struct config_ports ports;
	struct config *config;

	config_ports_system(&ports);
	config = config_load_rules(&ports, r->paths, r->count, &faults);
	if (config == NULL)
		fputs(faults.bytes, stderr);
	buf_fini(&faults);
	return config;
}

void
command_misused(const char *command, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "understudy %s: ", command);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "; try 'understudy %s --help'\n", command);
	va_end(args);
}

void
command_print(struct buf *text)
{
	if (text->len > 0)
		fwrite(text->bytes, 1, text->len, stdout);
	buf_fini(text);
}
