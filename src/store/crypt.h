/* crypt -- kept answers as they lie in the store: AES-256-GCM.
 * SPDX-License-Identifier: MIT
 *
 * Sealed bytes are a random nonce of 12 bytes, the encrypted text, and a tag
 * of 16.  The tag is over a context too (the pair, whose answer, which column),
 * so what is sealed cannot be moved to another row unnoticed.  A key is known
 * by the first 64 bits of a hash of it.  Pure but for OpenSSL's randomness.
 */
#ifndef STORE_CRYPT_H
#define STORE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/keep.h"
#include "observe/kept.h"

#define CRYPT_NONCE_BYTES 12
#define CRYPT_TAG_BYTES 16

/* 16 hex digits; "" if OpenSSL fails. */
void crypt_key_id(const struct keep_key *key,
    char out[KEPT_KEY_ID_LEN + 1]);

/* Append; in and out must not overlap. */
bool crypt_seal(const struct keep_key *key, const char *context,
    const void *in, size_t len, struct buf *out, struct err *err) MUST_CHECK;
bool crypt_open(const struct keep_key *key, const char *context,
    const void *in, size_t len, struct buf *out, struct err *err) MUST_CHECK;

/* Encrypt what is kept of a pair, in place.  false: what could not be is
 * gone, and the answer says so. */
bool crypt_seal_sample(const struct keep_key *key, struct kept_sample *k,
    struct err *err);
/* And back, with whichever of the keys it was; err names a key that is not
 * among them. */
bool crypt_open_sample(const struct keep_key *keys, size_t count,
    struct kept_sample *k, struct err *err) MUST_CHECK;

#endif
