/* watch -- the live table.
 * SPDX-License-Identifier: MIT
 *
 * On a terminal each picture is drawn over the last one, line by line, so
 * that nothing flickers; elsewhere the pictures follow each other.  A server
 * that is away for a while (a restart) is waited for; only at the first
 * look is it an error.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/mem.h"
#include "ctl/commands.h"
#include "ctl/fields.h"
#include "ctl/show.h"
#include "ctl/style.h"

#define TOP_DIFFERENCES 5

static volatile sig_atomic_t stopped;

static void
on_stop(int number UNUSED)
{
	stopped = 1;
}

static void
catch_stop(void)
{
	struct sigaction action = { .sa_handler = on_stop };

	stopped = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Ends early when a signal comes. */
static void
wait_for(unsigned ms)
{
	(void)poll(NULL, 0, (int)ms);
}

/* --- one picture -------------------------------------------------------- */

static void
compose(const struct show *show, const json_t *status, const json_t *diffs,
    const char *server, struct buf *out)
{
	show_head(show, status, server, out);
	buf_puts(out, "\n");
	show_rollout(show, field(status, "rollout"),
	    field_true(status, "env_disabled"), out);
	show_stages(show, field(status, "rollout"), out);
	show_others(show, status, out);
	buf_puts(out, "\n");
	show_versions(show, status, out);
	show_traffic(show, status, out);
	buf_puts(out, "\n");
	show_top_differences(show, diffs, TOP_DIFFERENCES, out);
	buf_puts(out, "\n");
	show_signals(show, status, out);
	show_rules(show, status, out);
}

static int
screen_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4)
		return 24;
	return size.ws_row;
}

/* Over the last picture: every line is cleared behind its text, and the rest
 * of the screen at the end.  What does not fit is left out, or the screen
 * would scroll. */
static void
draw_over(const char *text)
{
	int left = screen_lines() - 1;

	fputs("\033[H", stdout);
	while (*text != '\0' && left-- > 0) {
		size_t len = strcspn(text, "\n");

		fwrite(text, 1, len, stdout);
		fputs("\033[0m\033[K\n", stdout);
		text += len + (text[len] == '\n');
	}
	fputs("\033[0m\033[J", stdout);
	fflush(stdout);
}

static void
draw(bool is_terminal, bool is_first, const char *text)
{
	if (is_terminal) {
		if (is_first)
			fputs("\033[2J", stdout);
		draw_over(text);
		return;
	}
	printf("%s%s", is_first ? "" : "\n", text);
	fflush(stdout);
}

/* --- looking again and again -------------------------------------------- */

struct watch {
	struct client *client;
	const struct ctl_options *options;
	bool is_terminal;
	bool has_drawn;
	struct show show;
	json_t *before;     /* owns; the last status */
};

static void
draw_json(const json_t *status, const json_t *diffs)
{
	json_t *line = json_object();

	json_object_set(line, "status", (json_t *)status);
	json_object_set(line, "differences",
	    json_object_get(diffs, "differences"));
	json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static void
draw_status(struct watch *w, json_t *status, const json_t *diffs)
{
	struct buf out = { 0 };

	if (w->options->json) {
		draw_json(status, diffs);
		return;
	}
	/* A restarted server counts from zero. */
	w->show.before = w->before != NULL && field_number(status, "uptime_ms") >
	    field_number(w->before, "uptime_ms") ? w->before : NULL;
	compose(&w->show, status, diffs, client_name(w->client), &out);
	draw(w->is_terminal, !w->has_drawn, out.bytes);
	w->has_drawn = true;
	buf_fini(&out);
	json_decref(w->before);
	w->before = json_incref(status);
}

static void
draw_fault(struct watch *w, const struct err *err)
{
	struct buf out = { 0 };

	style_begin(&out, w->show.colour, STYLE_BAD);
	buf_puts(&out, "no answer: ");
	add_plain(&out, err->text, 0);
	style_end(&out, w->show.colour);
	buf_puts(&out, "\nwaiting for it; Ctrl-C ends this\n");
	if (w->is_terminal)
		draw(true, false, out.bytes);
	else
		fputs(out.bytes, stderr);
	buf_fini(&out);
}

static enum ctl_exit
look(struct watch *w, struct err *err)
{
	struct reply status, diffs;
	enum ctl_exit result = client_call(w->client, "GET", "/api/v1/status",
	    NULL, &status, err);

	if (result != CTL_OK) {
		reply_fini(&status);
		return result;
	}
	result = client_call(w->client, "GET", "/api/v1/differences?limit=5",
	    NULL, &diffs, err);
	if (result == CTL_OK)
		draw_status(w, status.document, diffs.document);
	reply_fini(&status);
	reply_fini(&diffs);
	return result;
}

enum ctl_exit
command_watch(struct client *client, const struct ctl_options *o,
    struct err *err)
{
	const char *no_color = getenv("NO_COLOR");
	bool is_terminal = isatty(STDOUT_FILENO) && !o->json;
	struct watch w = {
		.client = client, .options = o, .is_terminal = is_terminal,
		.show.colour = is_terminal &&
		    (no_color == NULL || no_color[0] == '\0'),
	};
	enum ctl_exit result = CTL_OK;

	catch_stop();
	for (unsigned n = 0; !stopped && (o->count == 0 || n < o->count); n++) {
		if (n > 0)
			wait_for(o->interval_ms);
		if (stopped)
			break;
		result = look(&w, err);
		if (result != CTL_OK && (n == 0 || result != CTL_UNREACHABLE))
			break;
		if (result == CTL_UNREACHABLE)
			draw_fault(&w, err);
	}
	json_decref(w.before);
	return stopped ? CTL_OK : result;
}
