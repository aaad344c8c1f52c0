/* facts -- what a text says that no rephrasing may change.
 * SPDX-License-Identifier: MIT
 *
 * Here: the walk over a text's words.  Each word is offered to the readers in
 * turn; what lies between the words says where lines, lists, code and quotes
 * begin and end.
 */
#include "compare/facts.h"

#include <string.h>

#include "base/compiler.h"
#include "compare/facts_scan.h"
#include "compare/letters.h"

#define FIRST_ROOM 32
#define QUOTE_MAX 80 /* bytes: longer ones are sentences */

/* --- what the readers share -------------------------------------------- */

static bool
make_room(struct fact_scan *s)
{
	size_t room = s->room == 0 ? FIRST_ROOM : 2 * s->room;
	struct fact *items;

	if (s->out->count < s->room)
		return true;
	items = arena_alloc(s->arena, room * sizeof *items);
	if (items == NULL) {
		s->full = true;
		return false;
	}
	if (s->out->count > 0)
		memcpy(items, s->out->items, s->out->count * sizeof *items);
	s->out->items = items;
	s->room = room;
	return true;
}

struct fact *
fact_add(struct fact_scan *s, enum diff_kind kind, size_t first, size_t last,
    size_t at, size_t end)
{
	struct fact *f;

	if (!make_room(s))
		return NULL;
	f = &s->out->items[s->out->count++];
	*f = (struct fact){ .kind = (uint8_t)kind, .strength = FACT_HARD,
		.at = (uint32_t)at, .len = (uint32_t)(end - at),
		.first = (uint32_t)first, .last = (uint32_t)last };
	return f;
}

bool
fact_text_is(const struct fact_scan *s, size_t at, const char *text)
{
	size_t len = strlen(text);

	return at <= s->w->len && s->w->len - at >= len &&
	    memcmp(s->w->text + at, text, len) == 0;
}

static size_t
gap_start(const struct fact_scan *s, size_t i)
{
	return i == 0 ? 0 : word_end(s, i - 1);
}

bool
fact_is_beside(const struct fact_scan *s, size_t i, char extra)
{
	size_t at = gap_start(s, i);

	if (i >= s->w->count)
		return false;
	for (; at < s->w->items[i].at; at++) {
		char c = s->w->text[at];

		if (c == extra && extra != '\0')
			extra = '\0';
		else if (c != ' ' && c != '*' && c != '_' &&
		    (unsigned char)c != 0xc2 && (unsigned char)c != 0xa0)
			return false;
	}
	return true;
}

size_t
fact_word_at(const struct fact_scan *s, size_t from, size_t at)
{
	while (from < s->w->count && s->w->items[from].at < at)
		from++;
	return from;
}

/* --- lines ------------------------------------------------------------- */

/* "1." or "2)" before a space: an enumeration's. */
static bool
is_enumerator(struct fact_scan *s, size_t i)
{
	const struct word *w = &s->w->items[i];
	unsigned char mark = byte_at(s, w->at + w->len);
	unsigned char after = byte_at(s, w->at + w->len + 1);
	unsigned n = 0;

	if (w->len > 3 || (w->flags & WORD_LETTER) != 0 ||
	    (mark != '.' && mark != ')') || (after != ' ' && after != '\t' &&
	    after != '\n' && after != '*'))
		return false;
	for (size_t k = 0; k < w->len; k++)
		n = n * 10 + (byte_at(s, w->at + k) & 0x0f);
	s->last_number = n;
	return true;
}

/* What a line begins with, between its start and word i. */
static void
begin_line(struct fact_scan *s, size_t start, size_t i)
{
	size_t end = s->w->items[i].at;

	s->in_heading = false;
	for (size_t at = start; at < end; at++) {
		unsigned char c = byte_at(s, at), next = byte_at(s, at + 1);

		if (c == '#')
			s->in_heading = true;
		else if ((c == '-' || c == '*' || c == '+') && next == ' ')
			s->items++;
		else if (fact_text_is(s, at, "\xe2\x80\xa2"))
			s->items++;
	}
}

/* Is the line from there on nothing but "**title words**"? */
static bool
is_bold_line(const struct fact_scan *s, size_t at)
{
	const char *text = s->w->text;
	size_t end = at;

	while (end < s->w->len && text[end] != '\n')
		end++;
	while (end > at && (text[end - 1] == ' ' || text[end - 1] == ':'))
		end--;
	return end - at > 4 && text[end - 1] == '*' && text[end - 2] == '*';
}

/* --- quotes ------------------------------------------------------------ */

static const struct {
	const char *open, *close;
} quotes[] = {
	{ "\"", "\"" }, { "`", "`" },
	{ "\xe2\x80\x9c", "\xe2\x80\x9d" }, /* English */
	{ "\xe2\x80\x9e", "\xe2\x80\x9c" }, /* German */
	{ "\xc2\xab", "\xc2\xbb" },         /* guillemets */
	{ "\xe3\x80\x8c", "\xe3\x80\x8d" }, { "\xe3\x80\x8e", "\xe3\x80\x8f" },
	{ "\xe3\x80\x8a", "\xe3\x80\x8b" }, /* Chinese titles */
};

/* Does a short quote open at the byte, and close on its line? */
static void
open_quote(struct fact_scan *s, size_t at)
{
	for (size_t q = 0; q < COUNT_OF(quotes); q++) {
		size_t from = at + strlen(quotes[q].open);

		if (!fact_text_is(s, at, quotes[q].open))
			continue;
		for (size_t end = from; end < s->w->len &&
		    end - from <= QUOTE_MAX && s->w->text[end] != '\n'; end++) {
			if (end > from &&
			    fact_text_is(s, end, quotes[q].close)) {
				s->quote_end = end;
				s->quote_over = end + strlen(quotes[q].close);
				return;
			}
		}
	}
}

/* What lies before word i. */
static void
read_gap(struct fact_scan *s, size_t i)
{
	size_t start = gap_start(s, i), line = start;
	bool fresh = i == 0;

	if (start + 1 == s->w->items[i].at && s->w->text[start] == ' ')
		return;
	for (size_t at = start; at < s->w->items[i].at; at++) {
		char c = s->w->text[at];

		if (c == '\n') {
			line = at + 1;
			fresh = true;
		} else if (fact_text_is(s, at, "```")) {
			s->in_code = !s->in_code;
			at += 2;
		} else if (!s->in_code && at >= s->quote_over &&
		    strchr(" .,-*:()", c) == NULL) {
			open_quote(s, at);
		}
	}
	if (fresh) {
		begin_line(s, line, i);
		if (fact_text_is(s, line, "**"))
			s->in_heading = s->in_heading || is_bold_line(s, line);
	}
}

/* --- the walk ---------------------------------------------------------- */

static bool
is_line_start(const struct fact_scan *s, size_t i)
{
	for (size_t at = s->w->items[i].at; at > gap_start(s, i); at--) {
		char c = s->w->text[at - 1];

		if (c == '\n')
			return true;
		if (c != ' ' && c != '*' && c != '#' && c != '>' && c != '\t')
			return false;
	}
	return i == 0;
}

static size_t
read_word(struct fact_scan *s, size_t i)
{
	static size_t (*const readers[])(struct fact_scan *, size_t) = {
		fact_read_address, fact_read_date, fact_read_number,
		fact_read_identifier, fact_read_number_word, fact_read_name,
	};

	if ((s->w->items[i].flags & WORD_DIGIT) != 0 && is_line_start(s, i) &&
	    is_enumerator(s, i)) {
		s->items++;
		return 1;
	}
	for (size_t k = 0; k < COUNT_OF(readers); k++) {
		size_t used = readers[k](s, i);

		if (used > 0)
			return used;
	}
	return 1;
}

/* "Three ways", and then a list of three: whoever counts it otherwise has
 * another list. */
static bool
counts_the_items(const struct fact_scan *s, const struct fact *f)
{
	return f->kind == DIFF_NUMBER && f->bare &&
	    ((s->items > 1 && f->loose[0] == number_key_of(s->items)) ||
	    (s->last_number > 1 &&
	    f->loose[0] == number_key_of(s->last_number)));
}

static void
spare_counts(struct fact_scan *s)
{
	for (size_t i = 0; i < s->out->count; i++)
		if (counts_the_items(s, &s->out->items[i]))
			s->out->items[i].strength = FACT_SPARE;
}

bool
facts_read(const struct words *w, enum language language, struct arena *a,
    struct facts *out)
{
	struct fact_scan s = { .w = w, .arena = a, .out = out,
		.language = language };
	size_t used;

	*out = (struct facts){ 0 };
	for (size_t i = 0; i < w->count; i += used) {
		read_gap(&s, i);
		used = read_word(&s, i);
		/* Lines and fences may lie between the words of a fact. */
		for (size_t k = 1; k < used && i + k < w->count; k++)
			read_gap(&s, i + k);
	}
	spare_counts(&s);
	return !s.full;
}
