/* test_tls_names -- which certificate a client is given.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "net/tls_names.h"

#define NOBODY 99

static struct tls_names *
filled(void)
{
	static const struct {
		const char *name;
		unsigned index;
		bool want;
	} rows[] = {
		{ "first.example", 0, true },
		{ "Second.Example", 1, true },
		{ "*.wild.example", 2, true },
		{ "exact.wild.example", 3, true },
		{ "rooted.example.", 4, true },
		/* whoever comes first has it */
		{ "first.example", 5, false },
		{ "FIRST.EXAMPLE.", 5, false },
		/* no names that could be asked for */
		{ "", 6, false },
		{ ".", 6, false },
		{ "*", 6, false },
		{ "*.", 6, false },
		{ "f*.example", 6, false },
		{ "*f.example", 6, false },
		{ "a.*.example", 6, false },
		{ "*.*.example", 6, false },
	};
	struct tls_names *n = tls_names_new();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect_eq(tls_names_add(n, rows[i].name, strlen(rows[i].name),
		    rows[i].index), rows[i].want, "%s", rows[i].name);
	return n;
}

Test(tls_names, exact_before_wildcard_before_the_first)
{
	static const struct {
		const char *host;
		unsigned want;
	} rows[] = {
		{ "first.example", 0 },
		{ "FIRST.example", 0 },
		{ "first.example.", 0 },
		{ "second.example", 1 },
		{ "a.wild.example", 2 },
		{ "exact.wild.example", 3 },
		{ "rooted.example", 4 },
		/* a star stands for one label, and for one only */
		{ "wild.example", NOBODY },
		{ "a.b.wild.example", NOBODY },
		{ ".wild.example", NOBODY },
		{ "*.wild.example", NOBODY },
		{ "other.example", NOBODY },
		{ "example", NOBODY },
		{ "", NOBODY },
		{ ".", NOBODY },
	};
	struct tls_names *n = filled();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect_eq(tls_names_find(n, rows[i].host, NOBODY),
		    rows[i].want, "%s", rows[i].host);
	tls_names_free(&n);
	cr_expect_null(n);
}

Test(tls_names, longer_than_a_name_can_be)
{
	struct tls_names *n = tls_names_new();
	char longest[256];

	memset(longest, 'a', sizeof longest - 1);
	longest[255] = '\0';
	cr_expect_not(tls_names_add(n, longest, 254, 1));
	cr_expect(tls_names_add(n, longest, 253, 1));
	cr_expect_eq(tls_names_find(n, longest, NOBODY), NOBODY);
	longest[253] = '\0';
	cr_expect_eq(tls_names_find(n, longest, NOBODY), 1);
	/* what a certificate's author slipped a NUL into */
	cr_expect_not(tls_names_add(n, "a\0.example", 10, 1));
	tls_names_free(&n);
}
