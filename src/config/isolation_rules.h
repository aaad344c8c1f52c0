/* isolation_rules -- what must not be mixed up between users and sessions.
 * SPDX-License-Identifier: MIT
 *
 * The section "isolation" of the rules; a part of struct rules, owned by the
 * config and immutable with it.
 */
#ifndef CONFIG_ISOLATION_RULES_H
#define CONFIG_ISOLATION_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/guard_rules.h"

struct pointer_node;

enum isolation_kind {
	ISOLATION_TWO_USERS = 0,  /* a session came with another user than before */
	ISOLATION_FOREIGN_ANSWER, /* an answer names another user or session */
	ISOLATION_FLIP,           /* a session's user is on another version now */
	ISOLATION_KIND_COUNT
};

/* Whose id an answer names. */
enum named { NAMED_USER = 0, NAMED_SESSION, NAMED_COUNT };

/* Where it does; at most one of the two. */
struct answer_place {
	char *header;  /* lower case; NULL = not in a header */
	char *pointer; /* JSON Pointer; NULL = not in the body */
};

struct isolation_rules {
	bool is_on;          /* the section is there */
	unsigned on;         /* bit of enum isolation_kind: it is looked for */
	uint32_t sessions;   /* so many, the newest, are remembered */
	enum severity severity; /* of what people are told */
	uint64_t quiet_ms;   /* without another violation: it is over */
	struct answer_place places[NAMED_COUNT];
	const struct pointer_node *tree; /* of the pointers; NULL = none */
	uint8_t marks[NAMED_COUNT];      /* enum named, by the tree's marks */
};

#endif
