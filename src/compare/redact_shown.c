/* redact_shown -- a difference's path and values, before they are shortened.
 * SPDX-License-Identifier: MIT
 *
 * Contract in redact.h.
 */
#include <string.h>

#include "base/text.h"
#include "compare/redact.h"

/* Of a long value so much is looked at on either side of where the two begin
 * to differ; some 80 bytes of it will be shown. */
#define AROUND ((size_t)8 << 10)
/* A longer text that a part was taken from is not gone through for it. */
#define WHOLE_MAX ((size_t)256 << 10)

/* --- paths ----------------------------------------------------------------- */

/* RFC 6901: "~1" is "/", "~0" is "~". */
static void
add_decoded(const char *segment, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		const char *c = &segment[i];

		if (*c == '~' && i + 1 < len && (c[1] == '0' || c[1] == '1'))
			c = segment[++i] == '1' ? "/" : "~";
		buf_add(out, c, 1);
	}
}

static void
add_segment(struct redactor *r, const char *segment, size_t len,
    struct buf *out)
{
	struct buf name = { 0 };

	add_decoded(segment, len, &name);
	if (redact_finds(r, segment, len) ||
	    redact_finds(r, name.len > 0 ? name.bytes : "", name.len))
		buf_puts(out, REDACTED);
	else
		buf_add(out, segment, len);
	buf_fini(&name);
}

void
redact_place(struct redactor *r, const char *path, struct buf *out)
{
	if (*path != '/' || !redactor_has_patterns(r)) {
		buf_puts(out, path);
		return;
	}
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		buf_puts(out, "/");
		add_segment(r, path, len, out);
		path += len;
	}
}

/* --- is it at, under or above a place that is not kept? ---------------------- */

enum place_relation { APART = 0, ABOVE, WITHIN };

static bool
is_index(const char *segment, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (segment[i] < '0' || segment[i] > '9')
			return false;
	return len > 0;
}

/* The rest of a path that was cut could be anything. */
static bool
is_cut(const char *segment, size_t len)
{
	return len == 3 && memcmp(segment, "\xe2\x80\xa6", 3) == 0;
}

/* "*" in a path is some item. */
static bool
may_be_same(const char *wanted, size_t wanted_len, const char *segment,
    size_t len)
{
	if (wanted_len == 1 && *wanted == '*')
		return true;
	if (len == 1 && *segment == '*')
		return is_index(wanted, wanted_len);
	return wanted_len == len && memcmp(wanted, segment, len) == 0;
}

static enum place_relation
relate(const char *pointer, const char *path)
{
	while (*pointer == '/' && *path == '/') {
		size_t wanted = strcspn(++pointer, "/");
		size_t len = strcspn(++path, "/");

		if (is_cut(path, len))
			return WITHIN;
		if (!may_be_same(pointer, wanted, path, len))
			return APART;
		pointer += wanted;
		path += len;
	}
	return *pointer == '\0' ? WITHIN : *path == '\0' ? ABOVE : APART;
}

static bool
is_kept_from(const struct redact_rules *rules, const char *header)
{
	for (size_t i = 0; i < rules->header_count; i++)
		if (strcmp(rules->headers[i], header) == 0)
			return true;
	return false;
}

/* Outcome, status and headers are no part of a document. */
static enum place_relation
relation_of(const struct redactor *r, const char *path)
{
	enum place_relation found = APART;

	if (strcmp(path, "outcome") == 0 || strcmp(path, "status") == 0)
		return APART;
	if (strncmp(path, "header:", 7) == 0)
		return is_kept_from(r->rules, path + 7) ? WITHIN : APART;
	for (size_t i = 0; i < r->rules->pointer_count; i++) {
		const char *pointer = r->rules->pointers[i];
		enum place_relation now = *path == '/' ? relate(pointer, path) :
		    *pointer == '\0' ? WITHIN : APART;

		found = now > found ? now : found;
	}
	return found;
}

/* --- values ------------------------------------------------------------------ */

static bool
skip(struct shown *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s->len < len || memcmp(s->text, prefix, len) != 0)
		return false;
	s->text += len;
	s->len -= len;
	return true;
}

/* "{3 members}", "[2 items]": of containers that is all there is to see. */
static bool
is_count(struct shown s)
{
	bool is_object = skip(&s, "{");

	if (!is_object && !skip(&s, "["))
		return false;
	while (s.len > 0 && is_index(s.text, 1)) {
		s.text++;
		s.len--;
	}
	return skip(&s, is_object ? " members}" : " items]") && s.len == 0;
}

/* Could it be a document in a string, with what must not be shown in it? */
static bool
is_telling(struct shown s)
{
	bool is_string = skip(&s, "string: ");
	struct shown rest = s;

	while (skip(&rest, " ") || skip(&rest, "\t") || skip(&rest, "\n") ||
	    skip(&rest, "\r"))
		continue;
	return rest.len > 0 && (*rest.text == '{' || *rest.text == '[') &&
	    (is_string || !is_count(s));
}

static void
hide(struct shown *s)
{
	if (s->len > 0)
		*s = (struct shown){ REDACTED, sizeof REDACTED - 1 };
}

static size_t
common_len(struct shown a, struct shown b)
{
	size_t n = a.len < b.len ? a.len : b.len, i = 0;

	while (i < n && a.text[i] == b.text[i])
		i++;
	return i;
}

static struct shown
window(struct shown s, size_t different)
{
	size_t begin = different > AROUND ? different - AROUND : 0;
	size_t end = different + AROUND < s.len ? different + AROUND : s.len;

	if (begin > s.len)
		begin = s.len;
	while (begin > 0 && ((unsigned char)s.text[begin] & 0xc0) == 0x80)
		begin--;
	return (struct shown){ s.text + begin, end - begin };
}

/* A part is shown if it is still there once all else is taken out. */
static void
clean_part(struct redactor *r, struct shown *s, struct shown whole)
{
	struct buf clean = { 0 };

	if (s->len == 0 || whole.len == 0)
		return;
	if (whole.len > WHOLE_MAX || (redact_text(r, whole.text, whole.len,
	    &clean) && memmem(clean.bytes, clean.len, s->text, s->len) == NULL))
		hide(s);
	buf_fini(&clean);
}

static void
clean_value(struct redactor *r, struct shown *s, size_t different,
    struct buf *space)
{
	struct shown part = window(*s, different);

	if (redact_text(r, part.text, part.len, space))
		*s = (struct shown){ space->bytes, space->len };
}

void
redact_values(struct redactor *r, struct redact_pair *p)
{
	enum place_relation relation = relation_of(r, p->path);
	size_t different;

	if (relation == WITHIN || (relation == ABOVE && is_telling(p->legacy)))
		hide(&p->legacy);
	if (relation == WITHIN || (relation == ABOVE && is_telling(p->enhanced)))
		hide(&p->enhanced);
	if (relation == WITHIN || !redactor_has_patterns(r))
		return;
	clean_part(r, &p->legacy, p->legacy_whole);
	clean_part(r, &p->enhanced, p->enhanced_whole);
	different = common_len(p->legacy, p->enhanced);
	clean_value(r, &p->legacy, different, &p->legacy_space);
	clean_value(r, &p->enhanced, different, &p->enhanced_space);
}
