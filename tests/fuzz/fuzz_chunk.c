/* fuzz_chunk -- any bytes as a chunked body.
 * SPDX-License-Identifier: MIT
 *
 * Must hold: whole, byte by byte and in pieces of the size that the first
 * byte says, the answer, the payload, the trailers and the bytes used are the
 * same; an accepted body ends in an empty line, and its trailers can be
 * written again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "http/chunk.h"
#include "http/trailers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	enum chunk_result end;
	const char *why;
	size_t used;
	size_t payload_len;
	uint64_t payload_hash; /* FNV-1a */
	size_t trailers_len;
	char trailers[CHUNK_TRAILERS_MAX];
};

static void
take(struct result *r, const char *data, size_t len)
{
	assert(len > 0);
	r->payload_len += len;
	for (size_t i = 0; i < len; i++)
		r->payload_hash = (r->payload_hash ^ (unsigned char)data[i]) *
		    UINT64_C(0x100000001b3);
}

static void
take_trailer(struct result *r, const char *data, size_t len)
{
	assert(len > 0 && r->trailers_len + len <= sizeof r->trailers);
	memcpy(r->trailers + r->trailers_len, data, len);
	r->trailers_len += len;
}

static void
take_any(struct result *r, const char *data, size_t len)
{
	if (r->end == CHUNK_DATA)
		take(r, data, len);
	else
		take_trailer(r, data, len);
}

static struct result
decode(const char *bytes, size_t size, size_t piece)
{
	struct result r = { .end = CHUNK_MORE };
	struct chunk_decoder d;

	chunk_decoder_init(&d);
	d.wants_trailers = true;
	for (size_t at = 0; at < size && r.end == CHUNK_MORE; at += piece) {
		size_t len = piece < size - at ? piece : size - at, pos = 0;
		size_t data_len;
		const char *data;

		while ((r.end = chunk_decode(&d, bytes + at, len, &pos, &data,
		    &data_len, &r.why)) < CHUNK_MORE) {
			assert(data >= bytes + at);
			assert(data + data_len == bytes + at + pos);
			take_any(&r, data, data_len);
		}
		assert(pos <= len);
		assert(r.end != CHUNK_MORE || pos == len);
		assert(r.end != CHUNK_BAD || r.why != NULL);
		r.used += pos;
	}
	return r;
}

static void
check_same(struct result a, struct result b)
{
	if (a.end == CHUNK_END) {
		assert(a.trailers_len == b.trailers_len);
		assert(memcmp(a.trailers, b.trailers, a.trailers_len) == 0);
	}
	assert(a.end == b.end);
	assert(a.used == b.used);
	assert(a.payload_len == b.payload_len);
	assert(a.payload_hash == b.payload_hash);
	assert(a.end != CHUNK_BAD || strcmp(a.why, b.why) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct result whole;

	if (size == 0)
		return 0;
	whole = decode(bytes, size, size);
	check_same(whole, decode(bytes, size, 1));
	check_same(whole, decode(bytes, size, 2 + data[0] % 61));
	if (whole.end == CHUNK_END) {
		char out[TRAILERS_SPACE];
		size_t len = write_trailers(whole.trailers, whole.trailers_len,
		    out, sizeof out);

		assert((len == 0) == (whole.trailers_len == 0));
		assert(whole.used >= 5 && bytes[whole.used - 1] == '\n' &&
		    bytes[whole.used - 2] == '\r' &&
		    bytes[whole.used - 3] == '\n');
	}
	return 0;
}
