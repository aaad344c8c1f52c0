/* json_plain -- the plain part of a JSON string, many bytes at a time.
 * SPDX-License-Identifier: MIT
 *
 * Most of most documents lies between two quotes, so both readers of JSON
 * (json.h, json_scan.h) spend their time here: 16 bytes at a time where every
 * machine of the kind can (SSE2), else 8.
 */
#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define JSON_PLAIN_ONES UINT64_C(0x0101010101010101)
#define JSON_PLAIN_TOPS UINT64_C(0x8080808080808080)

/* Not zero when one of eight bytes is a quote, a backslash or below 0x20
 * ("haszero" and "hasless" of Anderson's Bit Twiddling Hacks). */
static inline uint64_t
json_plain_marks(uint64_t eight)
{
	const uint64_t quote = eight ^ (JSON_PLAIN_ONES * '"');
	const uint64_t backslash = eight ^ (JSON_PLAIN_ONES * '\\');

	return (((quote - JSON_PLAIN_ONES) & ~quote) |
	    ((backslash - JSON_PLAIN_ONES) & ~backslash) |
	    ((eight - JSON_PLAIN_ONES * 0x20) & ~eight)) & JSON_PLAIN_TOPS;
}

#ifdef __SSE2__
static inline __m128i
json_plain_block(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Zero where a byte is a quote, a backslash or below 0x20. */
static inline __m128i
json_plain_rest(__m128i block)
{
	return _mm_min_epu8(_mm_subs_epu8(block, _mm_set1_epi8(0x1f)),
	    _mm_min_epu8(_mm_xor_si128(block, _mm_set1_epi8('"')),
	    _mm_xor_si128(block, _mm_set1_epi8('\\'))));
}

/* Bit i: byte i is such a one. */
static inline unsigned
json_plain_found(__m128i rest)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(rest,
	    _mm_setzero_si128()));
}

/* Over what is plain, 64 bytes at a time; their high bits join *highs_io. */
static inline const char *
json_plain_skip(const char *at, const char *end, uint64_t *highs_io)
{
	__m128i highs = _mm_setzero_si128();

	for (; end - at >= 64; at += 64) {
		const __m128i a = json_plain_block(at);
		const __m128i b = json_plain_block(at + 16);
		const __m128i c = json_plain_block(at + 32);
		const __m128i d = json_plain_block(at + 48);
		const __m128i rest = _mm_min_epu8(
		    _mm_min_epu8(json_plain_rest(a), json_plain_rest(b)),
		    _mm_min_epu8(json_plain_rest(c), json_plain_rest(d)));

		if (json_plain_found(rest) != 0)
			break;
		highs = _mm_or_si128(highs, _mm_or_si128(_mm_or_si128(a, b),
		    _mm_or_si128(c, d)));
	}
	*highs_io |= (unsigned)_mm_movemask_epi8(highs);
	return at;
}
#endif

/* Where the plain part of a string ends: at a quote, backslash, control or
 * the end.  *high_out is not zero when a byte of it is over 0x7f. */
static inline const char *
json_plain_end(const char *at, const char *end, uint64_t *high_out)
{
	uint64_t eight, marks, highs = 0;

#ifdef __SSE2__
	for (bool is_long = false; end - at >= 16;) {
		const __m128i block = json_plain_block(at);
		unsigned found = json_plain_found(json_plain_rest(block));
		unsigned high = (unsigned)_mm_movemask_epi8(block);

		if (found != 0) {
			unsigned n = (unsigned)__builtin_ctz(found);

			highs |= high & ((1u << n) - 1);
			*high_out = highs;
			return at + n;
		}
		highs |= high;
		at += 16;
		if (!is_long)
			at = json_plain_skip(at, end, &highs);
		is_long = true;
	}
	highs = highs != 0 ? JSON_PLAIN_TOPS : 0;
#endif
	for (; (size_t)(end - at) >= sizeof eight; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		eight = le64toh(eight);
		marks = json_plain_marks(eight);
		/* The lowest mark is exact, marks above it may be carries. */
		if (marks != 0) {
			unsigned bits = (unsigned)__builtin_ctzll(marks) - 7;

			highs |= eight & ((UINT64_C(1) << bits) - 1);
			*high_out = highs & JSON_PLAIN_TOPS;
			return at + bits / 8;
		}
		highs |= eight;
	}
	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (c == '"' || c == '\\' || c < 0x20)
			break;
		highs |= c;
	}
	*high_out = highs & JSON_PLAIN_TOPS;
	return at;
}

#endif
