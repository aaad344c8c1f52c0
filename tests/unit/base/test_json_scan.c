/* Values found in a document as it comes, however it is cut.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/json_scan.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* ' for " in documents.  want: "mark:kind text;" in the order of their ends;
 * an empty one is followed by "0", a cut text by "..". */
static const struct {
	const char *why;
	const char *pointers[4];
	const char *document;
	const char *want;
} cases[] = {
	{ "the root", { "" }, "12", "0:number 12;" },
	{ "white space", { "" }, " \t\r\n true \n", "0:boolean ;" },
	{ "members", { "/a", "/b" }, "{'a':1,'x':2,'b':'c'}",
	    "0:number 1;1:string c;" },
	{ "nothing is there", { "/a" }, "{'b':{'a':1}}", "" },
	{ "deep", { "/a/b/c" }, "{'a':{'b':{'c':null}}}", "0:null ;" },
	{ "any item", { "/a/*/b" }, "{'a':[{'b':1},{'c':2},{'b':3}]}",
	    "0:number 1;0:number 3;" },
	{ "any member", { "/*" }, "{'a':1,'b':[2]}", "0:number 1;0:array ;" },
	{ "an item", { "/1" }, "[5,6,7]", "0:number 6;" },
	{ "an item of items", { "/1/0" }, "[[1],[2,3]]", "0:number 2;" },
	{ "containers end behind their children", { "/a", "/a/b" },
	    "{'a':{'b':1}}", "1:number 1;0:object ;" },
	{ "empty ones", { "/*" }, "{'a':'','b':[],'c':{},'d':{'e':1}}",
	    "0:string 0;0:array 0;0:object 0;0:object ;" },
	{ "of one name each", { "/a" }, "{'a':1,'a':2}", "0:number 1;0:number 2;" },
	{ "two pointers", { "/*", "/a" }, "{'a':1}", "1:number 1;0:number 1;" },
	{ "escapes", { "/a" }, "{'a':'q\\'b\\\\s\\/f\\n'}", "0:string q\"b\\s/f\n;" },
	{ "code points", { "" }, "'\\u0041\\u00e4\\u20ac\\ud83d\\ude00'",
	    "0:string A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80;" },
	{ "an escaped name", { "/error" }, "{'\\u0065rro\\u0072':1}",
	    "0:number 1;" },
	{ "a name that begins like it", { "/ab" }, "{'a':1,'abc':2,'ab':3}",
	    "0:number 3;" },
	{ "a name longer than any", { "/a", "/*" },
	    "{'" HUNDRED HUNDRED "':1}", "1:number 1;" },
	{ "a long escaped name", { "/a", "/*" },
	    "{'\\n" HUNDRED HUNDRED "':1}", "1:number 1;" },
	{ "numbers", { "/*" }, "[0,-0,10,-1.5,2e3,2E+3,2.0e-3]",
	    "0:number 0;0:number -0;0:number 10;0:number -1.5;0:number 2e3;"
	    "0:number 2E+3;0:number 2.0e-3;" },
	{ "words", { "/*" }, "[true,false,null]",
	    "0:boolean ;0:boolean ;0:null ;" },
	{ "a long text is cut", { "" }, "'" HUNDRED "abcdefgh" TEN TEN "xy'",
	    "0:string " HUNDRED "abcdefgh" TEN TEN "..;" },
	{ "one that just fits", { "" }, "'" HUNDRED "abcdefgh" TEN TEN "'",
	    "0:string " HUNDRED "abcdefgh" TEN TEN ";" },
	{ "a long number is cut", { "" }, "1" HUNDRED TEN TEN TEN,
	    "0:number 1" HUNDRED TEN TEN "0123456..;" },
	{ "brackets in strings", { "/a" }, "{'b':'}]\\'','a':1}", "0:number 1;" },
	{ "all of a chat answer", { "/choices/*/message/content", "/error",
	    "/usage/completion_tokens" },
	    "{'choices':[{'index':0,'message':{'role':'assistant','content':"
	    "'Hi'},'finish_reason':'stop'}],'usage':{'completion_tokens':7}}",
	    "0:string Hi;2:number 7;" },
};

struct seen {
	char text[600];
	size_t len;
};

static void
on_found(void *arg, const struct json_found *f)
{
	struct seen *s = arg;

	s->len += (size_t)snprintf(s->text + s->len, sizeof s->text - s->len,
	    "%u:%s %.*s%s%s;", f->mark, json_kind_name(f->kind), (int)f->len,
	    f->text, f->empty ? "0" : "", f->cut ? ".." : "");
}

/* With " for ', in memory of exactly its size. */
static char *
document_of(const char *text, size_t len)
{
	char *bytes = malloc(len + (len == 0));

	for (size_t i = 0; i < len; i++)
		bytes[i] = text[i] == '\'' ? '"' : text[i];
	return bytes;
}

static enum json_scan_state
scan_piece(struct json_scan *s, const char *text, size_t len,
    struct seen *seen)
{
	char *bytes = document_of(text, len);
	enum json_scan_state state = json_scan_feed(s, bytes, len, on_found,
	    seen);

	free(bytes);
	return state;
}

/* The first piece ends at cut, the others are that long. */
static enum json_scan_state
scan(const char *const *pointers, const char *text, size_t cut, size_t piece,
    struct seen *seen)
{
	size_t count = 0, len = strlen(text);
	enum json_scan_state state;
	struct json_scan s;
	struct arena a;

	while (count < 4 && pointers[count] != NULL)
		count++;
	arena_init(&a, 0);
	json_scan_init(&s, pointer_tree_make(pointers, count, &a));
	seen->len = 0;
	seen->text[0] = '\0';
	(void)scan_piece(&s, text, cut, seen);
	for (size_t at = cut; at < len; at += piece)
		(void)scan_piece(&s, text + at, piece < len - at ? piece : len - at,
		    seen);
	state = json_scan_finish(&s, on_found, seen);
	arena_fini(&a);
	return state;
}

Test(json_scan, finds_the_same_however_it_is_cut)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t len = strlen(cases[i].document);
		struct seen seen;

		for (size_t cut = 0; cut <= len; cut++) {
			cr_assert_eq(scan(cases[i].pointers, cases[i].document,
			    cut, len, &seen), JSON_SCAN_END, "%s, cut at %zu",
			    cases[i].why, cut);
			cr_assert_str_eq(seen.text, cases[i].want,
			    "%s, cut at %zu: %s", cases[i].why, cut, seen.text);
		}
		scan(cases[i].pointers, cases[i].document, 0, 1, &seen);
		cr_assert_str_eq(seen.text, cases[i].want,
		    "%s, byte by byte: %s", cases[i].why, seen.text);
	}
}

static const char *const cut_short[] = { "", "  ", "{", "[1,", "{'a'", "{'a':",
	"'a", "'a\\", "'\\u00", "'\\ud800", "tru", "-", "1.", "1e", "[[1]", "1e+" };

Test(json_scan, says_what_is_cut_short)
{
	static const char *const none[4] = { NULL };

	for (size_t i = 0; i < COUNT_OF(cut_short); i++) {
		struct seen seen;

		cr_expect_eq(scan(none, cut_short[i], 0, 1, &seen),
		    JSON_SCAN_MORE, "%s", cut_short[i]);
	}
}

static const char *const wrong[] = { "}", "]", "[}", "{]", "{'a' 1}", "{'a',1}",
	"{1:2}", "{,}", "[,]", "[1 2]", "[1,]", "{'a':1,}", "1 2", "1x", "01",
	"-x", ".5", "1.e5", "1ex", "+1", "tru ", "truE", "nulx", "'\\x'", "'\\u00g0'",
	"'\\ud800x'", "'\\ud800\\n'", "'\\ud800\\u0041'", "'\\udc00'", "'\x01'",
	"'\n'", "''''", "{'a':1}}", "[]]", "x", "\xef\xbb\xbf{}", "--1", "1-1",
	"1.5.5", "{'a'::1}" };

Test(json_scan, refuses_what_is_not_json)
{
	static const char *const any[4] = { "/*" };

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct seen seen;

		cr_expect_eq(scan(any, wrong[i], 0, 1, &seen), JSON_SCAN_BAD,
		    "%s", wrong[i]);
		cr_expect_eq(scan(any, wrong[i], 0, 100, &seen), JSON_SCAN_BAD,
		    "%s, whole", wrong[i]);
	}
}

Test(json_scan, goes_as_deep_as_the_parser)
{
	static const char *const root[4] = { "" };
	char text[2 * JSON_DEPTH_MAX + 3];
	struct seen seen;

	for (int n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		memset(text, '[', (size_t)n);
		memset(text + n, ']', (size_t)n);
		text[2 * n] = '\0';
		cr_expect_eq(scan(root, text, 0, 9, &seen),
		    n > JSON_DEPTH_MAX ? JSON_SCAN_BAD : JSON_SCAN_END);
	}
}
