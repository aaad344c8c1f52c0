/* Units, names and codings.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

#define TEXT(literal) (literal), sizeof(literal) - 1
#define BAD UINT64_MAX /* the reader must refuse and write nothing */

struct quantity {
	const char *input;
	uint64_t want;
};

static const struct quantity durations[] = {
	{ "0s", 0 }, { "1us", 1 }, { "250ms", 250000 }, { "1.5s", 1500000 },
	{ "15m", UINT64_C(900000000) }, { "48h", UINT64_C(172800000000) },
	{ "7d", UINT64_C(604800000000) }, { "0.001ms", 1 },
	{ "0.000001s", 1 }, { "1.0000000s", 1000000 }, { "007s", 7000000 },
	{ "0.0000001s", BAD }, { "1.5us", BAD }, { "", BAD }, { "s", BAD },
	{ "5", BAD }, { "5 s", BAD }, { " 5s", BAD }, { "5s ", BAD },
	{ "-5s", BAD }, { "+5s", BAD }, { "5S", BAD }, { "5min", BAD },
	{ ".5s", BAD }, { "5.s", BAD }, { "1h30m", BAD }, { "1e3s", BAD },
	{ "0x5s", BAD }, { "99999999999999999999d", BAD },
	{ "200000000d", BAD }, { "1.0000000000s", BAD },
	/* The result fits into 63 bits. */
	{ "9223372036854775807us", INT64_MAX }, { "9223372036854775808us", BAD },
	{ "9223372036854.775807s", INT64_MAX }, { "9223372036854.775808s", BAD },
	{ "106751991d", UINT64_C(106751991) * 86400000000 }, { "106751992d", BAD },
};

static const struct quantity sizes[] = {
	{ "0", 0 }, { "1000", 1000 }, { "12B", 12 }, { "256KiB", 262144 },
	{ "1.5KiB", 1536 }, { "64MiB", UINT64_C(67108864) },
	{ "1GiB", UINT64_C(1073741824) }, { "0.5B", BAD }, { "1.5", BAD },
	{ "1KB", BAD }, { "1kib", BAD }, { "1K", BAD }, { "", BAD },
	{ "KiB", BAD }, { "-1", BAD }, { "1 KiB", BAD }, { "1TiB", BAD },
	{ "18446744073709551616", BAD }, { "99999999999999GiB", BAD },
	{ "9223372036854775807", INT64_MAX }, { "9223372036854775808", BAD },
	{ "8589934591GiB", UINT64_C(8589934591) << 30 }, { "8589934592GiB", BAD },
};

static const struct quantity shares[] = {
	{ "0%", 0 }, { "5%", 5000 }, { "12.5%", 12500 }, { "0.001%", 1 },
	{ "100%", 100000 }, { "100.000%", 100000 }, { "33.333%", 33333 },
	{ "0.0001%", BAD }, { "100.001%", BAD }, { "101%", BAD }, { "5", BAD },
	{ "5 %", BAD }, { "%", BAD }, { "-1%", BAD }, { "5%%", BAD },
	{ "", BAD },
};

static const struct quantity wholes[] = {
	{ "0", 0 }, { "42", 42 }, { "007", 7 },
	{ "18446744073709551614", UINT64_MAX - 1 },
	{ "18446744073709551616", BAD }, { "99999999999999999999", BAD },
	{ "1:", BAD }, { "1/", BAD }, /* beside 9 and 0 */
	{ "", BAD }, { "-1", BAD }, { "+1", BAD }, { " 1", BAD },
	{ "1 ", BAD }, { "1.0", BAD }, { "0x1", BAD },
};

static void
check_quantities(const struct quantity *rows, size_t count,
    bool (*read)(const char *, uint64_t *))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t got = BAD;
		bool ok = read(rows[i].input, &got);

		cr_expect_eq(ok, rows[i].want != BAD, "\"%s\"", rows[i].input);
		cr_expect_eq(got, rows[i].want, "\"%s\": %llu", rows[i].input,
		    (unsigned long long)got);
	}
}

static bool
read_share(const char *text, uint64_t *out)
{
	uint32_t milli;

	if (!text_share_milli(text, &milli))
		return false;
	*out = milli;
	return true;
}

Test(text, reads_durations)
{
	check_quantities(durations, COUNT_OF(durations), text_duration_us);
}

Test(text, reads_sizes)
{
	check_quantities(sizes, COUNT_OF(sizes), text_size_bytes);
}

Test(text, reads_shares)
{
	check_quantities(shares, COUNT_OF(shares), read_share);
}

Test(text, reads_whole_numbers)
{
	uint64_t got;

	check_quantities(wholes, COUNT_OF(wholes), text_u64);
	cr_expect(text_u64("18446744073709551615", &got));
	cr_expect_eq(got, UINT64_MAX);
}

Test(text, writes_durations)
{
	static const struct {
		uint64_t us;
		const char *want;
	} rows[] = {
		{ 0, "0s" }, { 1, "1us" }, { 1500, "1500us" },
		{ 250000, "250ms" }, { 1500000, "1.5s" },
		{ 1250000, "1250ms" }, { 90000000, "90s" },
		{ UINT64_C(900000000), "15m" }, { UINT64_C(5400000000), "90m" },
		{ UINT64_C(172800000000), "2d" },
		{ UINT64_C(176400000000), "49h" }, { 1000001, "1000001us" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char out[32];
		uint64_t back;

		text_format_duration(rows[i].us, out);
		cr_expect_str_eq(out, rows[i].want);
		cr_expect(text_duration_us(out, &back), "%s", out);
		cr_expect_eq(back, rows[i].us, "%s", out);
	}
}

Test(text, writes_every_share_so_that_it_reads_back)
{
	char out[32];
	uint32_t back;

	for (uint32_t milli = 0; milli <= 100000; milli++) {
		text_format_share(milli, out);
		cr_assert(text_share_milli(out, &back), "%s", out);
		cr_assert_eq(back, milli, "%s", out);
	}
	text_format_share(12500, out);
	cr_expect_str_eq(out, "12.5%");
	text_format_share(0, out);
	cr_expect_str_eq(out, "0%");
	text_format_share(100000, out);
	cr_expect_str_eq(out, "100%");
}

Test(text, finds_the_nearest_name)
{
	static const char *const names[] = { "listen", "backends", "store",
		"stages", "stage", "id", "a" };
	static const struct {
		const char *why, *typed, *want;
	} rows[] = {
		{ "the same", "store", "store" },
		{ "a letter missing", "stor", "store" },
		{ "a letter too many", "liisten", "listen" },
		{ "two swapped", "sotre", "store" },
		{ "a swap is one step", "di", "id" },
		{ "the plural", "backend", "backends" },
		{ "of two the nearer", "stagess", "stages" },
		{ "a third of the letters wrong", "lasten", "listen" },
		{ "nothing like it", "percent", NULL },
		{ "nothing", "", NULL },
		{ "three of six letters wrong", "xxxten", NULL },
		{ "one letter, not there", "x", NULL },
		{ "too long to judge", "storestorestorestorestorestorestore"
		    "storestorestorestorestorestorestore", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *got = text_nearest(rows[i].typed, names,
		    COUNT_OF(names));

		if (rows[i].want == NULL)
			cr_expect_null(got, "%s: %s", rows[i].why, got);
		else
			cr_expect(got != NULL && strcmp(got, rows[i].want) == 0,
			    "%s: %s", rows[i].why, got);
	}
	cr_expect_null(text_nearest("store", names, 0));
}

Test(text, compares_without_case)
{
	cr_expect(text_equal_nocase(TEXT("Content-Type"), TEXT("content-TYPE")));
	cr_expect(text_equal_nocase(TEXT(""), TEXT("")));
	cr_expect_not(text_equal_nocase(TEXT("a"), TEXT("ab")));
	cr_expect_not(text_equal_nocase(TEXT("@"), TEXT("`")));
	cr_expect_not(text_equal_nocase(TEXT("["), TEXT("{")));
	cr_expect_not(text_equal_nocase(TEXT("\xc3\x84"), TEXT("\xc3\xa4")));
}

Test(text, copies_what_fits)
{
	char out[4] = "???";

	cr_expect(text_copy(out, sizeof out, TEXT("abc")));
	cr_expect_str_eq(out, "abc");
	cr_expect_not(text_copy(out, sizeof out, TEXT("wxyz")));
	cr_expect_str_eq(out, "wxy");
	cr_expect(text_copy(out, sizeof out, NULL, 0));
	cr_expect_str_eq(out, "");
	cr_expect_not(text_copy(out, 1, TEXT("a")));
	cr_expect_str_eq(out, "");
	cr_expect_not(text_copy(out, 0, TEXT("a")));
}

Test(text, writes_hex)
{
	char out[11];

	text_hex("\x00\x01\x7f\x80\xff", 5, out);
	cr_expect_str_eq(out, "00017f80ff");
	text_hex("", 0, out);
	cr_expect_str_eq(out, "");
}

struct coding {
	const char *input;
	size_t len;
	const char *want; /* NULL = refused */
	size_t want_len;
};

#define REFUSED NULL, 0

static const struct coding base64url[] = {
	{ TEXT(""), TEXT("") },
	{ TEXT("Zg"), TEXT("f") },
	{ TEXT("Zg=="), TEXT("f") },
	{ TEXT("Zm8"), TEXT("fo") },
	{ TEXT("Zm8="), TEXT("fo") },
	{ TEXT("Zm9v"), TEXT("foo") },
	{ TEXT("Zm9vYmFy"), TEXT("foobar") },
	{ TEXT("-_-_"), TEXT("\xfb\xff\xbf") },
	{ TEXT("AAA"), TEXT("\0\0") },
	{ TEXT("+/+/"), REFUSED },
	{ TEXT("Z"), REFUSED },
	{ TEXT("Zm9vY"), REFUSED },
	{ TEXT("Zg="), REFUSED },
	{ TEXT("Zg==="), REFUSED },
	{ TEXT("Zm9v="), REFUSED },
	{ TEXT("Z==="), REFUSED },
	{ TEXT("===="), REFUSED },
	{ TEXT("="), REFUSED },
	{ TEXT("Zg==Zg=="), REFUSED },
	{ TEXT("Zm 9v"), REFUSED },
	{ TEXT("Zm9v\n"), REFUSED },
	{ TEXT("Zm\0v"), REFUSED },
};

Test(text, decodes_base64url)
{
	for (size_t i = 0; i < COUNT_OF(base64url); i++) {
		const struct coding *row = &base64url[i];
		char out[16];
		size_t len = 99;
		bool ok = text_base64url_decode(row->input, row->len, out,
		    sizeof out, &len);

		cr_expect_eq(ok, row->want != NULL, "%s", row->input);
		if (ok && row->want != NULL)
			cr_expect(len == row->want_len &&
			    memcmp(out, row->want, len) == 0, "%s", row->input);
		else
			cr_expect_eq(len, 99, "%s", row->input);
	}
}

static const struct {
	struct coding query, path; /* the same input, plus_is_space or not */
} percent[] = {
	{ { TEXT(""), TEXT("") }, { TEXT(""), TEXT("") } },
	{ { TEXT("a+b"), TEXT("a b") }, { TEXT("a+b"), TEXT("a+b") } },
	{ { TEXT("%41%7a"), TEXT("Az") }, { TEXT("%41%7A"), TEXT("Az") } },
	{ { TEXT("%2B"), TEXT("+") }, { TEXT("%2b"), TEXT("+") } },
	{ { TEXT("%00"), TEXT("\0") }, { TEXT("%00"), TEXT("\0") } },
	{ { TEXT("%25%34%31"), TEXT("%41") }, { TEXT("%2541"), TEXT("%41") } },
	{ { TEXT("%"), REFUSED }, { TEXT("%4"), REFUSED } },
	{ { TEXT("ab%4"), REFUSED }, { TEXT("ab%"), REFUSED } },
	{ { TEXT("%g0"), REFUSED }, { TEXT("%0g"), REFUSED } },
	{ { TEXT("%-1"), REFUSED }, { TEXT("% 1"), REFUSED } },
};

static void
check_percent(const struct coding *row, bool plus_is_space)
{
	char out[16];
	size_t len = 99;
	bool ok = text_percent_decode(row->input, row->len, plus_is_space, out,
	    sizeof out, &len);

	cr_expect_eq(ok, row->want != NULL, "%s", row->input);
	if (ok && row->want != NULL)
		cr_expect(len == row->want_len &&
		    memcmp(out, row->want, len) == 0, "%s", row->input);
}

Test(text, decodes_percents)
{
	for (size_t i = 0; i < COUNT_OF(percent); i++) {
		check_percent(&percent[i].query, true);
		check_percent(&percent[i].path, false);
	}
}

Test(text, refuses_to_decode_over_the_end)
{
	char out[3] = { 'x', 'x', 'x' };
	size_t len;

	cr_expect(text_base64url_decode(TEXT("Zm8"), out, 2, &len));
	cr_expect_not(text_base64url_decode(TEXT("Zm9v"), out, 2, &len));
	cr_expect(text_percent_decode(TEXT("%41b"), false, out, 2, &len));
	cr_expect_not(text_percent_decode(TEXT("%41bc"), false, out, 2, &len));
	cr_expect_eq(out[2], 'x');
}

static const struct {
	const char *why;
	const char *input;
	size_t len;
	bool want;
} utf8[] = {
	{ "nothing", TEXT(""), true },
	{ "ASCII with NUL", TEXT("a\0b"), true },
	{ "long ASCII", TEXT("abcdefghijklmnopqrstuvwxyz"), true },
	{ "bad behind long ASCII", TEXT("abcdefghijklmnopqrstuvwxy\xff"), false },
	{ "bad before long ASCII", TEXT("\xff" "abcdefghijklmnop"), false },
	{ "two bytes, least", TEXT("\xc2\x80"), true },
	{ "two bytes, most", TEXT("\xdf\xbf"), true },
	{ "three bytes, least", TEXT("\xe0\xa0\x80"), true },
	{ "before the surrogates", TEXT("\xed\x9f\xbf"), true },
	{ "behind the surrogates", TEXT("\xee\x80\x80"), true },
	{ "four bytes, least", TEXT("\xf0\x90\x80\x80"), true },
	{ "four bytes, most", TEXT("\xf4\x8f\xbf\xbf"), true },
	{ "overlong by two", TEXT("\xc1\xbf"), false },
	{ "overlong by three", TEXT("\xe0\x9f\xbf"), false },
	{ "overlong by four", TEXT("\xf0\x8f\xbf\xbf"), false },
	{ "first surrogate", TEXT("\xed\xa0\x80"), false },
	{ "last surrogate", TEXT("\xed\xbf\xbf"), false },
	{ "beyond Unicode", TEXT("\xf4\x90\x80\x80"), false },
	{ "five bytes", TEXT("\xf8\x88\x80\x80\x80"), false },
	{ "continuation alone", TEXT("\x80"), false },
	{ "cut after one", TEXT("\xe2"), false },
	{ "cut after two", TEXT("\xe2\x82"), false },
	{ "cut after three", TEXT("\xf0\x9f\x98"), false },
	{ "ASCII in place of the last", TEXT("\xe2\x82" "a"), false },
};

Test(text, knows_utf8)
{
	for (size_t i = 0; i < COUNT_OF(utf8); i++)
		cr_expect_eq(text_is_utf8(utf8[i].input, utf8[i].len),
		    utf8[i].want, "%s", utf8[i].why);
	cr_expect_eq(text_utf8_step("", 0), 0);
	cr_expect_eq(text_utf8_step("\xf0\x9f\x98\x80zz", 6), 4);
}

Test(text, writes_every_code_point_as_utf8)
{
	char out[4];

	for (unsigned code = 0; code <= 0x10ffff; code++) {
		size_t len;

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		len = (size_t)(text_utf8_put(out, code) - out);
		cr_assert_eq(text_utf8_step(out, len), len, "%x", code);
	}
	cr_expect_eq(text_utf8_put(out, 0x1f600) - out, 4);
	cr_expect_eq(memcmp(out, "\xf0\x9f\x98\x80", 4), 0);
}

Test(text, measures_the_good_beginning)
{
	cr_expect_eq(text_utf8_prefix(TEXT("")), 0);
	cr_expect_eq(text_utf8_prefix(TEXT("abcdefghijklm\xff")), 13);
	cr_expect_eq(text_utf8_prefix(TEXT("\xc3\xbc" "abcdefgh\xc3")), 10);
	cr_expect_eq(text_utf8_prefix(TEXT("\xff")), 0);
	cr_expect_eq(text_utf8_prefix(TEXT("abcdefghij")), 10);
}

Test(text, decodes_in_place)
{
	char escaped[] = "%41b%43", code[] = "Zm9vYmFy";
	size_t len;

	cr_expect(text_percent_decode(escaped, 7, false, escaped, 7, &len));
	cr_expect_arr_eq(escaped, "AbC", len);
	cr_expect(text_base64url_decode(code, 8, code, 8, &len));
	cr_expect_arr_eq(code, "foobar", len);
}
