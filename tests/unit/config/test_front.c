/* test_front -- the keys of the side that faces clients.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "files.h"

static struct config *
load(const char *members)
{
	struct buf text = { 0 }, faults = { 0 };
	struct config *c;

	buf_printf(&text, "{" NEEDED_KEYS "%s}", members);
	c = files_load(text.bytes, NULL, &faults);
	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&text);
	buf_fini(&faults);
	return c;
}

Test(config_front, trusts_nobody_and_begins_traces_by_default)
{
	struct config *c = load("");

	cr_expect_eq(c->settings.trusted_count, 0);
	cr_expect_eq(c->settings.trace, TRACE_BEGIN);
	cr_expect_null(c->settings.access_log.path);
	config_unref(&c);
}

Test(config_front, reads_what_listeners_ask_for)
{
	struct buf faults = { 0 };
	struct config *c = files_load("{'listen':[{'address':'127.0.0.1:1',"
	    "'proxy_protocol':true,'proxy_networks':['10.0.0.0/8']},"
	    "{'address':'127.0.0.1:2'}]," BACKENDS_KEY "}", NULL, &faults);
	const struct listen *l;

	cr_assert_not_null(c, "%s", faults.bytes);
	l = c->settings.listen;
	cr_expect(l[0].proxy_protocol);
	cr_expect_eq(l[0].proxy_network_count, 1);
	cr_expect_not(l[1].proxy_protocol);
	cr_expect_eq(l[1].proxy_network_count, 0);
	config_unref(&c);
}

Test(config_front, reads_the_access_log)
{
	struct config *c = load(",'access_log':{'path':'-'}");
	const struct access_settings *a = &c->settings.access_log;

	cr_expect_str_eq(a->path, "-");
	cr_expect_eq(a->sample, 100000);
	cr_expect(a->failures && !a->shadows);
	config_unref(&c);
	c = load(",'access_log':{'path':'a.log','sample':'0.5%',"
	    "'failures':false,'shadows':true}");
	a = &c->settings.access_log;
	cr_expect_str_eq(a->path, "a.log");
	cr_expect_eq(a->sample, 500);
	cr_expect(!a->failures && a->shadows);
	config_unref(&c);
}

Test(config_front, reads_networks_and_traces)
{
	struct config *c = load(",'trusted_networks':['10.0.0.0/8','::1'],"
	    "'traceparent':'pass'");
	const struct settings *s = &c->settings;

	cr_expect_eq(s->trusted_count, 2);
	cr_expect_eq(s->trusted[0].bits, 104);
	cr_expect_eq(s->trusted[1].bits, 128);
	cr_expect_eq(s->trace, TRACE_PASS);
	config_unref(&c);
}
