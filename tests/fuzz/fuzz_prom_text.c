/* fuzz_prom_text -- any selector, and any scrape.
 * SPDX-License-Identifier: MIT
 *
 * The first line is the selector, the rest the text.  Must hold: nothing is
 * read beyond the end; a text twice has each series twice; a selector with
 * labels finds no more than its name alone.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/prom_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
count(const struct prom_selector *s, const char *text, size_t len)
{
	double sum;

	return prom_text_sum(s, text, len, &sum);
}

/* With a line end between, so that no line becomes another. */
static void
check_twice(const struct prom_selector *s, const char *text, size_t len)
{
	char *twice = calloc(2, len + 1); /* exception: as a fuzzer's own */

	assert(twice != NULL);
	memcpy(twice, text, len);
	twice[len] = '\n';
	memcpy(twice + len + 1, text, len);
	assert(count(s, twice, 2 * len + 1) == 2 * count(s, text, len));
	free(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *why;
	const char *end = size > 0 ? memchr(line, '\n', size) : NULL;
	struct prom_selector s, name;
	size_t len, rest;

	if (end == NULL)
		return 0;
	len = (size_t)(end - line);
	rest = size - len - 1;
	if (!prom_selector_parse(line, len, &s, &why)) {
		assert(why != NULL);
		return 0;
	}
	check_twice(&s, end + 1, rest);
	assert(prom_selector_parse(s.store, s.name_len, &name, &why));
	assert(count(&s, end + 1, rest) <= count(&name, end + 1, rest));
	return 0;
}
