/* chunk -- a strict decoder of the chunked transfer coding, byte by byte.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9112 section 7.1.  Refuses bare LF, stray CR, data without its CRLF,
 * sizes over 16 hex digits or 2^63, control characters in extensions,
 * extensions and trailers over their caps, and trailers that frame, route or
 * authenticate.  Why not llhttp: 8.1 accepts all of these, and a checker in
 * front of it is already the whole decoder.  Extensions, and trailers nobody
 * asked for, are checked and then dropped: a forwarded body is framed afresh.
 * Pure; works however the bytes are cut.
 */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define CHUNK_LINE_MAX 4096      /* bytes of a size line with its extensions */
#define CHUNK_TRAILERS_MAX 8192 /* bytes of all trailer fields together */

enum chunk_result {
	CHUNK_DATA = 0, /* *data_out, *data_len_out: payload bytes; call again */
	CHUNK_TRAILER,  /* likewise, of the trailer section; lines may be cut.  Of
	                 * use only when CHUNK_END has come */
	CHUNK_MORE,     /* all bytes used; come again with more */
	CHUNK_END,      /* the last chunk and its trailers are complete */
	CHUNK_BAD,      /* *why_out says what */
};

struct chunk_decoder {
	uint64_t left;      /* payload bytes left in this chunk */
	uint32_t line_len;  /* bytes of this size line or trailer section */
	uint8_t state;      /* private: enum in chunk.c */
	uint8_t digits;     /* of the size so far */
	bool wants_trailers; /* give them out; set behind chunk_decoder_init() */
	char name[32];      /* start of the trailer field's name, lower case */
	uint8_t name_len;   /* of the whole name; stops at 255 */
};

void chunk_decoder_init(struct chunk_decoder *d);
/* Consume from bytes[*pos..len); advances *pos.  Payload is returned as a
 * slice of the input, never copied.  After CHUNK_END nothing is consumed:
 * what follows belongs to the next message.  CHUNK_BAD stays. */
enum chunk_result chunk_decode(struct chunk_decoder *d, const char *bytes,
    size_t len, size_t *pos, const char **data_out, size_t *data_len_out,
    const char **why_out) MUST_CHECK;

#endif
