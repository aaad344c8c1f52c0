/* The JSON reader: what it takes, what it refuses and where, what it keeps.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* The tree as compact JSON with numbers as written. */
static void
show(struct buf *b, const struct json *v)
{
	const char *close = v->kind == JSON_OBJECT ? "}" : "]";

	if (v->key != NULL) {
		buf_json_string(b, v->key, v->key_len);
		buf_puts(b, ":");
	}
	if (v->kind == JSON_STRING) {
		buf_json_string(b, v->text, v->len);
	} else if (v->kind == JSON_ARRAY || v->kind == JSON_OBJECT) {
		buf_puts(b, v->kind == JSON_OBJECT ? "{" : "[");
		for (const struct json *c = v->first; c != NULL; c = c->next) {
			show(b, c);
			if (c->next != NULL)
				buf_puts(b, ",");
		}
		buf_puts(b, close);
	} else {
		buf_add(b, v->text, v->len);
	}
}

static const struct {
	const char *why;
	const char *input;
	size_t len;
	const char *want;
} valid[] = {
	{ "null", TEXT("null"), "null" },
	{ "true", TEXT("true"), "true" },
	{ "false in space", TEXT(" \t\r\nfalse \t\r\n"), "false" },
	{ "zero", TEXT("0"), "0" },
	{ "minus zero keeps its sign", TEXT("-0"), "-0" },
	{ "a large integer stays exact", TEXT("12345678901234567890123"),
	    "12345678901234567890123" },
	{ "a fraction", TEXT("-12.50"), "-12.50" },
	{ "exponents", TEXT("[1e5,1E+5,1.5e-05,0e0]"),
	    "[1e5,1E+5,1.5e-05,0e0]" },
	{ "an empty string", TEXT("\"\""), "\"\"" },
	{ "a plain string", TEXT("\"plain\""), "\"plain\"" },
	{ "seven bytes", TEXT("\"1234567\""), "\"1234567\"" },
	{ "eight bytes", TEXT("\"12345678\""), "\"12345678\"" },
	{ "seventeen bytes", TEXT("\"12345678123456781\""),
	    "\"12345678123456781\"" },
	{ "every short escape", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	    "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\"" },
	{ "an escape first, middle and last",
	    TEXT("\"\\nabcdefghijk\\nlmnopqrstuv\\n\""),
	    "\"\\nabcdefghijk\\nlmnopqrstuv\\n\"" },
	{ "an escaped quote at the end", TEXT("\"abcdefg\\\"\""),
	    "\"abcdefg\\\"\"" },
	{ "escaped hex of either case", TEXT("\"\\u00e9\\u00E9\""),
	    "\"\xc3\xa9\xc3\xa9\"" },
	{ "an escaped NUL", TEXT("\"a\\u0000b\""), "\"a\\u0000b\"" },
	{ "one to three bytes of UTF-8", TEXT("\"\\u007e\\u0080\\u07ff\\u0800"
	    "\\uffff\""), "\"~\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\"" },
	{ "around the surrogates", TEXT("\"\\ud7ff\\ue000\""),
	    "\"\xed\x9f\xbf\xee\x80\x80\"" },
	{ "a surrogate pair", TEXT("\"\\ud83d\\ude00\""),
	    "\"\xf0\x9f\x98\x80\"" },
	{ "the first and last pair", TEXT("\"\\ud800\\udc00\\udbff\\udfff\""),
	    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
	{ "raw UTF-8", TEXT("\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""),
	    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"" },
	{ "raw UTF-8 beside escapes", TEXT("\"\xc3\xbc\\n\xc3\x9f\""),
	    "\"\xc3\xbc\\n\xc3\x9f\"" },
	{ "DEL is not a control character here", TEXT("\"\x7f\""),
	    "\"\\u007f\"" },
	{ "an empty array", TEXT("[ ]"), "[]" },
	{ "an empty object", TEXT("{ }"), "{}" },
	{ "nested", TEXT("[[],{},[{\"a\":[1]}]]"), "[[],{},[{\"a\":[1]}]]" },
	{ "order of members", TEXT("{\"b\":1,\"a\":2}"), "{\"b\":1,\"a\":2}" },
	{ "same names are kept", TEXT("{\"a\":1,\"a\":2}"),
	    "{\"a\":1,\"a\":2}" },
	{ "an empty name", TEXT("{\"\":0}"), "{\"\":0}" },
	{ "an escaped name", TEXT("{\"\\u0061\\n\":0}"), "{\"a\\n\":0}" },
	{ "space everywhere", TEXT(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } "),
	    "{\"a\":[1,2],\"b\":{}}" },
};

Test(json, takes_every_valid_document)
{
	for (size_t i = 0; i < COUNT_OF(valid); i++) {
		struct json_fault fault;
		struct buf b = { 0 };
		struct arena a;
		struct json *v;

		arena_init(&a, 1 << 20);
		v = json_parse(&a, valid[i].input, valid[i].len, false, &fault);
		cr_assert_not_null(v, "%s: %s at %zu", valid[i].why,
		    fault.message, fault.offset);
		show(&b, v);
		cr_expect_str_eq(b.bytes, valid[i].want, "%s: %s",
		    valid[i].why, b.bytes);
		buf_fini(&b);
		arena_fini(&a);
	}
}

static const struct {
	const char *why;
	const char *input;
	size_t len;
	size_t offset; /* of the fault */
} invalid[] = {
	{ "nothing", TEXT(""), 0 },
	{ "only space", TEXT("  \n"), 3 },
	{ "a byte order mark", TEXT("\xef\xbb\xbf{}"), 0 },
	{ "a NUL", TEXT("\0"), 0 },
	{ "a NUL behind", TEXT("1\0"), 1 },
	{ "two documents", TEXT("{} {}"), 3 },
	{ "a word cut short", TEXT("nul"), 0 },
	{ "a word too long", TEXT("nulll"), 4 },
	{ "a word in capitals", TEXT("True"), 0 },
	{ "NaN", TEXT("NaN"), 0 },
	{ "Infinity", TEXT("-Infinity"), 1 },
	{ "a leading zero", TEXT("01"), 1 },
	{ "a leading plus", TEXT("+1"), 0 },
	{ "only a minus", TEXT("-"), 1 },
	{ "no digits before the point", TEXT(".5"), 0 },
	{ "no digits behind the point", TEXT("1."), 2 },
	{ "no digits behind the point but e", TEXT("1.e5"), 2 },
	{ "no digits in the exponent", TEXT("1e"), 2 },
	{ "no digits behind the exponent's sign", TEXT("1e+"), 3 },
	{ "hexadecimal", TEXT("0x10"), 1 },
	{ "single quotes", TEXT("'a'"), 0 },
	{ "a string without end", TEXT("\"abc"), 4 },
	{ "a long string without end", TEXT("\"abcdefghijklmnop"), 17 },
	{ "a string ending in a backslash", TEXT("\"abc\\"), 5 },
	{ "a string ending in an escaped quote", TEXT("\"abc\\\""), 6 },
	{ "a raw newline in a string", TEXT("\"a\nb\""), 2 },
	{ "a raw 0x1f far into a string", TEXT("\"abcdefghijk\x1fl\""), 12 },
	{ "a raw NUL in a string", TEXT("\"a\0b\""), 2 },
	{ "an unknown escape", TEXT("\"\\x41\""), 2 },
	{ "an escaped NUL byte", TEXT("\"\\\0\""), 2 },
	{ "an escape with too few digits", TEXT("\"\\u12\""), 3 },
	{ "an escape with a wrong digit", TEXT("\"\\u12g4\""), 3 },
	{ "a high surrogate alone", TEXT("\"\\ud83d\""), 7 },
	{ "a high surrogate and text", TEXT("\"\\ud83dabcdef\""), 7 },
	{ "a high surrogate and another", TEXT("\"\\ud83d\\ud83d\""), 7 },
	{ "a high surrogate and no surrogate", TEXT("\"\\ud83d\\u0041\""), 7 },
	{ "a low surrogate alone", TEXT("\"\\ude00\""), 7 },
	{ "a low surrogate and another", TEXT("\"\\ude00\\udc00\""), 7 },
	{ "a pair the wrong way round", TEXT("\"\\ude00\\ud83d\""), 7 },
	{ "a stray continuation byte", TEXT("\"a\x80\""), 2 },
	{ "a sequence cut by the quote", TEXT("\"a\xc3\""), 2 },
	{ "a sequence cut by an escape", TEXT("\"a\xe2\x82\\n\""), 2 },
	{ "an overlong slash", TEXT("\"\xc0\xaf\""), 1 },
	{ "an overlong of three bytes", TEXT("\"\xe0\x80\xaf\""), 1 },
	{ "a surrogate in UTF-8", TEXT("\"\xed\xa0\x80\""), 1 },
	{ "beyond U+10FFFF", TEXT("\"\xf4\x90\x80\x80\""), 1 },
	{ "0xff far in", TEXT("\"abcdefghijklmn\xff\""), 15 },
	{ "bad UTF-8 in a name", TEXT("{\"\xff\":1}"), 2 },
	{ "an array without end", TEXT("[1,2"), 4 },
	{ "an array closed by a brace", TEXT("[1}"), 2 },
	{ "a comma at the end", TEXT("[1,]"), 3 },
	{ "a comma at the start", TEXT("[,1]"), 1 },
	{ "no comma", TEXT("[1 2]"), 3 },
	{ "only a bracket", TEXT("["), 1 },
	{ "only a closing bracket", TEXT("]"), 0 },
	{ "an object without end", TEXT("{\"a\":1"), 6 },
	{ "a name without quotes", TEXT("{a:1}"), 1 },
	{ "a number as a name", TEXT("{1:1}"), 1 },
	{ "no colon", TEXT("{\"a\" 1}"), 5 },
	{ "no value", TEXT("{\"a\":}"), 5 },
	{ "a comma at an object's end", TEXT("{\"a\":1,}"), 7 },
	{ "a comment", TEXT("[1 /* one */]"), 3 },
	{ "a vertical tab as space", TEXT("[\v1]"), 1 },
	{ "a no-break space", TEXT("\xc2\xa0" "1"), 0 },
};

/* The input ends where its memory ends, so that a read behind it is seen by
 * the address sanitizer. */
static bool
parses_exactly(struct arena *a, const char *input, size_t len,
    struct json_fault *fault)
{
	char *exact = malloc(len == 0 ? 1 : len);
	bool ok;

	cr_assert_not_null(exact);
	memcpy(exact, input, len);
	ok = json_parse(a, exact, len, false, fault) != NULL;
	free(exact);
	return ok;
}

Test(json, refuses_what_is_not_json_and_says_where)
{
	for (size_t i = 0; i < COUNT_OF(invalid); i++) {
		struct json_fault fault;
		struct arena a;

		arena_init(&a, 1 << 20);
		cr_expect_not(parses_exactly(&a, invalid[i].input,
		    invalid[i].len, &fault), "%s", invalid[i].why);
		cr_expect_not_null(fault.message, "%s", invalid[i].why);
		cr_expect_eq(fault.offset, invalid[i].offset,
		    "%s: \"%s\" at %zu", invalid[i].why, fault.message,
		    fault.offset);
		arena_fini(&a);
	}
}

/* No beginning of a valid text may be read over its end. */
Test(json, refuses_every_beginning_of_a_document)
{
	static const char whole[] = "{\"k\\u00e9y\":[true,false,null,-1.5e+3,"
	    "\"\\ud83d\\ude00 gr\xc3\xbcn\"],\"o\":{\"a\":\"\"}}";
	struct json_fault fault;
	struct arena a;

	arena_init(&a, 0);
	for (size_t len = 0; len < sizeof whole - 1; len++)
		cr_expect_not(parses_exactly(&a, whole, len, &fault), "%zu",
		    len);
	cr_expect(parses_exactly(&a, whole, sizeof whole - 1, &fault));
	arena_fini(&a);
}

static bool
parses_nested(const char *open, const char *inner, const char *close,
    unsigned depth)
{
	struct json_fault fault;
	struct buf b = { 0 };
	struct arena a;
	bool ok;

	arena_init(&a, 0);
	for (unsigned i = 0; i < depth; i++)
		buf_puts(&b, open);
	buf_puts(&b, inner);
	for (unsigned i = 0; i < depth; i++)
		buf_puts(&b, close);
	ok = json_parse(&a, b.bytes, b.len, true, &fault) != NULL;
	buf_fini(&b);
	arena_fini(&a);
	return ok;
}

Test(json, refuses_what_is_nested_too_deeply)
{
	cr_expect(parses_nested("[", "", "]", JSON_DEPTH_MAX));
	cr_expect(parses_nested("[", "1", "]", JSON_DEPTH_MAX));
	cr_expect_not(parses_nested("[", "", "]", JSON_DEPTH_MAX + 1));
	cr_expect_not(parses_nested("[", "1", "]", JSON_DEPTH_MAX + 1));
	cr_expect(parses_nested("{\"a\":", "1", "}", JSON_DEPTH_MAX));
	cr_expect_not(parses_nested("{\"a\":", "{}", "}", JSON_DEPTH_MAX));
	cr_expect_not(parses_nested("[", "", "", 1000000));
}

Test(json, counts_depth_not_brackets)
{
	struct json_fault fault;
	struct buf b = { 0 };
	struct arena a;

	arena_init(&a, 0);
	buf_puts(&b, "[0");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, ",[],{},[1],{\"a\":1}");
	buf_puts(&b, "]");
	cr_expect_not_null(json_parse(&a, b.bytes, b.len, true, &fault));
	buf_fini(&b);
	arena_fini(&a);
}

static const struct {
	const char *why;
	const char *input;
	bool want;
	size_t offset;
} duplicates[] = {
	{ "none", "{\"a\":1,\"b\":1}", true, 0 },
	{ "one is the beginning of the other", "{\"a\":1,\"ab\":1}", true, 0 },
	{ "in different objects", "{\"a\":{\"a\":{\"a\":1}}}", true, 0 },
	{ "in neighbours", "[{\"a\":1},{\"a\":1}]", true, 0 },
	{ "other case", "{\"a\":1,\"A\":1}", true, 0 },
	{ "two", "{\"a\":1,\"a\":1}", false, 7 },
	{ "three: the second is the fault", "{\"a\":1,\"a\":1,\"a\":1}", false, 7 },
	{ "of two faults the first",
	    "{\"b\":1,\"a\":2,\"b\":3,\"a\":4}", false, 13 },
	{ "one written with an escape", "{\"a\":1,\"\\u0061\":1}", false, 7 },
	{ "deep", "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]", false, 19 },
	{ "empty names", "{\"\":1,\"\":1}", false, 6 },
};

Test(json, refuses_duplicates_when_asked)
{
	for (size_t i = 0; i < COUNT_OF(duplicates); i++) {
		const char *input = duplicates[i].input;
		struct json_fault fault;
		struct arena a;
		struct json *v;

		arena_init(&a, 1 << 20);
		v = json_parse(&a, input, strlen(input), true, &fault);
		cr_expect_eq(v != NULL, duplicates[i].want, "%s",
		    duplicates[i].why);
		cr_expect_eq(fault.offset, duplicates[i].offset, "%s: %zu",
		    duplicates[i].why, fault.offset);
		cr_expect_not_null(json_parse(&a, input, strlen(input), false,
		    &fault), "%s", duplicates[i].why);
		arena_fini(&a);
	}
}

/* With a comparison of each with each this takes minutes. */
Test(json, finds_a_duplicate_among_many, .timeout = 20)
{
	struct json_fault fault;
	struct buf b = { 0 };
	size_t second;
	struct arena a;

	arena_init(&a, 0);
	buf_puts(&b, "{\"name00000077\":0");
	for (unsigned i = 100; i < 200000; i++)
		buf_printf(&b, ",\"name%08u\":0", i);
	buf_puts(&b, "}");
	cr_expect_not_null(json_parse(&a, b.bytes, b.len, true, &fault));
	b.len--;
	second = b.len + 1;
	buf_puts(&b, ",\"name00000077\":0}");
	cr_expect_null(json_parse(&a, b.bytes, b.len, true, &fault));
	cr_expect_eq(fault.offset, second);
	buf_fini(&b);
	arena_fini(&a);
}

Test(json, ends_at_the_arenas_cap)
{
	static const char text[] = "{\"a\":[1,2,3,\"with \\n escape\"],\"b\":{}}";
	struct json_fault fault;
	size_t cap = 16;

	for (;; cap += 16) {
		struct arena a;
		struct json *v;

		arena_init(&a, cap);
		v = json_parse(&a, text, sizeof text - 1, true, &fault);
		cr_assert_leq(a.used_bytes, cap);
		arena_fini(&a);
		if (v != NULL)
			break;
		cr_assert_str_eq(fault.message, "document needs too much memory");
	}
	cr_expect_gt(cap, 6 * sizeof(struct json));
}

Test(json, knows_where_every_value_is)
{
	static const char text[] = " {\"a\": 1,\n \"b\":  [true, \"x\"]}";
	struct json_fault fault;
	const struct json *v, *b;
	struct arena a;

	arena_init(&a, 0);
	v = json_parse(&a, text, sizeof text - 1, false, &fault);
	cr_assert_not_null(v);
	b = json_member(v, "b");
	cr_expect_eq(v->offset, 1);
	cr_expect_eq(v->count, 2);
	cr_expect_null(v->key);
	cr_expect_eq(json_at(v, "/a")->offset, 7);
	cr_expect_eq(json_at(v, "/a")->key_offset, 2);
	cr_expect_eq(b->key_offset, 11);
	cr_expect_eq(b->offset, 17);
	cr_expect_eq(b->count, 2);
	cr_expect_eq(json_at(v, "/b/1")->offset, 24);
	arena_fini(&a);
}

static const struct {
	const char *why;
	const char *pointer;
	const char *want; /* text of the value; NULL = absent */
} pointers[] = {
	{ "a member", "/a", "1" },
	{ "an item's member", "/list/1/x", "3" },
	{ "the first item", "/list/0", "2" },
	{ "behind the last item", "/list/2", NULL },
	{ "an index with a leading zero", "/list/00", NULL },
	{ "an index with a sign", "/list/-1", NULL },
	{ "a dash", "/list/-", NULL },
	{ "an empty index", "/list/", NULL },
	{ "a huge index", "/list/18446744073709551616", NULL },
	{ "digits name a member of an object", "/0", "4" },
	{ "a slash in a name", "/s~1l", "5" },
	{ "a tilde in a name", "/t~0l", "6" },
	{ "~01 is ~1", "/~01", "7" },
	{ "a tilde of another kind", "/s~2l", NULL },
	{ "a tilde at the end", "/~", NULL },
	{ "a tilde before a slash", "/t~/x", NULL },
	{ "a slash too many", "/a/", NULL },
	{ "an empty name", "/", "8" },
	{ "a member of a number", "/a/b", NULL },
	{ "not there", "/nope", NULL },
	{ "no slash", "a", NULL },
	{ "of two the first", "/twice", "9" },
};

Test(json, follows_pointers)
{
	static const char text[] = "{\"a\":1,\"list\":[2,{\"x\":3}],\"0\":4,"
	    "\"s/l\":5,\"t~l\":6,\"~1\":7,\"\":8,\"twice\":9,\"twice\":10}";
	struct json_fault fault;
	struct arena a;
	const struct json *root, *v;

	arena_init(&a, 0);
	root = json_parse(&a, text, sizeof text - 1, false, &fault);
	cr_assert_not_null(root);
	cr_expect_eq(json_at(root, ""), root);
	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		const char *want = pointers[i].want;

		v = json_at(root, pointers[i].pointer);
		cr_expect_eq(v != NULL, want != NULL, "%s", pointers[i].why);
		if (v != NULL && want != NULL)
			cr_expect(v->len == strlen(want) &&
			    memcmp(v->text, want, v->len) == 0, "%s",
			    pointers[i].why);
	}
	cr_expect_null(json_member(json_at(root, "/list"), "x"));
	cr_expect_null(json_member(NULL, "x"));
	cr_expect_null(json_at(NULL, "/a"));
	arena_fini(&a);
}

static const struct {
	const char *input;
	double want;
} numbers[] = {
	{ "0", 0 },
	{ "-1.5", -1.5 },
	{ "1e3", 1000 },
	{ "0.1", 0.1 },
	{ "9007199254740993", 9007199254740992.0 },
	{ "1e400", HUGE_VAL },
	{ "1.00000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000e3", 1000 },
	{ "0.00000000000000000000000000000000000000000000000000000000000000"
	  "000000000000000000000000000000000000001e100", 0.1 },
	{ "\"12\"", 0 },
	{ "true", 0 },
};

Test(json, reads_numbers)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const char *input = numbers[i].input;
		struct json_fault fault;
		struct arena a;
		double got;

		arena_init(&a, 0);
		got = json_number(json_parse(&a, input, strlen(input), false,
		    &fault));
		cr_expect(got == numbers[i].want ||
		    fabs(got - numbers[i].want) < 1e-15, "%s: %g", input, got);
		arena_fini(&a);
	}
	cr_expect_eq(json_number(NULL), 0);
}

Test(json, compares_text)
{
	struct json_fault fault;
	struct json *v;
	struct arena a;

	arena_init(&a, 0);
	v = json_parse(&a, TEXT("\"a\\u0000b\""), false, &fault);
	cr_assert_not_null(v);
	cr_expect_eq(v->len, 3);
	cr_expect_not(json_text_is(v, "a"));
	v = json_parse(&a, TEXT("\"abc\""), false, &fault);
	cr_expect(json_text_is(v, "abc"));
	cr_expect_not(json_text_is(v, "ab"));
	cr_expect_not(json_text_is(v, "abcd"));
	v = json_parse(&a, TEXT("12"), false, &fault);
	cr_expect_not(json_text_is(v, "12"));
	cr_expect_not(json_text_is(NULL, ""));
	arena_fini(&a);
}

Test(json, names_every_kind)
{
	for (int kind = 0; kind < JSON_KIND_COUNT; kind++)
		cr_expect_neq(json_kind_name((enum json_kind)kind)[0], '\0');
}

Test(json, finds_line_and_column)
{
	static const char text[] = "{\n  \"a\": 1,\n\n}";
	static const struct {
		size_t offset, line, column;
	} places[] = {
		{ 0, 1, 1 }, { 1, 1, 2 }, { 2, 2, 1 }, { 4, 2, 3 },
		{ 12, 3, 1 }, { 13, 4, 1 }, { sizeof text - 1, 4, 2 },
	};

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t line, column;

		json_place(text, places[i].offset, &line, &column);
		cr_expect_eq(line, places[i].line, "%zu", places[i].offset);
		cr_expect_eq(column, places[i].column, "%zu",
		    places[i].offset);
	}
}

/* A name is compared where it lies, whatever its length. */
Test(json, follows_pointers_to_long_names)
{
	for (size_t len = 200; len < 5000; len = len * 3 / 2) {
		struct buf text = { 0 }, pointer = { 0 };
		struct json_fault fault;
		struct arena a;

		arena_init(&a, 0);
		buf_puts(&pointer, "/");
		for (size_t i = 0; i < len; i++)
			buf_puts(&pointer, "n");
		buf_printf(&text, "{\"%s\":1}", pointer.bytes + 1);
		cr_expect_not_null(json_at(json_parse(&a, text.bytes, text.len,
		    true, &fault), pointer.bytes), "%zu", len);
		buf_puts(&pointer, "n");
		cr_expect_null(json_at(json_parse(&a, text.bytes, text.len,
		    true, &fault), pointer.bytes), "%zu", len);
		arena_fini(&a);
		buf_fini(&text);
		buf_fini(&pointer);
	}
}
