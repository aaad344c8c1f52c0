/* test_tls -- ticket keys, and what loading says of wrong files.
 * SPDX-License-Identifier: MIT
 *
 * What the files hold is the system tests' matter (cases/tls_*.py), which
 * have the openssl command to make them.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/tls.h"

Test(tls, ticket_keys_are_renewed_when_they_are_old)
{
	struct tls_tickets t = { .made = 0 };
	unsigned char first[TLS_TICKET_KEY_BYTES];

	tls_tickets_renew(&t, 1000);
	memcpy(first, t.keys, sizeof first);
	tls_tickets_renew(&t, 1000 + 12 * 3600 - 1);
	cr_expect_arr_eq(t.keys, first, sizeof first);
	tls_tickets_renew(&t, 1000 + 12 * 3600);
	cr_expect_neq(memcmp(t.keys, first, sizeof first), 0);
	cr_expect_eq(t.made, 1000 + 12 * 3600);
}

static void
on_fault(void *arg, const char *key, size_t index, const char *text)
{
	buf_printf(arg, "%s %zu: %s\n", key, index, text);
}

static void
on_warning(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

Test(tls, all_that_is_wrong_is_said)
{
	const struct tls_identity identities[] = {
		{ "/nonexistent/a.pem", "/nonexistent/a.key" },
		{ "/dev/null", "/nonexistent/b.key" },
	};
	const struct tls_tickets tickets = { .made = 1 };
	const struct tls_server_options options = {
		.identities = identities, .identity_count = 2,
		.client_ca = "/nonexistent/ca.pem",
		.client_verify = TLS_VERIFY_REQUIRED,
		.ciphers = "NO-SUCH-CIPHER", .tickets = &tickets,
	};
	struct buf told = { 0 };
	const struct tls_report report = { on_fault, on_warning, &told };

	cr_assert_null(tls_server_load(&options, &report));
	cr_expect_str_eq(told.bytes,
	    "ciphers 0: \"NO-SUCH-CIPHER\" names no cipher that OpenSSL knows (no "
	    "cipher match); write a list as for \"openssl ciphers\"\n"
	    "client_ca 0: \"/nonexistent/ca.pem\" cannot be read (No such file or "
	    "directory); correct the path or the permissions\n"
	    "certificate 0: \"/nonexistent/a.pem\" cannot be read (No such file or "
	    "directory); correct the path or the permissions\n"
	    "key 0: \"/nonexistent/a.key\" cannot be read (No such file or "
	    "directory); correct the path or the permissions\n"
	    "certificate 1: \"/dev/null\" cannot be used (no start line); give a "
	    "PEM file with the certificate first and its chain behind it\n"
	    "key 1: \"/nonexistent/b.key\" cannot be read (No such file or "
	    "directory); correct the path or the permissions\n");
	buf_fini(&told);
}

Test(tls, a_client_needs_its_ca)
{
	const struct tls_client_options options = { .verify = true,
		.ca = "/dev/null" };
	struct buf told = { 0 };
	const struct tls_report report = { on_fault, on_warning, &told };

	cr_assert_null(tls_client_load(&options, &report));
	cr_expect(strstr(told.bytes, "ca 0: \"/dev/null\" holds no CA certificate") !=
	    NULL, "%s", told.bytes);
	buf_fini(&told);
}
