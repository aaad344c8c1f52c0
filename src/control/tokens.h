/* tokens -- who may ask and who may change.
 * SPDX-License-Identifier: MIT
 *
 * The token file is JSON and holds only SHA-256 of the tokens:
 *   {"tokens": [{"name": "alice", "role": "operator", "sha256": "9f86..."}]}
 * `understudyctl token` makes a token and its line.  Immutable once loaded;
 * a reload loads a new set or keeps the old one.
 */
#ifndef CONTROL_TOKENS_H
#define CONTROL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

#define TOKEN_NAME_MAX 48

enum role {
	ROLE_NONE = 0, /* no or an unknown token */
	ROLE_VIEWER,   /* may GET */
	ROLE_OPERATOR, /* may change */
};
/* "none", "viewer", "operator" */
const char *role_name(enum role role);

struct tokens;

/* Warns (log) when the file is readable by everybody. */
bool tokens_load(const char *path, struct tokens **out, struct err *err)
    MUST_CHECK;
void tokens_free(struct tokens **t);
size_t tokens_count(const struct tokens *t);

/* The role of "Bearer TOKEN" (the Authorization field, may be NULL) and the
 * name it goes by.  Takes the same time whether and where a token matches. */
enum role tokens_check(const struct tokens *t, const char *authorization,
    char name_out[TOKEN_NAME_MAX + 1]);

#endif
