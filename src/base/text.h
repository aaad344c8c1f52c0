/* text -- small readers and writers of text with units.
 * SPDX-License-Identifier: MIT
 *
 * Durations "250ms", "15m", "48h"; sizes "256KiB"; shares "5%" in steps of
 * 0.001.  All pure; false means the text is not of that form and the result
 * (for the decoders: the length) was not written.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* One unit of us, ms, s, m, h, d behind a decimal number: "1.5s".  What is
 * not a whole number of microseconds (bytes, thousandths) is refused, never
 * rounded; so is what does not fit into 63 bits. */
bool text_duration_us(const char *text, uint64_t *out) MUST_CHECK;
/* B, KiB, MiB, GiB, or a bare number of bytes. */
bool text_size_bytes(const char *text, uint64_t *out) MUST_CHECK;
/* "12.5%" -> 12500 (thousandths of a percent), 0..100000. */
bool text_share_milli(const char *text, uint32_t *out) MUST_CHECK;
bool text_u64(const char *text, uint64_t *out) MUST_CHECK;

/* Short exact forms, read back to the same value: "1.5s", "15m", "12.5%". */
void text_format_duration(uint64_t us, char out[32]);
void text_format_share(uint32_t milli, char out[32]);

/* The nearest of the names to what was typed, or NULL if none is near
 * (edit distance over a third of the typed length, rounded up, or nothing in
 * common; names over 64 bytes are not near). */
const char *text_nearest(const char *typed, const char *const *names,
    size_t count);

/* ASCII, without regard to case. */
bool text_equal_nocase(const char *a, size_t a_len, const char *b,
    size_t b_len);
/* Copies at most space - 1 bytes and always ends with NUL; true = it all
 * fitted. */
bool text_copy(char *out, size_t space, const char *text, size_t len);

/* 0..15, or -1 for what is no hex digit. */
int text_hex_digit(char c);
/* Lower-case hex of len bytes into out (2 * len + 1). */
void text_hex(const void *bytes, size_t len, char *out);
/* RFC 4648 section 5; padding is optional, but right if present.  Writes at
 * most space bytes; false also when they are too few. */
bool text_base64url_decode(const char *text, size_t len, char *out,
    size_t space, size_t *len_out) MUST_CHECK;
/* Percent-decoding (RFC 3986); plus_is_space for query values. */
bool text_percent_decode(const char *text, size_t len, bool plus_is_space,
    char *out, size_t space, size_t *len_out) MUST_CHECK;
/* Bytes of the well-formed UTF-8 sequence at the start; 0 if there is none. */
size_t text_utf8_step(const char *text, size_t len);
/* One step of writing the inside of a JSON string: copies or escapes what is
 * at the start of text (len > 0); *used_out says how much of it that was.
 * Returns the bytes written.  What is not UTF-8 becomes U+FFFD. */
#define TEXT_JSON_STEP_MAX 6
size_t text_json_step(const char *text, size_t len,
    char out[TEXT_JSON_STEP_MAX], size_t *used_out);
/* Bytes at the start that are well-formed UTF-8 (len if all are). */
size_t text_utf8_prefix(const char *text, size_t len);
/* Writes the code point (not a surrogate, at most U+10FFFF) in up to four
 * bytes; returns where the next one goes. */
char *text_utf8_put(char *out, unsigned code);
/* Well-formed UTF-8 (no surrogates, no overlong forms)? */
bool text_is_utf8(const char *text, size_t len);

#endif
