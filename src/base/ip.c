/* ip -- see ip.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/text.h"

#define V4_OFFSET 12 /* of an IPv4 address within the 16 bytes */
#define V4_BITS (8 * V4_OFFSET)

static const uint8_t mapped[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };

static void
set_v4(struct ip *out, const void *four)
{
	memcpy(out->bytes, mapped, sizeof mapped);
	memcpy(out->bytes + V4_OFFSET, four, 4);
}

bool
ip_parse(const char *text, size_t len, struct ip *out)
{
	char copy[IP_TEXT_MAX];
	uint8_t four[4];

	/* inet_pton() takes C strings; a NUL inside must not end one early. */
	if (len == 0 || len >= sizeof copy || memchr(text, '\0', len) != NULL)
		return false;
	text_copy(copy, sizeof copy, text, len);
	if (inet_pton(AF_INET, copy, four) == 1) {
		set_v4(out, four);
		return true;
	}
	return inet_pton(AF_INET6, copy, out->bytes) == 1;
}

bool
ip_of_sockaddr(const struct sockaddr *addr, struct ip *out)
{
	const struct sockaddr_in *v4 = (const void *)addr;
	const struct sockaddr_in6 *v6 = (const void *)addr;

	if (addr->sa_family == AF_INET) {
		set_v4(out, &v4->sin_addr);
		return true;
	}
	if (addr->sa_family == AF_INET6) {
		memcpy(out->bytes, &v6->sin6_addr, sizeof out->bytes);
		return true;
	}
	memset(out, 0, sizeof *out);
	return false;
}

static bool
is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

/* Every request writes one: inet_ntop() goes through snprintf(). */
static size_t
format_v4(const uint8_t four[4], char *out)
{
	char *at = out;

	for (int i = 0; i < 4; i++) {
		unsigned n = four[i];

		if (i > 0)
			*at++ = '.';
		if (n >= 100)
			*at++ = (char)('0' + n / 100);
		if (n >= 10)
			*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
	}
	*at = '\0';
	return (size_t)(at - out);
}

size_t
ip_format(const struct ip *ip, char out[IP_TEXT_MAX])
{
	if (is_v4(ip))
		return format_v4(ip->bytes + V4_OFFSET, out);
	(void)inet_ntop(AF_INET6, ip->bytes, out, IP_TEXT_MAX);
	return strlen(out);
}

/* --- networks --------------------------------------------------------------- */

/* The first bits of both are the same? */
static bool
is_same_prefix(const struct ip *a, const struct ip *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a->bytes, b->bytes, whole) == 0 && (rest == 0 ||
	    (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0);
}

static bool
bits_parse(const char *text, size_t len, uint64_t most, uint8_t *out)
{
	char digits[4];
	uint64_t bits;

	if (len == 0 || !text_copy(digits, sizeof digits, text, len) ||
	    strspn(digits, "0123456789") != len || !text_u64(digits, &bits) ||
	    bits > most)
		return false;
	*out = (uint8_t)bits;
	return true;
}

static bool
has_bits_behind(const struct network *n)
{
	for (unsigned bit = n->bits; bit < 128; bit++)
		if ((n->base.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return true;
	return false;
}

bool
network_parse(const char *text, size_t len, struct network *out,
    bool *has_host_bits)
{
	const char *slash = memchr(text, '/', len);
	size_t host_len = slash == NULL ? len : (size_t)(slash - text);
	bool short_form;

	*has_host_bits = false;
	if (!ip_parse(text, host_len, &out->base))
		return false;
	/* ::ffff:10.0.0.0/104 is counted from the front, 10.0.0.0/8 is not. */
	short_form = memchr(text, ':', host_len) == NULL;
	out->bits = 128;
	if (slash != NULL && !bits_parse(slash + 1, len - host_len - 1,
	    short_form ? 32 : 128, &out->bits))
		return false;
	if (slash != NULL && short_form)
		out->bits += V4_BITS;
	*has_host_bits = has_bits_behind(out);
	return !*has_host_bits;
}

bool
networks_have(const struct network *list, size_t count, const struct ip *ip)
{
	for (size_t i = 0; i < count; i++)
		if (is_same_prefix(&list[i].base, ip, list[i].bits))
			return true;
	return false;
}
