/* From names to endpoints: sets of addresses, and who stays.
 * SPDX-License-Identifier: MIT
 */
#include "config/roster.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "files.h"

static struct location
place(const char *ip)
{
	struct location l;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&l.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&l.addr;

	memset(&l, 0, sizeof l);
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		l.addr_len = sizeof *v4;
	} else {
		cr_assert_eq(inet_pton(AF_INET6, ip, &v6->sin6_addr), 1);
		v6->sin6_family = AF_INET6;
		l.addr_len = sizeof *v6;
	}
	return l;
}

/* Addresses as one text, in their order. */
static const char *
shown(const struct location *set, size_t count)
{
	static char text[LOCATIONS_MAX * LOCATION_TEXT_MAX];
	char one[LOCATION_TEXT_MAX];

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		location_format(&set[i], one);
		strcat(strcat(text, i > 0 ? " " : ""), one);
	}
	return text;
}

static const struct {
	const char *why;
	const char *ips[4];
	enum dns_family family;
	const char *want;
} sets[] = {
	{ "sorted, once each", { "192.0.2.9", "192.0.2.7", "192.0.2.9" }, DNS_IPV4,
	    "192.0.2.7:0 192.0.2.9:0" },
	{ "IPv4 alone", { "::1", "127.0.0.1" }, DNS_IPV4, "127.0.0.1:0" },
	{ "IPv6 alone", { "::1", "127.0.0.1" }, DNS_IPV6, "[::1]:0" },
	{ "both", { "::1", "127.0.0.1" }, DNS_ALL, "127.0.0.1:0 [::1]:0" },
	{ "no other than IPv6", { "::2", "::1" }, DNS_IPV4, "[::1]:0 [::2]:0" },
	{ "no other than IPv4", { "192.0.2.1" }, DNS_IPV6, "192.0.2.1:0" },
};

Test(location, sets)
{
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		struct location set[4];
		size_t n = 0;

		while (n < 4 && sets[i].ips[n] != NULL) {
			set[n] = place(sets[i].ips[n]);
			n++;
		}
		n = location_prefer(set, location_sort(set, n), sets[i].family);
		cr_expect_str_eq(shown(set, n), sets[i].want, "%s",
		    sets[i].why);
	}
}

/* A name server of the test's own. */
struct names {
	const char *ips[4];
	bool silent;
};

static bool
lookup(void *arg, const char *host, struct location *out, size_t *count_out)
{
	const struct names *names = arg;

	cr_expect_str_eq(host, "backend.test");
	*count_out = 0;
	while (names->ips[*count_out] != NULL) {
		out[*count_out] = place(names->ips[*count_out]);
		++*count_out;
	}
	return !names->silent;
}

static const char *
places_of(const struct roster *r, enum backend_id b)
{
	static char text[1024];

	text[0] = '\0';
	for (size_t i = 0; i < r->backends[b].count; i++)
		strcat(strcat(text, i > 0 ? " " : ""),
		    r->backends[b].rows[i].replica->address);
	return text;
}

static struct config *
load(const char *urls)
{
	struct buf faults = { 0 };
	char text[600];
	struct config *c;

	snprintf(text, sizeof text, "{" LISTEN_KEY ",'workers':2,'backends':"
	    "{'legacy':{'urls':[%s]},'enhanced':{'urls':['http://[::1]:9']}}}",
	    urls);
	c = files_load(text, NULL, &faults);
	cr_assert_not_null(c, "%s", faults.bytes);
	buf_fini(&faults);
	return c;
}

Test(roster, follows_a_name)
{
	struct config *c = load("'http://backend.test:81','http://127.0.0.1:9'");
	struct names names = { { "192.0.2.9", "192.0.2.8" }, false };
	struct roster *first = roster_new(c, NULL, NULL, NULL), *next, *last;

	cr_expect_str_eq(places_of(first, BACKEND_LEGACY),
	    "192.0.2.7:81 127.0.0.1:9", "what the loader found");
	cr_expect_str_eq(places_of(first, BACKEND_ENHANCED), "[::1]:9");
	next = roster_new(c, lookup, &names, first);
	cr_expect_str_eq(places_of(next, BACKEND_LEGACY),
	    "192.0.2.9:81 192.0.2.8:81 127.0.0.1:9");
	cr_expect(!roster_is_same(first, next));
	cr_expect_eq(next->backends[BACKEND_LEGACY].rows[2].replica,
	    first->backends[BACKEND_LEGACY].rows[1].replica, "it stays");
	roster_unref(&first);
	names.silent = true;
	last = roster_new(c, lookup, &names, next);
	cr_expect_str_eq(places_of(last, BACKEND_LEGACY),
	    "192.0.2.7:81 127.0.0.1:9", "not known: the loader's answer");
	roster_unref(&next);
	roster_unref(&last);
	config_unref(&c);
}

Test(roster, what_is_known_outlives_a_reload)
{
	struct config *c = load("'http://127.0.0.1:8','http://127.0.0.1:9'");
	struct config *d = load("'http://127.0.0.1:9','http://127.0.0.1:7'");
	struct roster *before = roster_new(c, NULL, NULL, NULL), *after, *again;

	atomic_store(&before->backends[BACKEND_LEGACY].rows[1].replica->hold, 5);
	after = roster_new(d, NULL, NULL, before);
	roster_unref(&before);
	config_unref(&c);
	cr_expect_eq(after->backends[BACKEND_LEGACY].rows[0].replica->hold, 5);
	cr_expect_eq(after->backends[BACKEND_LEGACY].rows[1].replica->hold, 0);
	again = roster_new(d, NULL, NULL, after);
	cr_expect(roster_is_same(after, again));
	roster_unref(&again);
	roster_unref(&after);
	config_unref(&d);
}

Test(roster, a_url_listed_twice_is_one_place)
{
	struct config *c = load("'http://127.0.0.1:8','http://127.0.0.1:8'");
	struct roster *r = roster_new(c, NULL, NULL, NULL);

	cr_expect_eq(r->backends[BACKEND_LEGACY].count, 2);
	cr_expect_eq(r->backends[BACKEND_LEGACY].rows[0].replica,
	    r->backends[BACKEND_LEGACY].rows[1].replica);
	roster_unref(&r);
	config_unref(&c);
}

/* A second legacy has endpoints of its own, even at the same address. */
Test(roster, control_is_a_backend_if_it_is_there)
{
	struct config *without = load("'http://127.0.0.1:8'"), *with;
	struct buf faults = { 0 };
	struct roster *r = roster_new(without, NULL, NULL, NULL);

	cr_expect_eq(r->backends[BACKEND_CONTROL].count, 0);
	roster_unref(&r);
	with = files_load("{" LISTEN_KEY ",'workers':2,'backends':"
	    "{'legacy':{'urls':['http://127.0.0.1:8']},"
	    "'enhanced':{'urls':['http://127.0.0.1:9']},"
	    "'control':{'urls':['http://127.0.0.1:8','http://127.0.0.1:7'],"
	    "'timeouts':{'connect':'250ms'}}}}", NULL, &faults);
	cr_assert_not_null(with, "%s", faults.bytes);
	r = roster_new(with, NULL, NULL, NULL);
	cr_expect_str_eq(places_of(r, BACKEND_CONTROL),
	    "127.0.0.1:8 127.0.0.1:7");
	cr_expect_neq(r->backends[BACKEND_CONTROL].rows[0].replica,
	    r->backends[BACKEND_LEGACY].rows[0].replica);
	cr_expect_eq(r->backends[BACKEND_CONTROL].rows[0].replica->backend,
	    BACKEND_CONTROL);
	cr_expect_eq(with->settings.backends[BACKEND_CONTROL].connect_ms, 250);
	roster_unref(&r);
	config_unref(&with);
	config_unref(&without);
	buf_fini(&faults);
}
