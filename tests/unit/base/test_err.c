/* How an error's text grows on its way up.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/err.h"

Test(err, reads_from_the_outside_in)
{
	struct err err = { "" };

	cr_expect_not(err_set(&err, "\"%s\" is not a share", "5 %"));
	cr_expect_not(err_wrap(&err, "/guard/%d/above", 0));
	cr_expect_not(err_wrap(&err, "rules.json"));
	cr_expect_str_eq(err.text,
	    "rules.json: /guard/0/above: \"5 %\" is not a share");
	err_set(&err, "another");
	cr_expect_str_eq(err.text, "another");
}

Test(err, takes_no_err)
{
	cr_expect_not(err_set(NULL, "x"));
	cr_expect_not(err_wrap(NULL, "x"));
}

Test(err, wraps_nothing_without_a_colon)
{
	struct err err = { "" };

	err_wrap(&err, "context");
	cr_expect_str_eq(err.text, "context");
}

Test(err, may_be_made_of_its_own_text)
{
	struct err err = { "inner" };

	err_set(&err, "before %s behind", err.text);
	cr_expect_str_eq(err.text, "before inner behind");
	err_wrap(&err, "(%s)", err.text);
	cr_expect_str_eq(err.text,
	    "(before inner behind): before inner behind");
}

Test(err, truncates)
{
	const size_t most = sizeof ((struct err *)NULL)->text - 1;
	char longer[3000];
	struct err err;

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	err_set(&err, "%s", longer);
	cr_expect_eq(strlen(err.text), most);
	err_wrap(&err, "outer");
	cr_expect_eq(strlen(err.text), most);
	cr_expect_eq(strncmp(err.text, "outer: xxx", 10), 0);
	for (int len = (int)most - 3; len <= (int)most + 1; len++) {
		err_set(&err, "inner");
		err_wrap(&err, "%.*s", len, longer);
		cr_expect_leq(strlen(err.text), most);
		cr_expect_eq(err.text[most - 4], 'x');
	}
}
