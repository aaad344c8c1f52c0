/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "store/hash.h"

static const unsigned char key[HASH_KEY_BYTES] =
    "0123456789abcdef0123456789abcdef";
static const unsigned char other_key[HASH_KEY_BYTES] =
    "0123456789abcdef0123456789abcdeX";

/* printf 'user\037alice' | openssl dgst -sha256 -hmac KEY | cut -c-32 */
static const struct {
	const char *why;
	enum hash_domain domain;
	const char *id, *want;
} cases[] = {
	{ "a user", HASH_USER, "alice", "cc6d95e0fd51b5d8d7a83fc86111a090" },
	{ "another user", HASH_USER, "bob", "7140d846aad1b2d2384c02ad5064f55e" },
	{ "a session of the same text is another", HASH_SESSION, "alice",
	    "1d074d555844a08fb14591050afbb87d" },
	{ "none stays none", HASH_USER, "", "" },
};

Test(hash, gives_the_published_values)
{
	struct hasher *h = hasher_new(key);
	char out[HASH_TEXT_LEN + 1];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		hasher_text(h, cases[i].domain, cases[i].id, out);
		cr_expect_str_eq(out, cases[i].want, "%s", cases[i].why);
	}
	hasher_free(&h);
	cr_expect_null(h);
}

Test(hash, is_stable_and_depends_on_the_key)
{
	struct hasher *a = hasher_new(key), *b = hasher_new(other_key);
	char one[HASH_TEXT_LEN + 1], two[HASH_TEXT_LEN + 1];

	hasher_text(a, HASH_USER, "alice", one);
	hasher_text(a, HASH_USER, "alice", two);
	cr_expect_str_eq(one, two);
	hasher_text(b, HASH_USER, "alice", two);
	cr_expect_str_neq(one, two);
	hasher_free(&a);
	hasher_free(&b);
}

Test(hash, keys_go_to_text_and_back)
{
	unsigned char made[HASH_KEY_BYTES], back[HASH_KEY_BYTES];
	char text[2 * HASH_KEY_BYTES + 1];

	hash_make_key(made);
	hash_key_text(made, text);
	cr_expect_eq(strlen(text), 64);
	cr_assert(hash_key_parse(text, back));
	cr_expect_arr_eq(made, back, sizeof made);
	cr_expect_not(hash_key_parse("", back));
	cr_expect_not(hash_key_parse("abc", back));
	text[10] = 'x';
	cr_expect_not(hash_key_parse(text, back));
}

Test(hash, box_hands_a_key_over_once)
{
	unsigned char got[HASH_KEY_BYTES] = "";
	struct hash_box box;

	hash_box_init(&box);
	cr_expect_not(hash_box_take(&box, got));
	hash_box_put(&box, key);
	cr_expect(hash_box_take(&box, got));
	cr_expect_arr_eq(got, key, sizeof key);
	cr_expect_not(hash_box_take(&box, got));
	hash_box_fini(&box);
}
