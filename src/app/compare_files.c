/* compare_files -- see compare_files.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/compare_files.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/finding_text.h"
#include "app/recorded.h"
#include "compare/nature.h"

#define NAME "compare"
enum { SAME = 0, DIFFERENT, NOT_COMPARED };

struct options {
	struct command_rules rules;
	const char *paths[VERSION_COUNT]; /* borrow from argv; by enum version */
	const char *type;                 /* NULL = not said */
	bool json, help;
};

/* --- the command line ------------------------------------------------------- */

static const struct option long_options[] = {
	{ "rules", required_argument, NULL, 'r' },
	{ "type", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
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
take_option(int letter, struct options *o)
{
	switch (letter) {
	case 'r':
		return command_add_rules(NAME, &o->rules, optarg);
	case 't':
		o->type = optarg;
		return true;
	case 'j':
		o->json = true;
		return true;
	case 'h':
		o->help = true;
		return true;
	}
	fputs("try 'understudy compare --help'\n", stderr);
	return false;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "r:t:h", long_options,
	    NULL)) != -1)
		if (!take_option(letter, o))
			return false;
	if (o->help)
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
read_all(int fd, struct buf *out, struct err *err)
{
	for (;;) {
		ssize_t n = read(fd, buf_room(out, 65536), 65536);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, "%s", strerror(errno));
		if (n == 0)
			return true;
		buf_grew(out, (size_t)n);
		if (out->len > RECORDED_MAX)
			return err_set(err, "larger than %zu bytes", RECORDED_MAX);
	}
}

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
	ok = read_all(fd, &text, err) && recorded_read(text.bytes, text.len,
	    o->type, &config->rules, out, err);
	close(fd);
	buf_fini(&text);
	return ok || err_wrap(err, "%s", o->paths[v]);
}

/* --- the judgement ---------------------------------------------------------- */

static void
show(const struct options *o, const struct finding *f)
{
	struct buf text = { 0 };

	if (o->json) {
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
	if (o.help) {
		help();
		return SAME;
	}
	config = command_load_rules(&o.rules, RULES_FOR_JUDGING);
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
