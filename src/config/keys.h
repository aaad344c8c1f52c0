/* keys -- the tables of every key that a configuration may hold.
 * SPDX-License-Identifier: MIT
 *
 * One row says a key's name, type, place in struct settings or rules,
 * bounds, default and meaning.  From the same rows come the reader (and with
 * it --check), the effective configuration, the answer to "may this be
 * reloaded?", docs/config.md and the JSON Schemas; there is no second list.
 * A new key is a row, a field, and a test.
 *
 *   keys.c       understudy.json      read.c       walks the tables
 *   tls_keys.c   "tls" in it          scalars.c, places.c, matchers.c
 *   rule_keys.c  rules/NAME.json                   the types
 *   compare_keys.h  "compare" in it   checks.c, tls_keys.c
 *   reference.c, schema.c, effective.c  write them  what rows cannot say
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/json.h"

struct key;
struct backend;
struct reader;

/* A kind of value. */
struct key_type {
	const char *word;    /* in docs/config.md: "duration" */
	const char *expects; /* "must be ...": "a duration like \"250ms\"" */
	/* Check the value and write it into the struct that the key's table is
	 * for.  false: a fault has been noted and nothing was written. */
	bool (*read)(struct reader *r, const struct key *key,
	    const struct json *value, void *target);
	/* A bound as the operator would write it; NULL = has no bounds. */
	void (*format)(double bound, char out[32]);
	/* Members of a JSON Schema, without braces: "\"type\": \"boolean\"". */
	void (*schema)(const struct key *key, struct buf *out);
};

enum key_flag {
	KEY_REQUIRED = 1 << 0, /* must be there when its object is */
	KEY_ONE_OF = 1 << 1,   /* exactly one such key of its object must be */
	KEY_RESTART = 1 << 2,  /* a changed value needs a restart */
	KEY_COMPUTED = 1 << 3, /* default found at run time; see help */
	KEY_OPTIONAL = 1 << 4, /* an object that means something by being there:
	                        * absent, it has no defaults either */
};

struct key {
	const char *name;
	const struct key_type *type;
	size_t offset;        /* of the field in the table's struct */
	size_t width;         /* of the field, in bytes */
	size_t count_offset;  /* lists: of the size_t beside the pointer */
	unsigned flags;       /* enum key_flag */
	unsigned tag;         /* an enum value that the key stands for */
	double min, max;      /* in the field's unit; lists: number of items */
	const char *standard; /* default as JSON text; NULL = absent means none */
	const char *const *words;      /* choices; NULL-terminated */
	const struct key_table *table; /* of an object, of a list's items */
	/* Lists: what the items must be to each other; NULL = nothing. */
	void (*finish)(struct reader *r, const struct json *list, void *target);
	const char *help;
};

struct key_table {
	const char *about; /* one paragraph for the reference */
	const struct key *keys;
	size_t count;
	size_t size; /* of the struct, for lists */
	/* What no single row can say; runs after the rows, also when one of
	 * them failed, but only if the object is there.  NULL = nothing. */
	void (*finish)(struct reader *r, const struct json *object,
	    void *target);
};

/* understudy.json into struct settings; a rule file into struct rules. */
extern const struct key_table settings_table;
extern const struct key_table rules_table;

const struct key *key_find(const struct key_table *table, const char *name,
    size_t len);
/* The index of a word in a NULL-terminated list, -1 if it is not there. */
int word_index(const char *const *words, const char *text, size_t len);

static inline void *
key_field(const struct key *key, void *target)
{
	return (char *)target + key->offset;
}

/* read.c */
extern const struct key_type key_object, key_list;
/* scalars.c */
extern const struct key_type key_bool, key_count, key_factor, key_duration,
    key_size, key_share, key_rate, key_choice, key_text, key_ignored;
void key_schema_text(const struct key *key, struct buf *out);
/* places.c */
extern const struct key_type key_path, key_log_path, key_store, key_address,
    key_networks, key_urls, key_host, key_rule_files, key_request_path,
    key_statuses;
/* matchers.c */
extern const struct key_type key_name, key_source, key_pattern, key_methods,
    key_failures, key_pointer, key_pointers,
    key_header_names;

#define RULE_FILES_MAX 64
#define STAGES_MAX 64
#define GUARDS_MAX 64

/* checks.c: finish functions of tables and of lists. */
void check_backend(struct reader *r, const struct json *object,
    void *target);
void check_rest(struct reader *r, const struct json *object, void *target);
void check_settings(struct reader *r, const struct json *object,
    void *target);
void check_listen(struct reader *r, const struct json *list, void *target);
void check_places(struct reader *r, const struct json *list, void *target);
void check_route(struct reader *r, const struct json *object, void *target);
void check_rollout(struct reader *r, const struct json *object,
    void *target);
void check_stages(struct reader *r, const struct json *list, void *target);
/* The items' "name" members must differ; what: "stage", "rule". */
void read_distinct_names(struct reader *r, const struct json *list,
    const char *const *names, const char *what);
void check_rules(struct reader *r, const struct json *object, void *target);

/* compare_keys.c, tls_keys.c */
extern const struct key_table compare_table, listen_tls_table,
    backend_tls_table;
void check_listen_tls(struct reader *r, const struct json *object,
    void *target);
void check_backend_tls(struct reader *r, const struct json *object,
    struct backend *b);

/* For rows: the field and its width. */
#define KEY_FIELD(type, member) \
	.offset = offsetof(type, member), \
	.width = sizeof(((type *)NULL)->member)
#define KEY_LIST_FIELD(type, member, counter) \
	KEY_FIELD(type, member), .count_offset = offsetof(type, counter)
/* A default that is a JSON string. */
#define KEY_TEXT(text) "\"" text "\""

#endif
