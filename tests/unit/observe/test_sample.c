/* A sample owns its bodies and a reference on the config.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sample.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

Test(sample, releases_what_it_owns)
{
	struct config *config = calloc(1, sizeof *config);
	struct sample *s;
	struct blob *body = blob_new(10);

	atomic_init(&config->refs, 1);
	s = sample_new(config);
	cr_expect_eq(config->refs, 2);
	s->answers[VERSION_LEGACY].body = blob_ref(body);
	s->control.headers = blob_ref(body);
	sample_free(&s);
	cr_expect_null(s);
	cr_expect_eq(config->refs, 1);
	cr_expect_eq(body->refs, 1);
	sample_free(&s);
	blob_unref(&body);
	free(config);
}

static bool
finds(const char *lines, const char *name, const char *want)
{
	struct blob *b = blob_new(200);
	struct answer a = { .headers = b };
	const char *value;
	size_t len;
	bool found;

	cr_assert(blob_append(&a.headers, lines, strlen(lines), 200));
	found = answer_header(&a, name, &value, &len);
	if (found)
		cr_expect(len == strlen(want) && memcmp(value, want, len) == 0,
		    "%s: %.*s", name, (int)len, value);
	blob_unref(&a.headers);
	return found;
}

Test(sample, finds_a_header_that_was_chosen)
{
	static const char lines[] = "x-a:1\nx-ab:2:3\nx-b:\n";
	const struct answer none = { 0 };
	const char *value;
	size_t len;

	cr_expect(finds(lines, "x-a", "1"));
	cr_expect(finds(lines, "x-ab", "2:3"));
	cr_expect(finds(lines, "x-b", ""));
	cr_expect_not(finds(lines, "x-", ""));
	cr_expect_not(finds(lines, "x-abc", ""));
	cr_expect_not(finds(lines, "1", ""));
	cr_expect_not(finds("x-a:cut", "x-a", ""), "no whole line");
	cr_expect_not(answer_header(&none, "x-a", &value, &len));
}
