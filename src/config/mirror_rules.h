/* mirror_rules -- what may be mirrored, and as what a version gets a request.
 * SPDX-License-Identifier: MIT
 *
 * The sections "mirror" and "rewrite" of the rules; parts of struct rules,
 * owned by the config and immutable with it.
 */
#ifndef CONFIG_MIRROR_RULES_H
#define CONFIG_MIRROR_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All header edits of one version together; the room that a head needs. */
#define HEADER_EDITS_MAX_BYTES 8192

/* A field of requests to one version. */
struct header_edit {
	char *name;     /* lower case */
	size_t name_len;
	char *value;    /* in place of all the client sent; NULL = it is left out */
	char *file;     /* where the value was read from; NULL = it was written */
	bool remove;
};

/* A member of a JSON body. */
struct body_edit {
	char *pointer;
	char *value;    /* JSON text of a string, number, true, false or null */
	size_t value_len;
};

/* What requests to one version are made into.  All zero: nothing. */
struct rewrite {
	char *path_from, *path_to; /* a prefix of the path; NULL = as it is */
	size_t path_from_len;
	struct header_edit *headers;
	size_t header_count;
	struct body_edit *body;
	size_t body_count;
};

struct mirror_rules {
	char **methods;            /* NULL-terminated; NULL = every method */
	char **fresh;              /* fields that get a value of their own; lower case */
	size_t fresh_count;
	uint64_t budget_requests;  /* a day (UTC); 0 = any number */
	uint64_t budget_tokens;
};

#endif
