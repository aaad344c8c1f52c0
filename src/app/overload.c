/* overload -- see overload.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/overload.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define TRIM_NS (1000 * NS_PER_MS)

/* Percent of limits.memory at which a pressure begins; it ends LEAVE below,
 * so that it does not come and go with every request. */
static const unsigned begins_at[] = {
	[PRESSURE_HIGH] = 80,
	[PRESSURE_FULL] = 90,
};
#define LEAVE 5

static const char *const words[] = {
	[PRESSURE_NONE] = "all is let in, mirrored and captured again",
	[PRESSURE_HIGH] = "nothing is mirrored or captured",
	[PRESSURE_FULL] = "new requests are answered 503",
};

void
overload_open(struct overload *o)
{
	*o = (struct overload){ .statm = open("/proc/self/statm",
	    O_RDONLY | O_CLOEXEC) };
}

void
overload_close(struct overload *o)
{
	if (o->statm != -1)
		close(o->statm);
	o->statm = -1;
}

/* Resident pages of our own; files that are mapped are the kernel's to drop. */
static uint64_t
held_bytes(const struct overload *o)
{
	unsigned long long size, resident, shared;
	char line[128];
	ssize_t got = o->statm == -1 ? -1 :
	    pread(o->statm, line, sizeof line - 1, 0);

	if (got <= 0)
		return 0;
	line[got] = '\0';
	if (sscanf(line, "%llu %llu %llu", &size, &resident, &shared) != 3 ||
	    shared > resident)
		return 0;
	return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static enum pressure
pressure_of(uint64_t held, uint64_t limit, enum pressure now)
{
	for (unsigned p = PRESSURE_FULL; p > PRESSURE_NONE; p--) {
		unsigned percent = begins_at[p] - (now >= p ? LEAVE : 0);

		if (limit > 0 && held >= limit / 100 * percent)
			return (enum pressure)p;
	}
	return PRESSURE_NONE;
}

static void
gauge(struct stats_board *board, enum metric m, uint64_t value)
{
	atomic_store_explicit(&board->process[m], value, memory_order_relaxed);
}

void
overload_tick(struct overload *o, const struct settings *s,
    struct admission *a, const struct sample_budget *captured,
    struct stats_board *board, uint64_t now_ns)
{
	enum pressure before = (enum pressure)atomic_load(&a->pressure), now;
	uint64_t held;

	held = held_bytes(o);
	now = pressure_of(held, s->memory_max_bytes, before);
	if (now != PRESSURE_NONE && now_ns >= o->trim_ns) {
		o->trim_ns = now_ns + TRIM_NS;
		malloc_trim(0);
		held = held_bytes(o);
		now = pressure_of(held, s->memory_max_bytes, before);
	}
	atomic_store(&a->pressure, now);
	gauge(board, METRIC_MEMORY_BYTES, held);
	gauge(board, METRIC_MEMORY_PRESSURE, now);
	gauge(board, METRIC_SHADOW_BYTES, atomic_load_explicit(
	    &captured->used_bytes, memory_order_relaxed));
	if (now != before)
		log_event(now > before ? LOG_WARN : LOG_INFO, "memory",
		    "%llu MiB of the %llu MiB of limits.memory are in use: %s",
		    (unsigned long long)(held >> 20),
		    (unsigned long long)(s->memory_max_bytes >> 20), words[now]);
}
