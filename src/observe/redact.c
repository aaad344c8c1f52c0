/* redact -- see redact.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
redactor_fini(struct redactor *r)
{
	regex_room_free(&r->room);
	buf_fini(&r->spans);
	buf_fini(&r->text);
	buf_fini(&r->part);
}

/* --- finding ------------------------------------------------------------- */

/* Past a match, or past a character where the match was of nothing. */
static size_t
next_from(const char *text, size_t len, const struct regex_hit *hit)
{
	size_t step;

	if (hit->end > hit->begin || hit->end >= len)
		return hit->end > hit->begin ? hit->end : len + 1;
	step = text_utf8_step(text + hit->end, len - hit->end);
	return hit->end + (step > 0 ? step : 1);
}

/* false: the pattern gave up. */
static bool
find_all(struct redactor *r, const struct regex *pattern, const char *text,
    size_t len)
{
	struct regex_hit hit;
	size_t from = 0;

	while (from <= len) {
		switch (regex_find(pattern, r->room, text, len, from, &hit)) {
		case REGEX_NO:
			return true;
		case REGEX_LIMIT:
			return false;
		case REGEX_YES:
			break;
		}
		if (hit.end > hit.begin)
			buf_add(&r->spans, &hit, sizeof hit);
		from = next_from(text, len, &hit);
	}
	return true;
}

static int
by_begin(const void *left, const void *right)
{
	const struct regex_hit *a = left, *b = right;

	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

/* Spans that touch become one. */
static size_t
join(struct regex_hit *hits, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || hits[i].begin > hits[kept - 1].end)
			hits[kept++] = hits[i];
		else if (hits[i].end > hits[kept - 1].end)
			hits[kept - 1].end = hits[i].end;
	}
	return kept;
}

bool
redact_spans(struct redactor *r, const char *text, size_t len,
    const struct regex_hit **out, size_t *count_out)
{
	struct regex_hit *hits;

	*count_out = 0;
	if (!redactor_has_patterns(r) || len == 0)
		return true;
	if (r->room == NULL)
		r->room = regex_room_new();
	buf_clear(&r->spans);
	for (size_t i = 0; i < r->rules->pattern_count; i++)
		if (!find_all(r, r->rules->patterns[i], text, len))
			return false;
	if (r->spans.len == 0)
		return true;
	hits = (struct regex_hit *)(void *)r->spans.bytes;
	*count_out = r->spans.len / sizeof *hits;
	qsort(hits, *count_out, sizeof *hits, by_begin);
	*count_out = join(hits, *count_out);
	*out = hits;
	return true;
}

bool
redact_finds(struct redactor *r, const char *text, size_t len)
{
	const struct regex_hit *hits;
	size_t count;

	return !redact_spans(r, text, len, &hits, &count) || count > 0;
}

/* --- taking out ------------------------------------------------------------ */

bool
redact_text(struct redactor *r, const char *text, size_t len, struct buf *out)
{
	const struct regex_hit *hits = NULL;
	size_t count, at = 0;

	if (!redact_spans(r, text, len, &hits, &count)) {
		buf_puts(out, REDACTED);
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		buf_add(out, text + at, hits[i].begin - at);
		buf_puts(out, REDACTED);
		at = hits[i].end;
	}
	buf_add(out, text + at, len - at);
	return count > 0;
}

static void
put_back(const struct buf *from, char *text, size_t space)
{
	text_copy(text, space, from->len > 0 ? from->bytes : "", from->len);
}

void
redact_field(struct redactor *r, char *text, size_t space)
{
	size_t len = strlen(text);

	if (!redactor_has_patterns(r) || len == 0)
		return;
	buf_clear(&r->text);
	if (len + 1 >= space)
		buf_puts(&r->text, REDACTED);
	else if (!redact_text(r, text, len, &r->text))
		return;
	put_back(&r->text, text, space);
}

/* --- paths ------------------------------------------------------------------ */

/* Would something be found if the segment was decoded? */
static bool
hides(struct redactor *r, const char *segment, size_t len)
{
	size_t decoded_len;
	char *space;

	if (memchr(segment, '%', len) == NULL)
		return false;
	buf_clear(&r->part);
	space = buf_room(&r->part, len);
	return text_percent_decode(segment, len, false, space, len,
	    &decoded_len) && redact_finds(r, space, decoded_len);
}

void
redact_path(struct redactor *r, char *path, size_t space)
{
	size_t len = strlen(path);
	bool is_cut = len + 1 >= space;
	struct buf whole = { 0 };
	const char *at, *end;

	if (!redactor_has_patterns(r) || len == 0)
		return;
	(void)redact_text(r, path, len, &whole);
	buf_clear(&r->text);
	at = whole.bytes;
	end = at + whole.len;
	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t n = (size_t)((slash != NULL ? slash : end) - at);

		if (hides(r, at, n) || (is_cut && slash == NULL))
			buf_puts(&r->text, REDACTED);
		else
			buf_add(&r->text, at, n);
		if (slash != NULL)
			buf_puts(&r->text, "/");
		at += n + (slash != NULL);
	}
	put_back(&r->text, path, space);
	buf_fini(&whole);
}

/* --- records ---------------------------------------------------------------- */

void
redact_leg(struct redactor *r, struct leg_record *leg)
{
	redact_path(r, leg->path, sizeof leg->path);
	redact_field(r, leg->error, sizeof leg->error);
}

void
redact_access(struct redactor *r, struct access_record *a)
{
	redact_path(r, a->path, sizeof a->path);
	redact_field(r, a->id, sizeof a->id);
	redact_field(r, a->error, sizeof a->error);
}
