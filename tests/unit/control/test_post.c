/* test_post -- what waits for a target, and whose turn it is.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "control/post.h"

#define HOUR_MS UINT64_C(3600000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char name[] = "t";
static const struct alert_target target = { .name = name, .severities = 7,
	.kind = TARGET_WEBHOOK, .repeat_ms = HOUR_MS, .retry_ms = HOUR_MS };
static struct post *p;

static void
begin(void)
{
	p = post_new(&lock);
	post_aim(p, &target);
}

static void
end(void)
{
	post_free(&p);
}

TestSuite(post, .init = begin, .fini = end);

static void
take(enum alert_phase phase, const char *what)
{
	struct alert a = { .phase = phase, .kind = "x" };

	strcpy(a.name, what);
	post_take(p, &a);
}

/* The name of the letter whose turn it is at that time from now, "" = none. */
static const char *
due(uint64_t in_ns)
{
	uint64_t wait_ns = 2 * HOUR_MS * NS_PER_MS;
	const struct letter *l = post_find_due(p, clock_ns() + in_ns, &wait_ns);

	return l != NULL ? l->alert.name : "";
}

Test(post, nothing_overtakes_what_is_tried_again)
{
	take(ALERT_BEGIN, "first");
	take(ALERT_BEGIN, "second");
	cr_expect_str_eq(due(0), "first");
	post_begin(p, p->first, clock_ns());
	p->first->due_ns = clock_ns() + 60 * NS_PER_S;
	cr_expect_str_eq(due(0), "", "it is tried again in a minute");
	cr_expect_str_eq(due(61 * NS_PER_S), "first");
	post_remove(p, p->first);
	cr_expect_str_eq(due(0), "second");
	cr_expect_eq(p->row.waiting, 1);
}

Test(post, what_is_held_back_holds_nothing_up)
{
	take(ALERT_BEGIN, "flaps");
	take(ALERT_END, "flaps");
	post_remove(p, p->first);
	post_remove(p, p->first);
	take(ALERT_BEGIN, "flaps");
	cr_expect_eq(p->row.held, 1);
	take(ALERT_BEGIN, "other");
	cr_expect_str_eq(due(0), "other");
	cr_expect_str_eq(due(HOUR_MS * NS_PER_MS + NS_PER_S), "flaps");
	take(ALERT_END, "flaps");
	cr_expect_eq(p->row.waiting, 1, "forgotten");
}

Test(post, what_is_graver_takes_the_place_of_what_is_held_back)
{
	struct alert graver = { .phase = ALERT_BEGIN, .kind = "x",
		.severity = SEVERITY_CRITICAL, .name = "flaps" };

	take(ALERT_BEGIN, "flaps");
	take(ALERT_END, "flaps");
	post_remove(p, p->first);
	post_remove(p, p->first);
	take(ALERT_BEGIN, "flaps");
	cr_expect_str_eq(due(0), "");
	post_take(p, &graver);
	cr_expect_eq(p->row.waiting, 1);
	cr_expect_str_eq(due(0), "flaps");
}

Test(post, a_test_goes_first)
{
	const struct alert test = { .phase = ALERT_TEST, .name = "test",
		.epoch = 3 };

	take(ALERT_BEGIN, "first");
	p->first->due_ns = clock_ns() + 60 * NS_PER_S;
	post_take_test(p, &test);
	cr_expect_str_eq(due(0), "test");
	cr_expect_eq(p->row.test, 3);
	cr_expect_eq(p->row.tested, COURIER_TESTING);
	post_note(p, p->first, false, "no");
	cr_expect_eq(p->row.tested, COURIER_MISSED);
	cr_expect_str_eq(p->row.answer, "no");
}

Test(post, the_line_has_an_end)
{
	char what[16];

	for (int i = 0; i < 100; i++) {
		snprintf(what, sizeof what, "r%d", i);
		take(ALERT_BEGIN, what);
	}
	cr_expect_eq(p->row.waiting, 64);
	cr_expect_eq(p->row.dropped, 36);
	cr_expect_str_eq(due(0), "r0", "the oldest stays");
}
