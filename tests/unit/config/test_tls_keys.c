/* test_tls_keys -- when TLS is made, what is told of it, what a reload may.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

static unsigned made, dropped;

static struct tls_server *
fake_server(const struct tls_listen *t, void (*fault)(void *to,
    const char *key, size_t index, const char *text), void *to)
{
	size_t last = t->several_count > 0 ? t->several_count - 1 : 0;

	cr_expect(t->on);
	if (t->ciphers != NULL && strcmp(t->ciphers, "bad") == 0) {
		fault(to, "ciphers", 0, "is bad");
		fault(to, "key", last, "fits nothing");
		return NULL;
	}
	made++;
	return (struct tls_server *)&made;
}

static struct tls_client *
fake_client(const struct tls_backend *t, void (*fault)(void *to,
    const char *key, size_t index, const char *text), void *to)
{
	cr_expect(t->verify);
	if (t->ca == NULL) {
		fault(to, "ca", 0, "is not there");
		return NULL;
	}
	made++;
	return (struct tls_client *)&made;
}

static void
drop_server(struct tls_server **s)
{
	dropped += *s != NULL;
	*s = NULL;
}

static void
drop_client(struct tls_client **c)
{
	dropped += *c != NULL;
	*c = NULL;
}

static const struct tls_ports fake_tls = { fake_server, fake_client,
	drop_server, drop_client };

static struct config *
load_tls(const char *text, struct buf *faults)
{
	struct memory_files f = { { "u.json" }, { text } };
	struct config_ports ports = files_ports(&f);

	ports.tls = &fake_tls;
	made = dropped = 0;
	return config_load_from(&ports, "u.json", faults);
}

Test(tls_keys, makes_tls_where_it_is_asked_for)
{
	static const char text[] = "{'listen':[{'address':'127.0.0.1:1','tls':{"
	    "'certificate':'a','key':'/b'}},{'address':'127.0.0.1:2'}],"
	    "'admin':{'address':'127.0.0.1:3','tls':{'certificates':["
	    "{'certificate':'a','key':'b'}],'min_version':'1.3'}},"
	    "'backends':{'legacy':{'urls':['https://backend.test/x',"
	    "'https://[::1]:9/'],'tls':{'ca':'c'}},'enhanced':{'urls':"
	    "['http://127.0.0.1:9002']}}}";
	struct buf faults = { 0 }, shown = { 0 };
	struct config *c = load_tls(text, &faults);
	const struct settings *s;

	cr_assert_not_null(c, "%s", faults.bytes);
	s = &c->settings;
	cr_expect(s->listen[0].tls.on && s->listen[0].tls.server != NULL);
	cr_expect_str_eq(s->listen[0].tls.files.key, "/b");
	cr_expect(s->listen[0].tls.session_tickets);
	cr_expect_not(s->listen[1].tls.on);
	cr_expect_eq(s->admin_tls.min_version, TLS_MINIMUM_13);
	cr_expect_eq(s->admin_tls.several_count, 1);
	cr_expect(s->backends[VERSION_LEGACY].endpoints[0].tls);
	cr_expect_str_eq(s->backends[VERSION_LEGACY].endpoints[0].host,
	    "backend.test");
	cr_expect_str_eq(s->backends[VERSION_LEGACY].endpoints[0].prefix, "/x");
	cr_expect_eq(ntohs(((struct sockaddr_in *)
	    &s->backends[VERSION_LEGACY].endpoints[0].locations[0].addr)
	    ->sin_port), 443);
	cr_expect_str_eq(s->backends[VERSION_LEGACY].endpoints[1].host, "::1");
	cr_expect_null(s->backends[VERSION_ENHANCED].tls.client);
	cr_expect_eq(made, 3);
	config_write_json(c, &shown);
	cr_expect(strstr(shown.bytes, "{\"address\":\"127.0.0.1:2\","
	    "\"proxy_protocol\":false}") != NULL,
	    "%s", shown.bytes);
	buf_fini(&shown);
	config_unref(&c);
	cr_expect_eq(dropped, 3);
}

Test(tls_keys, says_what_the_files_of_tls_lack)
{
	static const char text[] = "{'listen':[{'address':'127.0.0.1:1','tls':{"
	    "'ciphers':'bad','certificates':[{'certificate':'a','key':'b'},"
	    "{'certificate':'c','key':'d'}]}}],"
	    "'admin':{'address':'127.0.0.1:3','tls':{'certificate':'a','key':'b'}},"
	    "'backends':{'legacy':{'urls':['https://backend.test']},"
	    "'enhanced':{'urls':['http://127.0.0.1:9002']}}}";
	struct buf faults = { 0 };

	cr_assert_null(load_tls(text, &faults));
	cr_expect(strstr(faults.bytes, "/listen/0/tls/ciphers: is bad") != NULL,
	    "%s", faults.bytes);
	cr_expect(strstr(faults.bytes, "/listen/0/tls/certificates/1/key: fits "
	    "nothing") != NULL, "%s", faults.bytes);
	cr_expect(strstr(faults.bytes, "/backends/legacy/tls/ca: is not there") !=
	    NULL, "%s", faults.bytes);
	cr_expect_eq(made, 1);
	cr_expect_eq(dropped, 1);
	buf_fini(&faults);
}

/* And not that "tls" is used for nothing, where only the URL is wrong. */
Test(tls_keys, a_name_is_a_name)
{
	static const struct {
		const char *url, *name, *want; /* want: the end of the only fault */
	} rows[] = {
		{ "backend.test", "api.internal", NULL },
		{ "backend.test", "api.internal.", NULL },
		{ "backend.test", "192.0.2.1", NULL },
		{ "backend.test", "api.internal:8443", "/backends/legacy/tls/name: "
		    "\"api.internal:8443\" is more than the name in a certificate; "
		    "leave port and brackets out\n" },
		{ "backend.test", "[::1]", "/backends/legacy/tls/name: \"[::1]\" is "
		    "more than the name in a certificate; leave port and brackets "
		    "out\n" },
		{ "nowhere.test", "api.internal", "/backends/legacy/urls/0: "
		    "\"https://nowhere.test\" has the host \"nowhere.test\", which "
		    "cannot be resolved (Name or service not known); correct it or "
		    "write the IP address\n" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf faults = { 0 };
		struct config *c;
		char text[512];
		const char *said;

		snprintf(text, sizeof text, "{" LISTEN_KEY ",'backends':{'legacy':"
		    "{'urls':['https://%s'],'tls':{'ca':'c','name':'%s'}},"
		    "'enhanced':{'urls':['http://127.0.0.1:9002']}}}",
		    rows[i].url, rows[i].name);
		c = load_tls(text, &faults);
		said = faults.bytes == NULL ? NULL : strstr(faults.bytes, "/backends");
		cr_expect_eq(c == NULL, rows[i].want != NULL, "%s", rows[i].name);
		if (rows[i].want != NULL)
			cr_expect_str_eq(said == NULL ? "" : said, rows[i].want);
		config_unref(&c);
		buf_fini(&faults);
	}
}

Test(tls_keys, a_reload_may_change_what_stands_beside_an_address)
{
	static const struct {
		const char *next;
		bool want;
	} rows[] = {
		{ "'listen':[{'address':'127.0.0.1:1'}]", true },
		{ "'listen':[{'address':'127.0.0.1:1','tls':{'certificate':'x',"
		    "'key':'y'}}]", true },
		{ "'listen':[{'address':'127.0.0.1:2','tls':{'certificate':'a',"
		    "'key':'b'}}]", false },
		{ "'listen':[{'address':'127.0.0.1:1'},{'address':'127.0.0.1:2'}]",
		    false },
	};
	struct buf faults = { 0 };
	struct config *now = load_tls("{'listen':[{'address':'127.0.0.1:1','tls':"
	    "{'certificate':'a','key':'b'}}]," BACKENDS_KEY "}", &faults);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err = { "" };
		struct buf text = { 0 };
		struct config *next;

		buf_printf(&text, "{%s," BACKENDS_KEY "}", rows[i].next);
		next = load_tls(text.bytes, &faults);
		cr_assert_not_null(next, "%s", faults.bytes);
		cr_expect_eq(config_can_reload(now, next, &err), rows[i].want,
		    "%s: %s", rows[i].next, err.text);
		config_unref(&next);
		buf_fini(&text);
	}
	config_unref(&now);
}
