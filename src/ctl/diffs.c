/* diffs -- where the versions differ: ranked, of one pair, and what would
 * silence a place.
 * SPDX-License-Identifier: MIT
 *
 * A proposed rule is written to a file or to standard output, and never
 * applied: it is for a person to read and to put where the rules are.  A file
 * that is there is not written over, as it may be the rules in force.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/commands.h"
#include "ctl/fields.h"
#include "ctl/proposal.h"
#include "ctl/show_sample.h"

/* A store that is slow is asked again, for half a minute. */
#define READ_TRIES 60
#define READ_PAUSE_MS 500
/* All rows there are. */
#define ALL "/api/v1/differences?limit=2000"

/* --- the list ------------------------------------------------------------------ */

static bool
is_wanted(const char *path, const struct ctl_options *o)
{
	for (int i = 1; i < o->word_count; i++) {
		size_t len = strlen(o->words[i]);

		if (strncmp(path, o->words[i], len) == 0 &&
		    (path[len] == '\0' || path[len] == '/'))
			return true;
	}
	return o->word_count == 1;
}

/* Of the rows those at or below the paths that were named, at most --limit. */
static void
choose(json_t *document, const struct ctl_options *o)
{
	json_t *rows = json_object_get(document, "differences");

	for (size_t i = json_array_size(rows); i-- > 0;)
		if (!is_wanted(field_text(json_array_get(rows, i), "path"), o))
			json_array_remove(rows, i);
	while (o->limit > 0 && json_array_size(rows) > o->limit)
		json_array_remove(rows, json_array_size(rows) - 1);
}

static enum ctl_exit
run_list(struct client *c, const struct ctl_options *o, struct err *err)
{
	const struct show show = ask_page();
	bool chosen = o->word_count > 1;
	char *path = o->limit > 0 && !chosen ?
	    mem_printf("/api/v1/differences?limit=%u", o->limit) :
	    mem_strdup(chosen ? ALL : "/api/v1/differences");
	struct reply reply;
	enum ctl_exit result = client_call(c, "GET", path, NULL, &reply, err);
	struct buf text = { 0 };

	if (result == CTL_OK && chosen)
		choose(reply.document, o);
	if (o->json)
		ask_print_document(reply.document);
	else if (result == CTL_OK)
		show_differences(&show, reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	free(path);
	return result;
}

/* --- one pair ------------------------------------------------------------------ */

static enum ctl_exit
read_sample(struct client *c, const char *pair, struct reply *out,
    struct err *err)
{
	char *path = client_id_path(c, "samples", pair, "");
	enum ctl_exit result = client_call(c, "GET", path, NULL, out, err);

	for (unsigned i = 0; i < READ_TRIES && result == CTL_OK &&
	    field_true(out->document, "reading"); i++) {
		reply_fini(out);
		(void)poll(NULL, 0, READ_PAUSE_MS);
		result = client_call(c, "GET", path, NULL, out, err);
	}
	free(path);
	if (result == CTL_OK && field_true(out->document, "reading")) {
		err_set(err, "the store does not answer");
		return CTL_REFUSED;
	}
	return result;
}

static void
show_sample(const struct ctl_options *o, const json_t *sample, struct buf *out)
{
	const struct show show = ask_page();
	size_t width = ask_width();

	show_sample_head(&show, sample, width, out);
	buf_puts(out, "\n");
	if ((o->given & OPTION_TIMELINE) != 0)
		show_sample_timeline(&show, sample, width, out);
	else if ((o->given & OPTION_UNIFIED) != 0)
		show_sample_unified(&show, sample, out);
	else
		show_sample_sides(&show, sample, width, out);
}

static enum ctl_exit
run_show(struct client *c, const struct ctl_options *o, struct err *err)
{
	struct reply reply;
	enum ctl_exit result = read_sample(c, o->words[2], &reply, err);
	struct buf text = { 0 };

	if (o->json)
		ask_print_document(reply.document);
	else if (result == CTL_OK)
		show_sample(o, reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	return result;
}

/* --- a proposal ---------------------------------------------------------------- */

static bool
write_new(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t len = strlen(text);
	bool ok;

	if (fd == -1)
		return err_set(err, "%s: %s", path, strerror(errno));
	ok = write(fd, text, len) == (ssize_t)len;
	if (close(fd) == -1 || !ok)
		return err_set(err, "%s: %s", path, strerror(errno));
	return true;
}

static enum ctl_exit
run_propose(struct client *c, const struct ctl_options *o, struct err *err)
{
	struct buf rule = { 0 }, why = { 0 };
	struct reply reply;
	enum ctl_exit result = client_call(c, "GET", ALL, NULL, &reply, err);

	if (result == CTL_OK) {
		proposal_write(o->propose, reply.document, &rule, &why);
		fputs(why.bytes, stderr);
		if (o->output == NULL)
			fputs(rule.bytes, stdout);
		else if (!write_new(o->output, rule.bytes, err))
			result = CTL_USAGE;
	}
	buf_fini(&rule);
	buf_fini(&why);
	reply_fini(&reply);
	return result;
}

/* --- the command --------------------------------------------------------------- */

/* Options that are of no use together, or in this form of the command. */
static bool
check(const struct ctl_options *o, bool is_show, struct err *err)
{
	const unsigned of_show = OPTION_UNIFIED | OPTION_TIMELINE;
	bool is_proposal = (o->given & OPTION_PROPOSE) != 0;

	if (is_proposal && o->word_count > 1)
		return err_set(err, "diffs: '%s' is too much beside --propose",
		    o->words[1]);
	if (is_show && o->word_count != 3)
		return err_set(err, "diffs show: one pair is shown");
	if (!is_show && (o->given & of_show) != 0)
		return err_set(err, "diffs: --unified and --timeline go with show");
	if ((o->given & of_show) == of_show)
		return err_set(err, "diffs show: --unified or --timeline");
	if (!is_proposal && (o->given & OPTION_OUTPUT) != 0)
		return err_set(err, "diffs: --output goes with --propose");
	if ((is_show || is_proposal) && (o->given & OPTION_LIMIT) != 0)
		return err_set(err, "diffs: --limit is for the list");
	return !is_proposal || proposal_check(o->propose, err);
}

enum ctl_exit
command_diffs(struct client *c, const struct ctl_options *o, struct err *err)
{
	bool is_show = o->word_count > 1 && strcmp(o->words[1], "show") == 0;

	if (!check(o, is_show, err))
		return CTL_USAGE;
	if ((o->given & OPTION_PROPOSE) != 0)
		return run_propose(c, o, err);
	return is_show ? run_show(c, o, err) : run_list(c, o, err);
}
