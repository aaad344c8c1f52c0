/* admin_explain -- which version would serve this request, and why?
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/ip.h"
#include "control/admin_body.h"
#include "control/json_text.h"
#include "observe/sticky.h"
#include "policy/explain.h"

enum { ASKED_METHOD, ASKED_PATH, ASKED_HEADERS, ASKED_BODY, ASKED_ADDRESS,
	ASKED_COUNT };

static bool
write_fields(const json_t *headers, struct buf *out, struct err *err)
{
	const char *name;
	json_t *value;

	buf_puts(out, "");
	/* A member's value is not changed; jansson's macro wants it so. */
	json_object_foreach((json_t *)headers, name, value) {
		if (!json_is_string(value))
			return err_set(err, "headers.%.80s: must be a string", name);
		buf_printf(out, "%s: %s\r\n", name, json_string_value(value));
	}
	return true;
}

static json_t *
id_or_null(const struct identity *id)
{
	return id->found ? json_text(id->id) : json_null();
}

static void
answer(const struct explained *e, struct admin_call *c)
{
	const struct decision *d = &e->decision;

	json_print(json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:b, s:o, s:o, s:o}",
	    "user", id_or_null(&e->user), "session", id_or_null(&e->session),
	    "bucket", e->user.found ? json_integer(d->bucket) : json_null(),
	    "version", version_name(d->version), "why", why_word(d->why),
	    "because", why_text(d->why), "mirror", (int)d->mirror,
	    "match", admin_match(d), "route", d->route != NULL ?
	    json_text(d->route->path) : json_null(), "refusal",
	    d->refusal != 0 ? json_integer(d->refusal) : json_null()), &c->reply);
}

/* Once more with the version of its session, if it has one. */
static bool
explain(const struct admin_scene *s, struct described *what,
    struct explained *out, struct err *err)
{
	const struct snapshot *now = rollout_snapshot(s->ports.of.rollout);
	const struct rules *rules = &now->config->rules;
	bool latched = latch_is_set(s->ports.of.latch);
	int64_t now_us = clock_wall_us();
	enum version kept;

	if (!explain_request(now, what, latched, now_us, out, err))
		return false;
	if (rules->sticky == STICKY_OFF || !out->session.found ||
	    !sticky_find(s->ports.of.board->sticky, out->session.id,
	    out->session.len, rules->sticky_ms, now_us, &kept))
		return true;
	what->kept = &kept;
	return explain_request(now, what, latched, now_us, out, err);
}

static bool
explain_asked(const struct admin_scene *s, const struct member *members,
    struct buf *fields, struct explained *out, struct err *err)
{
	const json_t *method = members[ASKED_METHOD].value;
	const char *address = json_string_value(members[ASKED_ADDRESS].value);
	struct described what = {
		.method = method != NULL ? json_string_value(method) : "GET",
		.target = json_string_value(members[ASKED_PATH].value),
		.body = json_string_value(members[ASKED_BODY].value),
	};
	struct ip client;

	if (address != NULL && !ip_parse(address, strlen(address), &client))
		return err_set(err, "address: must be one like \"10.0.0.1\"");
	if (address != NULL)
		what.client = &client;
	if (!write_fields(members[ASKED_HEADERS].value, fields, err))
		return false;
	what.fields = fields->len > 0 ? fields->bytes : "";
	return explain(s, &what, out, err);
}

void
admin_post_explain(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[ASKED_COUNT] = {
		[ASKED_METHOD] = { "method", MEMBER_TEXT, false, NULL },
		[ASKED_PATH] = { "path", MEMBER_TEXT, true, NULL },
		[ASKED_HEADERS] = { "headers", MEMBER_OBJECT, false, NULL },
		[ASKED_BODY] = { "body", MEMBER_TEXT, false, NULL },
		[ASKED_ADDRESS] = { "address", MEMBER_TEXT, false, NULL },
	};
	struct explained e = { .user = { .found = false } };
	struct buf fields = { 0 };
	struct err err = { "" };
	json_t *root;

	if (!body_read(c->body, c->body_len, members, ASKED_COUNT, &root, &err)) {
		admin_fail(c, 400, "%s", err.text);
		return;
	}
	if (explain_asked(s, members, &fields, &e, &err))
		answer(&e, c);
	else
		admin_fail(c, 400, "%s", err.text);
	buf_fini(&fields);
	json_decref(root);
}
