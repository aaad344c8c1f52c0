/* Shared bytes: growth within a cap, and the last one out.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/blob.h"

Test(blob, grows_up_to_its_cap)
{
	struct blob *b = blob_new(0);
	char want[1000];

	cr_assert_not_null(b);
	for (size_t i = 0; i < sizeof want; i++) {
		want[i] = (char)('a' + i % 26);
		cr_assert(blob_append(&b, &want[i], 1, sizeof want));
	}
	cr_expect_eq(b->len, sizeof want);
	cr_expect_leq(b->space, sizeof want);
	cr_expect_eq(memcmp(b->bytes, want, sizeof want), 0);
	cr_expect_not(blob_append(&b, "x", 1, sizeof want));
	cr_expect_eq(b->len, sizeof want);
	cr_expect_eq(memcmp(b->bytes, want, sizeof want), 0);
	blob_unref(&b);
	cr_expect_null(b);
	blob_unref(&b);
}

static const struct {
	const char *why;
	size_t space, len, append, cap;
	bool want;
} appends[] = {
	{ "nothing to nothing", 0, 0, 0, 0, true },
	{ "exactly the cap", 0, 0, 8, 8, true },
	{ "one over the cap", 0, 0, 9, 8, false },
	{ "the rest of the cap", 16, 4, 4, 8, true },
	{ "over the cap but within the space", 16, 4, 5, 8, false },
	{ "already over the cap", 16, 9, 0, 8, false },
	{ "a length that wraps", 16, 9, SIZE_MAX, SIZE_MAX, false },
};

Test(blob, appends_or_leaves_it_alone)
{
	static const char bytes[16] = "0123456789abcdef";

	for (size_t i = 0; i < COUNT_OF(appends); i++) {
		struct blob *b = blob_new(appends[i].space);
		size_t len = appends[i].len;

		cr_assert_not_null(b);
		cr_assert(blob_append(&b, bytes, len, 16));
		cr_expect_eq(blob_append(&b, bytes, appends[i].append,
		    appends[i].cap), appends[i].want, "%s", appends[i].why);
		cr_expect_eq(b->len,
		    len + (appends[i].want ? appends[i].append : 0), "%s",
		    appends[i].why);
		blob_unref(&b);
	}
}

Test(blob, is_not_there_when_too_large)
{
	cr_expect_null(blob_new(SIZE_MAX));
	cr_expect_null(blob_new(SIZE_MAX - 16));
}

static void *
use_and_drop(void *arg)
{
	struct blob *b = arg;

	for (int i = 0; i < 5000; i++) {
		struct blob *mine = blob_ref(b);

		cr_assert_eq(mine->bytes[0], 'x');
		blob_unref(&mine);
	}
	blob_unref(&b);
	return NULL;
}

Test(blob, the_last_of_several_threads_frees_it)
{
	struct blob *b = blob_new(1);
	pthread_t threads[4];

	cr_assert(blob_append(&b, "x", 1, 1));
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, use_and_drop,
		    blob_ref(b)), 0);
	blob_unref(&b);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
}
