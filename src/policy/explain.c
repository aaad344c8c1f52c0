/* explain -- see explain.h.
 * SPDX-License-Identifier: MIT
 */
#include "policy/explain.h"

#include <string.h>

#include "base/buf.h"
#include "http/parser.h"

#define HEAD_MAX_BYTES (64 * 1024)

static bool
parse(const struct buf *text, struct head *head, struct target *target,
    struct err *err)
{
	const struct head_limits limits = { HEAD_MAX_BYTES, HEAD_FIELDS_MAX };
	const char *why = "";
	enum head_result result = parse_request_head(text->bytes, text->len, 0,
	    &limits, head, &why);

	/* More than one head is what somebody has smuggled in. */
	if (result != HEAD_OK || head->len != text->len)
		return err_set(err, "method, path or headers are not those of an "
		    "HTTP request%s%s", why[0] != '\0' ? ": " : "", why);
	return target_parse(head, target, &why) || err_set(err, "path: %s", why);
}

static void
ask(const struct snapshot *s, const struct request_view *view, bool latched,
    struct explained *out)
{
	const struct rules *rules = &s->config->rules;

	/* All of the body is there: nobody has to wait. */
	(void)!identity_find(&rules->identity, view, false, &out->user);
	(void)!identity_find(&rules->session, view, false, &out->session);
	decide(s, view, &out->user, latched, "explain", &out->decision);
}

bool
explain_request(const struct snapshot *s, const struct described *what,
    bool latched, int64_t now_us, struct explained *out, struct err *err)
{
	struct target target;
	struct request_view view = { .target = &target, .body = what->body,
		.body_len = what->body != NULL ? strlen(what->body) : 0,
		.client = what->client, .now_us = now_us,
		.is_kept = what->kept != NULL,
		.kept = what->kept != NULL ? *what->kept : VERSION_LEGACY };
	struct buf text = { 0 };
	struct head head;
	bool ok;

	/* Either would end the line, or the word, before its end. */
	if (strpbrk(what->method, " \r\n") != NULL ||
	    strpbrk(what->target, " \r\n") != NULL)
		return err_set(err, "method and path must not hold white space");
	buf_printf(&text, "%s %s HTTP/1.1\r\n%s\r\n", what->method, what->target,
	    what->fields);
	ok = parse(&text, &head, &target, err);
	view.head = &head;
	if (ok)
		ask(s, &view, latched, out);
	buf_fini(&text);
	return ok;
}
