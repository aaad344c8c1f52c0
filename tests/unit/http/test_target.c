/* test_target -- the forms of a request target, and authorities.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "http/parser.h"
#include "http/target.h"

static const struct head_limits lim = { 65536, 100 };

static const struct {
	const char *method, *target;
	bool want;
	enum target_form form;
	const char *path, *query, *authority; /* NULL = none */
} rows[] = {
	{ "GET", "/", true, TARGET_ORIGIN, "/", NULL, NULL },
	{ "GET", "/a/b?c=d?e", true, TARGET_ORIGIN, "/a/b", "c=d?e", NULL },
	{ "GET", "/a?", true, TARGET_ORIGIN, "/a", "", NULL },
	{ "GET", "//a", true, TARGET_ORIGIN, "//a", NULL, NULL },
	{ "GET", "/%zz%00", true, TARGET_ORIGIN, "/%zz%00", NULL, NULL },
	{ "GET", "/http://a/", true, TARGET_ORIGIN, "/http://a/", NULL, NULL },
	{ "OPTIONS", "/a", true, TARGET_ORIGIN, "/a", NULL, NULL },
	{ "OPTIONS", "*", true, TARGET_ASTERISK, "*", NULL, NULL },
	{ "GET", "http://a", true, TARGET_ABSOLUTE, "/", NULL, "a" },
	{ "GET", "http://a/", true, TARGET_ABSOLUTE, "/", NULL, "a" },
	{ "GET", "HTTPS://a:8/b?c", true, TARGET_ABSOLUTE, "/b", "c", "a:8" },
	{ "GET", "http://a?b/c", true, TARGET_ABSOLUTE, "/", "b/c", "a" },
	{ "GET", "http://[::1]:80/", true, TARGET_ABSOLUTE, "/", NULL, "[::1]:80" },
	{ "OPTIONS", "http://a", true, TARGET_ABSOLUTE, "*", NULL, "a" },
	{ "OPTIONS", "http://a/", true, TARGET_ABSOLUTE, "/", NULL, "a" },
	{ "OPTIONS", "http://a?b", true, TARGET_ABSOLUTE, "/", "b", "a" },
	{ "GET", "*", false, 0, NULL, NULL, NULL },
	{ "OPTIONS", "**", false, 0, NULL, NULL, NULL },
	{ "OPTIONS", "*?a", false, 0, NULL, NULL, NULL },
	{ "GET", "a", false, 0, NULL, NULL, NULL },
	{ "GET", "?a", false, 0, NULL, NULL, NULL },
	{ "GET", "a/b", false, 0, NULL, NULL, NULL },
	{ "GET", "a:80", false, 0, NULL, NULL, NULL },
	{ "GET", "/a#b", false, 0, NULL, NULL, NULL },
	{ "GET", "/a?b#c", false, 0, NULL, NULL, NULL },
	{ "GET", "http://a/#b", false, 0, NULL, NULL, NULL },
	{ "GET", "http:///a", false, 0, NULL, NULL, NULL },
	{ "GET", "http://", false, 0, NULL, NULL, NULL },
	{ "GET", "http:/a", false, 0, NULL, NULL, NULL },
	{ "GET", "http:a", false, 0, NULL, NULL, NULL },
	{ "GET", "http://u@a/", false, 0, NULL, NULL, NULL },
	{ "GET", "http://u:p@a/", false, 0, NULL, NULL, NULL },
	{ "GET", "http://a:b/", false, 0, NULL, NULL, NULL },
	{ "GET", "http://a:65536/", false, 0, NULL, NULL, NULL },
	{ "GET", "http://:80/", false, 0, NULL, NULL, NULL },
	{ "GET", "http://a\\b/", false, 0, NULL, NULL, NULL },
	{ "GET", "ftp://a/", false, 0, NULL, NULL, NULL },
	{ "GET", "file:///etc", false, 0, NULL, NULL, NULL },
	{ "CONNECT", "a:443", false, 0, NULL, NULL, NULL },
	{ "CONNECT", "/", false, 0, NULL, NULL, NULL },
};

static bool
is_slice(const char *text, size_t len, const char *want)
{
	if (want == NULL || text == NULL)
		return want == NULL && text == NULL;
	return len == strlen(want) && memcmp(text, want, len) == 0;
}

/* A target may be refused by the parser (llhttp reads URLs too) or here. */
Test(target, judges_each_form)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[256], copy[256];
		const char *why = NULL;
		struct head h;
		struct target t;
		bool got;

		snprintf(text, sizeof text, "%s %s HTTP/1.1\r\n\r\n",
		    rows[i].method, rows[i].target);
		got = parse_request_head(text, strlen(text), 0, &lim, &h,
		    &why) == HEAD_OK && target_parse(&h, &t, &why);
		cr_expect_eq(got, rows[i].want, "%s (%s)", text, why);
		if (!got)
			cr_expect_not_null(why, "%s", text);
		if (!got || !rows[i].want)
			continue;
		/* As when the head is copied and its first bytes are gone. */
		memcpy(copy, text, sizeof copy);
		target_move(&t, &h, copy);
		memset(text, 'x', sizeof text);
		cr_expect_eq(t.form, rows[i].form, "%s", text);
		cr_expect(is_slice(t.path, t.path_len, rows[i].path), "%s", text);
		cr_expect(is_slice(t.query, t.query_len, rows[i].query), "%s", text);
		cr_expect(is_slice(t.authority, t.authority_len,
		    rows[i].authority), "%s", text);
	}
}

static const struct {
	const char *text;
	bool want;
} authorities[] = {
	{ "a", true }, { "a.example", true }, { "A.Example:8080", true },
	{ "a:", true }, { "a:0", true }, { "a:65535", true },
	{ "127.0.0.1", true }, { "127.0.0.1:80", true }, { "[::1]", true },
	{ "[::1]:80", true }, { "[::ffff:1.2.3.4]", true }, { "a_b", true },
	{ "a-b~c", true }, { "%41", true }, { "a..b", true },
	{ "", false }, { ":80", false }, { "a:b", false }, { "a:65536", false },
	{ "a:99999999999999999999", false }, { "a:80:80", false },
	{ "a:-1", false }, { "a:+1", false }, { "a b", false }, { "a\tb", false },
	{ "a,b", false }, { "a, b", false }, { "u@a", false }, { "a/b", false },
	{ "a?b", false }, { "a#b", false }, { "a\\b", false }, { "a\"b", false },
	{ "http://a", false }, { "[::1", false }, { "::1", false },
	{ "[]", false }, { "[1]", false }, { "[::1]x", false },
	{ "[::1%eth0]", false }, { "[::g]", false }, { "a[::1]", false },
	{ "%", false }, { "%4", false }, { "%4g", false }, { "\xc3\xa4", false },
	{ "<a>", false }, { "{a}", false }, { "a|b", false }, { "a^b", false },
};

Test(target, knows_an_authority)
{
	for (size_t i = 0; i < COUNT_OF(authorities); i++)
		cr_expect_eq(target_is_authority(authorities[i].text,
		    strlen(authorities[i].text)), authorities[i].want,
		    "\"%s\"", authorities[i].text);
}
