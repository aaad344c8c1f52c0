/* hash -- user and session ids as they are stored: keyed, one way.
 * SPDX-License-Identifier: MIT
 *
 * HMAC-SHA256 under a random key of 32 bytes, cut to 128 bits, as 32 hex
 * digits.  Equal ids give equal hashes, so rows can be grouped by user, but
 * nobody without the key can try ids against them.  A user and a session of
 * the same text hash differently.
 *
 * Where the key lives: in the local file (made there on first use) and, with
 * a PostgreSQL store, in its table hash_keys, so that all instances hash
 * alike.  The first instance to reach an empty hash_keys writes its own key
 * there; every other one takes that key over and keeps it in its local file
 * from then on.  Rows that an instance wrote before its first contact keep
 * the hashes of its own key: their users look like other users, once.
 *
 * One thread at a time.
 */
#ifndef STORE_HASH_H
#define STORE_HASH_H

#include <pthread.h>
#include <stdbool.h>

#include "base/compiler.h"

#define HASH_KEY_BYTES 32
#define HASH_TEXT_LEN 32

enum hash_domain { HASH_USER = 0, HASH_SESSION };

struct hasher;

struct hasher *hasher_new(const unsigned char key[HASH_KEY_BYTES]) MUST_CHECK;
void hasher_free(struct hasher **h);
/* "" stays ""; so does everything if OpenSSL fails: never the id itself. */
void hasher_text(struct hasher *h, enum hash_domain domain, const char *id,
    char out[HASH_TEXT_LEN + 1]);

/* A new random key; aborts if the system has no randomness. */
void hash_make_key(unsigned char key[HASH_KEY_BYTES]);
/* 64 hex digits and back. */
void hash_key_text(const unsigned char key[HASH_KEY_BYTES],
    char out[2 * HASH_KEY_BYTES + 1]);
bool hash_key_parse(const char *text, unsigned char key[HASH_KEY_BYTES])
    MUST_CHECK;

/* How a key that was agreed on later reaches the thread that hashes. */
struct hash_box {
	pthread_mutex_t lock;
	_Atomic bool is_new;
	unsigned char key[HASH_KEY_BYTES]; /* guarded by lock */
};
void hash_box_init(struct hash_box *b);
void hash_box_fini(struct hash_box *b);
void hash_box_put(struct hash_box *b, const unsigned char key[HASH_KEY_BYTES]);
/* true = there was a new one, now in key. */
bool hash_box_take(struct hash_box *b, unsigned char key[HASH_KEY_BYTES]);

#endif
