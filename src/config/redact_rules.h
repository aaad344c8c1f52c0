/* redact_rules -- what must not be kept of requests and answers.
 * SPDX-License-Identifier: MIT
 *
 * The "redact" section of the rules; a part of struct rules, owned by the
 * config and immutable with it.  observe/redact.h and compare/redact.h apply
 * it.
 */
#ifndef CONFIG_REDACT_RULES_H
#define CONFIG_REDACT_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/regex.h"
#include "config/place_rules.h"

struct redact_rules {
	char **pointers;         /* JSON Pointers, "*" = any child; NULL-terminated */
	size_t pointer_count;
	const struct place_rules *places; /* of these, as VIEW_SKIP; NULL = none */
	char **headers;          /* names in lower case; NULL-terminated */
	size_t header_count;
	struct regex **patterns; /* own; matched anywhere in a text */
	size_t pattern_count;
};

/* Free what is not the arena's. */
void redact_rules_fini(struct redact_rules *rules);

#endif
