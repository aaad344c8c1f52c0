/* minutes -- see minutes.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/minutes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "observe/minute_record.h"
#include "observe/routes.h"

#define MINUTE_US INT64_C(60000000)

/* Of all requests, or of a route. */
struct past_minutes {
	struct route_counts *counts; /* shared; NULL = of all */
	/* Where the last minutes turned, the oldest overwritten first. */
	int64_t at_us[MINUTES_KEPT];
	char *tallies;               /* owns; by moment, then version */
	size_t count, newest;
};

struct minutes {
	const struct stats_board *board; /* borrows */
	const struct record_sink *records; /* borrows */
	struct route_board *routes;      /* shared; the newest snapshot's */
	struct past_minutes *all;        /* owns; the whole first */
	size_t count;
	int64_t minute;                  /* of the wall clock: that of the last tick */
	const char *rollout;             /* as it is called; interned */
};

/* --- one route ---------------------------------------------------------------- */

static struct tally *
kept_tally(const struct past_minutes *p, size_t moment, enum version v)
{
	return (struct tally *)(void *)(p->tallies +
	    (moment * VERSION_COUNT + v) * TALLY_BYTES(0));
}

/* Until now. */
static void
take_tally(const struct minutes *m, const struct past_minutes *p,
    enum version v, struct tally *out)
{
	if (p->counts == NULL)
		stats_tally(m->board, v, out);
	else
		routes_tally(p->counts, v, out);
	memset(out->signals, 0, sizeof out->signals);
	out->spread_count = 0;
}

/* What is over, if there was anything. */
static void
record(const struct minutes *m, const struct past_minutes *p, enum version v,
    const struct tally *now)
{
	const char *route = p->counts != NULL ? p->counts->path : "";
	struct minute_record *r;
	struct tally over;

	if (m->records->minute == NULL)
		return;
	tally_subtract(now, kept_tally(p, p->newest, v), TALLY_LATENCY, &over);
	if (over.requests == 0 && over.compared == 0)
		return;
	r = minute_record_new(&over);
	r->minute_us = m->minute * MINUTE_US;
	r->version = (uint8_t)v;
	r->rollout = m->rollout;
	text_copy(r->route, sizeof r->route, route, strlen(route));
	if (!m->records->minute(m->records->arg, r))
		minute_record_free(&r);
}

/* Once for both: what is counted in between is in the next minute. */
static void
turn(const struct minutes *m, struct past_minutes *p, int64_t now_us,
    bool is_first)
{
	size_t next = is_first ? 0 : (p->newest + 1) % MINUTES_KEPT;
	struct tally now;

	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		take_tally(m, p, v, &now);
		if (!is_first)
			record(m, p, v, &now);
		tally_copy(&now, kept_tally(p, next, v));
	}
	p->at_us[next] = now_us;
	p->newest = next;
	p->count += p->count < MINUTES_KEPT;
}

static void
begin(const struct minutes *m, struct past_minutes *p,
    struct route_counts *counts, int64_t now_us)
{
	p->counts = route_counts_ref(counts);
	p->tallies = mem_zalloc(MINUTES_KEPT * VERSION_COUNT * TALLY_BYTES(0));
	turn(m, p, now_us, true);
}

static void
end(struct past_minutes *p)
{
	route_counts_unref(&p->counts);
	free(p->tallies);
}

/* --- all of them --------------------------------------------------------------- */

struct minutes *
minutes_new(const struct stats_board *board,
    const struct record_sink *records)
{
	struct minutes *m = mem_zalloc(sizeof *m);

	m->board = board;
	m->records = records;
	return m;
}

static void
drop_all(struct minutes *m)
{
	for (size_t i = 0; i < m->count; i++)
		end(&m->all[i]); /* of those that moved over nothing is left */
	free(m->all);
}

static void
turn_all(struct minutes *m, int64_t now_us)
{
	for (size_t i = 0; i < m->count; i++)
		turn(m, &m->all[i], now_us, false);
}

void
minutes_free(struct minutes **m)
{
	if (*m == NULL)
		return;
	turn_all(*m, 0);
	drop_all(*m);
	route_board_unref(&(*m)->routes);
	free(*m);
	*m = NULL;
}

/* The past of those counters moves over, or begins. */
static void
take_past(struct minutes *m, struct route_counts *counts, int64_t now_us,
    struct past_minutes *out)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->all[i].tallies != NULL && m->all[i].counts == counts) {
			*out = m->all[i];
			m->all[i] = (struct past_minutes){ .count = 0 };
			return;
		}
	begin(m, out, counts, now_us);
}

static void
use_routes(struct minutes *m, struct route_board *routes, int64_t now_us)
{
	size_t count = 1 + (routes != NULL ? routes->count : 0);
	struct past_minutes *all = mem_zalloc(count * sizeof *all);
	struct route_board *before = m->routes;

	for (size_t i = 0; i < count; i++)
		take_past(m, i == 0 ? NULL : routes->routes[i - 1], now_us,
		    &all[i]);
	for (size_t i = 0; i < m->count; i++)
		if (m->all[i].tallies != NULL) /* it goes; what it has had stays */
			turn(m, &m->all[i], now_us, false);
	drop_all(m);
	m->all = all;
	m->count = count;
	m->routes = route_board_ref(routes);
	route_board_unref(&before);
}

void
minutes_tick(struct minutes *m, const struct snapshot *s, int64_t now_us)
{
	int64_t minute = now_us / MINUTE_US;

	m->rollout = s->rollout;
	if (m->count == 0) {
		m->minute = minute;
		use_routes(m, s->routes, now_us);
	}
	/* A clock that is set back makes a long minute, not a negative one. */
	if (minute != m->minute)
		turn_all(m, now_us);
	m->minute = minute;
	if (s->routes != m->routes)
		use_routes(m, s->routes, now_us);
}

/* --- asking -------------------------------------------------------------------- */

size_t
minutes_count(const struct minutes *m)
{
	return m->count;
}

const char *
minutes_route(const struct minutes *m, size_t i)
{
	return m->all[i].counts != NULL ? m->all[i].counts->path : NULL;
}

int64_t
minutes_recent(const struct minutes *m, size_t i, enum version v,
    struct tally *out)
{
	const struct past_minutes *p = &m->all[i];
	size_t oldest = (p->newest + MINUTES_KEPT + 1 - p->count) % MINUTES_KEPT;
	struct tally now;

	take_tally(m, p, v, &now);
	tally_subtract(&now, kept_tally(p, oldest, v), TALLY_LATENCY, out);
	return p->at_us[oldest];
}
