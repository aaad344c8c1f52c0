/* schema_local -- migrations of the local file: what control writes, the spool.
 * SPDX-License-Identifier: MIT
 *
 * Values are written as in schema_sqlite.c, which applies them.
 */
#include "store/schema.h"

/* --- local: what the control thread writes ------------------------------ */

static const char *const local_tables[] = {
	/* Facts about this file: instance, hash_key, start, events_sent. */
	"CREATE TABLE local ("
	" key TEXT PRIMARY KEY,"
	" value NOT NULL"
	") WITHOUT ROWID",

	"CREATE TABLE rollout_state ("
	" id INTEGER PRIMARY KEY CHECK (id = 1),"
	" epoch INTEGER NOT NULL,"
	" stage TEXT NOT NULL,"
	" percent REAL NOT NULL,"
	" shadow REAL NOT NULL,"
	" enabled INTEGER NOT NULL,"
	" latched INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" changed TEXT NOT NULL,"
	" config_mark INTEGER NOT NULL)",

	/* AUTOINCREMENT: an id is never given twice, so PostgreSQL can tell a
	 * repeated event from a new one.  user_id and version say which
	 * override an event set (version NULL: removed it). */
	"CREATE TABLE rollout_events ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" ts TEXT NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" from_value TEXT NOT NULL,"
	" to_value TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" evidence TEXT,"
	" user_id TEXT,"
	" version TEXT)",

	"CREATE TABLE overrides ("
	" user_id TEXT PRIMARY KEY,"
	" version TEXT NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" ts TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" reason TEXT NOT NULL)",
	NULL
};

/* NULL: not known, take `changed`. */
static const char *const local_plan[] = {
	"ALTER TABLE rollout_state ADD COLUMN paused INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE rollout_state ADD COLUMN stage_since TEXT",
	NULL
};

/* A place of a route's answers, and what pairs with a control leg showed
 * there; likeness: of texts, "hundredths:pairs ...". */
static const char *const local_noise[] = {
	"CREATE TABLE noise ("
	" route TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" is_text INTEGER NOT NULL,"
	" pairs INTEGER NOT NULL,"
	" only_enhanced INTEGER NOT NULL,"
	" only_control INTEGER NOT NULL,"
	" both_differ INTEGER NOT NULL,"
	" likeness TEXT NOT NULL,"
	" first_seen TEXT NOT NULL,"
	" last_seen TEXT NOT NULL,"
	" PRIMARY KEY (route, path, kind, is_text)) WITHOUT ROWID",
	NULL
};

/* Of an override by a criterion: the criterion as JSON, and user_id is 0x1F and
 * its name.  expires: NULL = never. */
static const char *const local_criteria[] = {
	"ALTER TABLE overrides ADD COLUMN criterion TEXT",
	"ALTER TABLE overrides ADD COLUMN expires TEXT",
	"ALTER TABLE rollout_events ADD COLUMN criterion TEXT",
	"ALTER TABLE rollout_events ADD COLUMN expires TEXT",
	NULL
};

/* Of the stage that began at stage_since; version: whose number it is. */
static const char *const local_starts[] = {
	"CREATE TABLE stage_starts ("
	" key TEXT PRIMARY KEY,"
	" stage_since TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" value REAL NOT NULL,"
	" n INTEGER NOT NULL,"
	" events INTEGER NOT NULL) WITHOUT ROWID",
	NULL
};

/* Pages of the table of versions that sessions keep (observe/sticky.h). */
static const char *const local_sticky[] = {
	"CREATE TABLE sticky ("
	" page INTEGER PRIMARY KEY,"
	" words BLOB NOT NULL)",
	NULL
};

/* Whose rows these are; '' is the main rollout, which is the only one of most.
 * Its state stays the row with id 1, and its rows those that a program writes
 * which knows of no others: one that is being replaced goes on.  In user_id (and
 * in the keys of table local) the others have their name and 0x1E in front. */
static const char *const local_rollouts[] = {
	"CREATE TABLE new_rollout_state ("
	" id INTEGER PRIMARY KEY,"
	" epoch INTEGER NOT NULL,"
	" stage TEXT NOT NULL,"
	" percent REAL NOT NULL,"
	" shadow REAL NOT NULL,"
	" enabled INTEGER NOT NULL,"
	" latched INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" changed TEXT NOT NULL,"
	" config_mark INTEGER NOT NULL,"
	" paused INTEGER NOT NULL DEFAULT 0,"
	" stage_since TEXT,"
	" rollout TEXT NOT NULL DEFAULT '' UNIQUE)",
	"INSERT INTO new_rollout_state SELECT *, '' FROM rollout_state",
	"DROP TABLE rollout_state",
	"ALTER TABLE new_rollout_state RENAME TO rollout_state",

	"ALTER TABLE rollout_events ADD COLUMN rollout TEXT NOT NULL DEFAULT ''",
	"CREATE INDEX rollout_events_rollout ON rollout_events (rollout)",
	"ALTER TABLE overrides ADD COLUMN rollout TEXT NOT NULL DEFAULT ''",

	"CREATE TABLE new_stage_starts ("
	" key TEXT NOT NULL,"
	" stage_since TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" value REAL NOT NULL,"
	" n INTEGER NOT NULL,"
	" events INTEGER NOT NULL,"
	" rollout TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY (rollout, key)) WITHOUT ROWID",
	"INSERT INTO new_stage_starts SELECT *, '' FROM stage_starts",
	"DROP TABLE stage_starts",
	"ALTER TABLE new_stage_starts RENAME TO stage_starts",

	"CREATE TABLE new_sticky ("
	" page INTEGER NOT NULL,"
	" words BLOB NOT NULL,"
	" rollout TEXT NOT NULL DEFAULT '',"
	" UNIQUE (rollout, page))",
	"INSERT INTO new_sticky SELECT *, '' FROM sticky",
	"DROP TABLE sticky",
	"ALTER TABLE new_sticky RENAME TO sticky",
	NULL
};

static const struct migration local_migrations[] = {
	{ 1, "state, events and overrides", local_tables },
	{ 2, "pause, and the stage's beginning", local_plan },
	{ 3, "noise", local_noise },
	{ 4, "overrides by criteria", local_criteria },
	{ 5, "numbers at the stage's start", local_starts },
	{ 6, "versions of sessions", local_sticky },
	{ 7, "several rollouts", local_rollouts },
};
const struct schema schema_local = { "local", local_migrations,
	COUNT_OF(local_migrations) };

/* --- spool: batches on their way to PostgreSQL --------------------------- */

static const char *const spool_tables[] = {
	/* One row a batch; the blobs are lines for COPY, by table.  format is
	 * the version of their columns. */
	"CREATE TABLE spool ("
	" batch INTEGER PRIMARY KEY,"
	" format INTEGER NOT NULL,"
	" row_count INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL,"
	" exchanges BLOB NOT NULL,"
	" comparisons BLOB NOT NULL,"
	" differences BLOB NOT NULL)",
	NULL
};

static const char *const spool_samples[] = {
	"ALTER TABLE spool ADD COLUMN samples BLOB NOT NULL DEFAULT x''",
	NULL
};

static const char *const spool_windows[] = {
	"ALTER TABLE spool ADD COLUMN windows BLOB NOT NULL DEFAULT x''",
	NULL
};

static const struct migration spool_migrations[] = {
	{ 1, "spool", spool_tables },
	{ 2, "kept answers", spool_samples },
	{ 3, "windows", spool_windows },
};
const struct schema schema_spool = { "spool", spool_migrations,
	COUNT_OF(spool_migrations) };
