/* hash -- see hash.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct hasher {
	EVP_MAC *mac;       /* owns */
	EVP_MAC_CTX *keyed; /* owns; has the key, is copied for each id */
};

static bool
key_mac(struct hasher *h, const unsigned char *key)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};

	h->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	h->keyed = h->mac != NULL ? EVP_MAC_CTX_new(h->mac) : NULL;
	return h->keyed != NULL &&
	    EVP_MAC_init(h->keyed, key, HASH_KEY_BYTES, params) == 1;
}

struct hasher *
hasher_new(const unsigned char key[HASH_KEY_BYTES])
{
	struct hasher *h = mem_zalloc(sizeof *h);

	if (!key_mac(h, key)) {
		EVP_MAC_CTX_free(h->keyed);
		h->keyed = NULL;
	}
	return h;
}

void
hasher_free(struct hasher **h)
{
	if (*h == NULL)
		return;
	EVP_MAC_CTX_free((*h)->keyed);
	EVP_MAC_free((*h)->mac);
	free(*h);
	*h = NULL;
}

static bool
digest_id(EVP_MAC_CTX *mac, enum hash_domain domain, const char *id,
    unsigned char out[EVP_MAX_MD_SIZE])
{
	const unsigned char *prefix = (const unsigned char *)
	    (domain == HASH_USER ? "user\x1f" : "session\x1f");
	size_t len = 0;

	return EVP_MAC_update(mac, prefix,
	    strlen((const char *)prefix)) == 1 &&
	    EVP_MAC_update(mac, (const unsigned char *)id, strlen(id)) == 1 &&
	    EVP_MAC_final(mac, out, &len, EVP_MAX_MD_SIZE) == 1 &&
	    len >= HASH_TEXT_LEN / 2;
}

void
hasher_text(struct hasher *h, enum hash_domain domain, const char *id,
    char out[HASH_TEXT_LEN + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MAC_CTX *mac;

	out[0] = '\0';
	if (id[0] == '\0' || h->keyed == NULL)
		return;
	mac = EVP_MAC_CTX_dup(h->keyed);
	if (mac != NULL && digest_id(mac, domain, id, digest))
		text_hex(digest, HASH_TEXT_LEN / 2, out);
	EVP_MAC_CTX_free(mac);
}

void
hash_make_key(unsigned char key[HASH_KEY_BYTES])
{
	if (RAND_bytes(key, HASH_KEY_BYTES) == 1)
		return;
	fputs("understudy: no random bytes from OpenSSL\n", stderr);
	abort();
}

void
hash_key_text(const unsigned char key[HASH_KEY_BYTES],
    char out[2 * HASH_KEY_BYTES + 1])
{
	text_hex(key, HASH_KEY_BYTES, out);
}

bool
hash_key_parse(const char *text, unsigned char key[HASH_KEY_BYTES])
{
	unsigned char bytes[HASH_KEY_BYTES];
	size_t len = 0;

	if (strlen(text) != 2 * sizeof bytes || OPENSSL_hexstr2buf_ex(bytes,
	    sizeof bytes, &len, text, '\0') != 1 || len != sizeof bytes)
		return false;
	memcpy(key, bytes, sizeof bytes);
	return true;
}

void
hash_box_init(struct hash_box *b)
{
	pthread_mutex_init(&b->lock, NULL);
	atomic_init(&b->is_new, false);
}

void
hash_box_fini(struct hash_box *b)
{
	pthread_mutex_destroy(&b->lock);
}

void
hash_box_put(struct hash_box *b, const unsigned char key[HASH_KEY_BYTES])
{
	pthread_mutex_lock(&b->lock);
	memcpy(b->key, key, sizeof b->key);
	atomic_store(&b->is_new, true);
	pthread_mutex_unlock(&b->lock);
}

bool
hash_box_take(struct hash_box *b, unsigned char key[HASH_KEY_BYTES])
{
	bool is_new;

	if (!atomic_load(&b->is_new)) /* the usual case, without the lock */
		return false;
	pthread_mutex_lock(&b->lock);
	is_new = atomic_exchange(&b->is_new, false);
	memcpy(key, b->key, sizeof b->key);
	pthread_mutex_unlock(&b->lock);
	return is_new;
}
