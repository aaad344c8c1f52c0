/* test_alert_payload -- what each kind of target is sent, to the byte.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "control/alert_payload.h"

#define SUMMARY "errors: error_rate of enhanced is 9% <!channel> & \"more\""
#define EVIDENCE "{\"rule\":\"errors\",\"value\":0.09}"

static struct alert
make(enum alert_phase phase, enum severity severity)
{
	const struct rollout_state state = { .stage = "canary", .percent = 5000,
		.latched = phase == ALERT_BEGIN };
	struct alert a = { .phase = phase, .severity = severity,
		.kind = phase == ALERT_END ? "resolved" : "trip", .epoch = 7,
		.at_us = INT64_C(1767225600123456) }; /* 2026-01-01T00:00:00Z */

	alert_fill(&a, &state, "errors", SUMMARY, phase == ALERT_END ? "" :
	    EVIDENCE);
	return a;
}

static json_t *
written(const struct alert_target *t, const struct alert *a)
{
	struct buf b = { 0 };
	json_error_t fault;
	json_t *doc;

	alert_write(t, "shop-1", a, &b);
	doc = json_loadb(b.bytes, b.len, JSON_REJECT_DUPLICATES, &fault);
	cr_assert_not_null(doc, "%s: %s", fault.text, b.bytes);
	buf_fini(&b);
	return doc;
}

/* A document is compared whole: a member too many is a failure. */
static void
expect(const struct alert_target *t, const struct alert *a, const char *want)
{
	json_t *doc = written(t, a), *wanted;
	struct buf b = { 0 };
	char *shown = json_dumps(doc, JSON_COMPACT);

	for (const char *p = want; *p != '\0'; p++)
		buf_add(&b, *p == '\'' ? "\"" : p, 1);
	wanted = json_loadb(b.bytes, b.len, 0, NULL);
	cr_assert_not_null(wanted, "%s", b.bytes);
	cr_expect(json_equal(doc, wanted), "%s", shown);
	free(shown);
	buf_fini(&b);
	json_decref(doc);
	json_decref(wanted);
}

#define ESCAPED "errors: error_rate of enhanced is 9% <!channel> & \\'more\\'"

Test(alert_payload, webhook)
{
	const struct alert_target t = { .kind = TARGET_WEBHOOK };
	struct alert a = make(ALERT_BEGIN, SEVERITY_CRITICAL);

	expect(&t, &a, "{'version':1,'key':'shop-1/errors/7','phase':'begin',"
	    "'kind':'trip','severity':'critical','source':'shop-1',"
	    "'name':'errors','epoch':7,'time':'2026-01-01T00:00:00.123456Z',"
	    "'stage':'canary','percent':5,'latched':true,'summary':'" ESCAPED "',"
	    "'evidence':{'rule':'errors','value':0.09}}");
	a = make(ALERT_END, SEVERITY_CRITICAL);
	expect(&t, &a, "{'version':1,'key':'shop-1/errors/7','phase':'end',"
	    "'kind':'resolved','severity':'critical','source':'shop-1',"
	    "'name':'errors','epoch':7,'time':'2026-01-01T00:00:00.123456Z',"
	    "'stage':'canary','percent':5,'latched':false,'summary':'" ESCAPED "',"
	    "'evidence':null}");
}

Test(alert_payload, pagerduty)
{
	const struct alert_target t = { .kind = TARGET_PAGERDUTY,
		.routing_key = "R0" };
	struct alert a = make(ALERT_BEGIN, SEVERITY_WARNING);

	expect(&t, &a, "{'routing_key':'R0','event_action':'trigger',"
	    "'dedup_key':'shop-1/errors/7','client':'understudy','payload':{"
	    "'summary':'" ESCAPED "','source':'shop-1','severity':'warning',"
	    "'timestamp':'2026-01-01T00:00:00.123456Z','component':'errors',"
	    "'group':'canary','class':'trip','custom_details':{'epoch':7,"
	    "'percent':5,'latched':true,'evidence':{'rule':'errors',"
	    "'value':0.09}}}}");
	a = make(ALERT_END, SEVERITY_WARNING);
	expect(&t, &a, "{'routing_key':'R0','event_action':'resolve',"
	    "'dedup_key':'shop-1/errors/7'}");
}

Test(alert_payload, slack)
{
	const struct alert_target t = { .kind = TARGET_SLACK };
	struct alert a = make(ALERT_BEGIN, SEVERITY_CRITICAL);

	/* Nobody can be called by what stands in a summary. */
#define SLACKED "errors: error_rate of enhanced is 9% &lt;!channel&gt; &amp; \\'more\\'"
	expect(&t, &a, "{'text':'understudy shop-1: trip (critical)',"
	    "'attachments':[{'color':'danger','fallback':'" SLACKED "',"
	    "'text':'" SLACKED "','fields':[{'title':'Stage','short':true,"
	    "'value':'canary at 5%, latched on legacy'},{'title':'Key',"
	    "'short':true,'value':'shop-1/errors/7'}],'ts':1767225600}]}");
	a = make(ALERT_END, SEVERITY_CRITICAL);
	expect(&t, &a, "{'text':'understudy shop-1: over (critical)',"
	    "'attachments':[{'color':'good','fallback':'" SLACKED "',"
	    "'text':'" SLACKED "','fields':[{'title':'Stage','short':true,"
	    "'value':'canary at 5%'},{'title':'Key','short':true,"
	    "'value':'shop-1/errors/7'}],'ts':1767225600}]}");
}

Test(alert_payload, mail)
{
	char one[] = "a@example.com", two[] = "b@example.com", from[] = "u@example.com";
	char *to[] = { one, two, NULL };
	const struct alert_target t = { .kind = TARGET_EMAIL, .from = from,
		.to = to, .to_count = 2 };
	struct alert a = make(ALERT_BEGIN, SEVERITY_CRITICAL);
	static const char head[] =
	    "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
	    "From: understudy <u@example.com>\r\n"
	    "To: <a@example.com>,\r\n <b@example.com>\r\n"
	    "Subject: understudy shop-1: trip (critical): errors\r\n"
	    "Message-ID: <1767225600123456.begin.errors.7@shop-1>\r\n"
	    "References: <errors.7@shop-1>\r\n"
	    "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "ZXJyb3JzOiBlcnJvcl9yYXRlIG9mIGVuaGFuY2VkIGlzIDklIDwhY2hhbm5lbD4gJiAibW9yZSIN\r\n";
	struct buf b = { 0 };

	alert_write(&t, "shop-1", &a, &b);
	cr_expect_eq(strncmp(b.bytes, head, strlen(head)), 0, "%s", b.bytes);
	for (const char *line = b.bytes, *end; *line != '\0'; line = end + 2) {
		end = strstr(line, "\r\n");
		cr_assert_not_null(end, "a line has no end: %s", line);
		cr_expect_leq((size_t)(end - line), 78);
	}
	buf_fini(&b);
}

/* However long the texts are, no document is cut in the middle. */
Test(alert_payload, longest)
{
	static char from[] = "u@example.com", key[] = "R0";
	static char *to[] = { from, NULL };
	char name[200], sentence[3000], evidence[3000];
	struct alert_target t = { .routing_key = key, .from = from, .to = to,
		.to_count = 1 };
	const struct rollout_state state = { .epoch = INT64_MAX,
		.stage = "canary" };

	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	for (size_t i = 0; i + 2 < sizeof sentence; i += 2)
		memcpy(sentence + i, "\xc3\xa4", 3);
	memset(evidence, '1', sizeof evidence);
	evidence[sizeof evidence - 1] = '\0';
	for (t.kind = 0; t.kind < TARGET_KIND_COUNT; t.kind++) {
		struct alert a = { .kind = "trip", .epoch = INT64_MAX };
		struct buf b = { 0 };

		alert_fill(&a, &state, name, sentence, evidence);
		alert_write(&t, "s", &a, &b);
		cr_expect_null(strstr(b.bytes, "\xef\xbf\xbd"),
		    "half a character: %s", b.bytes);
		if (t.kind != TARGET_EMAIL)
			json_decref(written(&t, &a));
		buf_fini(&b);
	}
}

static const struct {
	const char *why;
	enum target_kind kind;
	unsigned severities;
	enum alert_phase phase;
	enum severity severity;
	bool want;
} routes[] = {
	{ "asked for", TARGET_SLACK, 6, ALERT_BEGIN, SEVERITY_WARNING, true },
	{ "not asked for", TARGET_SLACK, 6, ALERT_BEGIN, SEVERITY_INFO, false },
	{ "its end", TARGET_SLACK, 4, ALERT_END, SEVERITY_CRITICAL, true },
	{ "a note", TARGET_SLACK, 1, ALERT_NOTE, SEVERITY_INFO, true },
	{ "a note has no end", TARGET_PAGERDUTY, 7, ALERT_NOTE, SEVERITY_INFO,
	    false },
	{ "what has one", TARGET_PAGERDUTY, 7, ALERT_BEGIN, SEVERITY_INFO, true },
};

Test(alert_payload, severities_route)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		const struct alert_target t = { .kind = routes[i].kind,
			.severities = routes[i].severities };
		const struct alert a = { .phase = routes[i].phase,
			.severity = routes[i].severity };

		cr_expect_eq(alert_is_for(&t, &a), routes[i].want, "%s",
		    routes[i].why);
	}
}

/* python3: hmac.new(b"key", b"1767225600.{}", "sha256").hexdigest() */
Test(alert_payload, signature)
{
	char hex[ALERT_SIGNATURE_LEN + 1];
	struct buf body = { 0 };

	buf_puts(&body, "{}");
	alert_sign("key", 1767225600, &body, hex);
	cr_expect_str_eq(hex, "df344de429b8ee672e1863e0008fdbd0080000536fbccdf0e4f89846acbbe872");
	buf_fini(&body);
}
