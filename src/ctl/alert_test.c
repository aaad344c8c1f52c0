/* alert_test -- send a test to the targets of alerts and wait for answers.
 * SPDX-License-Identifier: MIT
 */
#include "ctl/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/fields.h"
#include "ctl/style.h"

/* The longest timeout that a target may have, and something. */
#define PATIENCE_NS (330 * NS_PER_S)
#define LOOK_NS (100 * NS_PER_MS)

static bool
is_asked(const json_t *target, const char *name)
{
	return name == NULL || strcmp(field_text(target, "name"), name) == 0;
}

/* The test of that number, NULL while there is none. */
static const json_t *
find_test(const json_t *target, unsigned number)
{
	const json_t *test = field(target, "test");

	return test != NULL && field_number(test, "number") >= number ? test :
	    NULL;
}

/* Has every target that was asked answered, or failed to? */
static bool
is_over(const json_t *document, const char *name, unsigned number)
{
	const json_t *list = field(document, "targets"), *target;
	size_t i, asked = 0;

	json_array_foreach((json_t *)list, i, target) {
		const json_t *test = find_test(target, number);

		if (!is_asked(target, name))
			continue;
		asked++;
		if (test == NULL || strcmp(field_text(test, "result"),
		    "running") == 0)
			return false;
	}
	return asked > 0;
}

/* true: each was reached. */
static bool
show_answers(const json_t *document, const char *name, unsigned number,
    bool is_quiet)
{
	const json_t *list = field(document, "targets"), *target;
	struct buf out = { 0 };
	bool all = true;
	size_t i;

	json_array_foreach((json_t *)list, i, target) {
		const json_t *test = find_test(target, number);
		bool ok = test != NULL && strcmp(field_text(test, "result"),
		    "ok") == 0;

		if (!is_asked(target, name))
			continue;
		all = all && ok;
		add_plain(&out, field_text(target, "name"), 0);
		buf_printf(&out, " (%s): %s: ", field_text(target, "kind"),
		    ok ? "ok" : "failed");
		add_plain(&out, test != NULL ? field_text(test, "answer") :
		    "no answer yet", 0);
		buf_puts(&out, "\n");
	}
	if (out.len > 0 && !is_quiet)
		fwrite(out.bytes, 1, out.len, stdout);
	buf_fini(&out);
	return all;
}

static enum ctl_exit
begin(struct client *c, const char *name, unsigned *number_out,
    struct err *err)
{
	json_t *body = json_object();
	struct reply reply;
	enum ctl_exit result;

	if (name != NULL)
		json_object_set_new(body, "target", json_string(name));
	result = client_call(c, "POST", "/api/v1/alerts/test", body, &reply, err);
	json_decref(body);
	*number_out = (unsigned)field_number(reply.document, "test");
	reply_fini(&reply);
	return result;
}

/* The last look's document is the caller's. */
static enum ctl_exit
wait_for(struct client *c, const char *name, unsigned number,
    struct reply *out, struct err *err)
{
	uint64_t end_ns = clock_ns() + PATIENCE_NS;
	enum ctl_exit result;

	for (;;) {
		result = client_call(c, "GET", "/api/v1/alerts", NULL, out, err);
		if (result != CTL_OK || clock_ns() > end_ns ||
		    is_over(out->document, name, number))
			return result;
		reply_fini(out);
		clock_nap(LOOK_NS);
	}
}

enum ctl_exit
command_alert_test(struct client *client, const struct ctl_options *o,
    struct err *err)
{
	const char *name = o->word_count > 1 ? o->words[1] : NULL;
	struct reply reply = { 0 };
	enum ctl_exit result;
	unsigned number;

	result = begin(client, name, &number, err);
	if (result != CTL_OK)
		return result;
	result = wait_for(client, name, number, &reply, err);
	if (result == CTL_OK && o->json) {
		json_dumpf(reply.document, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (result == CTL_OK &&
	    !show_answers(reply.document, name, number, o->json)) {
		err_set(err, "a target was not reached");
		result = CTL_REFUSED;
	}
	reply_fini(&reply);
	return result;
}
