/* test_fields -- numbers and texts for people.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "base/compiler.h"
#include "ctl/fields.h"
#include "ctl/table.h"

static const struct {
	void (*add)(struct buf *b, double value);
	double value;
	const char *want;
} numbers[] = {
	{ add_count, 0, "0" }, { add_count, 999, "999" },
	{ add_count, 1000, "1,000" }, { add_count, 1234567, "1,234,567" },
	{ add_count, -1, "0" },
	{ add_share, 0, "0.00%" }, { add_share, 0.0022, "0.22%" },
	{ add_share, 0.072, "7.20%" }, { add_share, 0.125, "12.5%" },
	{ add_share, 1, "100.0%" },
	{ add_latency, 0, "-" }, { add_latency, 4.21, "4.2ms" },
	{ add_latency, 51.4, "51ms" }, { add_latency, 9500, "9500ms" },
	{ add_latency, 12345, "12.3s" },
	{ add_duration, 0, "0s" }, { add_duration, 59999, "59s" },
	{ add_duration, 192000, "3m 12s" }, { add_duration, 7500000, "2h 5m" },
	{ add_duration, 350000000, "4d 1h" },
	{ add_percent, 5, "5%" }, { add_percent, 0.001, "0.001%" },
	{ add_percent, 100, "100%" }, { add_percent, 12.5, "12.5%" },
};

Test(fields, numbers)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct buf b = { 0 };

		numbers[i].add(&b, numbers[i].value);
		cr_expect_str_eq(b.bytes, numbers[i].want, "%g: %s",
		    numbers[i].value, b.bytes);
		buf_fini(&b);
	}
}

static const struct {
	const char *why, *text;
	size_t width;
	const char *want;
} texts[] = {
	{ "as it is", "hello", 0, "hello" },
	{ "fits", "hello", 5, "hello" },
	{ "cut", "hello world", 8, "hello..." },
	{ "cut by characters", "h\xc3\xa4h\xc3\xa4h\xc3\xa4", 5,
	    "h\xc3\xa4..." },
	{ "steering the terminal", "a\033[2Jb\nc\x7f", 0, "a [2Jb c " },
	{ "C1 too", "a\xc2\x9b" "2Jb", 0, "a 2Jb" },
	{ "but not what looks like it", "\xc2\xa7 1", 0, "\xc2\xa7 1" },
	{ "ends within a character", "a\xc3", 0, "a\xc3" },
};

Test(fields, texts_of_others)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct buf b = { 0 };

		add_plain(&b, texts[i].text, texts[i].width);
		cr_expect_str_eq(b.bytes, texts[i].want, "%s: %s", texts[i].why,
		    b.bytes);
		buf_fini(&b);
	}
}

Test(fields, holes_are_empty)
{
	json_t *doc = json_pack("{s:{s:i, s:s, s:b}}", "a", "n", 3, "t", "x",
	    "b", 1);

	cr_expect_eq(field_number(doc, "a.n"), 3);
	cr_expect_str_eq(field_text(doc, "a.t"), "x");
	cr_expect(field_true(doc, "a.b"));
	cr_expect_eq(field_number(doc, "a.x.y"), 0);
	cr_expect_str_eq(field_text(doc, "a.n"), "");
	cr_expect_eq(field_number(NULL, "a"), 0);
	json_decref(doc);
}

Test(table, columns_are_aligned)
{
	static const struct column columns[] = {
		{ "n", ALIGN_RIGHT, 4 }, { "name", ALIGN_LEFT, 0 },
		{ "", ALIGN_LEFT, 0 },
	};
	struct table t;
	struct buf out = { 0 };

	table_init(&t, columns, COUNT_OF(columns));
	table_cell(&t, "%d", 7);
	table_cell(&t, "h\xc3\xa4");
	table_cell(&t, "x");
	table_cell(&t, "%d", 12345);
	table_cell(&t, "longer");
	table_cell(&t, "%s", "");
	table_print(&t, &out);
	cr_expect_str_eq(out.bytes, "    n  name\n"
	    "    7  h\xc3\xa4      x\n"
	    "12345  longer\n");
	table_fini(&t);
	buf_fini(&out);
}
