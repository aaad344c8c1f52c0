/* edits -- see edits.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/edits.h"

#include <string.h>
#include <strings.h>

static bool
is_named(const struct field_edit *edit, const struct head *h,
    const struct field *f)
{
	return edit->name_len == f->name_len &&
	    strncasecmp(edit->name, head_name(h, f), f->name_len) == 0;
}

bool
edits_take(const struct edits *e, const struct head *h, const struct field *f)
{
	for (size_t i = 0; i < e->count; i++)
		if (is_named(&e->fields[i], h, f))
			return true;
	return false;
}

static bool
is_there(const struct field_edit *edit, const struct head *h)
{
	for (unsigned i = 0; i < h->field_count; i++)
		if (!h->fields[i].hop && is_named(edit, h, &h->fields[i]))
			return true;
	return false;
}

bool
edits_adds(const struct edits *e, size_t i, const struct head *h)
{
	const struct field_edit *edit = &e->fields[i];

	if (edit->value == NULL)
		return false;
	for (size_t earlier = 0; earlier < i; earlier++)
		if (e->fields[earlier].name_len == edit->name_len &&
		    memcmp(e->fields[earlier].name, edit->name,
		    edit->name_len) == 0)
			return false;
	return !edit->only_if_there || is_there(edit, h);
}

void
edits_path(const struct edits *e, const char *path, size_t len,
    const char **to_out, size_t *skip_out)
{
	size_t from = e->path_from_len;

	*to_out = "";
	*skip_out = 0;
	if (e->path_from == NULL || len < from ||
	    memcmp(path, e->path_from, from) != 0)
		return;
	/* "/v1" does not begin "/v10". */
	if (e->path_from[from - 1] != '/' && len > from && path[from] != '/')
		return;
	*to_out = e->path_to;
	*skip_out = from;
}
