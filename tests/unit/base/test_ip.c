/* test_ip -- addresses, networks, and what lies in them.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/compiler.h"
#include "base/ip.h"

static const struct {
	const char *text, *want; /* want NULL: is none; "" as text */
} addresses[] = {
	{ "10.0.0.1", "" }, { "0.0.0.0", "" }, { "255.255.255.255", "" },
	{ "1.20.100.9", "" }, { "::", "" }, { "::1", "" },
	{ "2001:db8::1", "" }, { "2001:DB8:0:0::1", "2001:db8::1" },
	{ "::ffff:10.0.0.1", "10.0.0.1" }, { "::ffff:a00:1", "10.0.0.1" },
	{ "::10.0.0.1", "" }, { "64:ff9b::10.0.0.1", "64:ff9b::a00:1" },
	{ "fedc:ba98:7654:3210:fedc:ba98:7654:3210", "" },
	{ "", NULL }, { "10.0.0", NULL }, { "10.0.0.256", NULL },
	{ "10.0.0.1:80", NULL }, { "[::1]", NULL }, { "fe80::1%lo", NULL },
	{ " 10.0.0.1", NULL }, { "10.0.0.1 ", NULL }, { "unknown", NULL },
	{ "1::2::3", NULL }, { "0x0a.0.0.1", NULL },
	{ "0000:0000:0000:0000:0000:0000:255.255.255.2550", NULL },
};

Test(ip, reads_and_writes_each_form)
{
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		const char *text = addresses[i].text, *want = addresses[i].want;
		char out[IP_TEXT_MAX];
		struct ip ip;
		bool ok = ip_parse(text, strlen(text), &ip);

		cr_expect_eq(ok, want != NULL, "%s", text);
		if (!ok || want == NULL)
			continue;
		cr_expect_eq(ip_format(&ip, out), strlen(out), "%s", text);
		cr_expect_str_eq(out, want[0] == '\0' ? text : want);
	}
}

Test(ip, a_text_ends_where_its_length_says)
{
	struct ip ip;
	char out[IP_TEXT_MAX];

	cr_assert(ip_parse("10.0.0.12", 8, &ip));
	ip_format(&ip, out);
	cr_expect_str_eq(out, "10.0.0.1");
	cr_expect_not(ip_parse("10.0.0.1\0", 9, &ip), "a NUL within");
}

Test(ip, of_sockets)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a000001) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct ip a, b;

	v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(v6.sin6_addr.s6_addr + 12, &v4.sin_addr, 4);
	cr_expect(ip_of_sockaddr((struct sockaddr *)&v4, &a));
	cr_expect(ip_of_sockaddr((struct sockaddr *)&v6, &b));
	cr_expect_arr_eq(a.bytes, b.bytes, sizeof a.bytes,
	    "one address through both families");
	cr_expect_not(ip_of_sockaddr((struct sockaddr *)&un, &a));
}

static const struct {
	const char *network, *address;
	bool has;
} members[] = {
	{ "10.0.0.0/8", "10.0.0.0", true }, { "10.0.0.0/8", "10.255.255.255", true },
	{ "10.0.0.0/8", "11.0.0.0", false }, { "10.0.0.0/8", "9.255.255.255", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true }, { "10.0.0.0/8", "::10.1.2.3", false },
	{ "10.0.0.0/8", "a00::1", false }, { "10.0.0.1", "10.0.0.1", true },
	{ "10.0.0.1", "10.0.0.2", false }, { "10.0.0.1/32", "10.0.0.1", true },
	{ "10.0.0.0/7", "11.0.0.0", true }, { "192.0.2.128/25", "192.0.2.128", true }, { "192.0.2.128/25", "192.0.2.127", false },
	{ "172.16.0.0/12", "172.31.255.255", true }, { "172.16.0.0/12", "172.32.0.0", false },
	{ "0.0.0.0/0", "255.0.0.1", true }, { "0.0.0.0/0", "::1", false },
	{ "::/0", "::1", true }, { "::/0", "10.0.0.1", true },
	{ "2001:db8::/32", "2001:db8:ffff::", true }, { "2001:db8::/32", "2001:db9::", false },
	{ "2001:db8::/33", "2001:db8:7fff::", true }, { "2001:db8::/33", "2001:db8:8000::", false },
	{ "::1", "::1", true }, { "::1/128", "::2", false },
	{ "::ffff:10.0.0.0/104", "10.9.9.9", true }, { "::ffff:10.0.0.0/104", "11.0.0.0", false },
};

Test(ip, networks_have_their_members)
{
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		struct network n;
		struct ip ip;
		bool bits;

		cr_assert(network_parse(members[i].network,
		    strlen(members[i].network), &n, &bits), "%s", members[i].network);
		cr_assert(ip_parse(members[i].address, strlen(members[i].address), &ip));
		cr_expect_eq(networks_have(&n, 1, &ip), members[i].has, "%s in %s",
		    members[i].address, members[i].network);
		cr_expect_not(networks_have(&n, 0, &ip));
	}
}

static const struct {
	const char *text;
	bool host_bits;
} wrong_networks[] = {
	{ "", false }, { "/8", false }, { "10.0.0.0/", false }, { "10.0.0.0/33", false },
	{ "10.0.0.0/-1", false }, { "10.0.0.0/+8", false }, { "10.0.0.0/8 ", false },
	{ "10.0.0.0/8/8", false }, { "::/129", false }, { "::/x", false },
	{ "10.0.0.0/255.0.0.0", false }, { "[::1]/128", false }, { "localhost", false },
	{ "10.0.0.1/8", true }, { "192.0.2.1/31", true },
	{ "2001:db8::1/64", true }, { "::1/0", true },
};

Test(ip, refuses_what_is_no_network)
{
	for (size_t i = 0; i < COUNT_OF(wrong_networks); i++) {
		const char *text = wrong_networks[i].text;
		struct network n;
		bool bits;

		cr_expect_not(network_parse(text, strlen(text), &n, &bits), "%s", text);
		cr_expect_eq(bits, wrong_networks[i].host_bits, "%s", text);
	}
}
