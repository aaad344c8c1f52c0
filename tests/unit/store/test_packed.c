/* Records through the ring: what comes out is what went in.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "store/packed.h"
#include "store/row.h"
#include "support.h"

#define FILL(field) (memset(field, 'x', sizeof(field) - 1), \
	(field)[sizeof(field) - 1] = '\0')

static char *
leg_line(const struct leg_record *leg)
{
	static struct row row;
	struct buf b = { 0 };

	row_init(&row);
	row_of_leg(&row, leg, NULL);
	row_write_copy(&row, &b);
	return b.bytes;
}

static void
expect_same_leg(const char *why, const struct leg_record *leg, bool spills)
{
	struct leg_record out;
	struct packed p;
	char *want = leg_line(leg), *got;

	memset(&out, 0x55, sizeof out);
	pack_leg(leg, &p);
	cr_expect_eq(p.spilled != NULL, spills, "%s", why);
	unpack_leg(&p, &out);
	cr_expect_null(p.spilled, "%s", why);
	got = leg_line(&out);
	cr_expect_str_eq(got, want, "%s", why);
	free(want);
	free(got);
}

Test(packed, legs)
{
	struct leg_record leg = make_leg(12345), longest = leg;

	expect_same_leg("an everyday one needs no memory", &leg, false);
	FILL(longest.stage);
	FILL(longest.method);
	FILL(longest.path);
	FILL(longest.route);
	FILL(longest.user);
	FILL(longest.session);
	FILL(longest.error);
	FILL(longest.signals);
	expect_same_leg("the longest", &longest, true);
	longest = leg;
	leg.stage[0] = leg.method[0] = leg.path[0] = leg.route[0] = '\0';
	leg.user[0] = leg.session[0] = leg.error[0] = '\0';
	expect_same_leg("no text at all", &leg, false);
	/* Byte by byte over the border. */
	for (size_t len = 100; len < sizeof longest.path; len++) {
		struct packed p;

		memset(longest.path, 'p', len);
		longest.path[len] = '\0';
		pack_leg(&longest, &p);
		expect_same_leg("about as long as fits", &longest,
		    p.spilled != NULL);
		packed_drop(&p);
	}
}

Test(packed, a_text_without_its_end_is_cut)
{
	struct leg_record leg = make_leg(0), out;
	struct packed p;

	memset(leg.error, 'e', sizeof leg.error);
	pack_leg(&leg, &p);
	unpack_leg(&p, &out);
	cr_expect_eq(strlen(out.error), sizeof out.error - 1);
}

Test(packed, comparisons)
{
	for (unsigned kept = 0; kept <= RECORD_DIFFS_MAX; kept++) {
		struct comparison_record c = make_comparison(7, kept), out;
		struct packed p;

		c.similarity = 0.25;
		strcpy(c.reason, "because");
		memset(&out, 0x55, sizeof out);
		pack_comparison(&c, &p);
		cr_expect_eq(p.spilled != NULL, kept > 0);
		unpack_comparison(&p, &out);
		cr_expect_eq(out.ts_us, c.ts_us);
		cr_expect_str_eq(out.pair, c.pair);
		cr_expect_eq(out.verdict, c.verdict);
		cr_expect_eq(out.epoch, c.epoch);
		cr_expect_eq(out.similarity, 0.25);
		cr_expect_eq(out.difference_count, c.difference_count);
		cr_expect_eq(out.legacy_status, 200);
		cr_expect_str_eq(out.stage, c.stage);
		cr_expect_str_eq(out.rollout, c.rollout);
		cr_expect_str_eq(out.route, c.route);
		cr_expect_str_eq(out.reason, "because");
		cr_assert_eq(out.kept, kept);
		for (unsigned i = 0; i < kept; i++) {
			cr_expect_str_eq(out.differences[i].path,
			    c.differences[i].path);
			cr_expect_str_eq(out.differences[i].enhanced,
			    c.differences[i].enhanced);
		}
	}
}
