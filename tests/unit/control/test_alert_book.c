/* test_alert_book -- what is told once, later, or not at all.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "control/alert_book.h"

#define S NS_PER_S
#define REPEAT (60 * S)

static enum alert_answer
ask(struct alert_book *b, enum alert_phase phase, const char *name,
    uint64_t epoch, uint64_t at_s, uint64_t *due_s_out)
{
	struct alert a = { .phase = phase, .epoch = epoch };
	uint64_t due_ns = 0;
	enum alert_answer answer;

	strcpy(a.name, name);
	answer = alert_book_ask(b, &a, REPEAT, at_s * S, &due_ns);
	*due_s_out = due_ns / S;
	return answer;
}

/* One story: what a target is asked, and what comes of it. */
static const struct {
	const char *why;
	enum alert_phase phase;
	const char *name;
	uint64_t epoch, at_s;
	enum alert_answer want;
	uint64_t due_s;
} story[] = {
	{ "it begins", ALERT_BEGIN, "errors", 3, 100, ALERT_SEND, 0 },
	{ "it has begun already", ALERT_BEGIN, "errors", 3, 101, ALERT_SKIP, 0 },
	{ "another rule", ALERT_BEGIN, "slow", 3, 101, ALERT_SEND, 0 },
	{ "another epoch is another trouble", ALERT_BEGIN, "errors", 4, 102,
	    ALERT_SEND, 0 },
	{ "it ends", ALERT_END, "errors", 3, 110, ALERT_SEND, 0 },
	{ "it has ended already", ALERT_END, "errors", 3, 110, ALERT_SKIP, 0 },
	{ "again, too soon", ALERT_BEGIN, "errors", 3, 120, ALERT_HOLD, 160 },
	{ "and once more", ALERT_BEGIN, "errors", 3, 121, ALERT_SKIP, 0 },
	{ "over before it was told", ALERT_END, "errors", 3, 130, ALERT_CANCEL, 0 },
	{ "too soon after the first", ALERT_BEGIN, "errors", 3, 159, ALERT_HOLD,
	    160 },
	{ "over", ALERT_END, "errors", 3, 159, ALERT_CANCEL, 0 },
	{ "late enough", ALERT_BEGIN, "errors", 3, 160, ALERT_SEND, 0 },
	{ "an end whose beginning nobody knows", ALERT_END, "latch", 9, 161,
	    ALERT_SEND, 0 },
	{ "notes are always told", ALERT_NOTE, "rollout", 5, 161, ALERT_SEND, 0 },
	{ "each of them", ALERT_NOTE, "rollout", 5, 161, ALERT_SEND, 0 },
	{ "tests too", ALERT_TEST, "errors", 3, 161, ALERT_SEND, 0 },
};

Test(alert_book, tells_a_story)
{
	static struct alert_book b;
	uint64_t due_s;

	for (size_t i = 0; i < sizeof story / sizeof story[0]; i++) {
		cr_expect_eq(ask(&b, story[i].phase, story[i].name,
		    story[i].epoch, story[i].at_s, &due_s), story[i].want, "%s",
		    story[i].why);
		if (story[i].want == ALERT_HOLD)
			cr_expect_eq(due_s, story[i].due_s, "%s", story[i].why);
	}
}

/* Held for a shared cause, then done: told at once, whatever stands of it. */
Test(alert_book, what_is_graver_is_told)
{
	static struct alert_book b;
	struct alert info = { .epoch = 1, .name = "errors",
		.severity = SEVERITY_INFO };
	struct alert critical = { .epoch = 1, .name = "errors",
		.severity = SEVERITY_CRITICAL };
	struct alert end = { .epoch = 1, .name = "errors", .phase = ALERT_END };
	uint64_t due_ns;

	cr_expect_eq(alert_book_ask(&b, &info, REPEAT, 100 * S, &due_ns), ALERT_SEND);
	cr_expect_eq(alert_book_ask(&b, &critical, REPEAT, 101 * S, &due_ns),
	    ALERT_SEND);
	cr_expect_eq(alert_book_ask(&b, &critical, REPEAT, 102 * S, &due_ns),
	    ALERT_SKIP);
	cr_expect_eq(alert_book_ask(&b, &info, REPEAT, 103 * S, &due_ns), ALERT_SKIP);
	cr_expect_eq(alert_book_ask(&b, &end, REPEAT, 104 * S, &due_ns), ALERT_SEND);
	cr_expect_eq(alert_book_ask(&b, &critical, REPEAT, 105 * S, &due_ns),
	    ALERT_HOLD, "not graver than what was told");
	info.epoch = critical.epoch = end.epoch = 2;
	(void)alert_book_ask(&b, &info, REPEAT, 200 * S, &due_ns);
	(void)alert_book_ask(&b, &end, REPEAT, 201 * S, &due_ns);
	cr_expect_eq(alert_book_ask(&b, &info, REPEAT, 202 * S, &due_ns), ALERT_HOLD);
	cr_expect_eq(alert_book_ask(&b, &critical, REPEAT, 203 * S, &due_ns),
	    ALERT_SEND, "though it is held back");
}

Test(alert_book, what_was_held_back_has_an_end)
{
	static struct alert_book b;
	struct alert a = { .epoch = 1, .name = "errors" };
	uint64_t due_s;

	(void)ask(&b, ALERT_BEGIN, "errors", 1, 100, &due_s);
	(void)ask(&b, ALERT_END, "errors", 1, 101, &due_s);
	cr_assert_eq(ask(&b, ALERT_BEGIN, "errors", 1, 102, &due_s), ALERT_HOLD);
	alert_book_release(&b, &a, 160 * S);
	cr_expect_eq(ask(&b, ALERT_END, "errors", 1, 170, &due_s), ALERT_SEND);
	cr_expect_eq(ask(&b, ALERT_BEGIN, "errors", 1, 180, &due_s), ALERT_HOLD);
	cr_expect_eq(due_s, 220);
}

/* Full: what is over goes first, then the oldest. */
Test(alert_book, forgets_the_oldest)
{
	static struct alert_book b;
	uint64_t due_s;

	for (uint64_t i = 0; i < ALERT_BOOK_ROWS; i++)
		cr_assert_eq(ask(&b, ALERT_BEGIN, "r", i, 100 + i, &due_s),
		    ALERT_SEND);
	(void)ask(&b, ALERT_END, "r", 7, 300, &due_s);
	cr_assert_eq(ask(&b, ALERT_BEGIN, "new", 1, 301, &due_s), ALERT_SEND);
	cr_expect_eq(ask(&b, ALERT_BEGIN, "r", 0, 302, &due_s), ALERT_SKIP,
	    "7 was over, so it went instead of 0");
	cr_assert_eq(ask(&b, ALERT_BEGIN, "new", 2, 303, &due_s), ALERT_SEND);
	cr_expect_eq(ask(&b, ALERT_BEGIN, "r", 1, 304, &due_s), ALERT_SKIP);
	cr_expect_eq(ask(&b, ALERT_BEGIN, "r", 0, 305, &due_s), ALERT_SEND,
	    "0 was the oldest");
}
