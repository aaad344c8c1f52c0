/* compare_files -- see compare_files.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/compare_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/finding_text.h"
#include "app/recorded.h"
#include "base/file.h"
#include "compare/nature.h"

#define NAME "compare"
enum { SAME = 0, DIFFERENT, NOT_COMPARED };

struct options {
	struct command_options common;
	const char *paths[VERSION_COUNT]; /* borrow from argv; by enum version */
	const char *type;                 /* NULL = not said */
};

/* --- the command line ------------------------------------------------------- */

static const struct option long_options[] = {
	COMMAND_OPTIONS,
	{ "type", required_argument, NULL, 't' },
	{ NULL, 0, NULL, 0 },
};

static void
help(void)
{
	fputs("usage: understudy compare [--rules FILE]... [--type TYPE] [--json] "
	    "LEGACY ENHANCED\n"
	    "\n"
	    "Compares two files as the answers of a pair are compared.  A file that\n"
	    "begins like \"HTTP/1.1 200 OK\" (curl -i) is an answer with its head; any\n"
	    "other is the body of one.\n"
	    "\n"
	    "  -r, --rules FILE  rules to compare by; may be given several times\n"
	    "  -t, --type TYPE   media type of both bodies, whatever they say\n"
	    "      --json        one JSON object instead of text\n"
	    "  -h, --help\n"
	    "\n"
	    "Exit status: 0 the same, or noise by a rule; 1 different; 2 incomparable,\n"
	    "or a file or a rule is at fault.\n", stdout);
}

static bool
take_type(void *arg, int letter UNUSED)
{
	struct options *o = arg;

	o->type = optarg;
	return true;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	static const struct command_syntax syntax = { NAME, "r:t:h",
		long_options, take_type };

	if (!command_parse(&syntax, argc, argv, &o->common, o))
		return false;
	if (o->common.help)
		return true;
	if (argc - optind != VERSION_COUNT) {
		command_misused(NAME, "two files are compared, not %d",
		    argc - optind);
		return false;
	}
	o->paths[VERSION_LEGACY] = argv[optind];
	o->paths[VERSION_ENHANCED] = argv[optind + 1];
	return true;
}

/* --- the files -------------------------------------------------------------- */

static bool
read_answer(const struct options *o, enum version v,
    const struct config *config, struct answer *out, struct err *err)
{
	int fd = open(o->paths[v], O_RDONLY | O_CLOEXEC);
	struct buf text = { 0 };
	bool ok;

	if (fd == -1)
		return err_set(err, "%s: %s", o->paths[v], strerror(errno));
	buf_puts(&text, "");
	ok = file_read_all(fd, RECORDED_MAX, &text, err) &&
	    recorded_read(text.bytes, text.len, o->type, &config->rules, out,
	    err);
	close(fd);
	buf_fini(&text);
	return ok || err_wrap(err, "%s", o->paths[v]);
}

/* --- the judgement ---------------------------------------------------------- */

static void
show(const struct options *o, const struct finding *f)
{
	struct buf text = { 0 };

	if (o->common.json) {
		buf_puts(&text, "{");
		finding_write_json(f, &text);
		buf_puts(&text, "}\n");
	} else {
		finding_write_text(f, &text);
	}
	command_print(&text);
}

static int
status_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SAME:
	case VERDICT_NOISE:
		return SAME;
	case VERDICT_DIFFERENT:
		return DIFFERENT;
	case VERDICT_INCOMPARABLE:
	case VERDICT_COUNT:
		break;
	}
	return NOT_COMPARED;
}

static int
judge(const struct options *o, const struct sample *s)
{
	struct finding f;
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	judge_sample(s, NULL, &a, &f);
	nature_settle(s, NULL, &f);
	show(o, &f);
	arena_fini(&a);
	return status_of(f.verdict);
}

int
compare_files(int argc, char **argv)
{
	struct options o = { .type = NULL };
	struct err err = { "" };
	struct config *config;
	struct sample *s;
	bool ok = true;
	int status = NOT_COMPARED;

	if (!parse(argc, argv, &o))
		return NOT_COMPARED;
	if (o.common.help) {
		help();
		return SAME;
	}
	config = command_load_rules(&o.common.rules, RULES_FOR_JUDGING);
	if (config == NULL)
		return NOT_COMPARED;
	s = sample_new(config);
	for (int v = 0; v < VERSION_COUNT && ok; v++)
		ok = read_answer(&o, (enum version)v, config, &s->answers[v],
		    &err);
	if (ok)
		status = judge(&o, s);
	else
		fprintf(stderr, "understudy compare: %s\n", err.text);
	sample_free(&s);
	config_unref(&config);
	return status;
}
