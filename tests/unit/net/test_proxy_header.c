/* test_proxy_header -- PROXY protocol, versions 1 and 2.
 * SPDX-License-Identifier: MIT
 *
 * Every row is parsed whole, with a request behind it, and byte by byte: no
 * shorter start may be OK, nor BAD if the whole is good.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "net/proxy_header.h"

#define BYTES(text) text, sizeof(text) - 1
#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\xc0\x00\x02\x01\x0a\x00\x00\x01\x10\x92\x00\x50"
#define V6_SOURCE "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define ZEROS_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS_216 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 \
	ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 "\0\0\0\0\0\0\0\0"
#define CRC "\x03\x00\x04\xc3\x41\xf0\xb3" /* of the row below, made elsewhere */
#define LONG_V6 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

static const struct {
	const char *why, *bytes;
	size_t len;
	const char *want; /* the source; "" = none; NULL = refused */
} rows[] = {
	{ "TCP4", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242 80\r\n"), "192.0.2.1" },
	{ "TCP4, bounds", BYTES("PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n"),
	    "255.255.255.255" },
	{ "TCP6", BYTES("PROXY TCP6 2001:db8::1 ::1 4242 80\r\n"), "2001:db8::1" },
	{ "TCP6 that is IPv4", BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::1 4242 80\r\n"), "192.0.2.1" },
	{ "TCP6, the longest", BYTES("PROXY TCP6 " LONG_V6 " " LONG_V6 " 65535 65535\r\n"),
	    LONG_V6 },
	{ "UNKNOWN", BYTES("PROXY UNKNOWN\r\n"), "" },
	{ "UNKNOWN with anything", BYTES("PROXY UNKNOWN what ever  it is\r\n"), "" },
	{ "UNKNOWN, 107 bytes", BYTES("PROXY UNKNOWN " LONG_V6 " " LONG_V6 " 65535 65535\r\n"), "" },
	{ "108 bytes", BYTES("PROXY UNKNOWN  " LONG_V6 " " LONG_V6 " 65535 65535\r\n"), NULL },
	{ "no end", BYTES("PROXY UNKNOWN " LONG_V6 " " LONG_V6 " 65535 65535 1 2"), NULL },
	{ "a request", BYTES("GET / HTTP/1.1\r\n\r\n"), NULL },
	{ "a request that begins alike", BYTES("PROXY / HTTP/1.1\r\n\r\n"), NULL },
	{ "TLS", BYTES("\x16\x03\x01\x02\x00\x01"), NULL },
	{ "small letters", BYTES("proxy TCP4 192.0.2.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "no family", BYTES("PROXY \r\n"), NULL },
	{ "another family", BYTES("PROXY TCP5 192.0.2.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "UNKNOWN and more in a word", BYTES("PROXY UNKNOWNS\r\n"), NULL },
	{ "two spaces", BYTES("PROXY TCP4  192.0.2.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "a tab", BYTES("PROXY TCP4\t192.0.2.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "a space at the end", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242 80 \r\n"), NULL },
	{ "a word too many", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242 80 1\r\n"), NULL },
	{ "a word too few", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242\r\n"), NULL },
	{ "no words", BYTES("PROXY TCP4\r\n"), NULL },
	{ "IPv6 as TCP4", BYTES("PROXY TCP4 ::1 ::1 4242 80\r\n"), NULL },
	{ "IPv4 as TCP6", BYTES("PROXY TCP6 192.0.2.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "no address", BYTES("PROXY TCP4 host 10.0.0.1 4242 80\r\n"), NULL },
	{ "a zero in front", BYTES("PROXY TCP4 192.0.02.1 10.0.0.1 4242 80\r\n"), NULL },
	{ "no second address", BYTES("PROXY TCP4 192.0.2.1 10.0.0 4242 80\r\n"), NULL },
	{ "port too high", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 65536 80\r\n"), NULL },
	{ "port with a zero in front", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 080 80\r\n"), NULL },
	{ "port with a sign", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 +80 80\r\n"), NULL },
	{ "empty port", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 80 \r\n"), NULL },
	{ "LF alone", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242 80\n"), NULL },
	{ "CR alone", BYTES("PROXY TCP4 192.0.2.1 10.0.0.1 4242 80\rX"), NULL },
	{ "a NUL", BYTES("PROXY TCP4 192.0.2.1\0 10.0.0.1 4242 80\r\n"), NULL },

	{ "v2 TCP4", BYTES(SIG "\x21\x11\x00\x0c" V4), "192.0.2.1" },
	{ "v2 TCP6", BYTES(SIG "\x21\x21\x00\x24" V6_SOURCE ZEROS_16 "\x10\x92\x00\x50"),
	    "2001:db8::1" },
	{ "v2 Unix socket", BYTES(SIG "\x21\x31\x00\xd8" ZEROS_216), "" },
	{ "v2 unspecified", BYTES(SIG "\x21\x00\x00\x00"), "" },
	{ "v2 unspecified with anything", BYTES(SIG "\x21\x00\x00\x02\xff\xff"), "" },
	{ "v2 LOCAL", BYTES(SIG "\x20\x00\x00\x00"), "" },
	{ "v2 LOCAL: all else is ignored", BYTES(SIG "\x20\x77\x00\x03\xff\xff\xff"), "" },
	{ "v2 a TLV", BYTES(SIG "\x21\x11\x00\x11" V4 "\x04\x00\x02\x00\x00"), "192.0.2.1" },
	{ "v2 two TLVs, one empty", BYTES(SIG "\x21\x11\x00\x13" V4 "\xe0\x00\x00\x01\x00\x01x"),
	    "192.0.2.1" },
	{ "v2 CRC32C", BYTES(SIG "\x21\x11\x00\x13" V4 CRC), "192.0.2.1" },
	{ "v2 wrong CRC32C", BYTES(SIG "\x21\x11\x00\x13" V4 "\x03\x00\x04\xc3\x41\xf0\xb4"), NULL },
	{ "v2 CRC32C of other bytes", BYTES(SIG "\x21\x11\x00\x13"
	    "\xc0\x00\x02\x02\x0a\x00\x00\x01\x10\x92\x00\x50" CRC), NULL },
	{ "v2 CRC32C of three bytes", BYTES(SIG "\x21\x11\x00\x12" V4 "\x03\x00\x03\xc3\x41\xf0"),
	    NULL },
	{ "v2 two CRC32Cs", BYTES(SIG "\x21\x11\x00\x1a" V4 CRC CRC), NULL },
	{ "v2 half a TLV", BYTES(SIG "\x21\x11\x00\x0e" V4 "\x04\x00"), NULL },
	{ "v2 a TLV too long", BYTES(SIG "\x21\x11\x00\x10" V4 "\x04\x00\x02\x00"), NULL },
	{ "v2 addresses cut", BYTES(SIG "\x21\x11\x00\x0b\xc0\x00\x02\x01\x0a\x00\x00\x01\x10\x92\x00"),
	    NULL },
	{ "v2 no addresses", BYTES(SIG "\x21\x21\x00\x00"), NULL },
	{ "v2 datagrams", BYTES(SIG "\x21\x12\x00\x0c" V4), NULL },
	{ "v2 another family", BYTES(SIG "\x21\x41\x00\x00"), NULL },
	{ "v2 another transport", BYTES(SIG "\x21\x13\x00\x00"), NULL },
	{ "v2 another command", BYTES(SIG "\x22\x11\x00\x0c" V4), NULL },
	{ "v2 is version 1", BYTES(SIG "\x11\x11\x00\x0c" V4), NULL },
	{ "v2 is version 3", BYTES(SIG "\x31\x11\x00\x0c" V4), NULL },
	{ "v2 over 4096 bytes", BYTES(SIG "\x21\x11\x0f\xf1" V4), NULL },
	{ "v2 LOCAL over 4096 bytes", BYTES(SIG "\x20\x00\xff\xff"), NULL },
	{ "nearly v2", BYTES("\r\n\r\n\0\r\nQUIT\r\x21\x11\x00\x0c" V4), NULL },
};

static void
check_whole(size_t i)
{
	char bytes[512], text[IP_TEXT_MAX] = "";
	struct proxy_header h;
	const char *why = NULL;
	enum proxy_header_result got;

	/* What comes behind is not looked at. */
	memcpy(bytes, rows[i].bytes, rows[i].len);
	memset(bytes + rows[i].len, 'G', 8);
	got = proxy_header_parse(bytes, rows[i].len + 8, &h, &why);
	cr_expect_eq(got, rows[i].want != NULL ? PROXY_HEADER_OK : PROXY_HEADER_BAD,
	    "%s: %d %s", rows[i].why, got, why);
	cr_expect_eq(why != NULL, got == PROXY_HEADER_BAD, "%s", rows[i].why);
	if (got != PROXY_HEADER_OK)
		return;
	cr_expect_eq(h.len, rows[i].len, "%s", rows[i].why);
	cr_expect_eq(h.has_source, rows[i].want[0] != '\0', "%s", rows[i].why);
	if (h.has_source)
		ip_format(&h.source, text);
	cr_expect_str_eq(text, rows[i].want, "%s", rows[i].why);
}

static void
check_bytes(size_t i)
{
	struct proxy_header h;
	const char *why;

	for (size_t len = 0; len < rows[i].len; len++) {
		enum proxy_header_result got = proxy_header_parse(rows[i].bytes,
		    len, &h, &why);

		if (rows[i].want != NULL || got == PROXY_HEADER_OK)
			cr_expect_eq(got, PROXY_HEADER_MORE, "%s: %d at %zu",
			    rows[i].why, got, len);
		cr_expect_eq(h.len, 0, "%s", rows[i].why);
	}
}

Test(proxy_header, parses_each)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		check_whole(i);
		check_bytes(i);
	}
}
