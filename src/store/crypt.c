/* crypt -- see crypt.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/crypt.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define CONTEXT_MAX 96

void
crypt_key_id(const struct keep_key *key, char out[KEPT_KEY_ID_LEN + 1])
{
	static const char label[] = "understudy keep key\n";
	unsigned char text[sizeof label - 1 + KEEP_KEY_BYTES];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	out[0] = '\0';
	memcpy(text, label, sizeof label - 1);
	memcpy(text + sizeof label - 1, key->bytes, KEEP_KEY_BYTES);
	if (EVP_Digest(text, sizeof text, digest, &len, EVP_sha256(), NULL) == 1)
		text_hex(digest, KEPT_KEY_ID_LEN / 2, out);
	explicit_bzero(text, sizeof text);
}

/* --- bytes ------------------------------------------------------------------ */

static bool
seal(EVP_CIPHER_CTX *c, const struct keep_key *key, const char *context,
    const void *in, size_t len, unsigned char *at)
{
	unsigned char *text = at + CRYPT_NONCE_BYTES;
	int n = 0;

	return RAND_bytes(at, CRYPT_NONCE_BYTES) == 1 &&
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->bytes, at) == 1 &&
	    EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)context,
	    (int)strlen(context)) == 1 &&
	    EVP_EncryptUpdate(c, text, &n, in, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(c, text + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, CRYPT_TAG_BYTES,
	    text + len) == 1;
}

bool
crypt_seal(const struct keep_key *key, const char *context, const void *in,
    size_t len, struct buf *out, struct err *err)
{
	size_t total = CRYPT_NONCE_BYTES + len + CRYPT_TAG_BYTES;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	char *at = buf_room(out, total);
	bool ok = c != NULL && len <= INT_MAX &&
	    seal(c, key, context, in, len, (unsigned char *)at);

	if (ok)
		buf_grew(out, total);
	EVP_CIPHER_CTX_free(c);
	return ok || err_set(err, "OpenSSL does not encrypt");
}

static bool
unseal(EVP_CIPHER_CTX *c, const struct keep_key *key, const char *context,
    const unsigned char *in, size_t len, unsigned char *at)
{
	unsigned char tag[CRYPT_TAG_BYTES];
	const unsigned char *text = in + CRYPT_NONCE_BYTES;
	int n = 0;

	memcpy(tag, text + len, sizeof tag);
	return EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key->bytes, in) ==
	    1 && EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)context,
	    (int)strlen(context)) == 1 &&
	    EVP_DecryptUpdate(c, at, &n, text, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, CRYPT_TAG_BYTES, tag) ==
	    1 && EVP_DecryptFinal_ex(c, at + len, &n) == 1;
}

bool
crypt_open(const struct keep_key *key, const char *context, const void *in,
    size_t len, struct buf *out, struct err *err)
{
	size_t overhead = CRYPT_NONCE_BYTES + CRYPT_TAG_BYTES;
	EVP_CIPHER_CTX *c;
	char *at;
	bool ok;

	if (len < overhead || len - overhead > INT_MAX)
		return err_set(err, "too short to be encrypted");
	c = EVP_CIPHER_CTX_new();
	at = buf_room(out, len - overhead);
	ok = c != NULL && unseal(c, key, context, in, len - overhead,
	    (unsigned char *)at);
	if (ok)
		buf_grew(out, len - overhead);
	EVP_CIPHER_CTX_free(c);
	return ok || err_set(err, "damaged, or moved from another row");
}

/* --- pairs -------------------------------------------------------------------- */

static void
context_of(const struct kept_sample *k, int side, const char *column,
    char out[CONTEXT_MAX])
{
	snprintf(out, CONTEXT_MAX, "%s/%s/%s", k->pair,
	    kept_side_name((enum kept_side)side), column);
}

/* In place of b what is made of it; nothing stays nothing. */
static bool
replace(bool (*make)(const struct keep_key *, const char *, const void *,
    size_t, struct buf *, struct err *), const struct keep_key *key,
    const char *context, struct buf *b, struct err *err)
{
	struct buf made = { 0 };
	bool ok = b->len == 0 || make(key, context, b->bytes, b->len, &made, err);

	if (b->len > 0) {
		explicit_bzero(b->bytes, b->len);
		buf_fini(b);
		*b = made;
	}
	if (!ok)
		buf_clear(b);
	return ok;
}

static bool
replace_both(bool (*make)(const struct keep_key *, const char *,
    const void *, size_t, struct buf *, struct err *),
    const struct keep_key *key, struct kept_sample *k, int side,
    struct err *err)
{
	struct kept_answer *a = &k->answers[side];
	char fields[CONTEXT_MAX], body[CONTEXT_MAX];
	bool ok;

	context_of(k, side, "fields", fields);
	context_of(k, side, "body", body);
	ok = replace(make, key, fields, &a->fields, err);
	return replace(make, key, body, &a->body, err) && ok;
}

bool
crypt_seal_sample(const struct keep_key *key, struct kept_sample *k,
    struct err *err)
{
	bool ok = true;

	for (int i = 0; i < KEPT_SIDE_COUNT; i++) {
		struct kept_answer *a = &k->answers[i];

		if (!a->there)
			continue;
		crypt_key_id(key, a->key_id);
		if (replace_both(crypt_seal, key, k, i, err))
			continue;
		snprintf(a->left_out, sizeof a->left_out,
		    "could not be encrypted");
		ok = false;
	}
	return ok;
}

static const struct keep_key *
find_key(const struct keep_key *keys, size_t count, const char *id)
{
	char own[KEPT_KEY_ID_LEN + 1];

	for (size_t i = 0; i < count; i++) {
		crypt_key_id(&keys[i], own);
		if (strcmp(own, id) == 0)
			return &keys[i];
	}
	return NULL;
}

bool
crypt_open_sample(const struct keep_key *keys, size_t count,
    struct kept_sample *k, struct err *err)
{
	for (int i = 0; i < KEPT_SIDE_COUNT; i++) {
		struct kept_answer *a = &k->answers[i];
		const struct keep_key *key;

		if (!a->there || a->key_id[0] == '\0')
			continue;
		key = find_key(keys, count, a->key_id);
		if (key == NULL)
			return err_set(err, "pair %s is encrypted under key %s, "
			    "which is %s", k->pair, a->key_id, count == 0 ?
			    "not given" : "not in the key file");
		if (!replace_both(crypt_open, key, k, i, err))
			return err_wrap(err, "pair %s, %s", k->pair,
			    kept_side_name((enum kept_side)i));
	}
	return true;
}
