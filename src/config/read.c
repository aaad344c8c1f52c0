/* read -- walk a JSON tree by the key tables; contract in read.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/read.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* --- faults --------------------------------------------------------- */

bool
read_fault_at(struct reader *r, size_t offset, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	faults_add(r->faults, r->file, offset,
	    r->pointer.len > 0 ? r->pointer.bytes : "", fmt, args);
	va_end(args);
	return false;
}

bool
read_fault(struct reader *r, const struct json *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	faults_add(r->faults, r->file, at->offset,
	    r->pointer.len > 0 ? r->pointer.bytes : "", fmt, args);
	va_end(args);
	return false;
}

bool
read_fault_in(struct reader *r, const struct json *object, const char *name,
    const char *fmt, ...)
{
	const struct json *value = json_member(object, name);
	size_t mark = read_enter(r, name, strlen(name));
	va_list args;

	va_start(args, fmt);
	faults_add(r->faults, r->file, (value != NULL ? value : object)->offset,
	    r->pointer.bytes, fmt, args);
	va_end(args);
	read_leave(r, mark);
	return false;
}

bool
read_expected(struct reader *r, const struct json *value,
    const char *expected)
{
	char shown[SHOWN_MAX];

	return read_fault(r, value, "must be %s, not %s", expected,
	    read_shown(value, shown));
}

/* Quoted, control characters as "?", cut between characters. */
static void
show_text(const struct json *value, char out[SHOWN_MAX])
{
	size_t room = SHOWN_MAX - 6, n = value->len < room ? value->len : room;

	while (n < value->len && n > 0 &&
	    ((unsigned char)value->text[n] & 0xc0) == 0x80)
		n--;
	out[0] = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value->text[i];

		out[1 + i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	snprintf(out + 1 + n, SHOWN_MAX - 1 - n, "%s\"",
	    n < value->len ? "..." : "");
}

const char *
read_shown(const struct json *value, char out[SHOWN_MAX])
{
	switch (value->kind) {
	case JSON_NULL:
		return "null";
	case JSON_FALSE:
		return "false";
	case JSON_TRUE:
		return "true";
	case JSON_ARRAY:
		return "a list";
	case JSON_OBJECT:
		return "an object";
	case JSON_NUMBER:
		snprintf(out, SHOWN_MAX, "%.*s%s",
		    (int)(value->len < 40 ? value->len : 40), value->text,
		    value->len > 40 ? "..." : "");
		return out;
	case JSON_STRING:
		show_text(value, out);
		return out;
	case JSON_KIND_COUNT:
		break;
	}
	return "nothing";
}

/* --- places and memory ------------------------------------------------ */

size_t
read_enter(struct reader *r, const char *name, size_t len)
{
	size_t mark = r->pointer.len;

	buf_puts(&r->pointer, "/");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '~')
			buf_puts(&r->pointer, "~0");
		else if (c == '/')
			buf_puts(&r->pointer, "~1");
		else
			buf_add(&r->pointer, c < 0x20 || c == 0x7f ? "?" :
			    &name[i], 1);
	}
	return mark;
}

size_t
read_enter_item(struct reader *r, size_t index)
{
	size_t mark = r->pointer.len;

	buf_printf(&r->pointer, "/%zu", index);
	return mark;
}

void
read_leave(struct reader *r, size_t mark)
{
	r->pointer.len = mark;
	r->pointer.bytes[mark] = '\0';
}

void *
read_alloc(struct reader *r, size_t bytes)
{
	void *memory = arena_zalloc(r->arena, bytes);

	assert(memory != NULL);
	return memory;
}

char *
read_copy(struct reader *r, const char *text, size_t len)
{
	char *copy = arena_strndup(r->arena, text, len);

	assert(copy != NULL);
	return copy;
}

char *
read_printf(struct reader *r, const char *fmt, ...)
{
	char *copy, *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	assert(n >= 0);
	copy = read_copy(r, text, (size_t)n);
	free(text);
	return copy;
}

char *
read_path(struct reader *r, const char *path)
{
	if (path[0] == '/' || r->directory[0] == '\0')
		return read_copy(r, path, strlen(path));
	return read_printf(r, "%s/%s", r->directory, path);
}

bool
read_is_text(struct reader *r, const struct json *value, size_t max,
    const char *expected)
{
	if (value->kind != JSON_STRING)
		return read_expected(r, value, expected);
	if (value->len == 0)
		return read_fault(r, value, "is empty; write %s", expected);
	if (value->len > max)
		return read_fault(r, value, "has %zu bytes; write %s of at most "
		    "%zu bytes", value->len, expected, max);
	for (size_t i = 0; i < value->len; i++) {
		unsigned char c = (unsigned char)value->text[i];

		if (c < 0x20 || c == 0x7f)
			return read_fault(r, value, "holds a control character "
			    "(byte %zu); write %s", i + 1, expected);
	}
	return true;
}

bool
read_text_list(struct reader *r, const struct key *key,
    const struct json *value, char ***out,
    bool (*item_is_ok)(struct reader *r, const struct json *item))
{
	bool ok = true;
	size_t i = 0;
	char **list;

	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, key->type->expects);
	if ((double)value->count < key->min || (double)value->count > key->max)
		return read_fault(r, value, "has %zu items; list %.0f to %.0f",
		    value->count, key->min, key->max);
	list = read_alloc(r, (value->count + 1) * sizeof *list);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		if (!item_is_ok(r, v))
			ok = false;
		else
			list[i] = read_copy(r, v->text, v->len);
		read_leave(r, mark);
	}
	if (ok)
		*out = list;
	return ok;
}

/* --- objects ---------------------------------------------------------- */

const struct key *
key_find(const struct key_table *table, const char *name, size_t len)
{
	for (size_t i = 0; i < table->count; i++)
		if (strlen(table->keys[i].name) == len &&
		    memcmp(table->keys[i].name, name, len) == 0)
			return &table->keys[i];
	return NULL;
}

static void
add_key_names(const struct key_table *table, unsigned flags, struct buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < table->count; i++) {
		if (flags != 0 && (table->keys[i].flags & flags) == 0)
			continue;
		buf_printf(out, "%s\"%s\"", comma, table->keys[i].name);
		comma = ", ";
	}
}

static void
fault_unknown(struct reader *r, const struct key_table *table,
    const struct json *member)
{
	const char *names[64], *near;
	struct buf known = { 0 };
	char typed[SHOWN_MAX];

	assert(table->count <= COUNT_OF(names));
	for (size_t i = 0; i < table->count; i++)
		names[i] = table->keys[i].name;
	text_copy(typed, sizeof typed, member->key, member->key_len);
	near = text_nearest(typed, names, table->count);
	if (near != NULL) {
		read_fault_at(r, member->key_offset,
		    "unknown key; did you mean \"%s\"?", near);
	} else {
		add_key_names(table, 0, &known);
		read_fault_at(r, member->key_offset,
		    "unknown key; known here: %s", known.bytes);
	}
	buf_fini(&known);
}

static bool
is_repeated(const struct json *object, const struct json *member)
{
	for (const struct json *m = object->first; m != member; m = m->next)
		if (m->key_len == member->key_len &&
		    memcmp(m->key, member->key, m->key_len) == 0)
			return true;
	return false;
}

/* Repeats are looked for among known keys only: their number is bounded, so
 * a huge object of rubbish costs no square of its size. */
void
read_check_members(struct reader *r, const struct key_table *table,
    const struct json *object)
{
	for (const struct json *m = object->first;
	    m != NULL && r->faults->count < FAULTS_MAX; m = m->next) {
		size_t mark = read_enter(r, m->key, m->key_len);

		if (key_find(table, m->key, m->key_len) == NULL)
			fault_unknown(r, table, m);
		else if (is_repeated(object, m))
			read_fault_at(r, m->key_offset,
			    "given twice in one object; keep one of them");
		read_leave(r, mark);
	}
}

/* A missing or a doubled KEY_ONE_OF. */
static void
check_choice(struct reader *r, const struct key_table *table,
    const struct json *object)
{
	struct buf names = { 0 };
	size_t possible = 0, given = 0;

	for (size_t i = 0; i < table->count; i++) {
		if ((table->keys[i].flags & KEY_ONE_OF) == 0)
			continue;
		possible++;
		if (json_member(object, table->keys[i].name) != NULL)
			given++;
	}
	if (possible == 0 || given == 1)
		return;
	add_key_names(table, KEY_ONE_OF, &names);
	if (given == 0)
		read_fault(r, object, "needs one of %s; add it", names.bytes);
	else
		read_fault(r, object, "has %zu of %s; keep exactly one", given,
		    names.bytes);
	buf_fini(&names);
}

/* A default goes through the same reader as what people write, so that a
 * row cannot promise what the type would refuse. */
static void
read_standard(struct reader *r, const struct key *key, void *target)
{
	struct json_fault why;
	struct json *value = json_parse(r->arena, key->standard,
	    strlen(key->standard), false, &why);
	bool ok;

	assert(value != NULL);
	ok = key->type->read(r, key, value, target);
	assert(ok);
	(void)ok;
}

static void
read_absent(struct reader *r, const struct key *key,
    const struct json *object, void *target)
{
	if (object != NULL && (key->flags & KEY_REQUIRED) != 0)
		read_fault(r, object, "is missing; add it: %s", key->help);
	else if (key->type == &key_object && (key->flags & KEY_OPTIONAL) == 0)
		read_object(r, key->table, NULL, key_field(key, target));
	else if (key->standard != NULL)
		read_standard(r, key, target);
}

void
read_key(struct reader *r, const struct key *key, const struct json *object,
    const struct json *value, void *target)
{
	size_t mark = read_enter(r, key->name, strlen(key->name));

	if (value == NULL)
		read_absent(r, key, object, target);
	else
		key->type->read(r, key, value, target);
	read_leave(r, mark);
}

void
read_object(struct reader *r, const struct key_table *table,
    const struct json *object, void *target)
{
	if (object != NULL) {
		read_check_members(r, table, object);
		check_choice(r, table, object);
	}
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];

		read_key(r, key, object, object != NULL ?
		    json_member(object, key->name) : NULL, target);
	}
	if (object != NULL && table->finish != NULL)
		table->finish(r, object, target);
}

/* --- the types that hold others --------------------------------------- */

static bool
read_object_value(struct reader *r, const struct key *key,
    const struct json *value, void *target)
{
	if (value->kind != JSON_OBJECT)
		return read_expected(r, value, "an object in { }");
	read_object(r, key->table, value, key_field(key, target));
	return true;
}

static bool
list_is_ok(struct reader *r, const struct key *key, const struct json *value)
{
	if (value->kind != JSON_ARRAY)
		return read_expected(r, value, "a list in [ ]");
	if ((double)value->count < key->min)
		return read_fault(r, value, "is empty; list at least one, or "
		    "leave the key out where that is allowed");
	if ((double)value->count > key->max)
		return read_fault(r, value, "has %zu items; at most %.0f are "
		    "possible", value->count, key->max);
	return true;
}

static bool
read_list(struct reader *r, const struct key *key, const struct json *value,
    void *target)
{
	size_t i = 0, size = key->table->size;
	char *items;

	if (!list_is_ok(r, key, value))
		return false;
	items = value->count > 0 ? read_alloc(r, value->count * size) : NULL;
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		size_t mark = read_enter_item(r, i);

		if (v->kind == JSON_OBJECT)
			read_object(r, key->table, v, items + i * size);
		else
			read_expected(r, v, "an object in { }");
		read_leave(r, mark);
	}
	memcpy(key_field(key, target), &items, sizeof items);
	memcpy((char *)target + key->count_offset, &value->count,
	    sizeof value->count);
	if (key->finish != NULL)
		key->finish(r, value, target);
	return true;
}

const struct key_type key_object = { "object", "an object in { }",
	read_object_value, NULL, NULL };
const struct key_type key_list = { "list of objects", "a list in [ ]",
	read_list, NULL, NULL };
