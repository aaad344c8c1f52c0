/* keep -- what is kept of pairs that differ, for how long, and under what key.
 * SPDX-License-Identifier: MIT
 *
 * The "keep" section of understudy.json; a part of struct settings, owned by
 * the config and immutable with it.
 *
 * A key file has one key a line, 64 hex digits, the newest last: that one
 * encrypts, the others are for what was kept under them.  Empty lines and
 * those that begin with "#" do not count.
 */
#ifndef CONFIG_KEEP_H
#define CONFIG_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define KEEP_KEY_BYTES 32
#define KEEP_KEYS_MAX 64

struct keep_key {
	unsigned char bytes[KEEP_KEY_BYTES];
};

struct keep_settings {
	enum { KEEP_NONE = 0, KEEP_DIFFERENT } bodies;
	enum { KEEP_HASHED = 0, KEEP_PLAIN } users;
	uint32_t max_bytes;     /* of one answer's body, after redaction */
	uint32_t per_hour;      /* pairs, of this process */
	uint64_t total_bytes;   /* of the table; the oldest go first */
	uint64_t for_ms;        /* and whatever is older; 0 = for ever */
	char *key_file;         /* NULL = nothing is encrypted */
	struct keep_key *keys;  /* from it; the last one encrypts */
	size_t key_count;
};

/* The keys of a key file's text.  false: err says what is wrong with it, and
 * never shows a key. */
bool keep_keys_parse(const char *text, size_t len,
    struct keep_key out[KEEP_KEYS_MAX], size_t *count_out, struct err *err)
    MUST_CHECK;

#endif
