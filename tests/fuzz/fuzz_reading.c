/* fuzz_reading -- an answer says the same of itself however it is cut.
 * SPDX-License-Identifier: MIT
 *
 * First byte: bit 0 whether it is a stream, the rest how long the pieces are.
 * Whole and in pieces the outcome, the events and the tokens must agree.
 */
#include <stdint.h>
#include <stdlib.h>

#include "proxy/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole, cut;
	const char *body = (const char *)data + 1;
	size_t step, len = size - 1;

	if (size < 1)
		return 0;
	step = 1 + (data[0] >> 1);
	reading_init(&whole, dialects_shipped(), data[0] & 1);
	reading_init(&cut, dialects_shipped(), data[0] & 1);
	reading_feed(&whole, body, len);
	for (size_t at = 0; at < len; at += step)
		reading_feed(&cut, body + at, len - at < step ? len - at : step);
	if (reading_judge(&whole) != reading_judge(&cut) ||
	    whole.events != cut.events ||
	    reading_tokens(&whole) != reading_tokens(&cut))
		abort();
	return 0;
}
