/* fuzz_body -- any bytes as a connection: heads and bodies, one after another.
 * SPDX-License-Identifier: MIT
 *
 * The first byte chooses requests or answers and how many bytes arrive at a
 * time.  Must hold: where each message ends, and what its body is, does not
 * depend on how the bytes were cut into pieces; nothing is used twice or left
 * out; and a body written afresh (a length, or chunks of our own) reads back
 * as the same bytes.  Where two readers could disagree is where a request
 * is smuggled.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "http/chunk.h"
#include "http/framing.h"
#include "http/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct head_limits lim = { 8192, 40 };

enum ending { ENDING_OPEN = 0, ENDING_REFUSED, ENDING_LAST };

/* What a reader has understood. */
struct story {
	unsigned messages;
	size_t used;          /* bytes */
	uint64_t payload_len;
	uint64_t payload_hash; /* FNV-1a */
	enum ending ending;
};

struct reader {
	const char *bytes;
	size_t size, piece;
	bool is_request, head_asked;
	size_t have;          /* bytes that have arrived */
	size_t seen;          /* of a head, looked at before */
	struct story story;
};

static void
take(struct story *s, const char *bytes, size_t len)
{
	s->payload_len += len;
	for (size_t i = 0; i < len; i++)
		s->payload_hash = (s->payload_hash ^ (unsigned char)bytes[i]) *
		    UINT64_C(0x100000001b3);
}

/* false: there is no more. */
static bool
wait_for_more(struct reader *r)
{
	if (r->have == r->size)
		return false;
	r->have = r->size - r->have > r->piece ? r->have + r->piece : r->size;
	return true;
}

static bool
read_length(struct reader *r, uint64_t left)
{
	struct story *s = &r->story;

	while (left > 0) {
		size_t n = r->have - s->used;

		if (n > left)
			n = (size_t)left;
		take(s, r->bytes + s->used, n);
		s->used += n;
		left -= n;
		if (left > 0 && !wait_for_more(r))
			return false;
	}
	return true;
}

static bool
read_chunks(struct reader *r)
{
	struct story *s = &r->story;
	struct chunk_decoder d;
	const char *data, *why;
	size_t data_len;

	chunk_decoder_init(&d);
	for (;;) {
		size_t pos = 0;

		switch (chunk_decode(&d, r->bytes + s->used, r->have - s->used,
		    &pos, &data, &data_len, &why)) {
		case CHUNK_TRAILER:
			assert(!"nobody asked for them; fuzz_chunk does");
			break;
		case CHUNK_DATA:
			take(s, data, data_len);
			s->used += pos;
			break;
		case CHUNK_END:
			s->used += pos;
			return true;
		case CHUNK_BAD:
			s->ending = ENDING_REFUSED;
			return false;
		case CHUNK_MORE:
			s->used += pos;
			if (!wait_for_more(r))
				return false;
			break;
		}
	}
}

static bool
read_head(struct reader *r, struct framing *framing)
{
	struct story *s = &r->story;
	const char *why = NULL;
	struct target target;
	struct head h;
	enum head_result got;

	for (;;) {
		const char *at = r->bytes + s->used;
		size_t len = r->have - s->used;

		got = r->is_request ?
		    parse_request_head(at, len, r->seen, &lim, &h, &why) :
		    parse_response_head(at, len, r->seen, &lim, &h, &why);
		if (got != HEAD_MORE)
			break;
		r->seen = len;
		if (!wait_for_more(r))
			return false;
	}
	if (got != HEAD_OK || !(r->is_request ?
	    framing_of_request(&h, &target, framing, &why) :
	    framing_of_response(&h, r->head_asked, framing, &why))) {
		s->ending = ENDING_REFUSED;
		return false;
	}
	assert(h.len > 0 && h.len <= r->have - s->used);
	s->used += h.len;
	r->seen = 0;
	return true;
}

static bool
read_body(struct reader *r, const struct framing *framing)
{
	switch (framing->kind) {
	case BODY_NONE:
		return true;
	case BODY_LENGTH:
		return read_length(r, framing->length);
	case BODY_CHUNKED:
		return read_chunks(r);
	case BODY_CLOSE:
		assert(!r->is_request && !framing->keep_alive);
		(void)read_length(r, UINT64_MAX);
		return true;
	}
	return false;
}

static struct story
read_all(bool is_request, bool head_asked, const char *bytes, size_t size,
    size_t piece)
{
	struct reader r = { .bytes = bytes, .size = size, .piece = piece,
		.is_request = is_request, .head_asked = head_asked };
	struct framing framing;

	while (r.story.ending == ENDING_OPEN) {
		if (!read_head(&r, &framing) || !read_body(&r, &framing))
			break;
		r.story.messages++;
		if (!framing.keep_alive)
			r.story.ending = ENDING_LAST;
	}
	assert(r.story.used <= r.have);
	return r.story;
}

static void
check_same(const struct story *a, const struct story *b)
{
	assert(a->ending == b->ending);
	assert(a->messages == b->messages);
	assert(a->payload_len == b->payload_len);
	assert(a->payload_hash == b->payload_hash);
	/* What was used of a refused message is of no account. */
	assert(a->ending == ENDING_REFUSED || a->used == b->used);
}

/* The bytes as our own chunks, the way out. */
static void
check_written(const char *bytes, size_t size)
{
	static char out[65536 + 64];
	struct chunk_decoder d;
	struct story sent = { 0 }, read = { 0 };
	const char *data, *why;
	size_t data_len, pos = 0;
	int len;

	if (size == 0 || size > 65536 - 64)
		return;
	len = snprintf(out, sizeof out, "%zx\r\n", size);
	memcpy(out + len, bytes, size);
	memcpy(out + len + size, "\r\n0\r\n\r\n", 7);
	take(&sent, bytes, size);
	chunk_decoder_init(&d);
	for (;;) {
		enum chunk_result got = chunk_decode(&d, out, (size_t)len + size + 7,
		    &pos, &data, &data_len, &why);

		if (got != CHUNK_DATA) {
			assert(got == CHUNK_END);
			break;
		}
		take(&read, data, data_len);
	}
	assert(pos == (size_t)len + size + 7);
	assert(sent.payload_len == read.payload_len);
	assert(sent.payload_hash == read.payload_hash);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	bool is_request, head_asked;
	struct story whole, pieces;

	if (size < 2)
		return 0;
	is_request = (data[0] & 1) == 0;
	head_asked = (data[0] & 2) != 0;
	size--;
	whole = read_all(is_request, head_asked, bytes, size, size);
	pieces = read_all(is_request, head_asked, bytes, size, 1);
	check_same(&whole, &pieces);
	pieces = read_all(is_request, head_asked, bytes, size, 2 + data[0] / 4);
	check_same(&whole, &pieces);
	check_written(bytes, size);
	return 0;
}
