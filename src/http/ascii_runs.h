/* ascii_runs -- how far bytes of one class go, many at a time.
 * SPDX-License-Identifier: MIT
 *
 * The same answers as byte by byte from ascii.h (test_ascii_runs compares them):
 * names of letters and "-", targets and values go 16 bytes at a time where
 * every machine of the kind can (SSE2).  Private to this folder.
 */
#ifndef HTTP_ASCII_RUNS_H
#define HTTP_ASCII_RUNS_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http/ascii.h"

#ifdef __SSE2__
static inline __m128i
ascii_block(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* How many bytes of the block come before the first whose bits are set. */
static inline unsigned
ascii_before(__m128i hits)
{
	return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(hits) | 0x10000);
}

/* Letters and "-"; other token characters are rare in names. */
static inline unsigned
ascii_common_of_name(__m128i block)
{
	const __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
	const __m128i letter = _mm_and_si128(
	    _mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)),
	    _mm_cmplt_epi8(lower, _mm_set1_epi8('z' + 1)));
	const __m128i common = _mm_or_si128(letter,
	    _mm_cmpeq_epi8(block, _mm_set1_epi8('-')));

	return ascii_before(_mm_cmpeq_epi8(common, _mm_setzero_si128()));
}

/* Not 0x21 to 0x7e: what is over 0x7f is negative. */
static inline unsigned
ascii_target_of(__m128i block)
{
	return ascii_before(_mm_or_si128(
	    _mm_cmplt_epi8(block, _mm_set1_epi8(0x21)),
	    _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f))));
}

/* Below 0x20, or 0x7f.  HTAB is among them and is let through one by one. */
static inline unsigned
ascii_text_of(__m128i block)
{
	return ascii_before(_mm_or_si128(
	    _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block),
	    _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f))));
}
#endif

/* Past all that is of the class.  Stops at end at the latest, where what lies
 * before it does not end the run: ASCII_TOKEN, _TARGET or _TEXT. */
static inline const char *
ascii_skip(const char *p, const char *end, unsigned class)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		const __m128i block = ascii_block(p);
		unsigned n = class == ASCII_TOKEN ? ascii_common_of_name(block) :
		    class == ASCII_TARGET ? ascii_target_of(block) :
		    ascii_text_of(block);

		p += n;
		if (n == 16)
			continue;
		if (!ascii_is(*p, class))
			return p;
		p++;
	}
#endif
	while (p < end && ascii_is(*p, class))
		p++;
	return p;
}

#endif
