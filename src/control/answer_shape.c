/* answer_shape -- see answer_shape.h.
 * SPDX-License-Identifier: MIT
 *
 * A reader of one token ahead.  Each function takes its part off the text and
 * returns its schema, or NULL and leaves the text where it is no shape.
 */
#include "control/answer_shape.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name, *schema;
} kinds[] = {
	{ "any", "{}" },
	{ "boolean", "{\"type\": \"boolean\"}" },
	{ "count", "{\"type\": \"integer\", \"minimum\": 0}" },
	{ "integer", "{\"type\": \"integer\"}" },
	{ "null", "{\"type\": \"null\"}" },
	{ "number", "{\"type\": \"number\"}" },
	{ "percent", "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 100}" },
	{ "share", "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}" },
	{ "text", "{\"type\": \"string\"}" },
	{ "time", "{\"type\": \"string\", \"format\": \"date-time\"}" },
};

struct reader {
	const char *at;
};

static json_t *read_shape(struct reader *r);

/* --- tokens ------------------------------------------------------------------ */

static bool
take(struct reader *r, char mark)
{
	const char *at = r->at + strspn(r->at, " ");

	if (*at != mark)
		return false;
	r->at = at + 1;
	return true;
}

/* The length of the name that begins at *name_out; 0: there is none. */
static size_t
take_name(struct reader *r, const char **name_out)
{
	size_t len;

	r->at += strspn(r->at, " ");
	*name_out = r->at;
	len = strspn(r->at, "abcdefghijklmnopqrstuvwxyz0123456789_");
	r->at += len;
	return len;
}

/* --- one ----------------------------------------------------------------------- */

static json_t *
read_kind(struct reader *r)
{
	const char *before = r->at, *name;
	size_t len = take_name(r, &name);

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strlen(kinds[i].name) == len &&
		    memcmp(kinds[i].name, name, len) == 0)
			return json_loads(kinds[i].schema, 0, NULL);
	r->at = before;
	return NULL;
}

static json_t *
read_reference(struct reader *r)
{
	const char *name;
	size_t len = take_name(r, &name);

	if (len == 0)
		return NULL;
	return json_pack("{s:s+%}", "$ref", SHAPE_NAMES, name, len);
}

/* The quote is taken already. */
static json_t *
read_word(struct reader *r)
{
	size_t len = strcspn(r->at, "'");
	json_t *word;

	if (r->at[len] != '\'')
		return NULL;
	word = json_stringn(r->at, len);
	r->at += len + 1;
	return json_pack("{s:s, s:[o]}", "type", "string", "enum", word);
}

static json_t *
read_array(struct reader *r)
{
	json_t *items = read_shape(r);

	if (items != NULL && take(r, ']'))
		return json_pack("{s:s, s:o}", "type", "array", "items", items);
	json_decref(items);
	return NULL;
}

static json_t *
read_map(struct reader *r)
{
	json_t *values = take(r, ':') ? read_shape(r) : NULL;

	if (values != NULL && take(r, '}'))
		return json_pack("{s:s, s:o}", "type", "object",
		    "additionalProperties", values);
	json_decref(values);
	return NULL;
}

static bool
read_member(struct reader *r, json_t *properties, json_t *required)
{
	const char *name;
	size_t len = take_name(r, &name);
	bool may_miss = take(r, '?');
	json_t *schema;

	if (len == 0 || json_object_getn(properties, name, len) != NULL ||
	    !take(r, ':') || (schema = read_shape(r)) == NULL)
		return false;
	json_object_setn_new(properties, name, len, schema);
	if (!may_miss)
		json_array_append_new(required, json_stringn(name, len));
	return true;
}

static json_t *
read_object(struct reader *r)
{
	json_t *properties = json_object(), *required = json_array();
	bool ok;

	do
		ok = read_member(r, properties, required);
	while (ok && take(r, ','));
	if (ok && take(r, '}'))
		return json_pack("{s:s, s:o, s:o, s:b}", "type", "object",
		    "properties", properties, "required", required,
		    "additionalProperties", 0);
	json_decref(properties);
	json_decref(required);
	return NULL;
}

static json_t *
read_one(struct reader *r)
{
	if (take(r, '{'))
		return take(r, '*') ? read_map(r) : read_object(r);
	if (take(r, '['))
		return read_array(r);
	if (take(r, '\''))
		return read_word(r);
	if (take(r, '$'))
		return read_reference(r);
	return read_kind(r);
}

/* --- one of several ---------------------------------------------------------------- */

static bool
is_null(const json_t *schema)
{
	const char *type = json_string_value(json_object_get(schema, "type"));

	return type != NULL && strcmp(type, "null") == 0;
}

/* Words one beside the other are one list. */
static bool
join_words(const json_t *list, const json_t *schema)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	json_t *words = json_object_get(last, "enum");
	json_t *word = json_object_get(schema, "enum");

	return words != NULL && word != NULL &&
	    json_array_extend(words, word) == 0;
}

/* What may be null as well says so in its own type, which reads better than two
 * schemas. */
static bool
join_null(json_t *schema)
{
	json_t *type = json_object_get(schema, "type");
	json_t *words = json_object_get(schema, "enum");

	if (!json_is_string(type))
		return false;
	json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
	if (words != NULL)
		json_array_append_new(words, json_null());
	return true;
}

/* Takes the list over. */
static json_t *
one_of(json_t *list, bool may_be_null)
{
	bool is_joined = json_array_size(list) == 1 && may_be_null &&
	    join_null(json_array_get(list, 0));
	json_t *schema;

	if (may_be_null && !is_joined)
		json_array_append_new(list, json_pack("{s:s}", "type", "null"));
	schema = json_array_size(list) > 1 ? json_pack("{s:O}", "oneOf", list) :
	    json_incref(json_array_get(list, 0));
	json_decref(list);
	return schema;
}

static json_t *
read_shape(struct reader *r)
{
	json_t *list = json_array(), *schema;
	bool may_be_null = false;

	do {
		schema = read_one(r);
		if (schema == NULL) {
			json_decref(list);
			return NULL;
		}
		if (is_null(schema))
			may_be_null = true;
		else if (!join_words(list, schema))
			json_array_append(list, schema);
		json_decref(schema);
	} while (take(r, '|'));
	return one_of(list, may_be_null);
}

json_t *
shape_schema(const char *shape, const char **rest_out)
{
	struct reader r = { shape };
	json_t *schema = read_shape(&r);

	r.at += strspn(r.at, " ");
	if (*r.at != '\0') {
		json_decref(schema);
		schema = NULL;
	}
	if (rest_out != NULL)
		*rest_out = r.at;
	return schema;
}
