/* The plan: each row's three states, the calendar, and when a stage is open.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "control/plan.h"

#define HOUR_US INT64_C(3600000000)
/* 2026-11-28 is a Saturday; 1795824000 is its beginning in UTC. */
#define SATURDAY (INT64_C(1795824000) * 1000000)
#define MONDAY (SATURDAY + 48 * HOUR_US)

static struct gate gates[] = {
	{ { .measure = MEASURE_ERROR_RATE, .version = VERSION_ENHANCED,
	    .below = true, .limit = 0.01 }, "errors" },
};

static struct stage stages[] = {
	{ .name = "off", .advance = ADVANCE_MANUAL },
	{ .name = "ten", .percent = 10000, .dwell_ms = 3600000,
	    .min_requests = 100, .advance = ADVANCE_AUTO, .gates = gates,
	    .gate_count = 1 },
	{ .name = "half", .percent = 50000, .advance = ADVANCE_AUTO },
	{ .name = "full", .percent = 100000, .not_before_us = SATURDAY,
	    .advance = ADVANCE_AUTO },
};
static const struct rules plan = { .stages = stages, .stage_count = 4 };

/* "dwell waiting; errors done" */
static void
list(const struct plan_report *r, char *out, size_t space)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->count; i++)
		n += (size_t)snprintf(out + n, space - n, "%s%s %s",
		    i > 0 ? "; " : "", r->rows[i].name,
		    row_state_name(r->rows[i].state));
}

static const struct {
	const char *why, *stage;
	int64_t in_us;
	uint64_t requests;
	enum holding gate;
	unsigned critical;
	bool latched, paused, off;
	bool open;
	const char *rows;
} cases[] = {
	{ "all done", "ten", HOUR_US, 100, HOLDING_YES, 0, false, false, false,
	    true, "dwell done; min_requests done; errors done" },
	{ "too early", "ten", HOUR_US - 1000, 100, HOLDING_YES, 0, false, false,
	    false, false, "dwell waiting; min_requests done; errors done" },
	{ "too few", "ten", HOUR_US, 99, HOLDING_YES, 0, false, false, false,
	    false, "dwell done; min_requests waiting; errors done" },
	{ "unknown is not good", "ten", HOUR_US, 100, HOLDING_UNKNOWN, 0, false,
	    false, false, false, "dwell done; min_requests done; errors waiting" },
	{ "bad", "ten", HOUR_US, 100, HOLDING_NO, 0, false, false, false, false,
	    "dwell done; min_requests done; errors failing" },
	{ "an alert", "ten", HOUR_US, 100, HOLDING_YES, 1, false, false, false,
	    false, "alerts failing; dwell done; min_requests done; errors done" },
	{ "paused", "ten", HOUR_US, 100, HOLDING_YES, 0, false, true, false,
	    false, "pause waiting; dwell done; min_requests done; errors done" },
	{ "latched", "ten", HOUR_US, 100, HOLDING_YES, 0, true, false, false,
	    false, "latch failing; dwell done; min_requests done; errors done" },
	{ "switched off", "ten", HOUR_US, 100, HOLDING_YES, 0, false, false, true,
	    false, "enabled failing; dwell done; min_requests done; errors done" },
	{ "by hand", "off", HOUR_US, 0, HOLDING_YES, 0, false, false, false,
	    false, "approval waiting" },
	{ "the last one", "full", HOUR_US, 0, HOLDING_YES, 0, false, false, false,
	    false, "" },
	{ "of another plan", "gone", HOUR_US, 0, HOLDING_YES, 0, false, false,
	    false, false, "" },
	{ "a clock that was set back", "ten", -HOUR_US, 100, HOLDING_YES, 0,
	    false, false, false, false,
	    "dwell waiting; min_requests done; errors done" },
};

Test(plan, waits_for_each_row)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct rollout_state state = { .enabled = !cases[i].off,
			.paused = cases[i].paused, .stage_us = SATURDAY };
		const struct condition_reading reading = {
			.holding = cases[i].gate };
		const struct plan_view view = { .state = &state,
			.latched = cases[i].latched,
			.now_us = SATURDAY + cases[i].in_us,
			.requests = cases[i].requests,
			.critical = cases[i].critical, .gates = &reading };
		struct plan_report report;
		char rows[400];

		strcpy(state.stage, cases[i].stage);
		plan_judge(&plan, &view, &report);
		list(&report, rows, sizeof rows);
		cr_expect_str_eq(rows, cases[i].rows, "%s: %s", cases[i].why, rows);
		cr_expect_eq(report.is_open, cases[i].open, "%s", cases[i].why);
	}
}

/* What looks well and is not sure yet waits; it does not fail. */
Test(plan, more_of_the_same_is_waited_for)
{
	struct rollout_state state = { .enabled = true, .stage_us = SATURDAY };
	const struct condition_reading reading = { .holding = HOLDING_NO,
		.value = 0.005, .limit = 0.01, .has_bound = true, .bound = 0.02,
		.n = 200, .events = 1 };
	const struct plan_view view = { .state = &state,
		.now_us = SATURDAY + HOUR_US, .requests = 100, .gates = &reading };
	struct plan_report report;

	strcpy(state.stage, "ten");
	plan_judge(&plan, &view, &report);
	cr_expect_eq(report.rows[2].state, ROW_WAITING);
	cr_expect_str_eq(report.rows[2].text, "error_rate of enhanced is 0.5% "
	    "(1 of 200), surely below 2%; below 1% is asked for");
}

Test(plan, a_scheduled_stage_waits_for_its_time)
{
	struct rollout_state state = { .enabled = true,
		.stage_us = SATURDAY - 2 * HOUR_US };
	struct plan_view view = { .state = &state,
		.now_us = SATURDAY - HOUR_US };
	struct plan_report report;

	strcpy(state.stage, "half");
	plan_judge(&plan, &view, &report);
	cr_assert_eq(report.count, 1);
	cr_expect_str_eq(report.rows[0].name, "not_before");
	cr_expect_eq(report.rows[0].wait_ms, 3600000);
	view.now_us = SATURDAY;
	plan_judge(&plan, &view, &report);
	cr_expect(report.is_open);
}

Test(plan, users_must_be_where_they_were_drawn)
{
	static const struct {
		uint64_t legacy, enhanced;
		bool fails;
	} rows[] = {
		{ 0, 0, false }, { 9000, 1000, false }, { 9040, 960, false },
		{ 9000, 700, true }, { 9000, 1300, true }, { 0, 3, false },
		{ 0, 60, true },
	};
	struct rollout_state state = { .enabled = true, .percent = 10000,
		.stage_us = SATURDAY };

	strcpy(state.stage, "half");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct plan_view view = { .state = &state,
			.now_us = SATURDAY + HOUR_US,
			.users = { rows[i].legacy, rows[i].enhanced } };
		struct plan_report report;

		plan_judge(&plan, &view, &report);
		cr_expect_eq(report.is_open, !rows[i].fails, "%zu", i);
		cr_expect_eq(report.count, rows[i].fails, "%zu", i);
	}
}

static const struct {
	const char *why;
	enum smoke_state state;
	uint64_t age_ms;
	uint64_t requests;   /* of 100 that are wanted */
	bool taken;
	enum row_state want;
	bool open, due;
	const char *text;
} smokes[] = {
	{ "not run", SMOKE_NOT_RUN, 0, 100, false, ROW_WAITING, false, true,
	    "run when all else is done" },
	{ "too early", SMOKE_NOT_RUN, 0, 99, false, ROW_WAITING, false, false,
	    "run when all else is done" },
	{ "running", SMOKE_RUNNING, 0, 100, false, ROW_WAITING, false, false,
	    "running, 1 of 2 passed" },
	{ "passed", SMOKE_PASSED, 59999, 100, false, ROW_DONE, true, false,
	    "1 of 2 passed 59s ago" },
	{ "passed long ago", SMOKE_PASSED, 60000, 100, false, ROW_WAITING, false,
	    true, "1 of 2 passed 1m ago, too long" },
	{ "failed", SMOKE_FAILED, 29999, 100, false, ROW_FAILING, false, false,
	    "hello: status 500 for 200" },
	{ "failed before", SMOKE_FAILED, 30000, 100, false, ROW_FAILING, false,
	    true, "hello: status 500 for 200" },
	{ "failed, and all else is not done", SMOKE_FAILED, 30000, 99, false,
	    ROW_FAILING, false, false, "hello: status 500 for 200" },
	{ "a replay", SMOKE_NOT_RUN, 0, 100, true, ROW_DONE, true, false,
	    "taken as passed" },
};

Test(plan, waits_for_smoke_checks)
{
	static struct stage two[] = {
		{ .name = "off", .min_requests = 100, .advance = ADVANCE_AUTO },
		{ .name = "full", .percent = 100000, .smoke = 3 },
	};
	const struct rules rules = { .stages = two, .stage_count = 2,
		.smoke = { .count = 2, .again_ms = 30000 } };
	struct rollout_state state = { .enabled = true, .stage = "off" };

	for (size_t i = 0; i < COUNT_OF(smokes); i++) {
		const struct plan_view view = { .state = &state,
			.requests = smokes[i].requests,
			.smoke = { .state = smokes[i].state, .passed = 1, .count = 2,
			    .why = "hello: status 500 for 200" },
			.smoke_age_ms = smokes[i].age_ms,
			.smoke_is_taken = smokes[i].taken };
		struct plan_report r;

		plan_judge(&rules, &view, &r);
		cr_assert_eq(r.count, 2);
		cr_expect_str_eq(r.rows[1].name, "smoke");
		cr_expect_eq(r.rows[1].state, smokes[i].want, "%s", smokes[i].why);
		cr_expect_str_eq(r.rows[1].text, smokes[i].text, "%s: %s",
		    smokes[i].why, r.rows[1].text);
		cr_expect_eq(r.is_open, smokes[i].open, "%s", smokes[i].why);
		cr_expect_eq(r.is_smoke_due, smokes[i].due, "%s", smokes[i].why);
	}
}

/* --- the calendar --------------------------------------------------------------- */

#define WEEKDAYS 0x1f
#define MINUTES(h, m) ((h) * 60 + (m))

static struct freeze winter[] = {
	{ MONDAY + 10 * HOUR_US, MONDAY + 34 * HOUR_US, "winter" },
};

static const struct {
	const char *why;
	struct hours hours;
	bool frozen;
	int64_t now_us;
	uint64_t closed_ms;
} times[] = {
	{ "no hours", { 0 }, false, SATURDAY, 0 },
	{ "in them", { WEEKDAYS, MINUTES(9, 0), MINUTES(17, 0), 0 }, false,
	    MONDAY + 9 * HOUR_US, 0 },
	{ "at their end", { WEEKDAYS, MINUTES(9, 0), MINUTES(17, 0), 0 }, false,
	    MONDAY + 17 * HOUR_US, 16 * 3600000 },
	{ "on a Saturday", { WEEKDAYS, MINUTES(9, 0), MINUTES(17, 0), 0 }, false,
	    SATURDAY + 12 * HOUR_US, (36 + 9) * 3600000 },
	{ "east of UTC", { WEEKDAYS, MINUTES(9, 0), MINUTES(17, 0), 60 }, false,
	    MONDAY + 8 * HOUR_US, 0 },
	{ "all of Saturday", { 1 << 5, 0, 0, 0 }, false, SATURDAY, 0 },
	{ "over midnight, on its first day", { 1 << 0, MINUTES(22, 0),
	    MINUTES(2, 0), 0 }, false, MONDAY + 23 * HOUR_US, 0 },
	{ "over midnight, of the day before", { 1 << 0, MINUTES(22, 0),
	    MINUTES(2, 0), 0 }, false, MONDAY + 25 * HOUR_US, 0 },
	{ "over midnight, of another day", { 1 << 0, MINUTES(22, 0),
	    MINUTES(2, 0), 0 }, false, MONDAY + HOUR_US, 21 * 3600000 },
	{ "frozen", { 0 }, true, MONDAY + 10 * HOUR_US, 24 * 3600000 },
	{ "frozen until out of hours", { WEEKDAYS, MINUTES(14, 0), MINUTES(15, 0),
	    0 }, true, MONDAY + 10 * HOUR_US, 28 * 3600000 },
	{ "before 1970", { WEEKDAYS, MINUTES(9, 0), MINUTES(17, 0), 0 }, false,
	    -INT64_C(4) * 24 * HOUR_US, 33 * 3600000 },
};

Test(plan, keeps_to_the_calendar)
{
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const struct calendar c = { .hours = times[i].hours,
			.freezes = winter, .freeze_count = times[i].frozen };
		const char *why;

		cr_expect_eq(plan_closed_ms(&c, times[i].now_us, &why),
		    times[i].closed_ms, "%s: %llu", times[i].why,
		    (unsigned long long)plan_closed_ms(&c, times[i].now_us, &why));
	}
}
