/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "store/row.h"
#include "support.h"

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *why;
	const char *text;
	size_t len;
	const char *want;
} texts[] = {
	{ "plain", "/a/b", 4, "/a/b" },
	{ "empty", "", 0, "" },
	{ "two, three and four bytes", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "latin-1", "caf\xe9", 4, "caf" BAD },
	{ "stray continuation", "a\x80z", 3, "a" BAD "z" },
	{ "overlong slash", "\xc0\xaf", 2, BAD BAD },
	{ "overlong in three bytes", "\xe0\x80\xaf", 3, BAD BAD BAD },
	{ "surrogate", "\xed\xa0\x80", 3, BAD BAD BAD },
	{ "over U+10FFFF", "\xf4\x90\x80\x80", 4, BAD BAD BAD BAD },
	{ "cut in the middle", "ok\xe2\x82", 4, "ok" BAD BAD },
	{ "broken by the next", "\xe2\x82z", 3, BAD BAD "z" },
	{ "NUL inside", "a\0b", 3, "a" BAD "b" },
	{ "five-byte form", "\xf8\x88\x80\x80\x80", 5, BAD BAD BAD BAD BAD },
};

Test(row, repairs_text)
{
	char out[64];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		size_t len = row_repair_text(texts[i].text, texts[i].len, out,
		    sizeof out);

		cr_expect_str_eq(out, texts[i].want, "%s", texts[i].why);
		cr_expect_eq(len, strlen(texts[i].want), "%s", texts[i].why);
	}
}

Test(row, repairs_into_a_small_space_without_cutting_a_character)
{
	char out[4];

	cr_expect_eq(row_repair_text("ab\xe2\x82\xac", 5, out, sizeof out), 2);
	cr_expect_str_eq(out, "ab");
	cr_expect_eq(row_repair_text("abcdef", 6, out, sizeof out), 3);
	cr_expect_str_eq(out, "abc");
}

static void
copy_line(const struct leg_record *leg, struct buf *out)
{
	static struct row row;

	row_init(&row);
	row_of_leg(&row, leg, test_why_word);
	buf_clear(out);
	row_write_copy(&row, out);
}

Test(row, writes_a_leg_for_copy)
{
	struct leg_record leg = make_leg(3);
	struct buf b = { 0 };

	strcpy(leg.signals, "{\"cache\":true}");
	leg.longest_gap_us = 250;
	leg.events = 3;
	copy_line(&leg, &b);
	cr_expect_str_eq(b.bytes,
	    "2026-01-01T00:00:00.126456Z\t00000000000000000000000000000003\t"
	    "shadow\tenhanced\tshadow\t7\tbucket\t3\tPOST\t/api/v1/chat\t"
	    "/api/v1/*\t200\tdone\tnobody\tf\tf\t\\N\t1003\t500\t\\N\t0\t42\t"
	    "user-3\tsession-3\t{\"cache\":true}\t250\t3\tchat\n");
	buf_fini(&b);
}

Test(row, none_is_null_and_hostile_text_stays_one_field)
{
	struct leg_record leg = make_leg(0);
	struct buf b = { 0 };

	leg.bucket = UINT32_MAX;
	leg.epoch = UINT64_MAX;
	leg.failure = leg.streamed = true;
	leg.outcome = OUTCOME_CONNECT_FAILED;
	leg.status = 0;
	leg.rollout = NULL;
	leg.route[0] = leg.user[0] = leg.session[0] = '\0';
	strcpy(leg.path, "/a\tb\nc\\d\r\b\f\v\\.\xff");
	strcpy(leg.error, "Connection refused");
	copy_line(&leg, &b);
	cr_expect_str_eq(b.bytes,
	    "2026-01-01T00:00:00.123456Z\t00000000000000000000000000000000\t"
	    "primary\tlegacy\tshadow\t9223372036854775807\tbucket\t\\N\tPOST\t"
	    "/a\\tb\\nc\\\\d\\r\\b\\f\\v\\\\." BAD "\t"
	    "\\N\t0\tconnect_failed\tupstream\tt\tt\tConnection refused\t1000\t"
	    "500\t\\N\t0\t42\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n");
	leg.rollout = "";
	copy_line(&leg, &b);
	cr_expect_str_eq(b.bytes + b.len - 4, "\t\\N\n", "of none");
	leg.rollout = "a\tb";
	copy_line(&leg, &b);
	cr_expect_str_eq(b.bytes + b.len - 6, "\ta\\tb\n");
	buf_fini(&b);
}

Test(row, a_text_without_its_end_is_bounded)
{
	struct leg_record leg = make_leg(0);
	struct buf b = { 0 };

	memset(leg.path, 0xff, sizeof leg.path);
	memset(leg.user, 0xff, sizeof leg.user);
	memset(leg.session, 0xff, sizeof leg.session);
	memset(leg.error, 0xff, sizeof leg.error);
	memset(leg.stage, 0xff, sizeof leg.stage);
	memset(leg.route, 0xff, sizeof leg.route);
	memset(leg.method, 0xff, sizeof leg.method);
	memset(leg.pair, 0xff, sizeof leg.pair);
	copy_line(&leg, &b);
	cr_expect_eq(b.len > 3 * 700, true);
	buf_fini(&b);
}

Test(row, times_before_1970_and_over_a_second_are_right)
{
	static const struct {
		int64_t us;
		const char *want;
	} times[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 999999, "1970-01-01T00:00:00.999999Z" },
		{ 1000000, "1970-01-01T00:00:01.000000Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ INT64_C(1767225600123456), "2026-01-01T00:00:00.123456Z" },
		{ INT64_C(1767225600000001), "2026-01-01T00:00:00.000001Z" },
	};
	static struct row row; /* one for all: the second is cached */
	struct leg_record leg = make_leg(0);

	row_init(&row);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		leg.ts_us = times[i].us;
		row_of_leg(&row, &leg, NULL);
		cr_expect_str_eq(row.cells[0].text, times[i].want);
	}
}

Test(row, without_words_the_decision_is_its_number)
{
	static struct row row;
	struct leg_record leg = make_leg(0);

	row_init(&row);
	row_of_leg(&row, &leg, NULL);
	cr_expect_str_eq(row.cells[6].text, "6");
}

Test(row, writes_comparisons_and_differences)
{
	static struct row row;
	struct comparison_record c = make_comparison(1, 2);
	struct buf b = { 0 };

	row_init(&row);
	c.similarity = 0.5;
	row_of_comparison(&row, &c);
	row_write_copy(&row, &b);
	row_of_difference(&row, &c, 1);
	row_write_copy(&row, &b);
	cr_expect_str_eq(b.bytes,
	    "2026-01-01T00:00:00.124456Z\t00000000000000000000000000000001\t"
	    "different\t\\N\tshadow\t7\tPOST\t/api/v1/chat\t/api/v1/*\t200\t200\t"
	    "1000\t900\t0.5\t2\tchat\n"
	    "2026-01-01T00:00:00.124456Z\t00000000000000000000000000000001\t"
	    "shadow\t/api/v1/*\t/choices/*/field1\tvalue\t\"a\"\t\"b\"\tchat\n");
	buf_fini(&b);
}
