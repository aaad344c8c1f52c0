/* smoke_rules -- requests that enhanced must answer well before a stage opens.
 * SPDX-License-Identifier: MIT
 *
 * Parts of struct rules; owned by the config and immutable with it.
 */
#ifndef CONFIG_SMOKE_RULES_H
#define CONFIG_SMOKE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* A stage has one bit for each. */
#define SMOKE_CHECKS_MAX 32

struct smoke_place {
	char *pointer;             /* RFC 6901 */
	const struct json *value;  /* borrows from the config's tree */
};

struct smoke_check {
	char *name;
	char *method;              /* never NULL */
	char *path;                /* with its query */
	char **fields;             /* "name: value", NULL-terminated; NULL = none */
	char *body;                /* NULL = none */
	size_t body_len;
	bool is_json;              /* the body was written as JSON */
	uint16_t status_low, status_high;
	struct smoke_place *places; /* of a JSON answer */
	size_t place_count;
	char *contains;            /* NULL = not asked for */
	uint32_t within_ms;        /* the answer is there whole by then */
};

struct smoke_rules {
	struct smoke_check *list;
	size_t count;
	uint32_t again_ms;         /* while they fail */
};

#endif
