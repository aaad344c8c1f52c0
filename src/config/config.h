/* config -- what the operator wrote, checked and made ready to use.
 * SPDX-License-Identifier: MIT
 *
 * config_load() reads understudy.json and the rule files it names into one
 * immutable struct config.  Everything a request needs is precomputed here
 * (parsed pointers, resolved addresses, compiled patterns), so that the hot
 * path only reads.  Shared by reference count; every pointer inside is owned
 * by the config and lives as long as it does.  Pure but for reading files
 * and resolving names; control thread only.
 *
 * The key tables (keys.h) carry name, type, bounds, default and help of each
 * key: parser, --check, docs/config.md and the JSON Schema come from them.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/rules.h"
#include "config/settings.h"

struct config {
	_Atomic unsigned refs;   /* of the whole, by way of each of its parts */
	struct settings settings;
	struct rules rules;
	bool env_disabled;       /* UNDERSTUDY_ENABLED=false */
	uint64_t compare_mark;   /* of the rules of comparison and redaction */
	char *path;              /* of understudy.json */
	void *memory;            /* owns what the pointers above point to (memory.h) */
	/* One for each rollout, the main one first: the same settings, rules of
	 * its own.  They live and end together. */
	struct config *whole;    /* the first; NULL: it is that itself */
	size_t index;            /* of this one */
	struct config **rollouts;
	size_t rollout_count;    /* at least 1, at most ROLLOUTS_MAX */
};

/* Read, check and resolve.  Faults are collected, all of them, one line
 * each ("file:line:column: /path: what is wrong, what to do"), in *faults,
 * in the order of the files.  NULL when there was any; else the first rollout.
 * The caller holds one reference.  May block while names are resolved.  tls
 * makes what struct tls_server and tls_client are; it outlives the config; NULL =
 * nothing does.
 * With a file system and a resolver of one's own: load.h. */
struct tls_ports;
struct config *config_load(const char *path, const struct tls_ports *tls,
    struct buf *faults) MUST_CHECK;
/* Who has been loaded together has the same. */
static inline const struct config *
config_whole(const struct config *c)
{
	return c->whole != NULL ? c->whole : c;
}
/* The rules of the rollout of that name; NULL or of none: the main one's. */
const struct rules *config_rules(const struct config *c, const char *rollout);
struct config *config_ref(struct config *c);
void config_unref(struct config **c);

/* Can a running process take next over by a reload?  false: err names the
 * keys that changed and need a restart (those with KEY_RESTART: listen,
 * admin.address, store, spool, spool_max, workers, compare_threads, and the
 * names and number of rollouts). */
bool config_can_reload(const struct config *now, const struct config *next,
    struct err *err) MUST_CHECK;

/* What the rollout section asks for, as a number that changes exactly when
 * enabled, the stage asked for, or the percent that comes with it change (not
 * with the stage's shadow share: that follows the files without moving the
 * rollout back to the stage they name).  Never 0; the same in every release,
 * as it is stored. */
uint64_t config_rollout_mark(const struct config *c);

/* The effective configuration, defaults filled in, as one JSON object:
 * {"path", "env_disabled", "settings": {...}, "rules": {...}}.  Passwords in
 * "store" are masked. */
void config_write_json(const struct config *c, struct buf *out);
/* docs/config.md and docs/understudy.schema.json / rules.schema.json, from
 * the key tables. */
void config_write_reference(struct buf *out);
void config_write_schema(bool of_rules, struct buf *out);

#endif
