/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "store/crypt.h"
#include "support.h"

static const struct keep_key one = { "one key of thirty-two bytes here" };
static const struct keep_key two = { "two key of thirty-two bytes here" };

static bool
opens(const struct keep_key *key, const char *context, const struct buf *b,
    const char *want)
{
	struct buf out = { 0 };
	struct err err = { "" };
	bool ok = crypt_open(key, context, b->bytes, b->len, &out, &err);

	cr_expect_eq(ok, err.text[0] == '\0');
	if (ok)
		cr_expect(out.len == strlen(want) &&
		    memcmp(out.bytes, want, out.len) == 0);
	else
		cr_expect_eq(out.len, 0, "nothing of it is given out");
	buf_fini(&out);
	return ok;
}

Test(crypt, what_was_sealed_is_opened)
{
	static const char *const texts[] = { "", "x", "{\"a\":1}",
		"0123456789abcdef0123456789abcdef0123456789abcdef" };
	struct err err = { "" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct buf sealed = { 0 }, again = { 0 };

		cr_assert(crypt_seal(&one, "p/legacy/body", texts[i],
		    strlen(texts[i]), &sealed, &err));
		cr_assert(crypt_seal(&one, "p/legacy/body", texts[i],
		    strlen(texts[i]), &again, &err));
		cr_expect_eq(sealed.len, strlen(texts[i]) + CRYPT_NONCE_BYTES +
		    CRYPT_TAG_BYTES);
		cr_expect_neq(memcmp(sealed.bytes, again.bytes, sealed.len), 0,
		    "a nonce of its own each time");
		cr_expect(opens(&one, "p/legacy/body", &sealed, texts[i]));
		cr_expect_not(opens(&two, "p/legacy/body", &sealed, ""),
		    "another key");
		cr_expect_not(opens(&one, "p/enhanced/body", &sealed, ""),
		    "another row");
		buf_fini(&sealed);
		buf_fini(&again);
	}
}

/* One changed bit anywhere, and one byte too few, are seen. */
Test(crypt, tampering_is_seen)
{
	struct buf sealed = { 0 };
	struct err err = { "" };

	cr_assert(crypt_seal(&one, "c", "secret", 6, &sealed, &err));
	for (size_t i = 0; i < sealed.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			sealed.bytes[i] ^= (char)(1 << bit);
			cr_expect_not(opens(&one, "c", &sealed, ""));
			sealed.bytes[i] ^= (char)(1 << bit);
		}
	cr_expect(opens(&one, "c", &sealed, "secret"));
	while (sealed.len > 0) {
		sealed.len--;
		cr_expect_not(opens(&one, "c", &sealed, ""));
	}
	buf_fini(&sealed);
}

Test(crypt, keys_have_names)
{
	char a[KEPT_KEY_ID_LEN + 1], b[KEPT_KEY_ID_LEN + 1];

	crypt_key_id(&one, a);
	crypt_key_id(&two, b);
	cr_expect_eq(strlen(a), KEPT_KEY_ID_LEN);
	cr_expect_str_neq(a, b);
	crypt_key_id(&one, b);
	cr_expect_str_eq(a, b);
}

Test(crypt, pairs_with_the_key_that_they_were_sealed_with)
{
	struct keep_key keys[] = { one, two };
	struct err err = { "" };

	for (size_t sealed_by = 0; sealed_by < 2; sealed_by++) {
		struct kept_sample *k = make_kept(1, 100);

		cr_assert(crypt_seal_sample(&keys[sealed_by], k, &err));
		cr_expect_null(memmem(k->answers[0].body.bytes,
		    k->answers[0].body.len, "body", 4));
		cr_expect_null(memmem(k->answers[0].fields.bytes,
		    k->answers[0].fields.len, "x-model", 7));
		cr_assert(crypt_open_sample(keys, 2, k, &err), "%s", err.text);
		cr_expect_str_eq(k->answers[0].fields.bytes, "x-model: m1\n");
		cr_expect_eq(memcmp(k->answers[1].body.bytes, "body 1 enhanced", 15),
		    0);
		kept_sample_free(&k);
	}
}

Test(crypt, a_key_that_is_not_there_is_named)
{
	struct kept_sample *k = make_kept(1, 100);
	char id[KEPT_KEY_ID_LEN + 1];
	struct err err = { "" };

	cr_assert(crypt_seal_sample(&one, k, &err));
	crypt_key_id(&one, id);
	cr_expect_not(crypt_open_sample(&two, 1, k, &err));
	cr_expect(strstr(err.text, id) != NULL &&
	    strstr(err.text, "not in the key file") != NULL, "%s", err.text);
	cr_expect_not(crypt_open_sample(NULL, 0, k, &err));
	cr_expect(strstr(err.text, "not given") != NULL, "%s", err.text);
	kept_sample_free(&k);
}

Test(crypt, a_body_of_another_pair_is_not_taken_for_this_one)
{
	struct kept_sample *a = make_kept(1, 100), *b = make_kept(2, 100);
	struct err err = { "" };
	struct buf body;

	cr_assert(crypt_seal_sample(&one, a, &err));
	cr_assert(crypt_seal_sample(&one, b, &err));
	body = a->answers[0].body;
	a->answers[0].body = b->answers[0].body;
	b->answers[0].body = body;
	cr_expect_not(crypt_open_sample(&one, 1, a, &err));
	cr_expect(strstr(err.text, a->pair) != NULL, "%s", err.text);
	kept_sample_free(&a);
	kept_sample_free(&b);
}
