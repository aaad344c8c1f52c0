/* Windows over the tallies' history.
 * SPDX-License-Identifier: MIT
 */
#include "observe/window.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"

static struct history *history;
static struct tally now[VERSION_COUNT]; /* requests = seconds * 10 */

static void
start(void)
{
	history = history_new();
	memset(now, 0, sizeof now);
}

static void
stop(void)
{
	history_free(&history);
	cr_expect_null(history);
}

TestSuite(window, .init = start, .fini = stop);

#define BEGIN_NS (UINT64_C(100) * NS_PER_S)

/* Ticks of 20 ms with 10 requests a second on legacy, 20 on enhanced. */
static void
run(uint64_t from_ms, uint64_t to_ms)
{
	for (uint64_t ms = from_ms; ms <= to_ms; ms += 20) {
		now[VERSION_LEGACY].requests = ms / 100;
		now[VERSION_ENHANCED].requests = ms / 50;
		history_push(history, BEGIN_NS + ms * NS_PER_MS, now);
	}
}

static const struct {
	const char *why;
	uint64_t span_ms, covered_min_ms, covered_max_ms;
} cases[] = {
	{ "nothing is younger than now", 0, 0, 260 },
	{ "a second", 1000, 1000, 1260 },
	{ "a minute", 60000, 60000, 60260 },
	{ "the end of the fine trail", 120000, 120000, 120260 },
	{ "beyond it, in steps of half a minute", 130000, 130000, 160000 },
	{ "ten minutes", 600000, 600000, 630020 },
	{ "two hours", 7200000, 7200000, 7230020 },
	{ "longer than what is remembered", 90000000, 10799000, 10832000 },
};

Test(window, reaches_at_least_as_far_as_asked)
{
	uint64_t end_ms = 4 * 3600 * 1000;
	uint64_t end_ns = BEGIN_NS + end_ms * NS_PER_MS;

	run(0, end_ms);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tally t;
		uint64_t covered_ns, covered_ms;

		history_window(history, VERSION_LEGACY, &now[VERSION_LEGACY],
		    end_ns, cases[i].span_ms * NS_PER_MS, TALLY_ALL, &t, &covered_ns);
		covered_ms = covered_ns / NS_PER_MS;
		cr_expect_geq(covered_ms, cases[i].covered_min_ms, "%s: %lu",
		    cases[i].why, covered_ms);
		cr_expect_leq(covered_ms, cases[i].covered_max_ms, "%s: %lu",
		    cases[i].why, covered_ms);
		cr_expect_leq(covered_ms / 100, t.requests, "%s", cases[i].why);
		cr_expect_geq(covered_ms / 100 + 1, t.requests, "%s",
		    cases[i].why);
	}
}

Test(window, keeps_the_versions_apart)
{
	struct tally t;
	uint64_t covered_ns;

	run(0, 10000);
	history_window(history, VERSION_ENHANCED, &now[VERSION_ENHANCED],
	    BEGIN_NS + 10 * NS_PER_S, 5 * NS_PER_S, TALLY_ALL, &t, &covered_ns);
	cr_expect_geq(t.requests, covered_ns / NS_PER_MS / 50);
	cr_expect_leq(t.requests, covered_ns / NS_PER_MS / 50 + 1);
}

Test(window, is_empty_before_the_first_moment)
{
	struct tally t;
	uint64_t covered_ns = 1;

	now[0].requests = 5;
	history_window(history, VERSION_LEGACY, &now[0], BEGIN_NS, NS_PER_S,
	    TALLY_ALL, &t, &covered_ns);
	cr_expect_eq(t.requests, 0);
	cr_expect_eq(covered_ns, 0);
}

Test(window, says_how_far_it_reaches_when_young)
{
	struct tally t;
	uint64_t covered_ns;

	run(0, 3000);
	history_window(history, VERSION_LEGACY, &now[0],
	    BEGIN_NS + 3 * NS_PER_S, 60 * NS_PER_S, TALLY_ALL, &t, &covered_ns);
	cr_expect_eq(covered_ns, 3 * NS_PER_S);
	cr_expect_eq(t.requests, 30);
}

Test(window, never_reaches_behind_a_cut)
{
	struct tally t;
	uint64_t covered_ns;

	run(0, 100000);
	history_cut(history, BEGIN_NS + 100 * NS_PER_S, now);
	history_window(history, VERSION_LEGACY, &now[0],
	    BEGIN_NS + 100 * NS_PER_S, 60 * NS_PER_S, TALLY_ALL, &t, &covered_ns);
	cr_expect_eq(t.requests, 0);
	cr_expect_eq(covered_ns, 0);
	run(100020, 105000);
	history_window(history, VERSION_LEGACY, &now[0],
	    BEGIN_NS + 105 * NS_PER_S, 60 * NS_PER_S, TALLY_ALL, &t, &covered_ns);
	cr_expect_eq(t.requests, 50);
	cr_expect_eq(covered_ns, 5 * NS_PER_S);
}

/* Other signals: of them only what comes now counts, of the rest all of it. */
Test(window, forgets_signals_alone_when_they_change)
{
	static struct tally t;
	uint64_t covered_ns;

	now[VERSION_LEGACY].signals[0].n = 500;
	run(0, 100000);
	history_reshape(history, 2);
	for (unsigned v = 0; v < VERSION_COUNT; v++) {
		memset(now[v].signals, 0, sizeof now[v].signals);
		now[v].spread_count = 2;
	}
	now[VERSION_LEGACY].signals[0].n = 3;
	hist_add(&now[VERSION_LEGACY].spreads[1], 70);
	run(100020, 100100);
	history_window(history, VERSION_LEGACY, &now[VERSION_LEGACY],
	    BEGIN_NS + 100100 * NS_PER_MS, 60 * NS_PER_S, TALLY_ALL, &t, &covered_ns);
	cr_expect_geq(t.requests, 600);
	cr_expect_eq(t.signals[0].n, 3);
	cr_expect_eq(t.spread_count, 2);
	cr_expect_eq(hist_total(&t.spreads[1]), 1);
	run(100120, 101000);
	history_window(history, VERSION_LEGACY, &now[VERSION_LEGACY],
	    BEGIN_NS + 101000 * NS_PER_MS, 250 * NS_PER_MS, TALLY_ALL, &t, &covered_ns);
	cr_expect_eq(t.signals[0].n, 0, "and behind them, windows as ever");
	cr_expect_eq(hist_total(&t.spreads[1]), 0);
}
