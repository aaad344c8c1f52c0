/* The growing buffer and the strings of JSON that go into it.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

Test(buf, grows_and_stays_terminated)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < 5000; i++) {
		buf_add(&b, "x", 1);
		cr_assert_eq(b.len, i + 1);
		cr_assert_eq(b.bytes[b.len], '\0');
		cr_assert_lt(b.len, b.space);
	}
	buf_clear(&b);
	cr_expect_eq(b.len, 0);
	cr_expect_str_eq(b.bytes, "");
	buf_add(&b, NULL, 0);
	buf_puts(&b, "text");
	cr_expect_str_eq(b.bytes, "text");
	buf_fini(&b);
	cr_expect_null(b.bytes);
	buf_clear(&b);
	buf_fini(&b);
}

Test(buf, prints_at_every_fill)
{
	char want[600] = "";

	for (size_t fill = 0; fill < 520; fill++) {
		struct buf b = { 0 };

		memset(want, 'x', fill);
		want[fill] = '\0';
		buf_puts(&b, want);
		buf_printf(&b, "%s%d", "", 12345);
		strncat(want, "12345", sizeof want - fill - 1);
		cr_assert_str_eq(b.bytes, want, "%zu", fill);
		cr_assert_eq(b.len, fill + 5);
		buf_fini(&b);
	}
}

Test(buf, prints_nothing_and_much)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s", "");
	cr_expect_eq(b.len, 0);
	cr_expect_str_eq(b.bytes, "");
	buf_printf(&b, "%100000d", 1);
	cr_expect_eq(b.len, 100000);
	cr_expect_eq(b.bytes[99999], '1');
	cr_expect_eq(b.bytes[100000], '\0');
	buf_fini(&b);
}

Test(buf, gives_room_to_write_into)
{
	struct buf b = { 0 };

	buf_puts(&b, "ab");
	memcpy(buf_room(&b, 1000), "cd", 2);
	buf_grew(&b, 2);
	cr_expect_str_eq(b.bytes, "abcd");
	buf_fini(&b);
	(void)buf_room(&b, 100);
	cr_expect_str_eq(b.bytes, "", "room that nobody used");
	buf_fini(&b);
}

static const struct {
	const char *why;
	const char *input;
	size_t len;
	const char *want;
} strings[] = {
	{ "nothing", TEXT(""), "\"\"" },
	{ "plain", TEXT("plain"), "\"plain\"" },
	{ "quote and backslash", TEXT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
	{ "short escapes", TEXT("\n\r\t"), "\"\\n\\r\\t\"" },
	{ "other controls", TEXT("\x01\b\x1f\x7f"),
	    "\"\\u0001\\u0008\\u001f\\u007f\"" },
	{ "NUL", TEXT("a\0b"), "\"a\\u0000b\"" },
	{ "UTF-8 stays", TEXT("gr\xc3\xbcn \xf0\x9f\x98\x80"),
	    "\"gr\xc3\xbcn \xf0\x9f\x98\x80\"" },
	{ "a stray byte", TEXT("a\x80z"), "\"a\xef\xbf\xbdz\"" },
	{ "a surrogate", TEXT("\xed\xa0\x80"),
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "cut at the end", TEXT("a\xe2\x82"),
	    "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
};

Test(buf, writes_json_strings)
{
	for (size_t i = 0; i < COUNT_OF(strings); i++) {
		struct buf b = { 0 };

		buf_json_string(&b, strings[i].input, strings[i].len);
		cr_expect_str_eq(b.bytes, strings[i].want, "%s: %s",
		    strings[i].why, b.bytes);
		buf_fini(&b);
	}
}

/* Whatever the bytes, our own reader takes what was written. */
Test(buf, json_strings_of_any_two_bytes_read_back)
{
	struct buf b = { 0 };
	struct arena a;

	arena_init(&a, 0);
	for (unsigned pair = 0; pair < 65536; pair++) {
		const char bytes[2] = { (char)(pair >> 8), (char)pair };
		struct json_fault fault;
		struct json *v;

		buf_clear(&b);
		arena_reset(&a);
		buf_json_string(&b, bytes, 2);
		v = json_parse(&a, b.bytes, b.len, false, &fault);
		cr_assert(v != NULL && v->kind == JSON_STRING, "%04x", pair);
		if (((pair | pair >> 8) & 0x80) == 0)
			cr_assert(v->len == 2 && memcmp(v->text, bytes, 2) == 0,
			    "%04x", pair);
	}
	buf_fini(&b);
	arena_fini(&a);
}
