/* facts_date -- dates and times of day, however they are written.
 * SPDX-License-Identifier: MIT
 *
 * Contract in facts_scan.h.  "03/04/2024" may be the third or the fourth
 * month, and "3:00" may be in the afternoon: such a one means both.
 */
#include <string.h>

#include "compare/facts_scan.h"

/* 0 where it is not said. */
struct date {
	unsigned year, month, day;
};

/* --- reading digits ---------------------------------------------------- */

/* ASCII digits at *at, at most max of them; *at is then behind them.  Returns
 * how many there were. */
static unsigned
take_number(const struct fact_scan *s, size_t *at, unsigned max,
    unsigned *value)
{
	unsigned n = 0;

	*value = 0;
	for (; n < max; n++, (*at)++) {
		unsigned char c = byte_at(s, *at);

		if (c < '0' || c > '9')
			break;
		*value = *value * 10 + (c - '0');
	}
	return n;
}

static bool
is_digit_at(const struct fact_scan *s, size_t at)
{
	return byte_at(s, at) >= '0' && byte_at(s, at) <= '9';
}

static bool
is_date(const struct date *d)
{
	return d->month >= 1 && d->month <= 12 && d->day <= 31 &&
	    (d->year == 0 || (d->year >= 1000 && d->year <= 2999));
}

/* --- facts ------------------------------------------------------------- */

static uint64_t
date_key(unsigned year, unsigned month, unsigned day)
{
	return fact_key(SPACE_DATE, year, month * 32 + day);
}

/* Its parts, for who says only these.  A year alone is not enough to stand for
 * a date, but is said with it. */
static void
put_loose(struct fact *f, const struct date *d)
{
	unsigned n = 0;

	if (d->year > 0)
		f->loose[n++] = number_key_of(d->year);
	f->given = (uint8_t)n;
	if (d->day > 0)
		f->loose[n++] = date_key(0, d->month, d->day);
	if (d->year > 0)
		f->loose[n++] = date_key(d->year, d->month, 0);
	f->bare = d->year == 0 || d->day == 0;
}

/* A date over words i to last; the other reading may be NULL. */
static size_t
put_date(struct fact_scan *s, size_t i, size_t end, const struct date *d,
    const struct date *other)
{
	size_t last = fact_word_at(s, i, end);
	struct fact *f = fact_add(s, DIFF_DATE, i, last, s->w->items[i].at, end);

	if (f != NULL) {
		f->exact[0] = date_key(d->year, d->month, d->day);
		if (other != NULL)
			f->exact[1] = date_key(other->year, other->month,
			    other->day);
		put_loose(f, d);
		if (d->year == 0 && d->day == 0)
			f->strength = FACT_WEAK;
	}
	return last > i ? last - i : 1;
}

/* --- in digits --------------------------------------------------------- */

/* 2024-03-05, also with / and dots. */
static size_t
read_year_first(struct fact_scan *s, size_t i)
{
	size_t at = s->w->items[i].at;
	struct date d;
	unsigned char mark;

	if (take_number(s, &at, 5, &d.year) != 4)
		return 0;
	mark = byte_at(s, at++);
	if ((mark != '-' && mark != '/' && mark != '.') ||
	    take_number(s, &at, 3, &d.month) - 1 > 1 ||
	    byte_at(s, at++) != mark || take_number(s, &at, 3, &d.day) - 1 > 1)
		return 0;
	return is_date(&d) && d.day > 0 ? put_date(s, i, at, &d, NULL) : 0;
}

/* 05.03.2024, 3/5/24: which is the month may not be known. */
static size_t
read_year_last(struct fact_scan *s, size_t i)
{
	size_t at = s->w->items[i].at;
	struct date d = { 0 }, other;
	unsigned char mark;
	unsigned digits;

	if (take_number(s, &at, 3, &d.day) - 1 > 1)
		return 0;
	mark = byte_at(s, at++);
	if ((mark != '-' && mark != '/' && mark != '.') ||
	    take_number(s, &at, 3, &d.month) - 1 > 1 || byte_at(s, at++) != mark)
		return 0;
	digits = take_number(s, &at, 5, &d.year);
	if (digits == 2 && mark == '/')
		d.year += 2000;
	else if (digits != 4)
		return 0;
	other = (struct date){ d.year, d.day, d.month };
	if (d.day == 0 || d.month == 0)
		return 0;
	if (!is_date(&d))
		return is_date(&other) ? put_date(s, i, at, &other, NULL) : 0;
	return put_date(s, i, at, &d,
	    mark != '.' && is_date(&other) ? &other : NULL);
}

/* A number and a sign behind it, as in 5日; false: not that. */
static bool
take_signed(const struct fact_scan *s, size_t *at, const char *sign,
    const char *other, unsigned *value)
{
	size_t p = *at;

	while (byte_at(s, p) == ' ')
		p++;
	if (take_number(s, &p, 4, value) == 0)
		return false;
	while (byte_at(s, p) == ' ')
		p++;
	if (!fact_text_is(s, p, sign) && !fact_text_is(s, p, other))
		return false;
	*at = p + 3; /* every such sign has three bytes */
	return true;
}

/* 2024年3月5日, 3月5日, 2024년 3월 5일. */
static size_t
read_signs(struct fact_scan *s, size_t i)
{
	size_t at = s->w->items[i].at;
	struct date d = { 0 };

	if (!take_signed(s, &at, "\xe5\xb9\xb4", "\xeb\x85\x84", &d.year))
		d.year = 0;
	if (!take_signed(s, &at, "\xe6\x9c\x88", "\xec\x9b\x94", &d.month))
		return 0;
	if (!take_signed(s, &at, "\xe6\x97\xa5", "\xec\x9d\xbc", &d.day) &&
	    !take_signed(s, &at, "\xe5\x8f\xb7", "\xe8\x99\x9f", &d.day))
		d.day = 0;
	return is_date(&d) ? put_date(s, i, at, &d, NULL) : 0;
}

/* --- with a month's name ----------------------------------------------- */

/* English and German write months with a capital: "may" is a verb. */
static bool
month_of(const struct fact_scan *s, size_t i, unsigned *month)
{
	const struct word *w;
	bool found = false;

	if (i >= s->w->count)
		return false;
	w = &s->w->items[i];
	for (const struct lexeme *l = w->lexeme; l != NULL; l = lexicon_next(l)) {
		if (l->meaning != MEANS_MONTH || ((w->flags & WORD_CAPITAL) == 0 &&
		    (l->language == LANGUAGE_EN || l->language == LANGUAGE_DE)))
			continue;
		*month = l->value;
		found = true;
	}
	return found;
}

/* 1 to 31, "5th", "1er". */
static bool
day_of(const struct fact_scan *s, size_t i, unsigned *day)
{
	size_t at, left;
	unsigned n;

	if (i >= s->w->count)
		return false;
	at = s->w->items[i].at;
	n = take_number(s, &at, 3, day);
	left = word_end(s, i) - at;
	if (n < 1 || n > 2 || *day < 1 || *day > 31)
		return false;
	if (byte_at(s, at) == ':')
		return false; /* a time */
	return left == 0 || (left == 2 && (fact_text_is(s, at, "st") ||
	    fact_text_is(s, at, "nd") || fact_text_is(s, at, "rd") ||
	    fact_text_is(s, at, "th") || fact_text_is(s, at, "er"))) ||
	    fact_text_is(s, at, "\xc2\xba");
}

/* Four digits beside, after "," or "de" or "of" too; returns the byte behind
 * it, or 0. */
static size_t
year_of(const struct fact_scan *s, size_t i, unsigned *year)
{
	size_t at, end;

	if (i + 1 < s->w->count && fact_is_beside(s, i, '\0') &&
	    (fact_text_is(s, s->w->items[i].at, "de ") ||
	    fact_text_is(s, s->w->items[i].at, "del ") ||
	    fact_text_is(s, s->w->items[i].at, "of ")))
		i++;
	if (i >= s->w->count || (!fact_is_beside(s, i, ',') &&
	    !fact_is_beside(s, i, '.')))
		return 0;
	at = end = s->w->items[i].at;
	if (take_number(s, &end, 5, year) != 4 || end != word_end(s, i) ||
	    *year < 1000 || *year > 2999 || end == at)
		return 0;
	/* 1,500 is no year. */
	if (byte_at(s, end) == ',' && is_digit_at(s, end + 1))
		return 0;
	return end;
}

static size_t
put_named(struct fact_scan *s, size_t i, size_t end, struct date *d,
    size_t year_word)
{
	size_t year_end = year_of(s, year_word, &d->year);

	if (year_end == 0)
		d->year = 0;
	return put_date(s, i, year_end > 0 ? year_end : end, d, NULL);
}

/* 5 March 2024, 5. März, 5th of March, 5 de marzo de 2024. */
static size_t
read_day_first(struct fact_scan *s, size_t i)
{
	struct date d = { 0 };
	size_t m = i + 1;

	if (!day_of(s, i, &d.day))
		return 0;
	if (m < s->w->count && (fact_text_is(s, s->w->items[m].at, "of ") ||
	    fact_text_is(s, s->w->items[m].at, "de ")))
		m++;
	if (!month_of(s, m, &d.month) || (!fact_is_beside(s, m, '.') &&
	    !fact_is_beside(s, m, '-')))
		return 0;
	return put_named(s, i, word_end(s, m), &d, m + 1);
}

/* March 5, 2024; March 2024; and a month alone within a sentence. */
static size_t
read_month_first(struct fact_scan *s, size_t i)
{
	struct date d = { 0 };

	if (!month_of(s, i, &d.month))
		return 0;
	if (day_of(s, i + 1, &d.day) && fact_is_beside(s, i + 1, '.'))
		return put_named(s, i, word_end(s, i + 1), &d, i + 2);
	d.day = 0;
	if (year_of(s, i + 1, &d.year) > 0)
		return put_named(s, i, word_end(s, i), &d, i + 1);
	if ((s->w->items[i].flags & WORD_CAPITAL) == 0 || fact_is_start(s, i) ||
	    s->w->items[i].letters < 3)
		return 0;
	d.year = 0;
	return put_date(s, i, word_end(s, i), &d, NULL);
}

static size_t
read_weekday(struct fact_scan *s, size_t i)
{
	struct fact *f;
	unsigned day;

	if (!word_means(&s->w->items[i], MEANS_WEEKDAY, &day))
		return 0;
	f = fact_add(s, DIFF_DATE, i, i + 1, s->w->items[i].at, word_end(s, i));
	if (f != NULL) {
		f->strength = FACT_WEAK;
		f->exact[0] = fact_key(SPACE_WEEKDAY, day, 0);
	}
	return 1;
}

/* --- times of day ------------------------------------------------------ */

/* "pm", "p.m." behind byte at, as hours to add; -1 = neither.  *end moves
 * behind it. */
static int
half_day(const struct fact_scan *s, size_t *end)
{
	static const char *const forms[] = { "am", "a.m.", "AM", "A.M.", "pm",
		"p.m.", "PM", "P.M." };
	size_t at = *end;

	while (byte_at(s, at) == ' ' || byte_at(s, at) == '*')
		at++;
	for (unsigned k = 0; k < 8; k++) {
		size_t len = strlen(forms[k]);
		unsigned char after = byte_at(s, at + len);

		if (!fact_text_is(s, at, forms[k]) ||
		    ((after | 0x20) >= 'a' && (after | 0x20) <= 'z'))
			continue;
		*end = at + len;
		return k < 4 ? 0 : 12;
	}
	return -1;
}

static size_t
put_time(struct fact_scan *s, size_t i, size_t end, unsigned minutes,
    bool is_either)
{
	size_t last = fact_word_at(s, i, end);
	struct fact *f = fact_add(s, DIFF_DATE, i, last, s->w->items[i].at, end);

	if (f != NULL) {
		f->exact[0] = fact_key(SPACE_TIME, minutes, 0);
		if (is_either)
			f->exact[1] = fact_key(SPACE_TIME, minutes + 720, 0);
	}
	return last > i ? last - i : 1;
}

/* ":30", "h30", and ".30" where "Uhr" follows; false: no minutes. */
static bool
take_minutes(const struct fact_scan *s, size_t *at, unsigned *minute)
{
	unsigned char mark = byte_at(s, *at);
	size_t p = *at + 1;
	unsigned second;

	if ((mark != ':' && mark != 'h' && mark != '.') ||
	    take_number(s, &p, 3, minute) != 2 || *minute > 59 ||
	    (mark == '.' && !fact_text_is(s, p, " Uhr")))
		return false;
	if (byte_at(s, p) == ':' && is_digit_at(s, p + 1)) {
		p++;
		(void)take_number(s, &p, 2, &second);
	}
	*at = p;
	return true;
}

/* 15:00, 3:00 pm, 3 p.m., 15 Uhr, 15h30. */
static size_t
read_time(struct fact_scan *s, size_t i)
{
	size_t at = s->w->items[i].at, end;
	unsigned hour, minute = 0;
	bool clock;
	int half;

	if (take_number(s, &at, 3, &hour) - 1 > 1 || hour > 24)
		return 0;
	clock = take_minutes(s, &at, &minute);
	end = at;
	half = half_day(s, &end);
	if (half < 0 && fact_text_is(s, at, " Uhr")) {
		end = at + 4;
		clock = true;
	}
	if ((!clock && half < 0) || hour > 24)
		return 0;
	if (half >= 0)
		hour = hour % 12 + (unsigned)half;
	return put_time(s, i, end, hour * 60 + minute,
	    half < 0 && hour < 12 && hour > 0);
}

size_t
fact_read_date(struct fact_scan *s, size_t i)
{
	static size_t (*const readers[])(struct fact_scan *, size_t) = {
		read_year_first, read_year_last, read_signs, read_time,
		read_day_first,
	};
	size_t used;

	if ((s->w->items[i].flags & WORD_DIGIT) == 0) {
		used = read_month_first(s, i);
		return used > 0 ? used : read_weekday(s, i);
	}
	for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++) {
		used = readers[k](s, i);
		if (used > 0)
			return used;
	}
	return 0;
}
