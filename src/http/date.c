/* date -- see date.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

void
date_format(int64_t seconds, char out[DATE_TEXT_LEN + 1])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)seconds;
	char text[80];
	struct tm tm;
	int len;

	(void)gmtime_r(&when, &tm);
	len = snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + tm.tm_wday * 3, tm.tm_mday, months + tm.tm_mon * 3,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	assert(len == DATE_TEXT_LEN);
	(void)snprintf(out, DATE_TEXT_LEN + 1, "%.29s", text);
}
