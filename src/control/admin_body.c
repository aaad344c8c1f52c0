/* admin_body -- see admin_body.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/admin_body.h"

#include <string.h>

#include "base/text.h"
#include "control/admin_call.h"

#define MEMBERS_MAX 8

static const char *
type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static bool
has_kind(const json_t *value, enum member_kind kind)
{
	switch (kind) {
	case MEMBER_TEXT:
		return json_is_string(value);
	case MEMBER_NUMBER:
		return json_is_number(value);
	case MEMBER_BOOL:
		return json_is_boolean(value);
	case MEMBER_OBJECT:
		return json_is_object(value);
	}
	return false;
}

static const char *
kind_words(enum member_kind kind)
{
	static const char *const words[] = {
		[MEMBER_TEXT] = "a string", [MEMBER_NUMBER] = "a number",
		[MEMBER_BOOL] = "true or false", [MEMBER_OBJECT] = "an object",
	};

	return words[kind];
}

static bool
refuse_unknown(const char *name, const struct member *members, size_t count,
    struct err *err)
{
	const char *names[MEMBERS_MAX];
	const char *near;

	for (size_t i = 0; i < count && i < MEMBERS_MAX; i++)
		names[i] = members[i].name;
	near = text_nearest(name, names, count);
	if (near != NULL)
		return err_set(err, "%.80s: unknown member; did you mean \"%s\"?",
		    name, near);
	return err_set(err, "%.80s: unknown member", name);
}

static bool
take_member(const char *name, const json_t *value, struct member *members,
    size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(members[i].name, name) != 0)
			continue;
		if (!has_kind(value, members[i].kind))
			return err_set(err, "%s: must be %s, not %s", name,
			    kind_words(members[i].kind), type_name(value));
		members[i].value = value;
		return true;
	}
	return refuse_unknown(name, members, count, err);
}

static bool
read_object(json_t *root, struct member *members, size_t count,
    struct err *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(root))
		return err_set(err, "the body must be a JSON object, not %s",
		    type_name(root));
	json_object_foreach(root, name, value)
		if (!take_member(name, value, members, count, err))
			return false;
	for (size_t i = 0; i < count; i++)
		if (members[i].required && members[i].value == NULL)
			return err_set(err, "%s: is missing", members[i].name);
	return true;
}

bool
body_read(const char *body, size_t len, struct member *members, size_t count,
    json_t **root_out, struct err *err)
{
	json_error_t fault;
	json_t *root;

	if (len == 0)
		root = json_object();
	else
		root = json_loadb(body, len, JSON_REJECT_DUPLICATES |
		    JSON_DECODE_ANY, &fault);
	if (root == NULL)
		return err_set(err, "the body is not JSON: line %d: %s",
		    fault.line, fault.text);
	if (!read_object(root, members, count, err)) {
		json_decref(root);
		return false;
	}
	*root_out = root;
	return true;
}

static bool
has_text(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '\0';
}

static bool
has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			return true;
	return false;
}

bool
body_check_reason(const char *reason, struct err *err)
{
	if (!has_text(reason))
		return err_set(err, "reason: must say why");
	if (strlen(reason) > ADMIN_REASON_MAX)
		return err_set(err, "reason: is longer than %d bytes",
		    ADMIN_REASON_MAX);
	if (has_control(reason))
		return err_set(err, "reason: must be one line of plain text");
	return true;
}
