/* trailers -- see trailers.h.
 * SPDX-License-Identifier: MIT
 */
#include "http/trailers.h"

#include <assert.h>
#include <string.h>

#include "http/ascii.h"

static char *
put(char *at, const char *text, size_t len)
{
	memcpy(at, text, len);
	return at + len;
}

size_t
write_trailers(const char *section, size_t len, char *out, size_t space)
{
	const char *p = section, *end = section + len;
	char *at = out;

	assert(len <= CHUNK_TRAILERS_MAX && space >= TRAILERS_SPACE);
	while (p < end) {
		const char *line_end = memchr(p, '\r', (size_t)(end - p));
		const char *colon = memchr(p, ':', (size_t)(end - p));
		const char *value = colon + 1, *value_end = line_end;

		assert(colon != NULL && line_end > colon);
		while (value < value_end && ascii_is_blank(*value))
			value++;
		while (value_end > value && ascii_is_blank(value_end[-1]))
			value_end--;
		at = put(at, p, (size_t)(colon - p));
		at = put(at, ": ", 2);
		at = put(at, value, (size_t)(value_end - value));
		at = put(at, "\r\n", 2);
		p = line_end + 2;
	}
	return (size_t)(at - out);
}
