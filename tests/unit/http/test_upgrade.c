/* Who asks for a websocket, and what grants one.
 * SPDX-License-Identifier: MIT
 */
#include "http/upgrade.h"

#include <criterion/criterion.h>
#include <string.h>

#include "http/parser.h"

static const struct head_limits lim = { 65536, 100 };

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define UP "Upgrade: websocket\r\n"
#define CON "Connection: upgrade\r\n"

static const struct {
	const char *why, *text;
	bool want;
} questions[] = {
	{ "the usual one", GET UP CON "\r\n", true },
	{ "any case", GET "upgrade: WebSocket\r\nCONNECTION: Upgrade\r\n\r\n",
	    true },
	{ "in lists", GET "Upgrade: h2c, websocket\r\n"
	    "Connection: keep-alive, Upgrade\r\n\r\n", true },
	{ "two fields of each", GET "Upgrade: h2c\r\n" UP
	    "Connection: keep-alive\r\n" CON "\r\n", true },
	{ "a length of nothing", GET UP CON "Content-Length: 0\r\n\r\n", true },
	{ "a body", GET UP CON "Content-Length: 1\r\n\r\n", false },
	{ "a chunked body", GET UP CON "Transfer-Encoding: chunked\r\n\r\n",
	    false },
	{ "no Connection", GET UP "\r\n", false },
	{ "no Upgrade", GET CON "\r\n", false },
	{ "another protocol", GET CON "Upgrade: h2c\r\n\r\n", false },
	{ "a longer word", GET CON "Upgrade: websockets\r\n\r\n", false },
	{ "with a version", GET CON "Upgrade: websocket/13\r\n\r\n", false },
	{ "close", GET UP "Connection: upgrade, close\r\n\r\n", false },
	{ "POST", "POST / HTTP/1.1\r\nHost: a\r\n" UP CON "\r\n", false },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n" UP
	    "Connection: upgrade, keep-alive\r\n\r\n", false },
};

Test(upgrade, knows_who_asks)
{
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		const char *text = questions[i].text, *why = "";
		struct framing f;
		struct target t;
		struct head h;

		cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim, &h,
		    &why), HEAD_OK, "%s: %s", questions[i].why, why);
		cr_assert(framing_of_request(&h, &t, &f, &why), "%s: %s",
		    questions[i].why, why);
		cr_expect_eq(f.asks_websocket, questions[i].want, "%s",
		    questions[i].why);
	}
}

#define SWITCH "HTTP/1.1 101 X\r\n"

static const struct {
	const char *why, *text;
	bool want;
} answers[] = {
	{ "the usual one", SWITCH UP CON "\r\n", true },
	{ "any case", SWITCH "UPGRADE: WebSocket\r\nConnection: UpGrade\r\n\r\n",
	    true },
	{ "another status", "HTTP/1.1 200 OK\r\n" UP CON "\r\n", false },
	{ "HTTP/1.0", "HTTP/1.0 101 X\r\n" UP CON "\r\n", false },
	{ "no Connection", SWITCH UP "\r\n", false },
	{ "Connection names another", SWITCH UP "Connection: close\r\n\r\n",
	    false },
	{ "no Upgrade", SWITCH CON "\r\n", false },
	{ "another protocol", SWITCH CON "Upgrade: h2c\r\n\r\n", false },
	{ "two protocols", SWITCH CON "Upgrade: websocket, h2c\r\n\r\n", false },
	{ "two fields", SWITCH UP UP CON "\r\n", false },
	{ "an empty field", SWITCH CON "Upgrade:\r\n\r\n", false },
	{ "a length", SWITCH UP CON "Content-Length: 0\r\n\r\n", false },
	{ "a coding", SWITCH UP CON "Transfer-Encoding: chunked\r\n\r\n", false },
};

Test(upgrade, knows_what_grants_it)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		const char *text = answers[i].text, *why = "";
		struct head h;

		cr_assert_eq(parse_response_head(text, strlen(text), 0, &lim,
		    &h, &why), HEAD_OK, "%s: %s", answers[i].why, why);
		cr_expect_eq(upgrade_is_granted(&h), answers[i].want, "%s",
		    answers[i].why);
	}
}
