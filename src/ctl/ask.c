/* ask -- see ask.h.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 1000

struct show
ask_page(void)
{
	const char *no_color = getenv("NO_COLOR");

	return (struct show){
		.colour = isatty(STDOUT_FILENO) &&
		    (no_color == NULL || no_color[0] == '\0'),
	};
}

size_t
ask_width(void)
{
	const char *columns = getenv("COLUMNS");
	uint64_t width = 0;
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	else if (columns == NULL || !text_u64(columns, &width))
		width = SHOW_WIDTH;
	return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX :
	    (size_t)width;
}

enum ctl_exit
ask_print(struct buf *text)
{
	if (text->len > 0)
		fwrite(text->bytes, 1, text->len, stdout);
	buf_fini(text);
	return CTL_OK;
}

void
ask_print_document(const json_t *document)
{
	if (document == NULL)
		return;
	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	putchar('\n');
}

enum ctl_exit
ask(struct client *c, const struct ctl_options *o, const char *method,
    const char *path, json_t *body, struct reply *out, struct err *err)
{
	enum ctl_exit result = client_call(c, method, path, body, out, err);

	json_decref(body);
	if (o->json)
		ask_print_document(out->document);
	return result;
}

enum ctl_exit
ask_change(struct client *c, const struct ctl_options *o, const char *method,
    const char *path, json_t *body, struct err *err)
{
	struct reply reply;
	enum ctl_exit result = ask(c, o, method, path, body, &reply, err);
	struct buf text = { 0 };

	if (result == CTL_OK && !o->json)
		show_change(reply.document, &text);
	ask_print(&text);
	reply_fini(&reply);
	return result;
}

json_t *
ask_reason(const struct ctl_options *o)
{
	json_t *body = json_object();

	json_object_set_new(body, "reason", json_string(o->reason));
	return body;
}
