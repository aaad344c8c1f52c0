/* json_scan -- see json_scan.h.
 * SPDX-License-Identifier: MIT
 *
 * A state for each place of the grammar, with a loop in each where bytes come
 * in numbers: inside of strings, digits and white space.  What a state needs
 * to know of the past stands in the struct, so a document may be cut anywhere.
 */
#include "base/json_scan.h"

#include <string.h>

#include "base/json_plain.h"
#include "base/text.h"

enum place {
	AT_VALUE = 0,
	AT_FIRST_ITEM,   /* behind "[": a value or "]" */
	AT_FIRST_NAME,   /* behind "{": a name or "}" */
	AT_NAME,         /* behind "," of an object */
	AT_COLON,
	AT_NEXT,         /* behind a child: "," or the end of the container */
	AT_STRING,
	AT_ESCAPE,       /* behind a backslash */
	AT_HEX,          /* in \uXXXX */
	AT_PAIR,         /* behind the first half of a pair: a backslash */
	AT_PAIR_U,       /* and its "u" */
	AT_MINUS,        /* numbers: behind "-" */
	AT_ZERO,         /* behind a leading 0; complete */
	AT_INTEGER,      /* complete */
	AT_POINT,
	AT_FRACTION,     /* complete */
	AT_EXPONENT,     /* behind "e" */
	AT_SIGN,         /* and its sign */
	AT_POWER,        /* complete */
	AT_WORD,         /* in true, false, null */
	AT_OVER,
	AT_BAD,
};

/* One call of json_scan_feed(). */
struct scanning {
	struct json_scan *s;
	json_scan_callback on_found;
	void *arg;
};

static const char *const words[] = { "true", "false", "null" };
static const enum json_kind word_kinds[] = { JSON_TRUE, JSON_FALSE,
	JSON_NULL };

void
json_scan_init(struct json_scan *s, const struct pointer_node *tree)
{
	/* Texts are written before they are read. */
	memset(s, 0, offsetof(struct json_scan, levels));
	s->root = tree;
	s->node = tree;
	s->len = 0;
}

static const char *
bad(struct json_scan *s, const char *end)
{
	s->at = AT_BAD;
	return end;
}

/* --- containers ------------------------------------------------------------- */

static bool
is_object(const struct json_scan *s)
{
	unsigned bit = s->depth - 1;

	return s->depth > 0 && (s->objects[bit / 64] >> bit % 64 & 1) != 0;
}

/* The node of the container that we are in; no tree is deeper than the
 * levels. */
static const struct pointer_node *
container(const struct json_scan *s)
{
	return s->depth > 0 && s->depth <= COUNT_OF(s->levels) ?
	    s->levels[s->depth - 1].node : NULL;
}

static void
tell(struct scanning *w, const struct pointer_node *n, struct json_found *f)
{
	for (size_t i = 0; i < n->mark_count; i++) {
		f->mark = n->marks[i];
		w->on_found(w->arg, f);
	}
}

static void
value_ended(struct json_scan *s)
{
	s->at = s->depth == 0 ? AT_OVER : AT_NEXT;
}

/* A child begins in an array: which one is it? */
static void
enter_item(struct json_scan *s)
{
	const struct pointer_node *n = container(s);

	s->node = n == NULL ? NULL :
	    pointer_item(n, s->levels[s->depth - 1].children++);
}

static bool
open_container(struct json_scan *s, bool object)
{
	unsigned bit = s->depth;

	if (s->depth == JSON_DEPTH_MAX)
		return false;
	s->depth++;
	s->objects[bit / 64] &= ~(UINT64_C(1) << bit % 64);
	s->objects[bit / 64] |= (uint64_t)object << bit % 64;
	if (bit < COUNT_OF(s->levels)) {
		s->levels[bit].node = s->node;
		s->levels[bit].children = 0;
	}
	s->at = object ? AT_FIRST_NAME : AT_FIRST_ITEM;
	return true;
}

static void
close_container(struct scanning *w)
{
	struct json_scan *s = w->s;
	const struct pointer_node *n = container(s);
	struct json_found f = { .text = "" };

	if (n != NULL && n->mark_count > 0) {
		f.kind = is_object(s) ? JSON_OBJECT : JSON_ARRAY;
		f.empty = s->levels[s->depth - 1].children == 0;
		tell(w, n, &f);
	}
	s->depth--;
	value_ended(s);
}

/* --- texts ------------------------------------------------------------------ */

static void
keep(struct json_scan *s, const char *bytes, size_t len)
{
	size_t room = sizeof s->text - s->len;

	if (len > room) {
		s->cut = true;
		len = room;
	}
	memcpy(s->text + s->len, bytes, len);
	s->len += (uint32_t)len;
}

static void
begin_text(struct json_scan *s, bool wanted)
{
	s->keeps = wanted;
	s->cut = false;
	s->len = 0;
}

static bool
is_wanted(const struct json_scan *s)
{
	return s->node != NULL && s->node->mark_count > 0;
}

static void
tell_text(struct scanning *w, enum json_kind kind, const char *text,
    size_t len)
{
	struct json_found f = { .kind = kind, .text = text, .len = len,
		.cut = w->s->cut, .empty = kind == JSON_STRING && len == 0 };

	tell(w, w->s->node, &f);
}

/* --- strings ---------------------------------------------------------------- */

static void
end_name(struct json_scan *s, const char *name, size_t len)
{
	const struct pointer_node *n = container(s);

	if (n == NULL) {
		s->node = NULL;
	} else {
		s->levels[s->depth - 1].children++;
		/* One that was cut is longer than any that is looked for. */
		s->node = s->cut ? n->any : pointer_child(n, name, len);
	}
	s->at = AT_COLON;
}

static void
end_string(struct scanning *w, const char *text, size_t len)
{
	struct json_scan *s = w->s;

	if (s->is_name) {
		end_name(s, text, len);
		return;
	}
	if (s->keeps)
		tell_text(w, JSON_STRING, text, len);
	value_ended(s);
}

/* Plain from p to stop. */
static const char *
after_plain(struct scanning *w, const char *p, const char *stop,
    const char *end)
{
	struct json_scan *s = w->s;

	if (s->keeps)
		keep(s, p, (size_t)(stop - p));
	if (stop == end)
		return end;
	if (*stop == '\\')
		s->at = AT_ESCAPE;
	else if (*stop == '"')
		end_string(w, s->text, s->len);
	else
		return bad(s, end);
	return stop + 1;
}

static const char *
in_string(struct scanning *w, const char *p, const char *end)
{
	uint64_t high;

	return after_plain(w, p, json_plain_end(p, end, &high), end);
}

/* Behind an opening quote.  A string that lies whole in the input, and
 * without escapes, is told from there. */
static const char *
begin_string(struct scanning *w, const char *p, const char *end, bool is_name)
{
	struct json_scan *s = w->s;
	uint64_t high;
	const char *stop = json_plain_end(p, end, &high);

	s->is_name = is_name;
	begin_text(s, is_name ? container(s) != NULL : is_wanted(s));
	if (stop < end && *stop == '"' &&
	    (is_name || stop - p <= JSON_SCAN_TEXT_MAX)) {
		end_string(w, p, (size_t)(stop - p));
		return stop + 1;
	}
	s->at = AT_STRING;
	return after_plain(w, p, stop, end);
}

static const char *
in_escape(struct json_scan *s, const char *p, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (*p == 'u') {
		s->at = AT_HEX;
		s->digits = 4;
		s->code = 0;
		return p + 1;
	}
	found = *p != '\0' ? strchr(from, *p) : NULL;
	if (found == NULL)
		return bad(s, end);
	if (s->keeps)
		keep(s, &to[found - from], 1);
	s->at = AT_STRING;
	return p + 1;
}

static bool
is_low(uint32_t code)
{
	return code >= 0xdc00 && code <= 0xdfff;
}

/* Four digits have come: a character, or half of one. */
static bool
end_hex(struct json_scan *s)
{
	char bytes[4];
	char *to;

	if (s->high == 0 && s->code >= 0xd800 && s->code <= 0xdbff) {
		s->high = s->code;
		s->at = AT_PAIR;
		return true;
	}
	if ((s->high != 0) != is_low(s->code))
		return false;
	if (s->high != 0)
		s->code = 0x10000 + ((s->high - 0xd800) << 10) +
		    (s->code - 0xdc00);
	s->high = 0;
	to = text_utf8_put(bytes, s->code);
	if (s->keeps)
		keep(s, bytes, (size_t)(to - bytes));
	s->at = AT_STRING;
	return true;
}

static const char *
in_hex(struct json_scan *s, const char *p, const char *end)
{
	int digit = text_hex_digit(*p);

	if (digit < 0)
		return bad(s, end);
	s->code = s->code << 4 | (uint32_t)digit;
	if (--s->digits == 0 && !end_hex(s))
		return bad(s, end);
	return p + 1;
}

/* --- numbers ---------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
may_go_on(enum place at)
{
	return at == AT_INTEGER || at == AT_FRACTION || at == AT_POWER;
}

static bool
is_complete(enum place at)
{
	return at == AT_ZERO || may_go_on(at);
}

/* The state behind this byte of a number; AT_BAD: it is none of it. */
static enum place
after(enum place at, char c)
{
	static const enum place digit[] = { [AT_MINUS] = AT_INTEGER,
		[AT_ZERO] = AT_BAD, [AT_INTEGER] = AT_INTEGER,
		[AT_POINT] = AT_FRACTION, [AT_FRACTION] = AT_FRACTION,
		[AT_EXPONENT] = AT_POWER, [AT_SIGN] = AT_POWER,
		[AT_POWER] = AT_POWER };

	if (is_digit(c))
		return at == AT_MINUS && c == '0' ? AT_ZERO : digit[at];
	if (c == '.' && (at == AT_ZERO || at == AT_INTEGER))
		return AT_POINT;
	if ((c == 'e' || c == 'E') && is_complete(at) && at != AT_POWER)
		return AT_EXPONENT;
	return (c == '+' || c == '-') && at == AT_EXPONENT ? AT_SIGN : AT_BAD;
}

static void
end_number(struct scanning *w)
{
	if (w->s->keeps)
		tell_text(w, JSON_NUMBER, w->s->text, w->s->len);
	value_ended(w->s);
}

static const char *
in_number(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;
	enum place at = s->at, next = at;
	const char *start = p;

	for (;;) {
		/* Most of most numbers. */
		while (p < end && is_digit(*p) && may_go_on(at))
			p++;
		if (p == end || (next = after(at, *p)) == AT_BAD)
			break;
		at = next;
		p++;
	}
	s->at = (uint8_t)at;
	if (s->keeps)
		keep(s, start, (size_t)(p - start));
	if (p == end)
		return p;
	if (!is_complete(at))
		return bad(s, end);
	end_number(w);
	return p;
}

/* --- values ----------------------------------------------------------------- */

static const char *
in_word(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;
	const char *word = words[s->word];
	struct json_found f = { .kind = word_kinds[s->word], .text = "" };

	while (p < end && word[s->word_at] != '\0') {
		if (*p++ != word[s->word_at++])
			return bad(s, end);
	}
	if (word[s->word_at] != '\0')
		return p;
	if (is_wanted(s))
		tell(w, s->node, &f);
	value_ended(s);
	return p;
}

static const char *
begin_word(struct scanning *w, const char *p, const char *end, uint8_t word)
{
	w->s->at = AT_WORD;
	w->s->word = word;
	w->s->word_at = 0;
	return in_word(w, p, end);
}

static const char *
begin_number(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;

	if (*p != '-' && !is_digit(*p))
		return bad(s, end);
	begin_text(s, is_wanted(s));
	if (s->keeps)
		keep(s, p, 1);
	s->at = *p == '-' ? AT_MINUS : *p == '0' ? AT_ZERO : AT_INTEGER;
	return in_number(w, p + 1, end);
}

/* p is at the value's first byte. */
static const char *
begin_value(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;

	if (s->depth > 0 && !is_object(s))
		enter_item(s);
	switch (*p) {
	case '"':
		return begin_string(w, p + 1, end, false);
	case '{':
	case '[':
		return open_container(s, *p == '{') ? p + 1 : bad(s, end);
	case 't':
		return begin_word(w, p, end, 0);
	case 'f':
		return begin_word(w, p, end, 1);
	case 'n':
		return begin_word(w, p, end, 2);
	default:
		return begin_number(w, p, end);
	}
}

/* Behind a child. */
static const char *
next_child(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;
	bool object = is_object(s);

	if (*p == ',')
		s->at = object ? AT_NAME : AT_VALUE;
	else if (*p == (object ? '}' : ']'))
		close_container(w);
	else
		return bad(s, end);
	return p + 1;
}

static const char *
begin_name(struct scanning *w, const char *p, const char *end)
{
	return *p == '"' ? begin_string(w, p + 1, end, true) : bad(w->s, end);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Behind an opening bracket: its end, or the first child. */
static const char *
begin_first(struct scanning *w, const char *p, const char *end)
{
	bool object = w->s->at == AT_FIRST_NAME;

	if (*p == (object ? '}' : ']')) {
		close_container(w);
		return p + 1;
	}
	return object ? begin_name(w, p, end) : begin_value(w, p, end);
}

/* p < end; white space may be here. */
static const char *
between(struct scanning *w, const char *p, const char *end)
{
	enum place at = w->s->at;

	while (is_space(*p))
		if (++p == end)
			return end;
	if (at == AT_VALUE)
		return begin_value(w, p, end);
	if (at == AT_NAME)
		return begin_name(w, p, end);
	if (at == AT_COLON) {
		w->s->at = AT_VALUE;
		return *p == ':' ? p + 1 : bad(w->s, end);
	}
	if (at == AT_NEXT)
		return next_child(w, p, end);
	return at == AT_OVER ? bad(w->s, end) : begin_first(w, p, end);
}

static const char *
in_pair(struct json_scan *s, const char *p, const char *end)
{
	bool first = s->at == AT_PAIR;

	if (*p != (first ? '\\' : 'u'))
		return bad(s, end);
	s->at = first ? AT_PAIR_U : AT_HEX;
	s->digits = 4;
	s->code = 0;
	return p + 1;
}

/* Some bytes on; p < end.  The order of the states is that of the enum. */
static inline const char *
step(struct scanning *w, const char *p, const char *end)
{
	struct json_scan *s = w->s;
	enum place at = s->at;

	if (at < AT_STRING || at == AT_OVER)
		return between(w, p, end);
	if (at >= AT_MINUS && at <= AT_POWER)
		return in_number(w, p, end);
	if (at == AT_STRING)
		return in_string(w, p, end);
	if (at == AT_ESCAPE)
		return in_escape(s, p, end);
	if (at == AT_HEX)
		return in_hex(s, p, end);
	if (at == AT_WORD)
		return in_word(w, p, end);
	return at == AT_BAD ? end : in_pair(s, p, end);
}

static enum json_scan_state
state_of(const struct json_scan *s)
{
	return s->at == AT_OVER ? JSON_SCAN_END :
	    s->at == AT_BAD ? JSON_SCAN_BAD : JSON_SCAN_MORE;
}

enum json_scan_state
json_scan_feed(struct json_scan *s, const char *bytes, size_t len,
    json_scan_callback on_found, void *arg)
{
	struct scanning w = { s, on_found, arg };
	const char *p = bytes, *end = bytes + len;

	while (p < end)
		p = step(&w, p, end);
	return state_of(s);
}

enum json_scan_state
json_scan_finish(struct json_scan *s, json_scan_callback on_found, void *arg)
{
	struct scanning w = { s, on_found, arg };

	/* Only the end of the input ends a number that is the document. */
	if (s->depth == 0 && is_complete(s->at))
		end_number(&w);
	return state_of(s);
}
