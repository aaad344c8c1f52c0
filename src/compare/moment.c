/* moment -- see moment.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/moment.h"

#include <string.h>

#define NS_PER_S UINT32_C(1000000000)
#define MILLISECONDS_FROM INT64_C(100000000000) /* 10^11 */
#define DIGITS_MAX 14 /* 10^14 ms is the year 5138 */

struct scan {
	const char *at, *end;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly count digits, at least low and at most high. */
static bool
take_number(struct scan *s, int count, int low, int high, int *out)
{
	*out = 0;
	for (; count > 0; count--) {
		if (s->at == s->end || !is_digit(*s->at))
			return false;
		*out = *out * 10 + (*s->at++ - '0');
	}
	return *out >= low && *out <= high;
}

/* One of these characters. */
static bool
take_one(struct scan *s, const char *any, char *out)
{
	if (s->at == s->end || *s->at == '\0' || strchr(any, *s->at) == NULL)
		return false;
	*out = *s->at++;
	return true;
}

/* "." and at least one digit, or nothing. */
static bool
take_fraction(struct scan *s, uint32_t *nanoseconds_out)
{
	uint32_t unit = NS_PER_S / 10;
	const char *start;
	char point;

	*nanoseconds_out = 0;
	if (!take_one(s, ".", &point))
		return true;
	for (start = s->at; s->at < s->end && is_digit(*s->at); s->at++) {
		*nanoseconds_out += (uint32_t)(*s->at - '0') * unit;
		unit /= 10;
	}
	return s->at > start;
}

/* Days since 1970-01-01: Howard Hinnant's days_from_civil, years that begin
 * in March, so that the leap day is the last one. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
	    day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

/* The 31st of a month of 30 days is another month's first. */
static bool
date_is_ok(int year, int month, int day, int64_t *days_out)
{
	*days_out = days_of(year, month, day);
	return day <= 28 || *days_out < days_of(year + month / 12,
	    month % 12 + 1, 1);
}

static bool
take_date(struct scan *s, int64_t *days_out)
{
	int year, month, day;
	char dash;

	if (!take_number(s, 4, 1, 9999, &year) || !take_one(s, "-", &dash) ||
	    !take_number(s, 2, 1, 12, &month) || !take_one(s, "-", &dash) ||
	    !take_number(s, 2, 1, 31, &day))
		return false;
	return date_is_ok(year, month, day, days_out);
}

static bool
take_clock(struct scan *s, int64_t *seconds_out)
{
	int hour, minute, second;
	char colon;

	if (!take_number(s, 2, 0, 23, &hour) || !take_one(s, ":", &colon) ||
	    !take_number(s, 2, 0, 59, &minute) || !take_one(s, ":", &colon) ||
	    !take_number(s, 2, 0, 60, &second))
		return false;
	*seconds_out = hour * 3600 + minute * 60 + second;
	return true;
}

/* "Z" or "+01:00", to the end. */
static bool
take_offset(struct scan *s, struct moment *out)
{
	int hours, minutes;
	char sign, colon;

	if (s->at == s->end) {
		out->is_local = true;
		return true;
	}
	if (!take_one(s, "Zz+-", &sign))
		return false;
	if (sign == 'Z' || sign == 'z')
		return s->at == s->end;
	if (!take_number(s, 2, 0, 23, &hours) || !take_one(s, ":", &colon) ||
	    !take_number(s, 2, 0, 59, &minutes) || s->at != s->end)
		return false;
	out->seconds += (sign == '+' ? -60 : 60) * (hours * 60 + minutes);
	return true;
}

static bool
read_rfc3339(struct scan s, struct moment *out)
{
	int64_t days, seconds;
	char between;

	if (!take_date(&s, &days) || !take_one(&s, "Tt ", &between) ||
	    !take_clock(&s, &seconds) ||
	    !take_fraction(&s, &out->nanoseconds))
		return false;
	out->seconds = days * 86400 + seconds;
	return take_offset(&s, out);
}

/* The index of the three letters in a list of such. */
static bool
take_name(struct scan *s, const char *names, int *index_out)
{
	for (int i = 0; names[3 * i] != '\0'; i++) {
		if (s->end - s->at < 3 || memcmp(names + 3 * i, s->at, 3) != 0)
			continue;
		s->at += 3;
		*index_out = i;
		return true;
	}
	return false;
}

static bool
take_text(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

/* IMF-fixdate of RFC 9110, section 5.6.7; what day of the week it says it is
 * does not matter. */
static bool
read_http_date(struct scan s, struct moment *out)
{
	int weekday, day, month, year;
	int64_t days, seconds;

	if (!take_name(&s, "MonTueWedThuFriSatSun", &weekday) ||
	    !take_text(&s, ", ") || !take_number(&s, 2, 1, 31, &day) ||
	    !take_text(&s, " ") ||
	    !take_name(&s, "JanFebMarAprMayJunJulAugSepOctNovDec", &month) ||
	    !take_text(&s, " ") || !take_number(&s, 4, 1, 9999, &year) ||
	    !date_is_ok(year, month + 1, day, &days) || !take_text(&s, " ") ||
	    !take_clock(&s, &seconds) || !take_text(&s, " GMT"))
		return false;
	out->seconds = days * 86400 + seconds;
	return s.at == s.end;
}

static bool
read_unix(struct scan s, struct moment *out)
{
	const char *start = s.at;
	int64_t value = 0;

	for (; s.at < s.end && is_digit(*s.at); s.at++) {
		if (s.at - start == DIGITS_MAX)
			return false;
		value = value * 10 + (*s.at - '0');
	}
	if (s.at == start || !take_fraction(&s, &out->nanoseconds) ||
	    s.at != s.end)
		return false;
	out->seconds = value;
	if (value >= MILLISECONDS_FROM) {
		out->seconds = value / 1000;
		out->nanoseconds = (uint32_t)(value % 1000) * 1000000 +
		    out->nanoseconds / 1000;
	}
	return true;
}

bool
moment_read(const char *text, size_t len, struct moment *out)
{
	struct scan s = { text, text + len };

	memset(out, 0, sizeof *out);
	if (read_unix(s, out))
		return true;
	memset(out, 0, sizeof *out);
	if (read_rfc3339(s, out))
		return true;
	memset(out, 0, sizeof *out);
	return read_http_date(s, out);
}

bool
moment_is_within(const struct moment *a, const struct moment *b, uint64_t ms)
{
	const struct moment *first = a, *second = b;
	uint64_t seconds;
	int64_t ns;

	if (a->is_local != b->is_local)
		return false;
	if (a->seconds > b->seconds || (a->seconds == b->seconds &&
	    a->nanoseconds > b->nanoseconds)) {
		first = b;
		second = a;
	}
	seconds = (uint64_t)(second->seconds - first->seconds);
	ns = (int64_t)second->nanoseconds - first->nanoseconds;
	/* No limit is a year's tenfold: over it, nothing is multiplied. */
	if (seconds > ms / 1000 + 1)
		return false;
	return (int64_t)seconds * NS_PER_S + ns <= (int64_t)ms * 1000000;
}
