/* command_line -- see command_line.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/command_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


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

/* Whoever tries rules need not be allowed to read the secrets beside them. */
struct reading {
	const struct command_rules *rules; /* borrows */
	struct config_ports system;
};

static bool
read_rules_only(void *arg, const char *path, struct buf *out, struct err *err)
{
	const struct reading *r = arg;

	for (size_t i = 0; i < r->rules->count; i++)
		if (strcmp(r->rules->paths[i], path) == 0)
			return r->system.read_file(r->system.arg, path, out, err);
	buf_puts(out, "not-read\n");
	return true;
}

struct config *
command_load_rules(const struct command_rules *r, enum rules_use use)
{
	struct reading reading = { .rules = r };
	struct buf faults = { 0 };
	struct config_ports ports;
	struct config *config;

	config_ports_system(&reading.system);
	ports = reading.system;
	ports.read_file = read_rules_only;
	ports.arg = &reading;
	config = config_load_rules(&ports, r->paths, r->count, use, &faults);
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
