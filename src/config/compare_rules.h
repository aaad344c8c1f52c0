/* compare_rules -- what the operator says about how answers are compared.
 * SPDX-License-Identifier: MIT
 *
 * The "compare" section of the rules, checked and made ready to use; a part
 * of struct rules (config.h), owned by the config and immutable with it.
 */
#ifndef CONFIG_COMPARE_RULES_H
#define CONFIG_COMPARE_RULES_H

#include <stddef.h>

#include "config/place_rules.h"
#include "config/text_rules.h"
#include "config/value_rules.h"

/* One item of "fields": how the value at a place is compared. */
struct field_rule {
	char *path;             /* JSON Pointer, "*" = any child */
	enum { ARRAY_POSITION = 0, ARRAY_KEY, ARRAY_SET } array;
	char *key;              /* of ARRAY_KEY: JSON Pointer within an item */
	struct value_rules value;
};

/* One item of "headers": a header of answers that is compared. */
struct header_rule {
	char *name;             /* in lower case, at most HEADER_NAME_MAX bytes */
	struct value_rules value;
};
#define HEADER_NAME_MAX 100

struct dialects;

struct compare_rules {
	/* Lists of JSON Pointers, "*" = any child; each NULL-terminated. */
	char **ignore;          /* not looked at */
	size_t ignore_count;
	char **only;            /* looked at, and nothing else; none = everything */
	size_t only_count;
	char **presence;        /* there or not; its value does not matter */
	size_t presence_count;
	struct field_rule *fields;
	size_t field_count;
	struct header_rule *headers;
	size_t header_count;
	const struct place_rules *places; /* of all these; NULL = none */
	struct tolerance numbers; /* where no field rule has one */
	double text_similarity; /* 0..1: texts at least so alike are the same */
	struct text_rules text; /* what they must have in common all the same */
	const struct dialects *dialects; /* how answers are read; NULL = those that
	                         * are built in */
};

/* Free what is not the arena's. */
void compare_rules_fini(struct compare_rules *rules);

#endif
