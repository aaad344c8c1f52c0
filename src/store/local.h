/* local -- the local file: rollout state, events, overrides, and who we are.
 * SPDX-License-Identifier: MIT
 *
 * Every understudy has one, whatever its store: the SQLite store itself, or
 * the spool in front of PostgreSQL.  What must survive without any server is
 * written here, synced, before it counts.  The control thread opens it
 * SQLITE_DURABLE; recorder and carrier read it over their own connections.
 *
 * The events are also the list of what is to be carried to PostgreSQL: an
 * event that set or removed an override says so itself (user_id, version).
 */
#ifndef STORE_LOCAL_H
#define STORE_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/snapshot.h"
#include "store/hash.h"
#include "store/sqlite.h"
#include "store/store.h"

#define LOCAL_INSTANCE_LEN 32
/* In the tables an override by a criterion stands under its name behind this
 * byte, which no id can hold. */
#define OVERRIDE_NAMED '\x1f'
/* In front of that, and of the ids and the names of numbers that belong to a
 * rollout: its name and this byte; nothing for the main one, which is "". */
#define ROLLOUT_END '\x1e'
struct rollout_prefix {
	char text[ROLLOUT_NAME_MAX + 2];
};
struct rollout_prefix rollout_prefix(const char *rollout);

/* Who writes: kept in the file from its first opening on. */
struct local_identity {
	char instance[LOCAL_INSTANCE_LEN + 1]; /* random hex digits */
	unsigned char hash_key[HASH_KEY_BYTES];
};

/* Open and bring the tables up to date. */
bool local_open(const char *path, enum sqlite_use use, sqlite3 **out,
    struct err *err) MUST_CHECK;

/* Each of the next four is about one rollout. */
bool local_load_state(sqlite3 *db, const char *rollout,
    struct rollout_state *out, bool *found_out, struct err *err) MUST_CHECK;
/* One transaction: state (may be NULL), override (may be NULL), event. */
bool local_save(sqlite3 *db, const char *rollout,
    const struct rollout_state *state, const struct override_change *change,
    struct log_entry *event, struct err *err) MUST_CHECK;
bool local_load_overrides(sqlite3 *db, const char *rollout,
    struct user_overrides *into, struct err *err) MUST_CHECK;
/* Newest first; what cannot be read is left out. */
size_t local_events(sqlite3 *db, const char *rollout,
    struct log_entry *events, size_t max);

/* Make what is missing.  Safe against another process doing the same. */
bool local_identify(sqlite3 *db, struct local_identity *out, struct err *err)
    MUST_CHECK;
/* The key alone; made if there is none. */
bool local_hash_key(sqlite3 *db, unsigned char key[HASH_KEY_BYTES],
    struct err *err) MUST_CHECK;
bool local_set_hash_key(sqlite3 *db, const unsigned char key[HASH_KEY_BYTES],
    struct err *err) MUST_CHECK;
/* Somebody else writes under our name (a copied file): take a new one. */
bool local_rename(sqlite3 *db, struct local_identity *identity,
    struct err *err) MUST_CHECK;

/* Numbers kept by name; 0 if never set. */
#define LOCAL_EVENTS_SENT "events_sent" /* id of the last event carried */
bool local_number(sqlite3 *db, const char *key, int64_t *out, struct err *err)
    MUST_CHECK;
bool local_set_number(sqlite3 *db, const char *key, int64_t value,
    struct err *err) MUST_CHECK;
/* The first batch number of this start of the program.  Never given out
 * twice, not even after a power cut: it is synced before the return. */
bool local_first_batch(sqlite3 *db, int64_t *out, struct err *err) MUST_CHECK;
/* Above all numbers of the start that this number is of. */
static inline int64_t
local_next_start(int64_t batch)
{
	return ((batch >> 32) + 1) << 32;
}

#endif
