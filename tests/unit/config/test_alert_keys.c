/* test_alert_keys -- "alerts": what each kind of target needs, and faults.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

#define SECRET "hunter2-is-the-secret"

static struct config *
load(const char *targets, struct buf *faults)
{
	struct buf main = { 0 };
	struct memory_files f = { { "understudy.json", "s.key", "e.key" },
		{ NULL, SECRET " \n", "\n" } };
	struct config_ports ports = files_ports(&f);
	struct config *c;

	buf_printf(&main, "{" NEEDED_KEYS ",'alerts':{'source':'shop-1',"
	    "'targets':[%s]}}", targets);
	f.texts[0] = main.bytes;
	c = config_load_from(&ports, "understudy.json", faults);
	buf_fini(&main);
	return c;
}

#define SLACK "{'name':'team','kind':'slack','url':'https://hooks.example/" SECRET "'}"
#define DUTY "{'name':'duty','kind':'pagerduty','routing_key_file':'s.key'," \
	"'severities':['critical'],'repeat':'1h','retry':'0s','timeout':'3s'}"
#define MAIL "{'name':'mail','kind':'email','url':'smtp://mail.example:587'," \
	"'from':'u@example.com','to':['a@example.com','b@example.com']," \
	"'user':'u','password':'" SECRET "'}"

Test(alert_keys, reads_all_kinds)
{
	struct buf faults = { 0 };
	struct config *c = load(SLACK "," DUTY "," MAIL, &faults);
	const struct alert_settings *s = &c->settings.alerts;

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_assert_eq(s->target_count, 3);
	cr_expect_str_eq(s->source, "shop-1");
	cr_expect_eq(s->targets[0].severities, 6, "warning and critical");
	cr_expect_eq(s->targets[0].repeat_ms, 15 * 60 * 1000);
	cr_expect_eq(s->targets[0].retry_ms, 15 * 60 * 1000);
	cr_expect_eq(s->targets[0].timeout_ms, 10000);
	cr_expect(s->targets[0].tls.verify);
	cr_expect_str_eq(s->targets[1].routing_key, SECRET);
	cr_expect_str_eq(s->targets[1].url,
	    "https://events.pagerduty.com/v2/enqueue");
	cr_expect_eq(s->targets[1].severities, 4);
	cr_expect_eq(s->targets[1].retry_ms, 0);
	cr_expect_eq(s->targets[2].to_count, 2);
	cr_expect_str_eq(s->targets[2].to[1], "b@example.com");
	cr_expect_eq(s->targets[2].starttls, STARTTLS_REQUIRED);
	config_unref(&c);
	buf_fini(&faults);
}

Test(alert_keys, absent_there_are_none)
{
	struct buf faults = { 0 };
	struct config *c = files_load("{" NEEDED_KEYS "}", NULL, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->settings.alerts.target_count, 0);
	config_unref(&c);
}

Test(alert_keys, secrets_are_not_shown)
{
	struct buf faults = { 0 }, text = { 0 };
	struct config *c = load(SLACK "," DUTY "," MAIL "," "{'name':'hook',"
	    "'kind':'webhook','url':'http://h/" SECRET "','secret_file':'s.key'}",
	    &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	config_write_json(c, &text);
	cr_expect_null(strstr(text.bytes, SECRET), "%s", text.bytes);
	cr_expect_not_null(strstr(text.bytes, "\"url\":\"***\""));
	cr_expect_not_null(strstr(text.bytes, "\"routing_key_file\":\"s.key\""));
	config_unref(&c);
	buf_fini(&text);
}

/* With these members, a target without faults but for the one told of. */
#define T(kind, rest) "{'name':'t','kind':'" kind "'" rest "}"
#define EMAIL_OF(url) T("email", ",'url':'" url "','from':'u@x','to':['a@x']")

static const struct {
	const char *why, *targets, *want;
} faults[] = {
	{ "no kind", "{'name':'t'}", "/alerts/targets/0/kind: is missing" },
	{ "unknown kind", T("sms", ""), "/alerts/targets/0/kind: \"sms\"" },
	{ "no URL", T("slack", ""), "/url: is missing; a target of kind \"slack\" "
	    "needs it, or \"url_file\"" },
	{ "URL twice", T("slack", ",'url':'http://h/','url_file':'s.key'"),
	    "/url_file: says the same as \"url\"" },
	{ "not a URL", T("slack", ",'url':'hooks.example'"),
	    "/url: must begin with https:// or http://" },
	{ "a name in it", T("slack", ",'url':'https://a:b@h/'"), "/url: must begin" },
	{ "a space in it", T("slack", ",'url':'https://h/a b'"), "/url: must begin" },
	{ "no host", T("slack", ",'url':'https:///x'"), "/url: must begin" },
	{ "a file that holds none", T("slack", ",'url_file':'s.key'"),
	    "/url_file: must begin" },
	{ "no file", T("slack", ",'url_file':'nosuch'"), "cannot read nosuch" },
	{ "an empty file", T("slack", ",'url_file':'e.key'"),
	    "e.key does not hold one line" },
	{ "no routing key", T("pagerduty", ""), "/routing_key: is missing" },
	{ "a secret is no text", T("pagerduty", ",'routing_key':5"),
	    "/routing_key: must be a text in quotes" },
	{ "no secret", T("webhook", ",'url':'http://h/'"), "/secret: is missing" },
	{ "a key of another kind", T("slack", ",'url':'http://h/','secret':'s'"),
	    "/secret: is nothing to a target of kind \"slack\"" },
	{ "no recipients", T("email", ",'url':'smtps://h','from':'u@x'"),
	    "/to: is missing" },
	{ "a wrong recipient", T("email", ",'url':'smtps://h','from':'u@x',"
	    "'to':['a@x','b']"), "/to/1: \"b\" is not an address of mail" },
	{ "a recipient with a line end", T("email", ",'url':'smtps://h',"
	    "'from':'u@x','to':['a@x\\r\\nDATA']"), "/to/0: holds a control" },
	{ "a wrong sender", T("email", ",'url':'smtps://h','from':'<u@x>',"
	    "'to':['a@x']"), "/from: \"<u@x>\" is not an address" },
	{ "HTTP for mail", EMAIL_OF("https://h/"), "/url: must be smtps://" },
	{ "a user without password", T("email", ",'url':'smtps://h','from':'u@x',"
	    "'to':['a@x'],'user':'u'"), "/password: goes with \"user\"" },
	{ "a password in the clear", T("email", ",'url':'smtp://h','from':'u@x',"
	    "'to':['a@x'],'user':'u','password':'p','starttls':'try'"),
	    "/starttls: would let the password go in the clear" },
	{ "an unknown severity", T("slack", ",'url':'http://h/',"
	    "'severities':['fatal']"), "/severities/0: \"fatal\" is not one of" },
	{ "no severity", T("slack", ",'url':'http://h/','severities':[]"),
	    "/severities: has 0 items" },
	{ "a certificate without key", T("slack", ",'url':'https://h/',"
	    "'tls':{'certificate':'s.key'}"), "/tls/key: goes with" },
	{ "two of a name", SLACK "," "{'name':'team','kind':'slack',"
	    "'url':'http://h/'}", "/alerts/targets/1/name: \"team\" is already" },
};

Test(alert_keys, faults_name_their_place)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		struct buf text = { 0 };
		struct config *c = load(faults[i].targets, &text);

		cr_expect_null(c, "%s", faults[i].why);
		cr_expect_not_null(strstr(text.bytes, faults[i].want), "%s: %s",
		    faults[i].why, text.bytes);
		cr_expect_null(strstr(text.bytes, SECRET), "%s: %s",
		    faults[i].why, text.bytes);
		config_unref(&c);
		buf_fini(&text);
	}
}
