/* proxy_header -- see proxy_header.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/proxy_header.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

static const char text_start[] = "PROXY ";
static const char binary_start[] = "\r\n\r\n\0\r\nQUIT\n";

#define TEXT_START (sizeof text_start - 1)
#define BINARY_START (sizeof binary_start - 1)

static enum proxy_header_result
bad(const char **why_out, const char *why)
{
	*why_out = why;
	return PROXY_HEADER_BAD;
}

/* --- version 1 ---------------------------------------------------------------- */

struct words {
	const char *at, *end; /* what is left, without the CR LF */
};

/* The next word, up to a space or the end; each space parts two words. */
static bool
next_word(struct words *w, const char **word_out, size_t *len_out)
{
	const char *space;

	if (w->at > w->end)
		return false;
	space = memchr(w->at, ' ', (size_t)(w->end - w->at));
	*word_out = w->at;
	*len_out = (size_t)((space != NULL ? space : w->end) - w->at);
	w->at = space != NULL ? space + 1 : w->end + 1;
	return true;
}

static bool
port_is_ok(const char *text, size_t len)
{
	unsigned port = 0;

	if (len == 0 || len > 5 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port <= 65535;
}

static bool
read_address(struct words *w, bool is_v6, struct ip *out)
{
	const char *word;
	size_t len;

	return next_word(w, &word, &len) &&
	    (memchr(word, ':', len) != NULL) == is_v6 &&
	    ip_parse(word, len, out);
}

static bool
read_port(struct words *w)
{
	const char *word;
	size_t len;

	return next_word(w, &word, &len) && port_is_ok(word, len);
}

static enum proxy_header_result
read_text(const char *line, size_t len, struct proxy_header *out,
    const char **why_out)
{
	struct words w = { line + TEXT_START, line + len };
	struct ip destination;
	const char *word;
	bool is_v6;

	if (!next_word(&w, &word, &len))
		return bad(why_out, "names no family");
	/* Whatever else stands there is to be ignored. */
	if (len == 7 && memcmp(word, "UNKNOWN", 7) == 0)
		return PROXY_HEADER_OK;
	is_v6 = len == 4 && memcmp(word, "TCP6", 4) == 0;
	if (!is_v6 && (len != 4 || memcmp(word, "TCP4", 4) != 0))
		return bad(why_out, "is of another family than TCP4 and TCP6");
	if (!read_address(&w, is_v6, &out->source) ||
	    !read_address(&w, is_v6, &destination))
		return bad(why_out, "has no address where one must be");
	if (!read_port(&w) || !read_port(&w) || w.at <= w.end)
		return bad(why_out, "has no port where one must be, or more");
	out->has_source = true;
	return PROXY_HEADER_OK;
}

static enum proxy_header_result
parse_text(const char *bytes, size_t len, struct proxy_header *out,
    const char **why_out)
{
	size_t most = len < PROXY_HEADER_TEXT_MAX ? len : PROXY_HEADER_TEXT_MAX;
	size_t end = TEXT_START;

	while (end < most && bytes[end] != '\r' && bytes[end] != '\n')
		end++;
	if (end == most)
		return len < PROXY_HEADER_TEXT_MAX ? PROXY_HEADER_MORE :
		    bad(why_out, "is longer than 107 bytes");
	if (end + 1 == PROXY_HEADER_TEXT_MAX)
		return bad(why_out, "is longer than 107 bytes");
	if (bytes[end] == '\n')
		return bad(why_out, "has a LF without a CR");
	if (end + 1 == len)
		return PROXY_HEADER_MORE;
	if (bytes[end + 1] != '\n')
		return bad(why_out, "has a CR without a LF");
	out->len = end + 2;
	return read_text(bytes, end, out, why_out);
}

/* --- version 2 ---------------------------------------------------------------- */

/* Behind the start: version and command, family and transport, length. */
#define BINARY_HEAD (BINARY_START + 4)
#define TYPE_CRC32C 0x03
#define CRC_BYTES 4

static size_t
read_u16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* Castagnoli's polynomial, bit by bit: few bytes, once a connection. */
static uint32_t
crc32c(uint32_t crc, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78u & (0u - (crc & 1)));
	}
	return crc;
}

/* The sum is made with its own place zeroed. */
static bool
crc_is_right(const uint8_t *bytes, size_t len, size_t at)
{
	static const uint8_t zeros[CRC_BYTES];
	uint32_t crc = crc32c(~0u, bytes, at);
	uint32_t said = (uint32_t)read_u16(bytes + at) << 16 |
	    (uint32_t)read_u16(bytes + at + 2);

	crc = crc32c(crc, zeros, sizeof zeros);
	crc = crc32c(crc, bytes + at + CRC_BYTES, len - at - CRC_BYTES);
	return ~crc == said;
}

static enum proxy_header_result
check_tlvs(const uint8_t *bytes, size_t at, size_t len, const char **why_out)
{
	bool has_crc = false;

	while (at < len) {
		size_t value = at + 3, value_len;

		if (value > len || (value_len = read_u16(bytes + at + 1)) >
		    len - value)
			return bad(why_out, "has a TLV longer than its place");
		if (bytes[at] == TYPE_CRC32C) {
			if (has_crc || value_len != CRC_BYTES ||
			    !crc_is_right(bytes, len, value))
				return bad(why_out, "has a wrong CRC32C");
			has_crc = true;
		}
		at = value + value_len;
	}
	return PROXY_HEADER_OK;
}

/* A row for each family and transport there is; all others are refused. */
static const struct family {
	uint8_t code;
	uint8_t size; /* of both addresses and ports */
	bool is_v4, is_v6;
	bool is_stream;
} families[] = {
	{ 0x00, 0, false, false, true }, /* unspecified */
	{ 0x11, 12, true, false, true }, { 0x12, 12, true, false, false },
	{ 0x21, 36, false, true, true }, { 0x22, 36, false, true, false },
	{ 0x31, 216, false, false, true }, { 0x32, 216, false, false, false },
};

static void
take_source(const struct family *f, const uint8_t *at,
    struct proxy_header *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memcpy(&v4.sin_addr, at, sizeof v4.sin_addr);
	if (f->is_v4)
		out->has_source = ip_of_sockaddr((struct sockaddr *)&v4,
		    &out->source);
	if (!f->is_v6)
		return;
	memcpy(&v6.sin6_addr, at, sizeof v6.sin6_addr);
	out->has_source = ip_of_sockaddr((struct sockaddr *)&v6, &out->source);
}

static enum proxy_header_result
read_addresses(const uint8_t *bytes, struct proxy_header *out,
    const char **why_out)
{
	const struct family *f = NULL;

	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (families[i].code == bytes[BINARY_START + 1])
			f = &families[i];
	if (f == NULL)
		return bad(why_out, "is of a family that is not defined");
	if (!f->is_stream)
		return bad(why_out, "is of a transport that is no stream");
	if (BINARY_HEAD + (size_t)f->size > out->len)
		return bad(why_out, "is too short for its addresses");
	/* What stands behind "unspecified" is to be ignored. */
	if (f->size == 0)
		return PROXY_HEADER_OK;
	take_source(f, bytes + BINARY_HEAD, out);
	return check_tlvs(bytes, BINARY_HEAD + f->size, out->len, why_out);
}

static enum proxy_header_result
parse_binary(const uint8_t *bytes, size_t len, struct proxy_header *out,
    const char **why_out)
{
	uint8_t command;

	if (len > BINARY_START && bytes[BINARY_START] >> 4 != 2)
		return bad(why_out, "is of another version than 1 and 2");
	if (len < BINARY_HEAD)
		return PROXY_HEADER_MORE;
	command = bytes[BINARY_START] & 0x0f;
	if (command > 1)
		return bad(why_out, "is of a command that is not defined");
	out->len = BINARY_HEAD + read_u16(bytes + BINARY_START + 2);
	if (out->len > PROXY_HEADER_MAX)
		return bad(why_out, "is longer than 4096 bytes");
	if (len < out->len)
		return PROXY_HEADER_MORE;
	/* LOCAL: of the load balancer itself, a health check. */
	return command == 0 ? PROXY_HEADER_OK :
	    read_addresses(bytes, out, why_out);
}

/* --- either -------------------------------------------------------------------- */

static bool
begins(const char *bytes, size_t len, const char *start, size_t start_len)
{
	return memcmp(bytes, start, len < start_len ? len : start_len) == 0;
}

enum proxy_header_result
proxy_header_parse(const char *bytes, size_t len, struct proxy_header *out,
    const char **why_out)
{
	enum proxy_header_result result;

	*out = (struct proxy_header){ .len = 0 };
	if (begins(bytes, len, text_start, TEXT_START))
		result = len < TEXT_START ? PROXY_HEADER_MORE :
		    parse_text(bytes, len, out, why_out);
	else if (begins(bytes, len, binary_start, BINARY_START))
		result = len < BINARY_START ? PROXY_HEADER_MORE :
		    parse_binary((const uint8_t *)bytes, len, out, why_out);
	else
		result = bad(why_out, "does not begin as one");
	if (result != PROXY_HEADER_OK)
		*out = (struct proxy_header){ .len = 0 };
	return result;
}
