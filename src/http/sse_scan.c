/* sse_scan -- see sse_scan.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/sse_scan.h"

#include <endian.h>
#include <string.h>

enum state {
	AT_START = 0, /* of the stream: there may be a BOM */
	AT_LINE,      /* a line begins */
	AT_NAME,      /* in a field's name */
	AT_SPACE,     /* behind its colon */
	AT_VALUE,
};

static const char bom[] = "\xef\xbb\xbf";

#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

/* Not zero when one of eight bytes is that byte; the lowest mark is exact. */
static uint64_t
marks_of(uint64_t eight, uint64_t byte)
{
	const uint64_t zero = eight ^ (ONES * byte);

	return (zero - ONES) & ~zero & TOPS;
}

/* The first CR or LF; end if there is none.  Not two memchr(): with lines
 * that end in CR alone the search for an LF would be quadratic. */
static const char *
find_line_end(const char *at, const char *end)
{
	uint64_t eight, marks;

	for (; (size_t)(end - at) >= sizeof eight; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		eight = le64toh(eight);
		marks = marks_of(eight, '\n') | marks_of(eight, '\r');
		if (marks != 0)
			return at + __builtin_ctzll(marks) / 8;
	}
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	return at;
}

static bool
is_end(char c)
{
	return c == '\n' || c == '\r';
}

/* "retry" steers a client's reconnection and says nothing about content. */
static enum sse_field
field_of(const struct sse_scan *s)
{
	if (s->name_len == 4 && memcmp(s->name, "data", 4) == 0)
		return SSE_DATA;
	if (s->name_len == 5 && memcmp(s->name, "event", 5) == 0)
		return SSE_EVENT;
	return s->name_len == 2 && memcmp(s->name, "id", 2) == 0 ? SSE_ID :
	    SSE_NO_FIELD;
}

static void
begin_line(struct sse_scan *s)
{
	s->state = AT_LINE;
	s->name_len = 0;
}

static void
begin_value(struct sse_scan *s, enum state state)
{
	s->field = field_of(s);
	s->state = (uint8_t)state;
	s->first = true;
}

/* The BOM is skipped, once, and what only begins like it is a name. */
static const char *
in_start(struct sse_scan *s, const char *p)
{
	if (*p == bom[s->name_len]) {
		if (++s->name_len == 3)
			begin_line(s);
		return p + 1;
	}
	memcpy(s->name, bom, s->name_len);
	s->state = s->name_len > 0 ? AT_NAME : AT_LINE;
	return p;
}

/* One longer than any that is known is as good as none. */
static const char *
in_name(struct sse_scan *s, const char *p, const char *end)
{
	while (p < end && *p != ':' && !is_end(*p)) {
		if (s->name_len < sizeof s->name)
			s->name[s->name_len++] = *p;
		p++;
	}
	if (p == end)
		return p;
	if (*p != ':') {
		begin_value(s, AT_VALUE); /* an empty one */
		return p;
	}
	begin_value(s, AT_SPACE);
	return p + 1;
}

/* Some of a value, up to the line's end if it is there.  false: of a field
 * that is nobody's. */
static bool
take_value(struct sse_scan *s, const char **p, const char *end,
    struct sse_piece *out)
{
	const char *stop = find_line_end(*p, end);

	*out = (struct sse_piece){ .field = s->field, .bytes = *p,
		.len = (size_t)(stop - *p), .first = s->first,
		.last = stop < end };
	s->first = false;
	*p = stop;
	if (stop < end) {
		s->after_cr = *stop == '\r';
		*p = stop + 1;
		begin_line(s);
	}
	return out->field != SSE_NO_FIELD;
}

/* At the beginning of a line.  true: it is empty. */
static bool
take_empty(struct sse_scan *s, const char **p, struct sse_piece *out)
{
	if (!is_end(**p)) {
		s->state = AT_NAME;
		return false;
	}
	s->after_cr = **p == '\r';
	(*p)++;
	*out = (struct sse_piece){ .bytes = *p, .last = true };
	return true;
}

/* One state on; p < end.  true: *out is a piece. */
static bool
step(struct sse_scan *s, const char **p, const char *end,
    struct sse_piece *out)
{
	switch ((enum state)s->state) {
	case AT_START:
		*p = in_start(s, *p);
		return false;
	case AT_LINE:
		return take_empty(s, p, out);
	case AT_NAME:
		*p = in_name(s, *p, end);
		return false;
	case AT_SPACE:
		*p += **p == ' ';
		s->state = AT_VALUE;
		/* The end of the line may have to be told all the same. */
		return *p < end && take_value(s, p, end, out);
	case AT_VALUE:
		return take_value(s, p, end, out);
	}
	return false;
}

bool
sse_scan_next(struct sse_scan *s, const char *bytes, size_t len,
    size_t *used, struct sse_piece *out)
{
	const char *p = bytes + *used, *end = bytes + len;
	bool found = false;

	while (!found && p < end) {
		if (s->after_cr) {
			s->after_cr = false;
			if (*p == '\n') {
				p++;
				continue;
			}
		}
		found = step(s, &p, end, out);
	}
	*used = (size_t)(p - bytes);
	return found;
}
