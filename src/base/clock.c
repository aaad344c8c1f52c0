/* clock -- see clock.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t
clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int64_t
clock_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
clock_nap(uint64_t ns)
{
	const struct timespec nap = { .tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S) };

	/* Cut short by a signal: whoever naps looks again anyway. */
	(void)nanosleep(&nap, NULL);
}

void
clock_format(int64_t wall_us, char out[CLOCK_TEXT_MAX])
{
	int64_t us = wall_us % 1000000;
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm parts;
	size_t len;

	if (us < 0) {
		us += 1000000;
		seconds--;
	}
	gmtime_r(&seconds, &parts);
	len = strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out + len, CLOCK_TEXT_MAX - len, ".%06dZ", (int)us);
}
