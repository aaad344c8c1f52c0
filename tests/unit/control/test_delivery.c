/* test_delivery -- what is tried again, and when.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "control/delivery.h"

static const struct {
	const char *why;
	enum target_kind kind;
	CURLcode code;
	long status;
	enum delivery_result want;
} results[] = {
	{ "taken", TARGET_WEBHOOK, CURLE_OK, 200, DELIVERY_DONE },
	{ "PagerDuty says accepted", TARGET_PAGERDUTY, CURLE_OK, 202,
	    DELIVERY_DONE },
	{ "no content", TARGET_SLACK, CURLE_OK, 204, DELIVERY_DONE },
	{ "sent elsewhere", TARGET_WEBHOOK, CURLE_OK, 302, DELIVERY_REFUSED },
	{ "a wrong key", TARGET_PAGERDUTY, CURLE_OK, 400, DELIVERY_REFUSED },
	{ "gone", TARGET_SLACK, CURLE_OK, 404, DELIVERY_REFUSED },
	{ "too slow", TARGET_WEBHOOK, CURLE_OK, 408, DELIVERY_AGAIN },
	{ "too early", TARGET_WEBHOOK, CURLE_OK, 425, DELIVERY_AGAIN },
	{ "too many", TARGET_SLACK, CURLE_OK, 429, DELIVERY_AGAIN },
	{ "broken", TARGET_WEBHOOK, CURLE_OK, 500, DELIVERY_AGAIN },
	{ "down", TARGET_WEBHOOK, CURLE_OK, 503, DELIVERY_AGAIN },
	{ "nobody there", TARGET_WEBHOOK, CURLE_COULDNT_CONNECT, 0,
	    DELIVERY_AGAIN },
	{ "hangs", TARGET_SLACK, CURLE_OPERATION_TIMEDOUT, 0, DELIVERY_AGAIN },
	{ "mail is taken", TARGET_EMAIL, CURLE_OK, 250, DELIVERY_DONE },
	{ "greylisted", TARGET_EMAIL, CURLE_RECV_ERROR, 451, DELIVERY_AGAIN },
	{ "no such mailbox", TARGET_EMAIL, CURLE_SEND_ERROR, 550,
	    DELIVERY_REFUSED },
	{ "a wrong password", TARGET_EMAIL, CURLE_LOGIN_DENIED, 535,
	    DELIVERY_REFUSED },
	{ "no mail server", TARGET_EMAIL, CURLE_COULDNT_CONNECT, 0,
	    DELIVERY_AGAIN },
	{ "no TLS", TARGET_EMAIL, CURLE_USE_SSL_FAILED, 250, DELIVERY_AGAIN },
};

Test(delivery, is_tried_again_where_that_may_help)
{
	for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
		cr_expect_eq(delivery_judge(results[i].kind, results[i].code,
		    results[i].status), results[i].want, "%s", results[i].why);
}

static const struct {
	const char *why;
	unsigned tries;
	uint64_t retry_after_s;
	uint64_t low_ms, high_ms;
} pauses[] = {
	{ "after the first try", 1, 0, 750, 1250 },
	{ "twice that", 2, 0, 1500, 2500 },
	{ "and so on", 5, 0, 12000, 20000 },
	{ "a minute at most", 7, 0, 45000, 75000 },
	{ "however often", 1000000, 0, 45000, 75000 },
	{ "what the target asks for", 1, 30, 30000, 30000 },
	{ "at least", 7, 3, 45000, 75000 },
	{ "a number that no clock holds", 1, INT64_MAX, 864000000, 864000000 },
	{ "one that comes to nothing in ns", 1, UINT64_C(18446744073709551615) /
	    1000000000 + 1, 864000000, 864000000 },
};

Test(delivery, pauses_grow)
{
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++)
		for (uint32_t lot = 0; lot < 100000; lot += 77) {
			uint64_t ms = delivery_pause_ms(pauses[i].tries,
			    pauses[i].retry_after_s, lot);

			cr_assert(ms >= pauses[i].low_ms && ms <= pauses[i].high_ms,
			    "%s: %llu", pauses[i].why, (unsigned long long)ms);
		}
}
