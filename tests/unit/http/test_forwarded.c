/* test_forwarded -- who asks, by the chain that trusted peers tell.
 * SPDX-License-Identifier: MIT
 *
 * Trusted in every row: 10.0.0.0/8 and 2001:db8::/32.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "http/forwarded.h"
#include "http/parser.h"

#define PEER "10.0.0.1" /* trusted */

static const struct {
	const char *why, *peer, *fields, *want;
} rows[] = {
	{ "nothing is said", PEER, "", PEER },
	{ "an untrusted peer is believed nothing", "192.0.2.1",
	    "X-Forwarded-For: 198.51.100.1\r\n", "192.0.2.1" },
	{ "nor by the other field", "192.0.2.1", "Forwarded: for=198.51.100.1\r\n", "192.0.2.1" },
	{ "one", PEER, "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1" },
	{ "trusted through IPv6", "2001:db8::5", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1" },
	{ "trusted, mapped", "::ffff:10.0.0.1", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1" },
	{ "the right-most that is not ours", PEER,
	    "X-Forwarded-For: 1.1.1.1, 192.0.2.1, 10.0.0.9, 10.0.0.8\r\n", "192.0.2.1" },
	{ "what a client claims before it is nothing", PEER,
	    "X-Forwarded-For: 10.0.0.7, 192.0.2.1\r\n", "192.0.2.1" },
	{ "all ours: the left-most", PEER, "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3" },
	{ "several fields are one chain", PEER, "X-Forwarded-For: 192.0.2.1\r\nX-A: b\r\n"
	    "X-Forwarded-For: 10.0.0.9\r\n", "192.0.2.1" },
	{ "several fields, from the right", PEER, "X-Forwarded-For: 192.0.2.1\r\n"
	    "X-Forwarded-For: 192.0.2.2\r\n", "192.0.2.2" },
	{ "with a port", PEER, "X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1" },
	{ "IPv6", PEER, "X-Forwarded-For: 2001:db9::1\r\n", "2001:db9::1" },
	{ "IPv6 in brackets", PEER, "X-Forwarded-For: [2001:db9::1]\r\n", "2001:db9::1" },
	{ "IPv6 with a port", PEER, "X-Forwarded-For: [2001:db9::1]:80\r\n", "2001:db9::1" },
	{ "empty members are none", PEER, "X-Forwarded-For: ,192.0.2.1,,\r\n", "192.0.2.1" },
	{ "empty", PEER, "X-Forwarded-For:\r\n", PEER },
	{ "garbage ends the walk at the peer", PEER, "X-Forwarded-For: 192.0.2.1, unknown\r\n", PEER },
	{ "garbage ends the walk where it stands", PEER,
	    "X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.9, 10.0.0.8\r\n", "10.0.0.9" },
	{ "garbage behind the client does not matter", PEER,
	    "X-Forwarded-For: ;drop, 192.0.2.1\r\n", "192.0.2.1" },
	{ "a half bracket", PEER, "X-Forwarded-For: [2001:db9::1\r\n", PEER },
	{ "text behind a bracket", PEER, "X-Forwarded-For: [2001:db9::1]x\r\n", PEER },
	{ "a zone", PEER, "X-Forwarded-For: fe80::1%eth0\r\n", PEER },
	{ "Forwarded", PEER, "Forwarded: for=192.0.2.1\r\n", "192.0.2.1" },
	{ "Forwarded in any case, with more", PEER,
	    "Forwarded: proto=https ; For=192.0.2.1;by=10.0.0.1;host=\"a,b;c\"\r\n", "192.0.2.1" },
	{ "Forwarded, quoted IPv6 with a port", PEER,
	    "Forwarded: for=\"[2001:db9::1]:80\"\r\n", "2001:db9::1" },
	{ "Forwarded, a chain", PEER, "Forwarded: for=1.1.1.1, for=192.0.2.1;by=x\r\n"
	    "Forwarded: for=10.0.0.9\r\n", "192.0.2.1" },
	{ "Forwarded, a name that hides", PEER, "Forwarded: for=192.0.2.1, for=_secret\r\n", PEER },
	{ "Forwarded, unknown", PEER, "Forwarded: for=1.1.1.1, for=unknown, for=10.0.0.9\r\n",
	    "10.0.0.9" },
	{ "Forwarded without for", PEER, "Forwarded: for=1.1.1.1, proto=https\r\n", PEER },
	{ "Forwarded, commas in quotes do not count", PEER,
	    "Forwarded: for=192.0.2.1;host=\", for=6.6.6.6\"\r\n", "192.0.2.1" },
	{ "Forwarded, an escaped quote", PEER,
	    "Forwarded: for=192.0.2.1;host=\"\\\", for=6.6.6.6\"\r\n", "192.0.2.1" },
	{ "Forwarded, a string without end", PEER, "Forwarded: for=\"192.0.2.1\r\n", PEER },
	{ "Forwarded, a string without end spoils one field only", PEER,
	    "Forwarded: for=\"1.1.1.1\r\nForwarded: for=192.0.2.1\r\n", "192.0.2.1" },
	{ "Forwarded, a backslash at the end", PEER, "Forwarded: for=\"1.1.1.1\\\r\n", PEER },
	{ "Forwarded, empty elements", PEER, "Forwarded: , for=192.0.2.1 ,,\r\n", "192.0.2.1" },
	{ "Forwarded, forged is not for", PEER, "Forwarded: xfor=1.1.1.1\r\n", PEER },
	{ "X-Forwarded-For goes before Forwarded", PEER,
	    "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n", "192.0.2.2" },
	{ "even one that says nothing", PEER,
	    "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: unknown\r\n", PEER },
};

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	cr_assert(ip_parse(text, strlen(text), &ip), "%s", text);
	return ip;
}

Test(forwarded, knows_strings_without_an_end)
{
	static const struct {
		const char *value;
		bool want;
	} values[] = {
		{ "", true }, { "for=1.2.3.4", true }, { ";,;", true },
		{ "for=\"a\"", true }, { "for=\"a;b,c\", for=d", true },
		{ "for=\"a\\\"\"", true }, { "for=a\\", true },
		{ "for=\"a", false }, { "\"", false }, { "for=\"a\\\"", false },
		{ "for=\"a\\", false }, { "for=a, for=\"b;c", false },
		{ "for=\"a\"\", for=b", false },
	};

	for (size_t i = 0; i < COUNT_OF(values); i++)
		cr_expect_eq(forwarded_is_whole(values[i].value,
		    strlen(values[i].value)), values[i].want, "%s",
		    values[i].value);
}

Test(forwarded, finds_each_client)
{
	const struct head_limits lim = { 65536, 100 };
	struct network ours[2];
	bool bits;

	cr_assert(network_parse("10.0.0.0/8", 10, &ours[0], &bits));
	cr_assert(network_parse("2001:db8::/32", 13, &ours[1], &bits));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1024], got[IP_TEXT_MAX], want[IP_TEXT_MAX];
		struct ip peer = ip_of(rows[i].peer), client = ip_of(rows[i].want);
		struct forwarded f;
		const char *why = "";
		struct head h;

		snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n",
		    rows[i].fields);
		cr_assert_eq(parse_request_head(text, strlen(text), 0, &lim, &h,
		    &why), HEAD_OK, "%s: %s", rows[i].why, why);
		forwarded_find(&h, &peer, ours, COUNT_OF(ours), &f);
		ip_format(&f.client, got);
		ip_format(&client, want);
		cr_expect_str_eq(got, want, "%s: %s", rows[i].why, got);
		cr_expect_eq(f.is_trusted, rows[i].peer[1] != '9', "%s", rows[i].why);
		forwarded_find(&h, &peer, NULL, 0, &f);
		cr_expect_arr_eq(f.client.bytes, peer.bytes, sizeof peer.bytes,
		    "%s: nobody is trusted", rows[i].why);
		cr_expect_not(f.is_trusted);
	}
}
