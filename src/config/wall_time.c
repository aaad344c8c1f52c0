/* wall_time -- see wall_time.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/wall_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Two digits; more than 99: they are none. */
static uint32_t
two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return 100;
	return (uint32_t)(text[0] - '0') * 10 + (uint32_t)(text[1] - '0');
}

bool
wall_time_of_day(const char *text, uint32_t *minutes_out)
{
	uint32_t hours, minutes;

	*minutes_out = 0;
	if (strlen(text) != 5 || text[2] != ':')
		return false;
	hours = two_digits(text);
	minutes = two_digits(text + 3);
	if (minutes > 59 || hours * 60 + minutes > 24 * 60)
		return false;
	*minutes_out = hours * 60 + minutes;
	return true;
}

bool
wall_time_offset(const char *text, int32_t *minutes_out)
{
	uint32_t minutes;

	*minutes_out = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if ((text[0] != '+' && text[0] != '-') ||
	    !wall_time_of_day(text + 1, &minutes) || minutes >= 15 * 60)
		return false;
	*minutes_out = text[0] == '-' ? -(int32_t)minutes : (int32_t)minutes;
	return true;
}

static bool
is_date(const struct tm *t)
{
	struct tm copy = *t;

	/* timegm() would make the 31st of April the 1st of May. */
	(void)timegm(&copy);
	return copy.tm_mday == t->tm_mday && copy.tm_mon == t->tm_mon &&
	    copy.tm_hour == t->tm_hour;
}

/* ".123456" behind the seconds, as the API writes it; moves *text behind it. */
static bool
read_fraction(const char **text, int64_t *us_out)
{
	int64_t unit = 1000000;

	*us_out = 0;
	if (**text != '.')
		return true;
	for ((*text)++; **text >= '0' && **text <= '9' && unit > 1; (*text)++) {
		unit /= 10;
		*us_out += (**text - '0') * unit;
	}
	return unit < 1000000;
}

bool
wall_time_parse(const char *text, int64_t *us_out)
{
	struct tm t = { 0 };
	int32_t offset = 0;
	int64_t fraction = 0;
	int used = 0;

	if (sscanf(text, "%4d-%2d-%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
	    &used) != 3 || used != 10)
		return false;
	if (text[10] != '\0') {
		const char *rest = text + 19;

		if (sscanf(text + 10, "T%2d:%2d:%2d%n", &t.tm_hour, &t.tm_min,
		    &t.tm_sec, &used) != 3 || used != 9 ||
		    !read_fraction(&rest, &fraction) ||
		    !wall_time_offset(rest, &offset))
			return false;
	}
	t.tm_year -= 1900;
	t.tm_mon -= 1;
	if (!is_date(&t))
		return false;
	*us_out = ((int64_t)timegm(&t) - offset * INT64_C(60)) * 1000000 +
	    fraction;
	return true;
}
