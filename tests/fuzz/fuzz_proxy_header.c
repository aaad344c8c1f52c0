/* fuzz_proxy_header -- any bytes as the start of a connection.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: a header ends within the bytes and within its limit; a shorter
 * start of a good one asks for more, never for less; what follows changes
 * nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *why = NULL;
	struct proxy_header h, again;
	enum proxy_header_result got = proxy_header_parse(bytes, size, &h, &why);
	char *exact;

	if (got == PROXY_HEADER_MORE)
		assert(size < PROXY_HEADER_MAX);
	if (got == PROXY_HEADER_BAD)
		assert(why != NULL);
	if (got != PROXY_HEADER_OK) {
		assert(h.len == 0 && !h.has_source);
		return 0;
	}
	assert(h.len > 0 && h.len <= size && h.len <= PROXY_HEADER_MAX);
	if (bytes[0] == 'P')
		assert(h.len <= PROXY_HEADER_TEXT_MAX && bytes[h.len - 1] == '\n');
	/* Of its own size, so that a sanitizer sees a read behind it. */
	exact = malloc(h.len);
	assert(exact != NULL);
	memcpy(exact, bytes, h.len);
	assert(proxy_header_parse(exact, h.len, &again, &why) == PROXY_HEADER_OK);
	assert(again.len == h.len && again.has_source == h.has_source);
	assert(memcmp(&again.source, &h.source, sizeof h.source) == 0);
	free(exact);
	for (size_t len = 0; len < h.len; len++)
		assert(proxy_header_parse(bytes, len, &again, &why) ==
		    PROXY_HEADER_MORE);
	return 0;
}
