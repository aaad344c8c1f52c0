/* test_head -- ids, lookups and lists.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "http/parser.h"

static const struct {
	const char *name;
	enum field_id want;
	bool hop;
} names[] = {
	{ "Authorization", FIELD_AUTHORIZATION, false },
	{ "Connection", FIELD_CONNECTION, true },
	{ "Content-Encoding", FIELD_CONTENT_ENCODING, false },
	{ "Content-Length", FIELD_CONTENT_LENGTH, false },
	{ "Content-Type", FIELD_CONTENT_TYPE, false },
	{ "Cookie", FIELD_COOKIE, false },
	{ "Date", FIELD_DATE, false },
	{ "Expect", FIELD_EXPECT, false },
	{ "Forwarded", FIELD_FORWARDED, false },
	{ "Host", FIELD_HOST, false },
	{ "Keep-Alive", FIELD_KEEP_ALIVE, true },
	{ "Max-Forwards", FIELD_MAX_FORWARDS, false },
	{ "Proxy-Authenticate", FIELD_PROXY_AUTHENTICATE, true },
	{ "Proxy-Authorization", FIELD_PROXY_AUTHORIZATION, true },
	{ "Proxy-Connection", FIELD_PROXY_CONNECTION, true },
	{ "TE", FIELD_TE, true },
	{ "Traceparent", FIELD_TRACEPARENT, false },
	{ "tracestate", FIELD_TRACESTATE, false },
	{ "Trailer", FIELD_TRAILER, true },
	{ "Transfer-Encoding", FIELD_TRANSFER_ENCODING, true },
	{ "Upgrade", FIELD_UPGRADE, true },
	{ "Via", FIELD_VIA, false },
	{ "X-Client-Cert-Subject", FIELD_X_CLIENT_CERT_SUBJECT, false },
	{ "X-Forwarded-For", FIELD_X_FORWARDED_FOR, false },
	{ "X-Forwarded-Host", FIELD_X_FORWARDED_HOST, false },
	{ "X-Forwarded-Proto", FIELD_X_FORWARDED_PROTO, false },
	{ "X-Forwarded-Port", FIELD_X_FORWARDED_OTHER, false },
	{ "X-Forwarded-", FIELD_X_FORWARDED_OTHER, false },
	{ "x-forwarded-something-that-is-long", FIELD_X_FORWARDED_OTHER, false },
	{ "X-Forwarded", FIELD_OTHER, false },
	{ "X-Real-IP", FIELD_X_REAL_IP, false },
	{ "X-Request-Id", FIELD_X_REQUEST_ID, false },
	{ "X-Understudy-Leg", FIELD_X_UNDERSTUDY_LEG, false },
	{ "X-Understudy-Version", FIELD_X_UNDERSTUDY_VERSION, false },
	{ "", FIELD_OTHER, false },
	{ "X", FIELD_OTHER, false },
	{ "Hos", FIELD_OTHER, false },
	{ "Hosts", FIELD_OTHER, false },
	{ "Content_Length", FIELD_LOOKALIKE, true },
	{ "transfer_encoding", FIELD_LOOKALIKE, true },
	{ "X_Client_Cert_Subject", FIELD_LOOKALIKE, true },
	{ "x-client_cert-subject", FIELD_LOOKALIKE, true },
	{ "X_FORWARDED_FOR", FIELD_LOOKALIKE, true },
	{ "X_Forwarded-Host", FIELD_LOOKALIKE, true },
	{ "X-Forwarded_Proto", FIELD_LOOKALIKE, true },
	{ "X_Forwarded_Port", FIELD_LOOKALIKE, true },
	{ "X_Forwarded_", FIELD_LOOKALIKE, true },
	{ "X_Forwarded-And_what_else_may_come_behind_it", FIELD_LOOKALIKE, true },
	{ "X_Real_IP", FIELD_LOOKALIKE, true },
	{ "X_Understudy_Leg", FIELD_LOOKALIKE, true },
	{ "X-Forwarded-For_", FIELD_X_FORWARDED_OTHER, false },
	{ "X_Client_Cert_Subjects", FIELD_OTHER, false },
	{ "X_Client_Cert_Subject_And_More_Behind_It", FIELD_OTHER, false },
	{ "X_User_Id", FIELD_OTHER, false },
	{ "X_Forwarded", FIELD_OTHER, false },
	{ "Content_Type", FIELD_OTHER, false },
	{ "_", FIELD_OTHER, false },
	{ "Content-Length-And-More", FIELD_OTHER, false },
	{ "Accept", FIELD_OTHER, false },
};

Test(head, knows_each_field)
{
	bool seen[FIELD_ID_COUNT] = { false };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		enum field_id id = field_id_of(names[i].name,
		    strlen(names[i].name));

		cr_expect_eq(id, names[i].want, "%s", names[i].name);
		cr_expect_eq(field_id_is_hop(id), names[i].hop, "%s",
		    names[i].name);
		seen[id] = true;
	}
	for (unsigned id = 0; id < FIELD_ID_COUNT; id++)
		cr_expect(seen[id], "id %u is not in the table", id);
}

static const struct {
	const char *list, *lower;
	bool want;
} lists[] = {
	{ "close", "close", true },
	{ "Keep-Alive, CLOSE", "close", true },
	{ ", ,\tclose\t,", "close", true },
	{ "a,b,close", "close", true },
	{ "closed", "close", false },
	{ "clos", "close", false },
	{ "close x", "close", false },
	{ "", "close", false },
	{ ",,,", "close", false },
	{ "a;close", "close", false },
};

Test(head, reads_lists)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct head h = { .base = lists[i].list, .field_count = 1 };

		h.fields[0].id = FIELD_CONNECTION;
		head_note(&h, FIELD_CONNECTION);
		h.fields[0].value_len = (uint32_t)strlen(lists[i].list);
		cr_expect_eq(head_has_token(&h, FIELD_CONNECTION,
		    lists[i].lower), lists[i].want, "\"%s\"", lists[i].list);
		cr_expect_not(head_has_token(&h, FIELD_TE, lists[i].lower));
	}
}

Test(head, finds_fields)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n"
	    "Cookie: a=b\r\nx-one: 2\r\n\r\n";
	static const struct head_limits lim = { 65536, 100 };
	struct head h;
	const char *why;

	cr_assert_eq(parse_request_head(text, sizeof text - 1, 0, &lim, &h,
	    &why), HEAD_OK);
	cr_expect_eq(head_find(&h, FIELD_COOKIE), &h.fields[2]);
	cr_expect_null(head_find(&h, FIELD_VIA));
	cr_expect_eq(head_find_name(&h, "x-oNE", 5), &h.fields[1]);
	cr_expect_null(head_find_name(&h, "x-on", 4));
	cr_expect_null(head_find_name(&h, "x-two", 5));
}
