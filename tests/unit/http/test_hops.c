/* How far a request may go.
 * SPDX-License-Identifier: MIT
 */
#include "http/hops.h"

#include <criterion/criterion.h>
#include <string.h>

#include "http/parser.h"

static const struct head_limits lim = { 65536, 100 };

#define OPTIONS "OPTIONS * HTTP/1.1\r\nHost: a\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define US "1.1 understudy"
#define US7 US "," US ", " US "," US "," US "," US "," US

static const struct {
	const char *why, *text;
	enum hops want;
} cases[] = {
	{ "nothing said", OPTIONS "\r\n", HOPS_FINE },
	{ "some left", OPTIONS "Max-Forwards: 1\r\n\r\n", HOPS_FINE },
	{ "many left", OPTIONS "Max-Forwards: 99999999999999999999\r\n\r\n",
	    HOPS_FINE },
	{ "none left", OPTIONS "Max-Forwards: 0\r\n\r\n", HOPS_LAST },
	{ "none left, longer", OPTIONS "Max-Forwards: 000\r\n\r\n", HOPS_LAST },
	{ "no number", OPTIONS "Max-Forwards: x\r\n\r\n", HOPS_BAD },
	{ "empty", OPTIONS "Max-Forwards:\r\n\r\n", HOPS_BAD },
	{ "negative", OPTIONS "Max-Forwards: -1\r\n\r\n", HOPS_BAD },
	{ "two", OPTIONS "Max-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n",
	    HOPS_BAD },
	{ "another method", GET "Max-Forwards: 0\r\n\r\n", HOPS_FINE },
	{ "once through us", GET "Via: " US "\r\n\r\n", HOPS_FINE },
	{ "seven times", GET "Via: " US7 "\r\n\r\n", HOPS_FINE },
	{ "eight times", GET "Via: " US7 "\r\nVia: " US "\r\n\r\n",
	    HOPS_CIRCLE },
	{ "with a comment", GET "Via: " US7 "\r\nVia: " US " (x)\r\n\r\n",
	    HOPS_CIRCLE },
	{ "through others", GET "Via: " US7 ", 1.1 a, 1.1 understudying\r\n\r\n",
	    HOPS_FINE },
};

Test(hops, judges_each)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *text = cases[i].text, *why = "";
		struct head h;

		cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim,
		    &h, &why), HEAD_OK, "%s: %s", cases[i].why, why);
		cr_expect_eq(hops_check(&h), cases[i].want, "%s",
		    cases[i].why);
	}
}
