/* test_wheel -- deadlines fire once, in time, never early.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "net/wheel.h"

struct probe {
	struct wheel_entry entry;
	struct wheel *wheel;
	unsigned fired;
	struct probe *disarms; /* when it fires */
	struct probe *puts_off; /* to rearm_ns, when it fires */
	uint64_t rearm_ns;     /* when it fires; 0 = no */
};

static void
on_fire(void *arg)
{
	struct probe *p = arg;

	p->fired++;
	if (p->disarms != NULL)
		wheel_disarm(p->wheel, &p->disarms->entry);
	if (p->puts_off != NULL)
		wheel_arm(p->wheel, &p->puts_off->entry, p->rearm_ns);
	else if (p->rearm_ns != 0)
		wheel_arm(p->wheel, &p->entry, p->rearm_ns);
}

static struct probe
probe_of(struct wheel *w)
{
	return (struct probe){ .wheel = w,
		.entry = { .fire = on_fire } };
}

static const struct {
	const char *why;
	uint64_t start_ms, at_ms, turn_ms;
	unsigned want;
} cases[] = {
	{ "before its time", 0, 100, 99, 0 },
	{ "one slot after its time", 0, 100, 111, 1 },
	{ "not a slot early when it is not on a border", 0, 105, 109, 0 },
	{ "a round and more away", 0, 30000, 11000, 0 },
	{ "a round and more away, reached", 0, 30000, 30020, 1 },
	{ "in the past", 500, 100, 520, 1 },
	{ "after the process was stopped for long", 0, 100, 60 * 60 * 1000, 1 },
	{ "more than a round away when it was stopped", 0, 15000, 60 * 60 * 1000, 1 },
};

Test(wheel, fires_each_case)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static struct wheel w;
		struct probe p = probe_of(&w);

		p.entry.arg = &p;
		wheel_init(&w, cases[i].start_ms * NS_PER_MS);
		wheel_arm(&w, &p.entry, cases[i].at_ms * NS_PER_MS);
		/* As the loop does it: often, not in one leap. */
		for (uint64_t t = cases[i].start_ms; t < cases[i].turn_ms &&
		    cases[i].turn_ms < 60000; t += 10)
			wheel_turn(&w, t * NS_PER_MS);
		wheel_turn(&w, cases[i].turn_ms * NS_PER_MS);
		cr_expect_eq(p.fired, cases[i].want, "%s", cases[i].why);
		wheel_disarm(&w, &p.entry);
		cr_expect_eq(w.armed, 0u, "%s", cases[i].why);
	}
}

Test(wheel, a_callback_may_disarm_a_neighbour_of_its_slot)
{
	static struct wheel w;
	struct probe a = probe_of(&w), b = probe_of(&w);

	a.entry.arg = &a;
	b.entry.arg = &b;
	a.disarms = &b;
	b.disarms = &a;
	wheel_init(&w, 0);
	wheel_arm(&w, &a.entry, 50 * NS_PER_MS);
	wheel_arm(&w, &b.entry, 50 * NS_PER_MS);
	wheel_turn(&w, 100 * NS_PER_MS);
	cr_expect_eq(a.fired + b.fired, 1u);
	cr_expect_eq(w.armed, 0u);
}

Test(wheel, a_callback_may_arm_itself_again)
{
	static struct wheel w;
	struct probe p = probe_of(&w);

	p.entry.arg = &p;
	p.rearm_ns = 300 * NS_PER_MS;
	wheel_init(&w, 0);
	wheel_arm(&w, &p.entry, 50 * NS_PER_MS);
	wheel_turn(&w, 100 * NS_PER_MS);
	cr_expect_eq(p.fired, 1u);
	p.rearm_ns = 0;
	wheel_turn(&w, 320 * NS_PER_MS);
	cr_expect_eq(p.fired, 2u);
}

Test(wheel, moving_a_deadline_forgets_the_old_one)
{
	static struct wheel w;
	struct probe p = probe_of(&w);

	p.entry.arg = &p;
	wheel_init(&w, 0);
	wheel_arm(&w, &p.entry, 50 * NS_PER_MS);
	wheel_arm(&w, &p.entry, 500 * NS_PER_MS);
	cr_expect_eq(w.armed, 1u);
	wheel_turn(&w, 100 * NS_PER_MS);
	cr_expect_eq(p.fired, 0u);
	wheel_turn(&w, 520 * NS_PER_MS);
	cr_expect_eq(p.fired, 1u);
}

/* As the loop does it: often, not in one leap. */
static void
turn_until(struct wheel *w, uint64_t from_ms, uint64_t to_ms)
{
	for (uint64_t t = from_ms; t <= to_ms; t += 10)
		wheel_turn(w, t * NS_PER_MS);
}

Test(wheel, what_is_put_off_again_and_again_fires_in_its_time)
{
	static struct wheel w;
	struct probe p = probe_of(&w);

	p.entry.arg = &p;
	wheel_init(&w, 0);
	for (uint64_t t = 0; t <= 1000; t += 10) {
		wheel_arm(&w, &p.entry, (t + 30000) * NS_PER_MS);
		wheel_turn(&w, t * NS_PER_MS);
	}
	turn_until(&w, 1000, 31000);
	cr_expect_eq(p.fired, 0u);
	wheel_turn(&w, 31020 * NS_PER_MS);
	cr_expect_eq(p.fired, 1u);
}

Test(wheel, a_deadline_may_move_forward_behind_one_that_was_put_off)
{
	static struct wheel w;
	struct probe p = probe_of(&w);

	p.entry.arg = &p;
	wheel_init(&w, 0);
	wheel_arm(&w, &p.entry, 500 * NS_PER_MS);
	wheel_arm(&w, &p.entry, 900 * NS_PER_MS);
	wheel_arm(&w, &p.entry, 200 * NS_PER_MS);
	turn_until(&w, 0, 220);
	cr_expect_eq(p.fired, 1u);
	cr_expect_eq(w.armed, 0u);
}

Test(wheel, who_rests_does_not_fire_until_armed)
{
	static struct wheel w;
	struct probe p = probe_of(&w);

	p.entry.arg = &p;
	wheel_init(&w, 0);
	wheel_rest(&p.entry);
	cr_expect_not(wheel_is_armed(&p.entry), "never was");
	cr_expect_eq(w.armed, 0u);
	wheel_arm(&w, &p.entry, 50 * NS_PER_MS);
	cr_expect(wheel_is_armed(&p.entry));
	wheel_rest(&p.entry);
	cr_expect_not(wheel_is_armed(&p.entry));
	turn_until(&w, 0, 30000);
	cr_expect_eq(p.fired, 0u);
	wheel_arm(&w, &p.entry, 30100 * NS_PER_MS);
	turn_until(&w, 30000, 30120);
	cr_expect_eq(p.fired, 1u);
	wheel_arm(&w, &p.entry, 40000 * NS_PER_MS);
	wheel_rest(&p.entry);
	wheel_disarm(&w, &p.entry);
	cr_expect_eq(w.armed, 0u);
}

Test(wheel, a_callback_may_put_off_a_neighbour_of_its_slot)
{
	static struct wheel w;
	struct probe a = probe_of(&w), b = probe_of(&w);

	a.entry.arg = &a;
	b.entry.arg = &b;
	a.puts_off = &b;
	b.puts_off = &a;
	a.rearm_ns = b.rearm_ns = 300 * NS_PER_MS;
	wheel_init(&w, 0);
	wheel_arm(&w, &a.entry, 50 * NS_PER_MS);
	wheel_arm(&w, &b.entry, 50 * NS_PER_MS);
	turn_until(&w, 0, 100);
	cr_expect_eq(a.fired + b.fired, 1u);
	a.puts_off = b.puts_off = NULL;
	a.rearm_ns = b.rearm_ns = 0;
	turn_until(&w, 100, 320);
	cr_expect_eq(a.fired + b.fired, 2u);
	cr_expect_eq(w.armed, 0u);
}
