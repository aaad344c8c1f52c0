/* Pace: when a break is thought of, and when not.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "store/pace.h"

static unsigned asked;

static bool
is_urgent(void *arg)
{
	asked++;
	return *(bool *)arg;
}

Test(pace, a_break_behind_each_burst)
{
	static const bool answers[] = { true, false };

	for (size_t i = 0; i < 2; i++) {
		bool urgent = answers[i];
		struct pace p = { .is_urgent = is_urgent, .arg = &urgent };
		uint64_t before;

		asked = 0;
		pace_begin(&p);
		/* A burst that began so long ago is over. */
		p.burst_ns -= 2 * PACE_BURST_NS;
		before = p.burst_ns;
		pace_keep(&p);
		cr_expect_eq(asked, 1);
		cr_expect_geq(p.burst_ns - before, (urgent ? 2 : 5) *
		    PACE_BURST_NS, "the next burst begins behind the break");
	}
}

Test(pace, none_within_a_burst)
{
	bool urgent = false;
	struct pace p = { .is_urgent = is_urgent, .arg = &urgent };
	uint64_t begun;

	asked = 0;
	pace_begin(&p);
	/* However slow this machine is: the burst has hardly begun. */
	begun = p.burst_ns += 3600 * NS_PER_S;
	pace_keep(&p);
	cr_expect_eq(asked, 0);
	cr_expect_eq(p.burst_ns, begun);
	pace_keep(NULL);
}
