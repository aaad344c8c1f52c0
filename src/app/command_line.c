/* command_line -- see command_line.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/command_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
add_rules(const char *command, struct command_rules *r, const char *path)
{
	if (r->count == COMMAND_RULES_MAX) {
		command_misused(command, "more than %d rule files",
		    COMMAND_RULES_MAX);
		return false;
	}
	r->paths[r->count++] = path;
	return true;
}

static bool
take(const struct command_syntax *s, int letter, struct command_options *out,
    void *arg)
{
	switch (letter) {
	case 'r':
		return add_rules(s->name, &out->rules, optarg);
	case 'j':
		out->json = true;
		return true;
	case 'h':
		out->help = true;
		return true;
	case '?': /* getopt() has said what is wrong */
		fprintf(stderr, "try 'understudy %s --help'\n", s->name);
		return false;
	}
	return s->take(arg, letter);
}

bool
command_parse(const struct command_syntax *s, int argc, char **argv,
    struct command_options *out, void *arg)
{
	int letter;

	while ((letter = getopt_long(argc, argv, s->letters, s->longs,
	    NULL)) != -1)
		if (!take(s, letter, out, arg))
			return false;
	return true;
}

bool
command_parse_rules(const struct command_syntax *s, int argc, char **argv,
    struct command_options *out, void *arg)
{
	if (!command_parse(s, argc, argv, out, arg))
		return false;
	if (out->help)
		return true;
	if (optind < argc) {
		command_misused(s->name, "'%s' is not an option", argv[optind]);
		return false;
	}
	if (out->rules.count == 0)
		command_misused(s->name, "--rules is missing");
	return out->rules.count > 0;
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
