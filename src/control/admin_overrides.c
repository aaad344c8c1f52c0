/* admin_overrides -- overrides that are set at run time: list, set, remove.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"
#include "config/wall_time.h"
#include "control/admin_body.h"
#include "control/json_text.h"

/* Listed at once; the table `overrides` of the store has all. */
#define USERS_MAX 1000
/* Every request may be held against all of them. */
#define NAMED_MAX 200

/* --- reading --------------------------------------------------------------- */

static bool
read_version(const char *name, enum version *out)
{
	for (enum version v = 0; v < VERSION_COUNT; v++)
		if (strcmp(name, version_name(v)) == 0) {
			*out = v;
			return true;
		}
	return false;
}

/* Where a change says which version, and until when. */
static bool
read_wish(const json_t *version, const json_t *expires,
    struct override_change *wish, struct err *err)
{
	if (!read_version(json_string_value(version), &wish->version))
		return err_set(err, "version: must be \"legacy\" or \"enhanced\"");
	if (expires == NULL)
		return true;
	if (!wall_time_parse(json_string_value(expires), &wish->expires_us))
		return err_set(err, "expires: must be a time like "
		    "\"2026-12-24T18:00:00Z\"");
	return wish->expires_us > clock_wall_us() || err_set(err,
	    "expires: is over already");
}

static void
change(const struct admin_scene *s, struct admin_call *c,
    const struct override_change *wish, const char *reason)
{
	uint64_t was = admin_epoch(s);
	struct err err = { "" };
	bool ok = rollout_override(s->ports.of.rollout, wish, c->actor, reason,
	    &err);

	admin_answer_change(s, c, ok, was, &err);
}

/* --- setting --------------------------------------------------------------- */

void
admin_put_override(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = {
		{ "version", MEMBER_TEXT, true, NULL },
		{ "expires", MEMBER_TEXT, false, NULL },
		{ "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct override_change wish = { .user = c->id };
	struct err err = { "" };

	if (root == NULL)
		return;
	if (!read_wish(members[0].value, members[1].value, &wish, &err))
		admin_fail(c, 400, "%s", err.text);
	else
		change(s, c, &wish, json_string_value(members[2].value));
	json_decref(root);
}

static bool
has_room(const struct snapshot *now, const json_t *name,
    struct err *err)
{
	const struct user_overrides *o = now->users;
	const char *text = json_string_value(name);

	return (o != NULL && user_overrides_named(o, text) != NULL) ||
	    o == NULL || o->named_count < NAMED_MAX || err_set(err,
	    "there are %d already; remove one that is over", NAMED_MAX);
}

void
admin_post_override(const struct admin_scene *s, struct admin_call *c)
{
	struct member members[] = {
		{ "name", MEMBER_TEXT, true, NULL },
		{ "when", MEMBER_OBJECT, true, NULL },
		{ "version", MEMBER_TEXT, true, NULL },
		{ "expires", MEMBER_TEXT, false, NULL },
		{ "reason", MEMBER_TEXT, true, NULL },
	};
	json_t *root = admin_read_body(c, members, COUNT_OF(members));
	struct override_change wish = { .user = NULL };
	struct err err = { "" };
	char *text;

	if (root == NULL)
		return;
	text = json_dumps(members[1].value, JSON_COMPACT);
	wish.name = json_string_value(members[0].value);
	wish.criterion = text != NULL ? text : "";
	if (!read_wish(members[2].value, members[3].value, &wish, &err) ||
	    !has_room(rollout_snapshot(s->ports.of.rollout),
	    members[0].value, &err))
		admin_fail(c, 400, "%s", err.text);
	else
		change(s, c, &wish, json_string_value(members[4].value));
	free(text);
	json_decref(root);
}

/* --- removing -------------------------------------------------------------- */

/* Many clients cannot send a body with DELETE: the reason may be in the
 * query.  false: the answer says what is wrong. */
static bool
query_reason(struct admin_call *c, char *out, size_t space)
{
	struct err err = { "" };
	size_t len;

	if (c->query == NULL || strncmp(c->query, "reason=", 7) != 0) {
		admin_fail(c, 400, "reason: is missing");
		return false;
	}
	if (!text_percent_decode(c->query + 7, strlen(c->query + 7), true, out,
	    space - 1, &len) || !text_is_utf8(out, len)) {
		admin_fail(c, 400, "reason: is not well encoded, or too long");
		return false;
	}
	out[len] = '\0';
	if (body_check_reason(out, &err))
		return true;
	admin_fail(c, 400, "%s", err.text);
	return false;
}

static void
remove_it(const struct admin_scene *s, struct admin_call *c,
    const struct override_change *wish)
{
	struct member members[] = { { "reason", MEMBER_TEXT, true, NULL } };
	char reason[ADMIN_REASON_MAX + 1];
	json_t *root;

	if (c->body_len == 0) {
		if (query_reason(c, reason, sizeof reason))
			change(s, c, wish, reason);
		return;
	}
	root = admin_read_body(c, members, COUNT_OF(members));
	if (root == NULL)
		return;
	change(s, c, wish, json_string_value(members[0].value));
	json_decref(root);
}

void
admin_delete_override(const struct admin_scene *s, struct admin_call *c)
{
	const struct override_change wish = { .user = c->id, .remove = true };

	remove_it(s, c, &wish);
}

void
admin_delete_named(const struct admin_scene *s, struct admin_call *c)
{
	const struct override_change wish = { .name = c->id, .remove = true };

	remove_it(s, c, &wish);
}

/* --- listing --------------------------------------------------------------- */

static void
set_terms(json_t *row, enum version version, int64_t expires_us,
    int64_t now_us)
{
	json_object_set_new(row, "version", json_string(version_name(version)));
	json_object_set_new(row, "expires", expires_us == 0 ? json_null() :
	    json_time(expires_us));
	json_object_set_new(row, "in_force", json_boolean(expires_us == 0 ||
	    now_us < expires_us));
}

static json_t *
named_list(const struct user_overrides *o, int64_t now_us)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->named_count; i++) {
		const struct named_override *n = o->named[i];
		json_t *row = json_object();

		json_object_set_new(row, "name", json_text(n->name));
		json_object_set_new(row, "when", json_loads(n->criterion, 0,
		    NULL));
		set_terms(row, n->override.version, n->override.expires_us,
		    now_us);
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *
user_list(const struct user_overrides *o, int64_t now_us)
{
	json_t *list = json_array();
	size_t cursor = 0, len;
	const char *user;
	void *value;

	while (json_array_size(list) < USERS_MAX &&
	    map_next(o->users, &cursor, &user, &len, &value)) {
		json_t *row = json_object();
		enum version version;
		int64_t until_us;

		if (!user_overrides_get(o, user, len, &version, &until_us))
			continue;
		json_object_set_new(row, "user", json_text(user));
		set_terms(row, version, until_us, now_us);
		json_array_append_new(list, row);
	}
	return list;
}

void
admin_get_overrides(const struct admin_scene *s, struct admin_call *c)
{
	const struct user_overrides *o =
	    rollout_snapshot(s->ports.of.rollout)->users;
	int64_t now_us = clock_wall_us();

	json_print(json_pack("{s:o, s:o, s:I}", "criteria",
	    named_list(o, now_us), "users", user_list(o, now_us), "user_count",
	    (json_int_t)map_count(o->users)), &c->reply);
}
