/* Memory of our own size.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

Test(mem, gives_something_even_for_nothing)
{
	void *a = mem_alloc(0), *b = mem_zalloc(0), *c = mem_try_alloc(0);

	cr_expect(a != NULL && b != NULL && c != NULL);
	a = mem_realloc(a, 0);
	cr_expect_not_null(a);
	free(a);
	free(b);
	free(c);
}

Test(mem, zeroes)
{
	unsigned char *bytes = mem_zalloc(1000);

	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(bytes[i], 0);
	free(bytes);
}

Test(mem, copies_text)
{
	char *whole = mem_strdup("text"), *part = mem_strndup("text", 2);
	char *empty = mem_strndup(NULL, 0), *made = mem_printf("%d-%s", 7, "x");

	cr_expect_str_eq(whole, "text");
	cr_expect_str_eq(part, "te");
	cr_expect_str_eq(empty, "");
	cr_expect_str_eq(made, "7-x");
	free(whole);
	free(part);
	free(empty);
	free(made);
}

/* The sanitizers end the process their own way. */
#ifdef __has_feature
#define IS_SANITIZED (__has_feature(address_sanitizer) || \
	__has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

#if !IS_SANITIZED
/* Not knowable to the compiler, which would refuse the size. */
static volatile size_t too_much = SIZE_MAX / 2;

Test(mem, ends_the_process_when_there_is_none, .signal = SIGABRT)
{
	free(mem_alloc(too_much));
}

Test(mem, says_so_for_peer_sized_things)
{
	cr_expect_null(mem_try_alloc(too_much));
}
#endif
