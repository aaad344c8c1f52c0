/* memory -- what a struct config keeps beside its fields.
 * SPDX-License-Identifier: MIT
 *
 * The arena that everything points into, and the trees as they were read:
 * the effective configuration and the reload rule are made from them and
 * the key tables, so that no key needs a writer of its own.  Private to
 * config/.
 */
#ifndef CONFIG_MEMORY_H
#define CONFIG_MEMORY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "config/config.h"

struct config_memory {
	struct arena arena;          /* of the whole; the others' is empty */
	const struct json *settings; /* root of understudy.json */
	const struct json *rules;    /* the rule files' members in one object */
	const struct tls_ports *tls; /* borrows: who drops what it has made */
};

static inline struct config_memory *
config_memory(const struct config *c)
{
	return c->memory;
}

/* A number for the rules of comparison and redaction as they are in force. */
uint64_t config_compare_mark(const struct config *c);

#endif
