/* metrics_routes -- what was counted of each route.
 * SPDX-License-Identifier: MIT
 *
 * There are ROUTES_COUNTED_MAX of them at most, so there is a bound to the
 * series, however many routes the rules have.
 */
#include "control/metrics_lines.h"

#include "observe/outcome.h"
#include "observe/routes.h"
#include "observe/stats.h"

/* One version of one route. */
static void
begin(struct buf *b, const char *name, const struct route_counts *c,
    enum version v)
{
	buf_printf(b, "%s{", name);
	add_label(b, "route", c->path);
	add_label(b, "version", version_name(v));
}

static uint64_t
outcomes(const struct route_counts *c, enum version v, enum outcome o)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->worker_count; i++)
		sum += stat_read(&route_counts_slots(c, i, v)->outcomes[o]);
	return sum;
}

static void
add_legs(struct buf *b, const struct route_counts *c, enum version v)
{
	for (enum outcome o = OUTCOME_OPEN + 1; o < OUTCOME_COUNT; o++) {
		begin(b, metrics_families[FAMILY_ROUTE_LEGS].name, c, v);
		add_label(b, "outcome", outcome_info(o)->name);
		buf_puts(b, "}");
		add_count(b, outcomes(c, v, o));
	}
}

static void
add_failures(struct buf *b, const struct route_counts *c, enum version v)
{
	uint64_t failures = 0;

	for (enum outcome o = OUTCOME_OPEN + 1; o < OUTCOME_COUNT; o++)
		failures += outcome_is_failure(o) ? outcomes(c, v, o) : 0;
	begin(b, metrics_families[FAMILY_ROUTE_FAILURES].name, c, v);
	buf_puts(b, "}");
	add_count(b, failures);
}

static void
add_duration(struct buf *b, const struct route_counts *c, enum version v)
{
	const char *name = metrics_families[FAMILY_ROUTE_DURATION].name;
	struct tally t;

	routes_tally(c, v, &t);
	buf_puts(b, name);
	begin(b, "_sum", c, v);
	buf_puts(b, "}");
	add_number(b, (double)t.latency_us_sum / 1e6);
	buf_puts(b, name);
	begin(b, "_count", c, v);
	buf_puts(b, "}");
	add_count(b, hist_total(&t.latency));
}

static void
add_versions(struct buf *b, const struct route_board *routes, enum family f,
    void (*add)(struct buf *, const struct route_counts *, enum version))
{
	add_head(b, f);
	for (size_t i = 0; routes != NULL && i < routes->count; i++)
		for (enum version v = 0; v < VERSION_COUNT; v++)
			add(b, routes->routes[i], v);
}

/* What only enhanced has, or only a pair. */
static void
add_plain(struct buf *b, const struct route_board *routes, enum family f,
    uint64_t (*number)(const struct tally *))
{
	add_head(b, f);
	for (size_t i = 0; routes != NULL && i < routes->count; i++) {
		struct tally t;

		routes_tally(routes->routes[i], VERSION_ENHANCED, &t);
		buf_printf(b, "%s{", metrics_families[f].name);
		add_label(b, "route", routes->routes[i]->path);
		buf_puts(b, "}");
		add_count(b, number(&t));
	}
}

static uint64_t
fallbacks(const struct tally *t)
{
	return t->fallbacks;
}

static uint64_t
compared(const struct tally *t)
{
	return t->compared;
}

static uint64_t
different(const struct tally *t)
{
	return t->different;
}

void
metrics_add_routes(struct buf *b, const struct route_board *routes)
{
	add_versions(b, routes, FAMILY_ROUTE_LEGS, add_legs);
	add_versions(b, routes, FAMILY_ROUTE_FAILURES, add_failures);
	add_versions(b, routes, FAMILY_ROUTE_DURATION, add_duration);
	add_plain(b, routes, FAMILY_ROUTE_FALLBACKS, fallbacks);
	add_plain(b, routes, FAMILY_ROUTE_COMPARED, compared);
	add_plain(b, routes, FAMILY_ROUTE_DIFFERENT, different);
}
