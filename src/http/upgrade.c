/* upgrade -- see upgrade.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/upgrade.h"

#include <string.h>

bool
upgrade_is_asked(const struct head *h, const struct framing *f)
{
	bool has_body = f->kind == BODY_CHUNKED ||
	    (f->kind == BODY_LENGTH && f->length > 0);

	/* Nearly every request ends at the first of these. */
	return head_find(h, FIELD_UPGRADE) != NULL &&
	    h->minor != 0 && !has_body && f->keep_alive &&
	    head_method_is(h, "GET") &&
	    head_has_token(h, FIELD_CONNECTION, "upgrade") &&
	    head_has_token(h, FIELD_UPGRADE, "websocket");
}

/* One field with one member. */
static bool
names_websocket_alone(const struct head *h)
{
	const struct field *f = head_find(h, FIELD_UPGRADE);
	const char *member;
	size_t pos = 0, len, members = 0;

	for (unsigned i = 0; i < h->field_count; i++)
		if (h->fields[i].id == FIELD_UPGRADE && &h->fields[i] != f)
			return false;
	while (f != NULL && head_next_member(head_value(h, f), f->value_len,
	    &pos, &member, &len))
		members++;
	return members == 1 && head_has_token(h, FIELD_UPGRADE, "websocket");
}

bool
upgrade_is_granted(const struct head *h)
{
	return h->status == 101 && h->minor != 0 &&
	    head_has_token(h, FIELD_CONNECTION, "upgrade") &&
	    names_websocket_alone(h) &&
	    head_find(h, FIELD_CONTENT_LENGTH) == NULL &&
	    head_find(h, FIELD_TRANSFER_ENCODING) == NULL;
}
