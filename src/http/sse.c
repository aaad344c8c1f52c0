/* sse -- lines to events.
 * SPDX-License-Identifier: MIT
 *
 * sse_scan finds the lines; here their values are put together, so the data
 * of a chat stream is copied once.
 */
#include "http/sse.h"

#include <string.h>

static bool
overflow(struct sse_parser *p)
{
	p->overflow = true;
	return false;
}

/* room: for the LF that is to follow. */
static bool
add(struct sse_parser *p, struct buf *to, const char *bytes, size_t len,
    size_t room)
{
	if (len + room > p->cap_bytes || to->len > p->cap_bytes - len - room)
		return overflow(p);
	buf_add(to, bytes, len);
	return true;
}

static bool
add_data(struct sse_parser *p, const struct sse_piece *piece)
{
	p->has_data = true;
	return add(p, &p->data, piece->bytes, piece->len, 1) &&
	    (!piece->last || add(p, &p->data, "\n", 1, 0));
}

/* A value with a NUL in it does not count. */
static bool
set(struct sse_parser *p, struct buf *to, const struct sse_piece *piece)
{
	if (piece->first)
		buf_clear(&p->value);
	if (!add(p, &p->value, piece->bytes, piece->len, 0))
		return false;
	if (piece->last && memchr(p->value.bytes, '\0', p->value.len) == NULL) {
		buf_clear(to);
		buf_add(to, p->value.bytes, p->value.len);
	}
	return true;
}

static void
dispatch(struct sse_parser *p, sse_callback on_event, void *arg)
{
	struct sse_event event;

	if (p->has_data) {
		p->data.len--; /* the LF of the last line */
		p->data.bytes[p->data.len] = '\0';
		event.event = p->event.len != 0 ? p->event.bytes : "message";
		event.data = p->data.bytes;
		event.data_len = p->data.len;
		event.id = p->id.len != 0 ? p->id.bytes : "";
		on_event(arg, &event);
	}
	p->has_data = false;
	buf_clear(&p->data);
	buf_clear(&p->event);
}

static bool
take(struct sse_parser *p, const struct sse_piece *piece,
    sse_callback on_event, void *arg)
{
	switch (piece->field) {
	case SSE_DATA:
		return add_data(p, piece);
	case SSE_EVENT:
		return set(p, &p->event, piece);
	case SSE_ID:
		return set(p, &p->id, piece);
	case SSE_NO_FIELD:
		break;
	}
	dispatch(p, on_event, arg);
	return true;
}

void
sse_init(struct sse_parser *p, size_t cap_bytes)
{
	memset(p, 0, sizeof *p);
	p->cap_bytes = cap_bytes;
}

void
sse_fini(struct sse_parser *p)
{
	buf_fini(&p->value);
	buf_fini(&p->data);
	buf_fini(&p->event);
	buf_fini(&p->id);
}

bool
sse_feed(struct sse_parser *p, const char *bytes, size_t len,
    sse_callback on_event, void *arg)
{
	struct sse_piece piece;
	size_t used = 0;

	while (!p->overflow &&
	    sse_scan_next(&p->scan, bytes, len, &used, &piece))
		(void)take(p, &piece, on_event, arg);
	return !p->overflow;
}
