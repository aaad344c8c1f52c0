/* facts_name -- addresses, identifiers and names.
 * SPDX-License-Identifier: MIT
 *
 * Contract in facts_scan.h.  What is a name is guessed by capitals, so only in
 * scripts that have them, and with care: a capital at the beginning of a
 * sentence says nothing, in a heading little, and in German every noun has
 * one.  A name that is only written in small letters elsewhere is still there:
 * facts_match.c looks for its words, not for the name.
 */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "compare/facts_scan.h"
#include "compare/letters.h"

static bool
is_alnum(unsigned char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	    (c >= '0' && c <= '9') || c >= 0x80;
}

/* --- addresses --------------------------------------------------------- */

/* Where an address that begins there ends; punctuation behind it is not its. */
static size_t
address_end(const struct fact_scan *s, size_t at)
{
	while (at < s->w->len && byte_at(s, at) > ' ' &&
	    strchr("<>\"`|)]}*", (char)byte_at(s, at)) == NULL)
		at++;
	while (at > 0 && strchr(".,;:!?'/", s->w->text[at - 1]) != NULL)
		at--;
	return at;
}

static size_t
put_address(struct fact_scan *s, size_t i, size_t start, size_t end)
{
	size_t last = fact_word_at(s, i, end);
	struct fact *f = fact_add(s, DIFF_NAME, i, last, start, end);

	if (f != NULL)
		f->exact[0] = fact_key(SPACE_NAME,
		    words_hash(s->w->text + start, end - start), 0);
	return last > i ? last - i : 1;
}

static size_t
read_url(struct fact_scan *s, size_t i)
{
	size_t at = s->w->items[i].at, start = at, end;

	if (fact_text_is(s, at, "http://") || fact_text_is(s, at, "https://"))
		start += fact_text_is(s, at, "https") ? 8 : 7;
	if (fact_text_is(s, start, "www."))
		start += 4;
	if (start == at)
		return 0;
	end = address_end(s, start);
	return end > start ? put_address(s, i, start, end) : 0;
}

static bool
is_mail_char(unsigned char c)
{
	return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' ||
	    c == '%';
}

static size_t
read_mail(struct fact_scan *s, size_t i)
{
	size_t start = s->w->items[i].at, at = start;

	while (is_mail_char(byte_at(s, at)))
		at++;
	if (byte_at(s, at) != '@' || at == start || !is_alnum(byte_at(s, at + 1)))
		return 0;
	for (at++; is_mail_char(byte_at(s, at));)
		at++;
	while (s->w->text[at - 1] == '.' || s->w->text[at - 1] == '-')
		at--;
	return put_address(s, i, start, at);
}

size_t
fact_read_address(struct fact_scan *s, size_t i)
{
	unsigned char after = byte_at(s, word_end(s, i));
	size_t used;

	/* An address goes on behind its first word. */
	if (after == ' ' || after == '\0' || after >= 0x80)
		return 0;
	used = after == ':' || after == '.' ? read_url(s, i) : 0;
	return used > 0 ? used : read_mail(s, i);
}

/* --- identifiers ------------------------------------------------------- */

struct chain {
	size_t last, end; /* word and byte behind it */
	unsigned digits, letters;
	bool joined;      /* of several words */
	bool under;       /* by an underscore */
};

/* Words grown together by single signs: ORD-12345, sess_8f3a, v1.2. */
static void
read_chain(const struct fact_scan *s, size_t i, struct chain *c)
{
	memset(c, 0, sizeof *c);
	c->last = i + 1;
	while (c->last < s->w->count) {
		size_t at = word_end(s, c->last - 1);
		unsigned char mark = byte_at(s, at);

		if (s->w->items[c->last].at != at + 1 || (mark != '-' &&
		    mark != '_' && mark != '.' && mark != ':' && mark != '/'))
			break;
		c->under = c->under || mark == '_';
		c->joined = true;
		c->last++;
	}
	c->end = word_end(s, c->last - 1);
	for (size_t at = s->w->items[i].at; at < c->end; at++) {
		unsigned char b = byte_at(s, at);

		c->digits += b >= '0' && b <= '9';
		c->letters += (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
	}
}

/* Its digits, to who writes the number alone. */
static void
put_digits(const struct fact_scan *s, size_t i, struct fact *f)
{
	unsigned count = 0;

	for (; i < f->last && count < FACT_LOOSE; i++) {
		const struct word *w = &s->w->items[i];
		unsigned value = 0;

		if ((w->flags & WORD_LETTER) != 0 || w->len > 9)
			continue;
		for (size_t k = 0; k < w->len; k++)
			value = value * 10 + (byte_at(s, w->at + k) & 0x0f);
		f->loose[count++] = number_key_of(value);
	}
}

size_t
fact_read_identifier(struct fact_scan *s, size_t i)
{
	bool alone = i + 1 == s->w->count ||
	    s->w->items[i + 1].at != word_end(s, i) + 1 ||
	    byte_at(s, word_end(s, i)) == ' ';
	struct chain c;
	struct fact *f;

	if ((s->w->items[i].flags & WORD_SIGN) != 0 ||
	    (alone && (s->w->items[i].flags & WORD_DIGIT) == 0))
		return 0;
	read_chain(s, i, &c);
	if (c.letters == 0 || (c.digits == 0 && !c.under))
		return 0;
	/* "word-3" of a date or a range is left to its words. */
	if (c.joined && c.digits < 2 && !c.under)
		return 0;
	f = fact_add(s, DIFF_NAME, i, c.last, s->w->items[i].at, c.end);
	if (f != NULL) {
		f->exact[0] = fact_key(SPACE_NAME, words_hash(s->w->text + f->at,
		    f->len), 0);
		put_digits(s, i, f);
		f->strength = c.digits >= 3 && c.digits + c.letters >= 6 &&
		    !s->in_code ? FACT_HARD : FACT_WEAK;
	}
	return c.last - i;
}

/* --- names ------------------------------------------------------------- */

/* Is word i an abbreviation before its point: Dr., St., a single letter? */
static bool
is_abbreviation(const struct fact_scan *s, size_t i)
{
	static const char *const forms[] = { "dr", "mr", "mrs", "ms", "prof",
		"st", "vs", "jr", "sr", "hr", "fr", "no", "nr", "inc", "ca",
		"bzw", "approx", "gen", "sra", "mme", "str" };
	const struct word *w = &s->w->items[i];

	if (w->letters == 1)
		return (w->flags & WORD_CAPITAL) != 0;
	for (size_t k = 0; k < COUNT_OF(forms); k++)
		if (text_equal_nocase(s->w->text + w->at, w->len, forms[k],
		    strlen(forms[k])))
			return true;
	return false;
}

/* Behind a colon stands a value when nothing else does: "Capital: Paris". */
static bool
is_value(const struct fact_scan *s, size_t i)
{
	unsigned char c;

	while (i + 1 < s->w->count && fact_is_beside(s, i + 1, '\0') &&
	    (s->w->items[i + 1].flags & WORD_CAPITAL) != 0)
		i++;
	c = byte_at(s, word_end(s, i));
	return c == '\0' || c == '\n' || c == '.' || c == ',' || c == ';' ||
	    c == ')';
}

bool
fact_is_start(const struct fact_scan *s, size_t i)
{
	size_t at = i == 0 ? 0 : word_end(s, i - 1);

	if (i == 0)
		return true;
	for (size_t end = s->w->items[i].at; at < end; at++) {
		char c = s->w->text[at];

		if (c == '.' && byte_at(s, at + 1) != '.' &&
		    is_abbreviation(s, i - 1))
			continue;
		if (c == ':' && is_value(s, i))
			continue;
		if (memchr(".!?:;\n\"|>", c, 9) != NULL)
			return true;
	}
	return fact_text_is(s, s->w->items[i].at - 3, "\xe2\x80\x9c");
}

static bool
is_plain_word(const struct word *w)
{
	for (const struct lexeme *l = w->lexeme; l != NULL; l = lexicon_next(l))
		if (l->meaning == MEANS_COMMON || l->meaning == MEANS_VERB ||
		    l->meaning == MEANS_OPENER || l->meaning == MEANS_MONEY ||
		    l->meaning == MEANS_UNIT || l->meaning == MEANS_HALF_DAY)
			return true;
	return false;
}

static bool
is_title_word(const struct fact_scan *s, size_t i)
{
	const struct word *w;

	if (i >= s->w->count)
		return false;
	w = &s->w->items[i];
	return (w->flags & (WORD_CAPITAL | WORD_SMALL)) ==
	    (WORD_CAPITAL | WORD_SMALL) && !is_plain_word(w);
}

/* "'s" behind it, or "is". */
static bool
is_subject(const struct fact_scan *s, size_t i)
{
	size_t at = word_end(s, i);

	if (i + 1 >= s->w->count)
		return false;
	if (fact_text_is(s, at, "'s") || fact_text_is(s, at, "\xe2\x80\x99s"))
		return true;
	return byte_at(s, at) == ' ' && s->w->items[i + 1].at == at + 1 &&
	    lexicon_means_in(s->w->items[i + 1].lexeme, MEANS_VERB, s->language,
	    NULL);
}

static bool
is_before_title_word(const struct fact_scan *s, size_t i)
{
	return is_title_word(s, i + 1) && fact_is_beside(s, i + 1, '-');
}

/* In German a noun is a name only by what stands beside it. */
static bool
is_german_name(const struct fact_scan *s, size_t i)
{
	static const char *const before[] = { "in", "nach", "aus", "herr",
		"frau", "hallo", "liebe", "lieber", "ist", "hei\xc3\x9ft", "von",
		"bei", "dr", "prof" };
	const struct word *w;

	if (is_title_word(s, i - 1) || is_before_title_word(s, i))
		return true;
	w = &s->w->items[i - 1];
	for (size_t k = 0; k < COUNT_OF(before); k++)
		if (text_equal_nocase(s->w->text + w->at, w->len, before[k],
		    strlen(before[k])))
			return true;
	return false;
}

static bool
is_capitals(const struct fact_scan *s, size_t i)
{
	return i < s->w->count && (s->w->items[i].flags &
	    (WORD_INNER | WORD_SMALL)) == WORD_INNER;
}

/* HTTP, NASA, but not words in A HEADING OF CAPITALS. */
static bool
is_acronym(const struct fact_scan *s, size_t i)
{
	const struct word *w = &s->w->items[i];
	size_t before = i > 1 && s->w->items[i - 1].letters == 1 ? i - 2 : i - 1;

	return is_capitals(s, i) && w->letters <= 6 && !is_plain_word(w) &&
	    !is_capitals(s, before) && !is_capitals(s, i + 1);
}

/* At the beginning of a sentence: before a verb, or before the rest of a name
 * that stands there. */
static bool
may_begin_with_name(const struct fact_scan *s, size_t i)
{
	return is_subject(s, i) || (is_before_title_word(s, i) &&
	    is_subject(s, i + 1) && s->language != LANGUAGE_DE);
}

/* FACT_SPARE: it is none. */
static enum fact_strength
name_strength(const struct fact_scan *s, size_t i)
{
	const struct word *w = &s->w->items[i];

	if ((w->flags & WORD_CAPITAL) == 0) /* iPhone */
		return (w->flags & WORD_INNER) != 0 ? FACT_WEAK : FACT_SPARE;
	if ((w->flags & WORD_SMALL) == 0)
		return is_acronym(s, i) ? FACT_WEAK : FACT_SPARE;
	if (!is_title_word(s, i) || w->letters < 2 ||
	    word_means(w, MEANS_MONTH, NULL))
		return FACT_SPARE;
	if ((w->flags & WORD_INNER) != 0)
		return FACT_WEAK; /* JavaScript */
	if (fact_is_start(s, i))
		return may_begin_with_name(s, i) ? FACT_SOFT : FACT_SPARE;
	return s->language != LANGUAGE_DE || is_german_name(s, i) ? FACT_WEAK :
	    FACT_SPARE;
}

size_t
fact_read_name(struct fact_scan *s, size_t i)
{
	const struct word *w = &s->w->items[i];
	enum fact_strength strength = FACT_SPARE;
	struct fact *f;

	if (s->in_code || (w->flags & WORD_LETTER) == 0)
		return 0;
	if (w->at < s->quote_end)
		strength = is_plain_word(w) ? FACT_SPARE : FACT_WEAK;
	else if (!s->in_heading)
		strength = name_strength(s, i);
	if (strength == FACT_SPARE)
		return 0;
	f = fact_add(s, DIFF_NAME, i, i + 1, w->at, word_end(s, i));
	if (f != NULL) {
		f->exact[0] = fact_key(SPACE_NAME, w->hash, 0);
		f->strength = (uint8_t)strength;
	}
	return 1;
}
