/* Content codings, whole, broken and hostile.
 * SPDX-License-Identifier: MIT
 */
#include "compare/decode.h"

#include <brotli/encode.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* What stands where deflateInit2() has its bits. */
#define BROTLI 100
#define ZSTD 101
#define NOTHING 102

static struct bytes
pack_brotli(const char *text, size_t len)
{
	size_t space = BrotliEncoderMaxCompressedSize(len) + 100;
	unsigned char *out = malloc(space);

	cr_assert(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, len,
	    (const unsigned char *)text, &space, out));
	return (struct bytes){ (char *)out, space };
}

static struct bytes
pack_zstd(const char *text, size_t len)
{
	size_t space = ZSTD_compressBound(len);
	char *out = malloc(space);
	size_t n = ZSTD_compress(out, space, text, len, 3);

	cr_assert(!ZSTD_isError(n));
	return (struct bytes){ out, n };
}

/* bits as of deflateInit2(): 31 gzip, 15 zlib, -15 raw. */
static struct bytes
pack_zlib(int bits, const char *text, size_t len)
{
	z_stream z = { 0 };
	size_t space = len + len / 10 + 1000;
	unsigned char *out = malloc(space);

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, bits, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(void *)text;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = (unsigned)space;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return (struct bytes){ (char *)out, space - z.avail_out };
}

static struct bytes
pack(int how, const char *text, size_t len)
{
	char *copy;

	if (how == BROTLI)
		return pack_brotli(text, len);
	if (how == ZSTD)
		return pack_zstd(text, len);
	if (how != NOTHING)
		return pack_zlib(how, text, len);
	copy = malloc(len);
	memcpy(copy, text, len);
	return (struct bytes){ copy, len };
}

static void
drop(struct bytes b)
{
	free((void *)(size_t)b.at);
}

static struct bytes
pack_twice(int first, int second, const char *text, size_t len)
{
	struct bytes once = pack(first, text, len);
	struct bytes twice = pack(second, once.at, once.len);

	drop(once);
	return twice;
}

static const struct {
	const char *why, *coding;
	int first, second;
} codings[] = {
	{ "gzip", "gzip", 31, NOTHING },
	{ "its old name", "x-gzip", 31, NOTHING },
	{ "deflate with its wrapper", "deflate", 15, NOTHING },
	{ "deflate without", "deflate", -15, NOTHING },
	{ "brotli", "br", BROTLI, NOTHING },
	{ "zstd", "zstd", ZSTD, NOTHING },
	{ "two in a row", "gzip, br", 31, BROTLI },
	{ "the other way round", "br,gzip", BROTLI, 31 },
	{ "the same twice", "zstd ,zstd", ZSTD, ZSTD },
	{ "with nothing between", "identity, deflate,, identity", 15, NOTHING },
};

static char *
prose(size_t len)
{
	char *text = malloc(len);
	unsigned seed = 3;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)('a' + (seed >> 16) % 26);
	}
	return text;
}

Test(decode, gives_back_what_was_packed)
{
	static const size_t sizes[] = { 1, 2, 100, 5000, 66560, 300000,
		(size_t)8 << 20 };

	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
		for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
			char *text = prose(sizes[j]);
			struct bytes in = pack_twice(codings[i].first,
			    codings[i].second, text, sizes[j]);
			struct bytes out;
			struct arena a;
			const char *why;

			arena_init(&a, 0);
			cr_assert(decode_body(codings[i].coding, in, &a, &out,
			    &why), "%s: %s", codings[i].why, why);
			cr_expect_eq(out.len, sizes[j]);
			cr_expect_eq(memcmp(out.at, text, out.len), 0);
			arena_fini(&a);
			drop(in);
			free(text);
		}
	}
}

Test(decode, leaves_identity_alone)
{
	struct bytes in = { "abc", 3 }, out;
	struct arena a;
	const char *why;

	arena_init(&a, 0);
	cr_expect(decode_body("", in, &a, &out, &why));
	cr_expect_eq(out.at, in.at);
	cr_expect(decode_body("identity", in, &a, &out, &why));
	cr_expect_eq(out.at, in.at);
	in.len = 0;
	cr_expect(decode_body("br", in, &a, &out, &why), "nothing to decode");
	arena_fini(&a);
}

static void
check_members(const char *coding, int how)
{
	struct bytes one = pack(how, "hello ", 6), two = pack(how, "world", 5);
	struct bytes out;
	struct arena a;
	const char *why;
	char both[200];

	memcpy(both, one.at, one.len);
	memcpy(both + one.len, two.at, two.len);
	arena_init(&a, 0);
	cr_assert(decode_body(coding, (struct bytes){ both, one.len + two.len },
	    &a, &out, &why), "%s: %s", coding, why);
	cr_expect_eq(out.len, 11);
	cr_expect_eq(memcmp(out.at, "hello world", 11), 0);
	arena_fini(&a);
	drop(one);
	drop(two);
}

Test(decode, reads_members_and_frames_behind_each_other)
{
	check_members("gzip", 31);
	check_members("zstd", ZSTD);
}

static const char *
refusal(const char *coding, const char *at, size_t len, size_t cap)
{
	struct bytes out;
	struct arena a;
	const char *why = NULL;

	arena_init(&a, cap);
	cr_expect_not(decode_body(coding, (struct bytes){ at, len }, &a, &out,
	    &why));
	arena_fini(&a);
	return why != NULL ? why : "";
}

/* How a coding says that it is broken: each cut, changed, and with more. */
Test(decode, says_what_is_broken)
{
	static const struct {
		const char *coding;
		int how;
	} each[] = { { "gzip", 31 }, { "deflate", 15 }, { "br", BROTLI },
		{ "zstd", ZSTD } };
	char *text = prose(5000);

	for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
		const char *coding = each[i].coding;
		struct bytes in = pack(each[i].how, text, 5000);
		char *more = malloc(in.len + 1);

		for (size_t len = 1; len < in.len; len += 1 + in.len / 50)
			cr_expect_str_eq(refusal(coding, in.at, len, 0),
			    "is cut short", "%s at %zu", coding, len);
		cr_expect_str_eq(refusal(coding, in.at, in.len, 100),
		    "is too large", "%s", coding);
		memcpy(more, in.at, in.len);
		more[in.len] = 'x';
		cr_expect_neq(refusal(coding, more, in.len + 1, 0)[0], '\0',
		    "%s with more", coding);
		cr_expect_str_eq(refusal(coding, "\xff\xff\xff\xff\xff", 5, 0),
		    "is damaged", "%s", coding);
		free(more);
		drop(in);
	}
	free(text);
}

Test(decode, says_why_it_cannot)
{
	char *text = prose(5000);
	struct bytes in = pack(31, text, 5000);
	char *bytes = (char *)(size_t)in.at;

	cr_expect_str_eq(refusal("compress", bytes, in.len, 0),
	    "is not one we decode");
	cr_expect_str_eq(refusal("gzip, dcb", bytes, in.len, 0),
	    "is not one we decode");
	cr_expect_str_eq(refusal("gzip, gzip", bytes, in.len, 0), "is damaged",
	    "packed once");
	cr_expect_str_eq(refusal("gzip,gzip,gzip,gzip,gzip", bytes, in.len, 0),
	    "is too many codings");
	cr_expect_str_eq(refusal("gzip", "hello", 5, 0), "is damaged");
	bytes[in.len - 6] ^= 1;
	cr_expect_str_eq(refusal("gzip", bytes, in.len, 0), "is damaged",
	    "the checksum");
	free(text);
	free(bytes);
	in = pack(15, "hello", 5);
	cr_expect_str_eq(refusal("deflate", in.at, in.len + 1, 0),
	    "has bytes behind its end");
	drop(in);
}

/* A frame that asks for a window of 16 MiB, whatever is in it. */
Test(decode, refuses_a_window_that_zstd_may_not_have)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\x70\x01\x00";

	cr_expect_str_eq(refusal("zstd", frame, sizeof frame - 1, 0),
	    "is too large");
}

/* A megabyte of zeros is a thousand bytes of gzip, and twenty of br. */
Test(decode, stops_a_bomb)
{
	static const struct {
		const char *coding;
		int first, second;
	} bombs[] = { { "gzip", 31, NOTHING }, { "br", BROTLI, NOTHING },
		{ "zstd", ZSTD, NOTHING }, { "gzip, gzip", 31, 31 } };
	size_t len = (size_t)64 << 20;
	char *zeros = calloc(1, len);

	for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
		struct bytes small = pack_twice(bombs[i].first, bombs[i].second,
		    zeros, 1 << 20);
		struct bytes large = pack_twice(bombs[i].first, bombs[i].second,
		    zeros, len);

		cr_expect_str_eq(refusal(bombs[i].coding, small.at, small.len,
		    0), "decodes to too much", "%s by its ratio",
		    bombs[i].coding);
		cr_expect_str_eq(refusal(bombs[i].coding, large.at, large.len,
		    0), "decodes to too much", "%s by its size",
		    bombs[i].coding);
		drop(small);
		drop(large);
	}
	free(zeros);
}
