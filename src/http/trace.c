/* trace -- see trace.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/trace.h"

#include <string.h>

#define ID_AT 3
#define PARENT_AT (ID_AT + TRACE_ID_LEN + 1)
#define PARENT_LEN 16
#define FLAGS_AT (PARENT_AT + PARENT_LEN + 1)

/* Lower-case hex only (section 3.2.2). */
static bool
is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(text[i] >= '0' && text[i] <= '9') &&
		    !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

static bool
is_zero(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '0')
			return false;
	return true;
}

/* A later version may add something behind the flags (section 3.2.4). */
static bool
version_is_ok(const char *text, size_t len)
{
	if (!is_hex(text, 2) || memcmp(text, "ff", 2) == 0)
		return false;
	if (memcmp(text, "00", 2) == 0)
		return len == TRACE_PARENT_LEN;
	return len == TRACE_PARENT_LEN || text[TRACE_PARENT_LEN] == '-';
}

static bool
is_valid(const char *text, size_t len)
{
	return len >= TRACE_PARENT_LEN && version_is_ok(text, len) &&
	    text[ID_AT - 1] == '-' && text[PARENT_AT - 1] == '-' &&
	    text[FLAGS_AT - 1] == '-' && is_hex(text + ID_AT, TRACE_ID_LEN) &&
	    !is_zero(text + ID_AT, TRACE_ID_LEN) &&
	    is_hex(text + PARENT_AT, PARENT_LEN) &&
	    !is_zero(text + PARENT_AT, PARENT_LEN) && is_hex(text + FLAGS_AT, 2);
}

bool
trace_find(const struct head *h, char id_out[TRACE_ID_LEN + 1])
{
	const struct field *found = NULL;

	id_out[0] = '\0';
	for (unsigned i = 0; i < h->field_count; i++) {
		if (h->fields[i].id != FIELD_TRACEPARENT)
			continue;
		if (found != NULL)
			return false;
		found = &h->fields[i];
	}
	if (found == NULL || !is_valid(head_value(h, found), found->value_len))
		return false;
	memcpy(id_out, head_value(h, found) + ID_AT, TRACE_ID_LEN);
	id_out[TRACE_ID_LEN] = '\0';
	return true;
}

void
trace_begin(const char ident[IDENT_TEXT_LEN + 1], bool sampled,
    char out[TRACE_PARENT_LEN + 1])
{
	_Static_assert(IDENT_TEXT_LEN == TRACE_ID_LEN, "an ident is a trace-id");
	memcpy(out, "00-", ID_AT);
	memcpy(out + ID_AT, ident, TRACE_ID_LEN);
	out[PARENT_AT - 1] = '-';
	memcpy(out + PARENT_AT, ident + TRACE_ID_LEN - PARENT_LEN, PARENT_LEN);
	memcpy(out + FLAGS_AT - 1, sampled ? "-01" : "-00", 4);
}
