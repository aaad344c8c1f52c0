/* test_identity -- every source of an id, and what is none.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "policy/cookie.h"
#include "request.h"

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A128 A32 A32 A32 A32

/* {"alg":"none"} . payload . x */
#define TOKEN(payload) "Authorization: Bearer eyJhbGciOiJub25lIn0." payload ".x\n"

static const struct {
	const char *why;
	enum source_kind kind;
	const char *name;
	const char *target, *fields, *body; /* NULL = "/", "", none */
	const char *want;                   /* NULL = no id */
} rows[] = {
	{ "header", SOURCE_HEADER, "x-user-id", NULL, "X-User-ID: u1\n", NULL,
	    "u1" },
	{ "first header of that name", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: u1\nx-user-id: u2\n", NULL, "u1" },
	{ "no header", SOURCE_HEADER, "x-user-id", NULL, "x-user: u1\n", NULL,
	    NULL },
	{ "empty header", SOURCE_HEADER, "x-user-id", NULL, "x-user-id: \n", NULL,
	    NULL },
	{ "UTF-8 header", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: Zo\xc3\xab\n", NULL, "Zo\xc3\xab" },
	{ "tab in a header", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: a\tb\n", NULL, NULL },
	{ "DEL in a header", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: a\x7f" "b\n", NULL, NULL },
	{ "128 bytes", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: " A128 "\n", NULL, A128 },
	{ "129 bytes", SOURCE_HEADER, "x-user-id", NULL,
	    "x-user-id: " A128 "b\n", NULL, NULL },

	{ "cookie", SOURCE_COOKIE, "uid", NULL, "Cookie: a=b; uid=u1; c=d\n",
	    NULL, "u1" },
	{ "cookie without spaces", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: a=b;uid=u1\n", NULL, "u1" },
	{ "second Cookie field", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: a=b\nCookie: uid=u1\n", NULL, "u1" },
	{ "quoted cookie", SOURCE_COOKIE, "uid", NULL, "Cookie: uid=\"u 1\"\n",
	    NULL, "u 1" },
	{ "one quote only", SOURCE_COOKIE, "uid", NULL, "Cookie: uid=\"\n", NULL,
	    "\"" },
	{ "equals in the value", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: uid=dTE=\n", NULL, "dTE=" },
	{ "cookie names have case", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: UID=u1\n", NULL, NULL },
	{ "longer cookie name", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: uid2=u1; xuid=u2\n", NULL, NULL },
	{ "empty cookie", SOURCE_COOKIE, "uid", NULL, "Cookie: uid=; a=b\n", NULL,
	    NULL },
	{ "cookie without value", SOURCE_COOKIE, "uid", NULL,
	    "Cookie: uid; ;;\n", NULL, NULL },

	{ "query", SOURCE_QUERY, "user", "/a?x=1&user=u1&y=2", NULL, NULL, "u1" },
	{ "percent-decoded", SOURCE_QUERY, "user", "/a?user=a%40b%2Bc+d", NULL,
	    NULL, "a@b+c d" },
	{ "the name too", SOURCE_QUERY, "user id", "/a?user+id=1", NULL, NULL,
	    "1" },
	{ "the first of that name", SOURCE_QUERY, "user", "/a?user=1&user=2", NULL,
	    NULL, "1" },
	{ "empty parameter", SOURCE_QUERY, "user", "/a?user=&user=2", NULL, NULL,
	    NULL },
	{ "no value", SOURCE_QUERY, "user", "/a?user&x", NULL, NULL, NULL },
	{ "broken percent", SOURCE_QUERY, "user", "/a?user=%4", NULL, NULL, NULL },
	{ "NUL in it", SOURCE_QUERY, "user", "/a?user=a%00b", NULL, NULL, NULL },
	{ "no query", SOURCE_QUERY, "user", "/a", NULL, NULL, NULL },
	{ "not in the path", SOURCE_QUERY, "user", "/user=1", NULL, NULL, NULL },
	{ "too long", SOURCE_QUERY, "user", "/a?user=" A128 "a", NULL, NULL,
	    NULL },

	{ "path", SOURCE_PATH, "/presence/{user}", "/presence/u1", NULL, NULL,
	    "u1" },
	{ "path goes on", SOURCE_PATH, "/presence/{user}", "/presence/u1/x?y",
	    NULL, NULL, "u1" },
	{ "decoded, plus stays", SOURCE_PATH, "/presence/{user}",
	    "/presence/a%20b+c", NULL, NULL, "a b+c" },
	{ "any segment before", SOURCE_PATH, "/api/*/users/{id}/x",
	    "/api/v7/users/9/x", NULL, NULL, "9" },
	{ "any needs one", SOURCE_PATH, "/api/*/users/{id}", "/api//users/9",
	    NULL, NULL, NULL },
	{ "other path", SOURCE_PATH, "/presence/{user}", "/presences/u1", NULL,
	    NULL, NULL },
	{ "too short", SOURCE_PATH, "/presence/{user}", "/presence", NULL, NULL,
	    NULL },
	{ "empty segment", SOURCE_PATH, "/presence/{user}", "/presence/", NULL,
	    NULL, NULL },
	{ "what follows must match", SOURCE_PATH, "/u/{user}/chat", "/u/1/chats",
	    NULL, NULL, NULL },
	{ "absolute form", SOURCE_PATH, "/u/{user}", "http://h/u/1", NULL, NULL,
	    "1" },

	/* {"sub":"u1","n":42,"o":{}} */
	{ "claim", SOURCE_JWT_CLAIM, "sub", NULL,
	    TOKEN("eyJzdWIiOiJ1MSIsIm4iOjQyLCJvIjp7fX0"), NULL, "u1" },
	{ "number claim", SOURCE_JWT_CLAIM, "n", NULL,
	    TOKEN("eyJzdWIiOiJ1MSIsIm4iOjQyLCJvIjp7fX0"), NULL, "42" },
	{ "object claim", SOURCE_JWT_CLAIM, "o", NULL,
	    TOKEN("eyJzdWIiOiJ1MSIsIm4iOjQyLCJvIjp7fX0"), NULL, NULL },
	{ "no such claim", SOURCE_JWT_CLAIM, "user", NULL,
	    TOKEN("eyJzdWIiOiJ1MSIsIm4iOjQyLCJvIjp7fX0"), NULL, NULL },
	{ "scheme has no case", SOURCE_JWT_CLAIM, "sub", NULL,
	    "authorization: bearer a.eyJzdWIiOiJ1MSIsIm4iOjQyLCJvIjp7fX0.c\n",
	    NULL, "u1" },
	{ "an API key", SOURCE_JWT_CLAIM, "sub", NULL,
	    "Authorization: Bearer sk-1234\n", NULL, NULL },
	{ "two parts", SOURCE_JWT_CLAIM, "sub", NULL,
	    "Authorization: Bearer a.eyJzdWIiOiJ1MSJ9\n", NULL, NULL },
	{ "five parts (encrypted)", SOURCE_JWT_CLAIM, "sub", NULL,
	    "Authorization: Bearer a.b.c.d.e\n", NULL, NULL },
	{ "not base64url", SOURCE_JWT_CLAIM, "sub", NULL, TOKEN("e+J/"), NULL,
	    NULL },
	{ "not JSON", SOURCE_JWT_CLAIM, "sub", NULL, TOKEN("AAAA"), NULL, NULL },
	{ "Basic", SOURCE_JWT_CLAIM, "sub", NULL,
	    "Authorization: Basic a.eyJzdWIiOiJ1MSJ9.c\n", NULL, NULL },
	{ "short field", SOURCE_JWT_CLAIM, "sub", NULL, "Authorization: Bearer\n",
	    NULL, NULL },

	{ "body", SOURCE_BODY, "/userId", NULL, NULL, " {\"userId\":\"u1\"}",
	    "u1" },
	{ "inner", SOURCE_BODY, "/meta/users/1/id", NULL, NULL,
	    "{\"meta\":{\"users\":[{},{\"id\":\"u2\"}]}}", "u2" },
	{ "number", SOURCE_BODY, "/userId", NULL, NULL,
	    "{\"userId\":12345678901234567890}", "12345678901234567890" },
	{ "escapes", SOURCE_BODY, "/userId", NULL, NULL,
	    "{\"userId\":\"Zo\\u00eb\"}", "Zo\xc3\xab" },
	{ "control character", SOURCE_BODY, "/userId", NULL, NULL,
	    "{\"userId\":\"a\\u0000b\"}", NULL },
	{ "boolean", SOURCE_BODY, "/userId", NULL, NULL, "{\"userId\":true}",
	    NULL },
	{ "null", SOURCE_BODY, "/userId", NULL, NULL, "{\"userId\":null}", NULL },
	{ "empty", SOURCE_BODY, "/userId", NULL, NULL, "{\"userId\":\"\"}", NULL },
	{ "absent", SOURCE_BODY, "/userId", NULL, NULL, "{}", NULL },
	{ "cut JSON", SOURCE_BODY, "/userId", NULL, NULL, "{\"userId\":\"u1\"",
	    NULL },
	{ "a form", SOURCE_BODY, "/userId", NULL, NULL, "userId=u1", NULL },
	{ "no bytes", SOURCE_BODY, "/userId", NULL, NULL, "", NULL },
};

static struct identity
find_one(enum source_kind kind, const char *name,
    const struct request_view *view)
{
	struct source source = { kind, (char *)name, strlen(name) };
	struct source_chain chain = { &source, 1, kind == SOURCE_BODY };
	struct identity who;

	cr_assert(identity_find(&chain, view, false, &who));
	return who;
}

Test(identity, reads_where_a_client_asks_from)
{
	static struct request r;
	struct request_view *view = request_make(&r, "GET", "/", "", NULL);
	struct ip ip = { { 0 } };

	cr_expect_not(find_one(SOURCE_CLIENT, "address", view).found);
	cr_assert(ip_parse("::ffff:10.0.0.1", 15, &ip));
	view->client = &ip;
	cr_expect_str_eq(find_one(SOURCE_CLIENT, "address", view).id,
	    "10.0.0.1");
}

Test(identity, reads_each_source)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		static struct request r;
		const struct request_view *view = request_make(&r, "POST",
		    rows[i].target != NULL ? rows[i].target : "/",
		    rows[i].fields != NULL ? rows[i].fields : "", rows[i].body);
		struct identity who = find_one(rows[i].kind, rows[i].name, view);

		cr_expect_eq(who.found, rows[i].want != NULL, "%s: %s",
		    rows[i].why, who.id);
		if (rows[i].want == NULL) {
			cr_expect_str_empty(who.id, "%s", rows[i].why);
			continue;
		}
		cr_expect_str_eq(who.id, rows[i].want, "%s", rows[i].why);
		cr_expect_eq(who.len, strlen(rows[i].want), "%s", rows[i].why);
		cr_expect_eq(who.source, rows[i].kind, "%s", rows[i].why);
	}
}

/* --- chains -------------------------------------------------------------------- */

static struct source links[] = {
	{ SOURCE_HEADER, (char *)"x-user-id", 9 },
	{ SOURCE_BODY, (char *)"/userId", 7 },
	{ SOURCE_COOKIE, (char *)"uid", 3 },
	{ SOURCE_BODY, (char *)"/user/id", 8 },
};
static const struct source_chain four = { links, 4, true };
static const struct source_chain none = { NULL, 0, false };

Test(identity, asks_one_after_the_other)
{
	static struct request r;
	struct identity who;

	(void)request_make(&r, "POST", "/", "x-user-id: h\nCookie: uid=c\n",
	    "{\"userId\":\"b\"}");
	cr_assert(identity_find(&four, &r.view, false, &who));
	cr_expect_str_eq(who.id, "h");
	/* A value that is no id does not end the search. */
	(void)request_make(&r, "POST", "/", "x-user-id: " A128 A32 "\n",
	    "{\"userId\":\"b\"}");
	cr_assert(identity_find(&four, &r.view, false, &who));
	cr_expect_str_eq(who.id, "b");
	(void)request_make(&r, "POST", "/", "Cookie: uid=c\n",
	    "{\"userId\":\"\",\"user\":{\"id\":\"d\"}}");
	cr_assert(identity_find(&four, &r.view, false, &who));
	cr_expect_str_eq(who.id, "c");
	(void)request_make(&r, "POST", "/", "",
	    "{\"userId\":\"\",\"user\":{\"id\":\"d\"}}");
	cr_assert(identity_find(&four, &r.view, false, &who));
	cr_expect_str_eq(who.id, "d");
	cr_expect_eq(who.source, SOURCE_BODY);
}

Test(identity, waits_for_a_body_in_its_turn_only)
{
	static struct request r;
	struct identity who;

	(void)request_make(&r, "POST", "/", "x-user-id: h\n", NULL);
	cr_expect(identity_find(&four, &r.view, true, &who) && who.found);
	/* The cookie would answer, but the body goes before it. */
	(void)request_make(&r, "POST", "/", "Cookie: uid=c\n", NULL);
	cr_expect_not(identity_find(&four, &r.view, true, &who));
	cr_expect_not(who.found);
	cr_expect(identity_find(&four, &r.view, false, &who) && who.found);
	cr_expect_str_eq(who.id, "c");
	(void)request_make(&r, "POST", "/", "", NULL);
	cr_expect(identity_find(&four, &r.view, false, &who));
	cr_expect_not(who.found);
	cr_expect(identity_find(&none, &r.view, true, &who));
	cr_expect_not(who.found);
}

/* The tree of a body over the cap is not built, and no id comes of it. */
Test(identity, bounds_the_tree_of_a_body)
{
	static struct request r;
	static char body[200000];
	char *p = body;
	struct identity who;

	p += sprintf(p, "{\"userId\":\"u1\",\"messages\":[");
	for (unsigned i = 0; i < 1000; i++)
		p += sprintf(p, "{\"role\":\"user\",\"content\":\"%u\"},", i);
	strcpy(p, "{}]}");
	(void)request_make(&r, "POST", "/", "", body);
	who = find_one(SOURCE_BODY, "/userId", &r.view);
	cr_expect_str_eq(who.id, "u1");
	p += sprintf(p, "1");
	for (unsigned i = 0; i < 50000; i++)
		p += sprintf(p, ",1");
	strcpy(p, "]}");
	(void)request_make(&r, "POST", "/", "", body);
	cr_expect_not(find_one(SOURCE_BODY, "/userId", &r.view).found);
}
