/* facts_number -- numbers and prices, by what stands beside the digits.
 * SPDX-License-Identifier: MIT
 *
 * Contract in facts_scan.h; the digits are facts_digits.c's.  Signs and words
 * before and behind a number say its scale, its unit or its currency.
 */
#include <string.h>

#include "base/compiler.h"
#include "compare/facts_scan.h"

/* --- keys -------------------------------------------------------------- */

static uint64_t
value_key(const struct number *n, int exponent)
{
	uint64_t h = words_hash(n->digits, n->count);

	return fact_key(SPACE_NUMBER, h + (n->negative ? 1 : 0),
	    (uint64_t)(int64_t)exponent);
}

uint64_t
number_key_of(unsigned value)
{
	struct number n = { .count = 0 };
	char digits[NUMBER_DIGITS_MAX];
	unsigned count = 0;

	for (; value > 0; value /= 10)
		digits[count++] = (char)('0' + value % 10);
	while (count > 0)
		n.digits[n.count++] = digits[--count];
	number_trim(&n);
	return value_key(&n, n.exponent);
}

/* --- what stands beside it --------------------------------------------- */

struct beside {
	unsigned unit;     /* enum unit */
	unsigned currency; /* enum currency; 0 = it is no price */
	int scale;         /* power of ten */
	bool ordinal;
	bool time;         /* am, pm: a date's */
	size_t start, end; /* bytes of all of it */
	size_t last;       /* word behind it */
};

static const struct {
	const char *sign;
	enum currency currency;
} signs[] = {
	{ "$", CURRENCY_USD }, { "\xe2\x82\xac", CURRENCY_EUR },
	{ "\xc2\xa3", CURRENCY_GBP }, { "\xc2\xa5", CURRENCY_JPY },
	{ "\xef\xbf\xa5", CURRENCY_JPY }, { "\xe2\x82\xb9", CURRENCY_INR },
	{ "\xe2\x82\xa9", CURRENCY_KRW }, { "\xe2\x82\xbd", CURRENCY_RUB },
	{ "\xe2\x82\xb4", CURRENCY_UAH }, { "\xe2\x82\xba", CURRENCY_TRY },
	{ "\xc2\xa2", CURRENCY_CENT },
};

/* "C$", "A$", "R$": the letters before a dollar sign. */
static unsigned
dollar_of(const struct fact_scan *s, size_t at, size_t *start)
{
	static const struct {
		const char *letters;
		enum currency currency;
	} dollars[] = { { "US", CURRENCY_USD }, { "CA", CURRENCY_CAD },
		{ "C", CURRENCY_CAD }, { "AU", CURRENCY_AUD },
		{ "A", CURRENCY_AUD }, { "R", CURRENCY_BRL },
		{ "MX", CURRENCY_MXN } };

	for (size_t i = 0; i < COUNT_OF(dollars); i++) {
		size_t len = strlen(dollars[i].letters);

		if (at >= len && fact_text_is(s, at - len, dollars[i].letters) &&
		    (at == len || byte_at(s, at - len - 1) == ' ')) {
			*start = at - len;
			return dollars[i].currency;
		}
	}
	return CURRENCY_USD;
}

/* A sign right before the number, or one space before it. */
static void
sign_before(const struct fact_scan *s, size_t at, struct beside *b)
{
	while (at > 0 && (byte_at(s, at - 1) == ' ' ||
	    fact_text_is(s, at - 1, "*")) && b->start - at < 2)
		at--;
	if (at >= 2 && fact_text_is(s, at - 2, "\xc2\xa0"))
		at -= 2;
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		size_t len = strlen(signs[i].sign);

		if (at < len || !fact_text_is(s, at - len, signs[i].sign))
			continue;
		b->currency = signs[i].currency;
		b->start = at - len;
		if (signs[i].currency == CURRENCY_USD)
			b->currency = dollar_of(s, at - len, &b->start);
		return;
	}
}

static size_t
skip_blank(const struct fact_scan *s, size_t at)
{
	if (byte_at(s, at) == ' ')
		return at + 1;
	if (fact_text_is(s, at, "\xc2\xa0"))
		return at + 2;
	return fact_text_is(s, at, "\xe2\x80\xaf") ? at + 3 : at;
}

/* "%", a currency's sign, degrees, behind the number. */
static void
sign_after(const struct fact_scan *s, struct beside *b)
{
	size_t at = skip_blank(s, b->end);

	if (byte_at(s, at) == '%' || fact_text_is(s, at, "\xef\xbc\x85")) {
		b->unit = UNIT_PERCENT;
		b->end = at + 1;
		return;
	}
	if (fact_text_is(s, at, "\xc2\xb0")) {
		unsigned char c = byte_at(s, skip_blank(s, at + 2));

		b->unit = c == 'C' ? UNIT_CELSIUS :
		    c == 'F' ? UNIT_FAHRENHEIT : b->unit;
		return;
	}
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		if (b->currency == CURRENCY_NONE &&
		    fact_text_is(s, at, signs[i].sign) &&
		    signs[i].sign[0] != '$') {
			b->currency = signs[i].currency;
			b->end = at + strlen(signs[i].sign);
		}
	}
}

/* A word that says what the number is of; false: it does not. */
static bool
take_word(struct beside *b, const struct lexeme *l)
{
	unsigned value;

	if (lexicon_means(l, MEANS_SCALE, &value) && b->scale == 0) {
		b->scale = (int)value;
		return true;
	}
	if (b->currency == CURRENCY_NONE &&
	    lexicon_means(l, MEANS_MONEY, &value)) {
		b->currency = value;
		return true;
	}
	if (b->unit == UNIT_NONE && b->currency == CURRENCY_NONE &&
	    lexicon_means(l, MEANS_UNIT, &value)) {
		b->unit = value;
		return true;
	}
	return false;
}

/* "per cent", "pour cent", "por ciento". */
static bool
is_per_cent(const struct fact_scan *s, size_t i)
{
	return i + 1 < s->w->count && fact_is_beside(s, i, '\0') &&
	    fact_is_beside(s, i + 1, '\0') &&
	    (fact_text_is(s, s->w->items[i].at, "per cent") ||
	    fact_text_is(s, s->w->items[i].at, "pour cent") ||
	    fact_text_is(s, s->w->items[i].at, "por ciento") ||
	    fact_text_is(s, s->w->items[i].at, "per cento") ||
	    fact_text_is(s, s->w->items[i].at, "por cento"));
}

/* The words behind the number, from word i on. */
static void
words_after(const struct fact_scan *s, size_t i, struct beside *b)
{
	for (unsigned k = 0; k < 2 && i < s->w->count; k++, i++) {
		const struct word *w = &s->w->items[i];

		if (is_per_cent(s, i)) {
			b->unit = UNIT_PERCENT;
			b->last = i + 2;
			b->end = word_end(s, i + 1);
			return;
		}
		if (!fact_is_beside(s, i, '-') || !take_word(b, w->lexeme))
			return;
		b->last = i + 1;
		b->end = word_end(s, i);
	}
}

/* "USD 20". */
static void
code_before(const struct fact_scan *s, size_t i, struct beside *b)
{
	unsigned value;

	if (b->currency != CURRENCY_NONE || i == 0 ||
	    !fact_is_beside(s, i, '.') || s->w->items[i - 1].len > 3 ||
	    (s->w->items[i - 1].flags & WORD_SMALL) != 0 ||
	    !word_means(&s->w->items[i - 1], MEANS_MONEY, &value))
		return;
	b->currency = value;
	b->start = s->w->items[i - 1].at;
}

/* Letters grown together with the digits: "20k", "10GB", "1st", "3pm".  false:
 * they are none of these, and it is no number. */
static bool
take_suffix(const struct fact_scan *s, size_t end, struct beside *b)
{
	const char *text = s->w->text + b->end;
	size_t len = end - b->end;
	const struct lexeme *l;

	if (len == 0)
		return true;
	l = lexicon_find(words_hash(text, len));
	b->ordinal = len == 2 && (memcmp(text, "st", 2) == 0 ||
	    memcmp(text, "nd", 2) == 0 || memcmp(text, "rd", 2) == 0 ||
	    memcmp(text, "th", 2) == 0 || memcmp(text, "er", 2) == 0);
	b->time = lexicon_means(l, MEANS_HALF_DAY, NULL);
	if (len == 1 && (text[0] == 'M' || text[0] == 'h' || text[0] == 's')) {
		b->scale = text[0] == 'M' ? 6 : 0;
		b->unit = text[0] == 'h' ? UNIT_HOUR : text[0] == 's' &&
		    b->currency == CURRENCY_NONE ? UNIT_YEAR : UNIT_NONE;
		b->end = end;
		return true;
	}
	if (!b->ordinal && !b->time && !take_word(b, l))
		return false;
	b->end = end;
	return true;
}

/* --- facts ------------------------------------------------------------- */

static void
put_price(struct fact *f, const struct number *n, unsigned currency, int scale)
{
	bool cents = currency == CURRENCY_CENT;
	int exponent = n->exponent + scale - (cents ? 2 : 0);

	f->kind = DIFF_PRICE;
	f->exact[0] = fact_key(SPACE_PRICE, value_key(n, exponent),
	    cents ? CURRENCY_USD : currency);
	if (cents)
		f->exact[1] = fact_key(SPACE_PRICE, value_key(n, exponent),
		    CURRENCY_EUR);
	else if (currency == CURRENCY_JPY) /* one sign for both */
		f->exact[1] = fact_key(SPACE_PRICE, value_key(n, exponent),
		    CURRENCY_CNY);
	else if (n->is_two)
		f->exact[1] = fact_key(SPACE_PRICE,
		    value_key(n, n->other + scale), currency);
	f->loose[0] = value_key(n, n->exponent + scale);
}

static void
put_number(struct fact *f, const struct number *n, const struct beside *b)
{
	f->loose[0] = value_key(n, n->exponent + b->scale);
	f->exact[0] = fact_key(SPACE_UNIT, f->loose[0], b->unit);
	if (n->is_two) {
		f->loose[1] = value_key(n, n->other + b->scale);
		f->exact[1] = fact_key(SPACE_UNIT, f->loose[1], b->unit);
	}
	f->bare = b->unit == UNIT_NONE;
}

/* Bytes of a minus right before; a hyphen or a dash is none. */
static size_t
minus_before(const struct fact_scan *s, size_t at)
{
	unsigned char before;
	size_t len = at >= 1 && byte_at(s, at - 1) == '-' ? 1 :
	    at >= 3 && fact_text_is(s, at - 3, "\xe2\x88\x92") ? 3 : 0;

	if (len == 0)
		return 0;
	before = at == len ? ' ' : byte_at(s, at - len - 1);
	return before == ' ' || before == '(' || before == '\n' ? len : 0;
}

/* "step 2", "[1]", "24/7": numbers that say nothing by their value. */
static bool
is_label(const struct fact_scan *s, size_t i, const struct number *n)
{
	size_t at = s->w->items[i].at;

	if (i > 0 && fact_is_beside(s, i, '#') &&
	    word_means(&s->w->items[i - 1], MEANS_STEP, NULL))
		return true;
	if (at > 0 && (byte_at(s, at - 1) == '[' || byte_at(s, at - 1) == '^') &&
	    byte_at(s, n->end) == ']' && n->written <= 2)
		return true;
	return fact_text_is(s, at, "24/7") ||
	    (at >= 3 && fact_text_is(s, at - 3, "24/7"));
}

static bool
is_one(const struct number *n, const struct beside *b)
{
	return n->count == 1 && n->digits[0] == '1' &&
	    n->exponent + b->scale == 0 && b->currency == CURRENCY_NONE;
}

static enum fact_strength
strength_of(const struct fact_scan *s, const struct number *n,
    const struct beside *b)
{
	if (is_one(n, b) || (s->in_code && n->written == 1))
		return FACT_WEAK;
	return s->in_code ? FACT_WEAK : FACT_HARD;
}

static void
put_dotted(const struct fact_scan *s, struct fact *f)
{
	f->exact[0] = fact_key(SPACE_NAME,
	    words_hash(s->w->text + f->at, f->len), 1);
}

size_t
fact_read_number(struct fact_scan *s, size_t i)
{
	const struct word *w = &s->w->items[i];
	struct beside b = { .start = w->at };
	struct number n;
	struct fact *f;

	if ((w->flags & WORD_DIGIT) == 0 || !number_read(s, w->at, &n))
		return 0;
	b.end = n.end;
	b.last = fact_word_at(s, i, n.end);
	sign_before(s, w->at, &b);
	if (!take_suffix(s, word_end(s, b.last - 1) > n.end ?
	    word_end(s, b.last - 1) : n.end, &b))
		return 0;
	sign_after(s, &b);
	words_after(s, b.last, &b);
	code_before(s, i, &b);
	if (is_label(s, i, &n))
		return b.last - i;
	n.negative = minus_before(s, b.start) > 0;
	b.start -= minus_before(s, b.start);
	f = fact_add(s, DIFF_NUMBER, i, b.last, b.start, b.end);
	if (f == NULL)
		return b.last - i;
	f->strength = (uint8_t)strength_of(s, &n, &b);
	if (n.dotted)
		put_dotted(s, f);
	else if (b.currency != CURRENCY_NONE)
		put_price(f, &n, b.currency, b.scale);
	else
		put_number(f, &n, &b);
	return b.last - i;
}

/* --- in words ---------------------------------------------------------- */

static bool
number_word(const struct fact_scan *s, size_t i, unsigned *value)
{
	return i < s->w->count && lexicon_means_in(s->w->items[i].lexeme,
	    MEANS_NUMBER, s->language, value);
}

static void
digits_of(unsigned value, struct number *n)
{
	char digits[12];
	unsigned count = 0;

	memset(n, 0, sizeof *n);
	for (; value > 0; value /= 10)
		digits[count++] = (char)('0' + value % 10);
	while (count > 0)
		n->digits[n->count++] = digits[--count];
	number_trim(n);
}

size_t
fact_read_number_word(struct fact_scan *s, size_t i)
{
	struct beside b = { .start = s->w->items[i].at,
		.end = word_end(s, i), .last = i + 1 };
	unsigned value, ones;
	struct number n;
	struct fact *f;

	if (s->in_code || !number_word(s, i, &value))
		return 0;
	/* A row of signs is a number that is not read: 三十五. */
	if ((s->w->items[i].flags & WORD_SIGN) != 0 &&
	    (number_word(s, i + 1, &ones) ||
	    (i > 0 && number_word(s, i - 1, &ones))))
		return 1;
	if (value >= 20 && value % 10 == 0 && number_word(s, i + 1, &ones) &&
	    ones < 10 && fact_is_beside(s, i + 1, '-')) {
		value += ones;
		b.last++;
		b.end = word_end(s, i + 1);
	}
	digits_of(value, &n);
	words_after(s, b.last, &b);
	f = fact_add(s, DIFF_NUMBER, i, b.last, b.start, b.end);
	if (f == NULL)
		return b.last - i;
	f->strength = FACT_SOFT;
	if (b.currency != CURRENCY_NONE)
		put_price(f, &n, b.currency, b.scale);
	else
		put_number(f, &n, &b);
	return b.last - i;
}
