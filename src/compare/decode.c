/* decode -- a body without its content codings.
 * SPDX-License-Identifier: MIT
 */
#include "compare/decode.h"

#include <brotli/decode.h>
#include <limits.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/compiler.h"
#include "http/head.h"

/* --- gzip and deflate -------------------------------------------------- */

/* inflateInit2()'s windowBits: the largest window, and which wrapper. */
#define BITS_GZIP (15 + 16)
#define BITS_ZLIB 15
#define BITS_RAW (-15)

/* Behind the end of one gzip member another may begin (RFC 1952, 2.2). */
static bool
has_next_member(z_stream *z, int bits)
{
	return bits == BITS_GZIP && z->avail_in > 0 &&
	    z->next_in[0] == 0x1f && inflateReset(z) == Z_OK;
}

/* One call of inflate() into what room there is. */
static int
inflate_some(z_stream *z, struct room *r)
{
	int rc;

	z->next_out = (unsigned char *)r->out + r->used;
	z->avail_out = (unsigned)(r->space - r->used);
	rc = inflate(z, Z_NO_FLUSH);
	r->used = r->space - z->avail_out;
	return rc;
}

static bool
inflate_all(z_stream *z, struct room *r, int bits)
{
	for (;;) {
		int rc;

		if ((r->out == NULL || r->used == r->space) && !room_grow(r))
			return false;
		rc = inflate_some(z, r);
		if (rc == Z_STREAM_END) {
			if (has_next_member(z, bits))
				continue;
			return z->avail_in == 0 ||
			    room_fail(r, "has bytes behind its end");
		}
		if (rc == Z_MEM_ERROR)
			return room_fail(r, "is too large");
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return room_fail(r, "is damaged");
		if (r->used < r->space && z->avail_in == 0)
			return room_fail(r, "is cut short");
	}
}

static bool
decode_zlib(struct bytes in, struct room *r, int bits)
{
	z_stream z = { 0 };
	bool ok;

	if (in.len > UINT_MAX || inflateInit2(&z, bits) != Z_OK)
		return room_fail(r, "is too large");
	z.next_in = (unsigned char *)(void *)in.at; /* zlib only reads it */
	z.avail_in = (unsigned)in.len;
	ok = inflate_all(&z, r, bits);
	inflateEnd(&z);
	return ok;
}

static bool
decode_gzip(struct bytes in, struct room *r)
{
	return decode_zlib(in, r, BITS_GZIP);
}

/* RFC 9110 8.4.1.2 means zlib by "deflate", many servers send it raw.  A
 * zlib header has 8 in its low bits and is a multiple of 31. */
static bool
decode_deflate(struct bytes in, struct room *r)
{
	unsigned first = (unsigned char)in.at[0];
	unsigned second = in.len < 2 ? 0 : (unsigned char)in.at[1];
	bool wrapped = in.len >= 2 && (first & 0x0f) == 8 &&
	    (first << 8 | second) % 31 == 0;

	return decode_zlib(in, r, wrapped ? BITS_ZLIB : BITS_RAW);
}

/* --- br ---------------------------------------------------------------- */

static bool
brotli_failed(const BrotliDecoderState *s, struct room *r)
{
	BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(s);
	bool memory = code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
	    code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;

	return room_fail(r, memory ? "is too large" : "is damaged");
}

static bool
brotli_all(BrotliDecoderState *s, struct bytes in, struct room *r)
{
	const uint8_t *at = (const uint8_t *)in.at;
	size_t left = in.len;

	for (;;) {
		uint8_t *out;
		size_t space;

		if ((r->out == NULL || r->used == r->space) && !room_grow(r))
			return false;
		out = (uint8_t *)r->out + r->used;
		space = r->space - r->used;
		switch (BrotliDecoderDecompressStream(s, &left, &at, &space,
		    &out, NULL)) {
		case BROTLI_DECODER_RESULT_ERROR:
			return brotli_failed(s, r);
		case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
			return room_fail(r, "is cut short");
		case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
			r->used = r->space - space;
			break;
		case BROTLI_DECODER_RESULT_SUCCESS:
			r->used = r->space - space;
			return left == 0 ||
			    room_fail(r, "has bytes behind its end");
		}
	}
}

static bool
decode_brotli(struct bytes in, struct room *r)
{
	BrotliDecoderState *s = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	bool ok;

	if (s == NULL)
		return room_fail(r, "is too large");
	ok = brotli_all(s, in, r);
	BrotliDecoderDestroyInstance(s);
	return ok;
}

/* --- zstd -------------------------------------------------------------- */

/* RFC 9659: as a content coding, no frame asks for more. */
#define ZSTD_WINDOW_LOG 23

static bool
zstd_failed(size_t rc, struct room *r)
{
	ZSTD_ErrorCode code = ZSTD_getErrorCode(rc);
	bool memory = code == ZSTD_error_memory_allocation ||
	    code == ZSTD_error_frameParameter_windowTooLarge;

	return room_fail(r, memory ? "is too large" : "is damaged");
}

/* Frames behind each other are one body (RFC 8878, 3). */
static bool
zstd_all(ZSTD_DCtx *z, struct bytes bytes, struct room *r)
{
	ZSTD_inBuffer in = { bytes.at, bytes.len, 0 };

	for (;;) {
		ZSTD_outBuffer out;
		size_t rc;

		if ((r->out == NULL || r->used == r->space) && !room_grow(r))
			return false;
		out = (ZSTD_outBuffer){ r->out, r->space, r->used };
		rc = ZSTD_decompressStream(z, &out, &in);
		r->used = out.pos;
		if (ZSTD_isError(rc))
			return zstd_failed(rc, r);
		if (rc == 0 && in.pos == in.size)
			return true;
		if (in.pos == in.size && out.pos < out.size)
			return room_fail(r, "is cut short");
	}
}

static bool
decode_zstd(struct bytes in, struct room *r)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	bool ok;

	if (z == NULL)
		return room_fail(r, "is too large");
	ok = !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax,
	    ZSTD_WINDOW_LOG)) && zstd_all(z, in, r);
	ZSTD_freeDCtx(z);
	return ok;
}

/* --- the list ---------------------------------------------------------- */

struct coding {
	const char *name;
	/* in is not empty.  false: r->why says why. */
	bool (*decode)(struct bytes in, struct room *r);
};

static const struct coding codings_known[] = {
	{ "identity", NULL },
	{ "gzip", decode_gzip },
	{ "x-gzip", decode_gzip },
	{ "deflate", decode_deflate },
	{ "br", decode_brotli },
	{ "zstd", decode_zstd },
};

static const struct coding *
coding_find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(codings_known); i++)
		if (strlen(codings_known[i].name) == len &&
		    memcmp(codings_known[i].name, name, len) == 0)
			return &codings_known[i];
	return NULL;
}

static bool
decode_one(const struct coding *c, struct bytes *body, struct arena *a,
    const char **why)
{
	struct room r;

	if (c->decode == NULL || body->len == 0)
		return true;
	room_init(&r, a, body->len);
	if (!c->decode(*body, &r)) {
		*why = r.why;
		return false;
	}
	*body = room_bytes(&r);
	return true;
}

bool
decode_body(const char *codings, struct bytes in, struct arena *a,
    struct bytes *out, const char **why)
{
	const struct coding *list[DECODE_CODINGS_MAX];
	size_t count = 0, pos = 0, len;
	const char *name;

	*why = NULL;
	*out = in;
	if (in.len == 0)
		return true;
	while (head_next_member(codings, strlen(codings), &pos, &name, &len)) {
		*why = "is too many codings";
		if (count == COUNT_OF(list))
			return false;
		*why = "is not one we decode";
		list[count] = coding_find(name, len);
		if (list[count++] == NULL)
			return false;
	}
	/* They were put on in the order of the list. */
	while (count > 0)
		if (!decode_one(list[--count], out, a, why))
			return false;
	return true;
}
