/* json_note -- a difference written down: its path and its values.
 * SPDX-License-Identifier: MIT
 *
 * Contract in json_walk.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "compare/json_walk.h"
#include "compare/shorten.h"

#define PATH_SPACE sizeof ((struct difference *)0)->path
/* What must stay free behind a path: "/", an ellipsis (or an escaped
 * character) and the NUL. */
#define PATH_RESERVE 5
/* Of a value of another type no more is looked at. */
#define TYPE_VALUE_MAX ((size_t)16 << 10)

/* --- the path ---------------------------------------------------------- */

/* Append "/name", escaped by RFC 6901 and printable; false: no room, and an
 * ellipsis says so. */
static bool
path_add(char *path, size_t *len, const struct json_name *name)
{
	char line[PATH_SPACE];
	size_t n = *len;
	bool fits = name->len < PATH_SPACE;

	path[n++] = '/';
	shorten(line, sizeof line, name->text, fits ? name->len : 0);
	for (const char *c = line; *c != '\0' && fits; c++) {
		if (*c == '~' || *c == '/')
			path[n++] = '~';
		path[n++] = *c == '~' ? '0' : *c == '/' ? '1' : *c;
		fits = n + PATH_RESERVE <= PATH_SPACE;
	}
	if (!fits) {
		n = *len + 1;
		memcpy(path + n, "\xe2\x80\xa6", 3);
		n += 3;
	}
	path[n] = '\0';
	*len = n;
	return fits;
}

static void
path_write(const struct walk *w, char path[PATH_SPACE])
{
	size_t len = 0;

	path[0] = '\0';
	for (unsigned i = 0; i < w->level; i++)
		if (!path_add(path, &len, &w->names[i]))
			break;
}

/* --- what is noted ----------------------------------------------------- */

static struct shown
show(const struct json *value, char *space, size_t bytes)
{
	struct shown s = { "", 0 };

	if (value == NULL)
		return s;
	if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
		return (struct shown){ value->text, value->len };
	if (value->kind == JSON_ARRAY)
		snprintf(space, bytes, "[%zu items]", value->count);
	else if (value->kind == JSON_OBJECT)
		snprintf(space, bytes, "{%zu members}", value->count);
	else
		snprintf(space, bytes, "%s", value->kind == JSON_NULL ? "null" :
		    value->kind == JSON_TRUE ? "true" : "false");
	s.text = space;
	s.len = strlen(space);
	return s;
}

/* "string: 5", since "5" and 5 would look the same.  Not shortened yet: what
 * must not be kept is found in whole values. */
static struct shown
show_kind(const struct json *value, struct buf *space)
{
	char own[40];
	struct shown s = show(value, own, sizeof own);

	buf_puts(space, json_kind_name(value->kind));
	if (value->kind == JSON_STRING || value->kind == JSON_NUMBER) {
		buf_puts(space, ": ");
		buf_add(space, s.text, s.len < TYPE_VALUE_MAX ? s.len :
		    TYPE_VALUE_MAX);
	}
	return (struct shown){ space->bytes, space->len };
}

void
walk_note_texts(struct walk *w, enum diff_kind kind, struct shown legacy,
    struct shown enhanced)
{
	char path[PATH_SPACE];

	w->found++;
	if (w->out == NULL)
		return;
	path_write(w, path);
	if (w->as_texts && kind == DIFF_VALUE)
		difference_add_text(w->out, path, legacy, enhanced);
	else
		difference_add(w->out, path, kind, legacy, enhanced);
}

void
walk_note_likeness(struct walk *w, double similarity)
{
	char path[PATH_SPACE];

	if (w->out == NULL)
		return;
	path_write(w, path);
	difference_note_text(w->out, path, similarity);
}

static void
note_kinds(struct walk *w, const struct json *legacy,
    const struct json *enhanced)
{
	struct buf l = { 0 }, e = { 0 };

	walk_note_texts(w, DIFF_TYPE, show_kind(legacy, &l),
	    show_kind(enhanced, &e));
	buf_fini(&l);
	buf_fini(&e);
}

void
walk_note(struct walk *w, enum diff_kind kind, const struct json *legacy,
    const struct json *enhanced)
{
	char l[80], e[80];

	if (kind == DIFF_TYPE && w->out != NULL)
		note_kinds(w, legacy, enhanced);
	else
		walk_note_texts(w, kind, show(legacy, l, sizeof l),
		    show(enhanced, e, sizeof e));
}
