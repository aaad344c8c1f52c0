/* local -- see local.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/local.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/schema.h"

bool
local_open(const char *path, enum sqlite_use use, sqlite3 **out,
    struct err *err)
{
	if (!sqlite_open(path, use, out, err))
		return false;
	if (schema_apply_sqlite(*out, &schema_local, NULL, err))
		return true;
	sqlite_close(out);
	return false;
}

/* --- reading columns ------------------------------------------------------ */

static void
take_text(sqlite3_stmt *stmt, int column, char *out, size_t space)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	text_copy(out, space, text != NULL ? text : "",
	    text != NULL ? strlen(text) : 0);
}

static uint32_t
take_share(sqlite3_stmt *stmt, int column)
{
	double percent = sqlite3_column_double(stmt, column);

	return percent > 0 ? (uint32_t)lround(percent * 1000) : 0;
}

/* --- state ---------------------------------------------------------------- */

static void
take_state(sqlite3_stmt *stmt, struct rollout_state *s)
{
	memset(s, 0, sizeof *s);
	s->epoch = (uint64_t)sqlite3_column_int64(stmt, 0);
	take_text(stmt, 1, s->stage, sizeof s->stage);
	s->percent = take_share(stmt, 2);
	s->shadow = take_share(stmt, 3);
	s->enabled = sqlite3_column_int(stmt, 4) != 0;
	s->latched = sqlite3_column_int(stmt, 5) != 0;
	take_text(stmt, 6, s->reason, sizeof s->reason);
	take_text(stmt, 7, s->actor, sizeof s->actor);
	s->changed_us = sqlite3_column_int64(stmt, 8);
	s->config_mark = (uint64_t)sqlite3_column_int64(stmt, 9);
	s->paused = sqlite3_column_int(stmt, 10) != 0;
	s->stage_us = sqlite3_column_int64(stmt, 11);
}

struct rollout_prefix
rollout_prefix(const char *rollout)
{
	struct rollout_prefix p = { "" };

	if (rollout[0] != '\0')
		snprintf(p.text, sizeof p.text, "%.*s%c", ROLLOUT_NAME_MAX,
		    rollout, ROLLOUT_END);
	return p;
}

bool
local_load_state(sqlite3 *db, const char *rollout, struct rollout_state *out,
    bool *found_out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	*found_out = false;
	if (!sqlite_prepare(db, "SELECT epoch, stage, percent, shadow,"
	    " enabled, latched, reason, actor, " SQLITE_TIME_US("changed")
	    ", config_mark, paused, coalesce(" SQLITE_TIME_US("stage_since")
	    ", " SQLITE_TIME_US("changed") ")"
	    " FROM rollout_state WHERE rollout = ?", &stmt, err))
		return false;
	sqlite3_bind_text(stmt, 1, rollout, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		take_state(stmt, out);
		*found_out = true;
	} else if (rc != SQLITE_DONE) {
		sqlite_fault(db, "read the rollout state", err);
	}
	sqlite_finalize(&stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* The main rollout's row is the one with id 1. */
static bool
save_state(sqlite3 *db, const char *rollout, const struct rollout_state *s,
    struct err *err)
{
	char changed[CLOCK_TEXT_MAX], stage_since[CLOCK_TEXT_MAX];

	clock_format(s->changed_us, changed);
	clock_format(s->stage_us, stage_since);
	return sqlite_run(db, err, "INSERT OR REPLACE INTO rollout_state"
	    " (id, rollout, epoch, stage, percent, shadow, enabled, latched,"
	    " reason, actor, changed, config_mark, paused, stage_since)"
	    " VALUES (coalesce((SELECT id FROM rollout_state WHERE rollout = ?1),"
	    " CASE ?1 WHEN '' THEN 1 ELSE"
	    " (SELECT coalesce(max(id), 1) + 1 FROM rollout_state) END),"
	    " ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "titrriitttiit",
	    rollout, (int64_t)s->epoch, s->stage, s->percent / 1000.0,
	    s->shadow / 1000.0, (int64_t)s->enabled, (int64_t)s->latched,
	    s->reason, s->actor, changed, (int64_t)s->config_mark,
	    (int64_t)s->paused, stage_since);
}

/* --- events and overrides --------------------------------------------------- */

/* The columns that an override has in both tables; NULL: none, or none of it. */
struct override_columns {
	const char *key, *version, *criterion, *expires;
	char name[NAMED_OVERRIDE_NAME_MAX + 2], moment[CLOCK_TEXT_MAX];
};

static void
columns_of(const struct override_change *change, struct override_columns *out)
{
	*out = (struct override_columns){ .key = NULL };
	if (change == NULL)
		return;
	snprintf(out->name, sizeof out->name, "%c%s", OVERRIDE_NAMED,
	    change->name != NULL ? change->name : "");
	out->key = change->user != NULL ? change->user : out->name;
	if (change->remove)
		return;
	out->version = version_name(change->version);
	out->criterion = change->user != NULL ? NULL : change->criterion;
	if (change->expires_us == 0)
		return;
	clock_format(change->expires_us, out->moment);
	out->expires = out->moment;
}

static bool
save_event(sqlite3 *db, const char *rollout, const struct log_entry *e,
    const struct override_change *change, struct err *err)
{
	struct override_columns c;
	char ts[CLOCK_TEXT_MAX];

	columns_of(change, &c);
	clock_format(e->ts_us, ts);
	return sqlite_run(db, err, "INSERT INTO rollout_events"
	    " (ts, epoch, kind, actor, from_value, to_value, reason, evidence,"
	    " rollout, user_id, version, criterion, expires)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ? || ?, ?, ?, ?)",
	    "titttttttttttt", ts, (int64_t)e->epoch, e->kind, e->actor, e->from,
	    e->to, e->reason, e->evidence[0] != '\0' ? e->evidence : NULL,
	    rollout, rollout_prefix(rollout).text, c.key, c.version,
	    c.criterion, c.expires);
}

static bool
save_override(sqlite3 *db, const char *rollout,
    const struct override_change *change, const struct log_entry *e,
    struct err *err)
{
	struct override_columns c;
	char ts[CLOCK_TEXT_MAX];

	columns_of(change, &c);
	if (change->remove)
		return sqlite_run(db, err,
		    "DELETE FROM overrides WHERE user_id = ? || ?", "tt",
		    rollout_prefix(rollout).text, c.key);
	clock_format(e->ts_us, ts);
	return sqlite_run(db, err, "INSERT OR REPLACE INTO overrides"
	    " (rollout, user_id, version, epoch, ts, actor, reason, criterion,"
	    " expires) VALUES (?, ? || ?, ?, ?, ?, ?, ?, ?, ?)", "ttttittttt",
	    rollout, rollout_prefix(rollout).text, c.key, c.version,
	    (int64_t)e->epoch, ts, e->actor, e->reason, c.criterion, c.expires);
}

bool
local_save(sqlite3 *db, const char *rollout,
    const struct rollout_state *state, const struct override_change *change,
    struct log_entry *event, struct err *err)
{
	if (!sqlite_begin(db, err))
		return false;
	if ((state != NULL && !save_state(db, rollout, state, err)) ||
	    (change != NULL &&
	    !save_override(db, rollout, change, event, err)) ||
	    !save_event(db, rollout, event, change, err)) {
		sqlite_rollback(db);
		return false;
	}
	text_copy(event->rollout, sizeof event->rollout, rollout,
	    strlen(rollout));
	event->id = sqlite3_last_insert_rowid(db);
	return sqlite_commit(db, err);
}

static bool
version_parse(const char *text, enum version *out)
{
	for (int v = 0; v < VERSION_COUNT; v++) {
		if (text != NULL && strcmp(text, version_name(v)) == 0) {
			*out = v;
			return true;
		}
	}
	return false;
}

static void
take_named(struct user_overrides *into, const char *name,
    const char *criterion, enum version version, int64_t expires_us)
{
	struct err err = { "" };
	struct named_override *n = named_override_new(name, criterion, version,
	    expires_us, &err);

	if (n != NULL)
		user_overrides_put_named(into, n);
	else
		log_event(LOG_ERROR, "override", "\"%s\" is not in force: %s",
		    name, err.text);
}

static void
take_override(sqlite3_stmt *stmt, const struct rollout_prefix *prefix,
    struct user_overrides *into)
{
	const char *key = (const char *)sqlite3_column_text(stmt, 0);
	const char *criterion = (const char *)sqlite3_column_text(stmt, 2);
	int64_t expires_us = sqlite3_column_int64(stmt, 3);
	enum version version;

	if (key == NULL || strncmp(key, prefix->text, strlen(prefix->text)) != 0 ||
	    !version_parse((const char *)sqlite3_column_text(stmt, 1),
	    &version))
		return;
	key += strlen(prefix->text);
	if (key[0] != OVERRIDE_NAMED)
		user_overrides_set(into, key, version, expires_us);
	else
		take_named(into, key + 1, criterion != NULL ? criterion : "",
		    version, expires_us);
}

bool
local_load_overrides(sqlite3 *db, const char *rollout,
    struct user_overrides *into, struct err *err)
{
	struct rollout_prefix prefix = rollout_prefix(rollout);
	sqlite3_stmt *stmt = NULL;
	int rc;

	if (!sqlite_prepare(db, "SELECT user_id, version, criterion,"
	    " coalesce(" SQLITE_TIME_US("expires") ", 0) FROM overrides"
	    " WHERE rollout = ?", &stmt, err))
		return false;
	sqlite3_bind_text(stmt, 1, rollout, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		take_override(stmt, &prefix, into);
	if (rc != SQLITE_DONE)
		sqlite_fault(db, "read the overrides", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_DONE;
}

static void
take_event(sqlite3_stmt *stmt, struct log_entry *e)
{
	memset(e, 0, sizeof *e);
	e->id = sqlite3_column_int64(stmt, 0);
	e->ts_us = sqlite3_column_int64(stmt, 1);
	e->epoch = (uint64_t)sqlite3_column_int64(stmt, 2);
	take_text(stmt, 3, e->kind, sizeof e->kind);
	take_text(stmt, 4, e->actor, sizeof e->actor);
	take_text(stmt, 5, e->from, sizeof e->from);
	take_text(stmt, 6, e->to, sizeof e->to);
	take_text(stmt, 7, e->reason, sizeof e->reason);
	take_text(stmt, 8, e->evidence, sizeof e->evidence);
	take_text(stmt, 9, e->rollout, sizeof e->rollout);
}

size_t
local_events(sqlite3 *db, const char *rollout, struct log_entry *events,
    size_t max)
{
	sqlite3_stmt *stmt = NULL;
	size_t count = 0;

	if (!sqlite_prepare(db, "SELECT id, " SQLITE_TIME_US("ts") ", epoch, kind, actor,"
	    " from_value, to_value, reason, evidence, rollout"
	    " FROM rollout_events WHERE rollout = ?"
	    " ORDER BY id DESC LIMIT ?", &stmt, NULL))
		return 0;
	sqlite3_bind_text(stmt, 1, rollout, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (int64_t)max);
	while (count < max && sqlite3_step(stmt) == SQLITE_ROW)
		take_event(stmt, &events[count++]);
	sqlite_finalize(&stmt);
	return count;
}

/* --- facts about this file --------------------------------------------------- */

static bool
fact_make(sqlite3 *db, const char *key, const char *value,
    struct err *err)
{
	return sqlite_run(db, err,
	    "INSERT OR IGNORE INTO local (key, value) VALUES (?, ?)", "tt",
	    key, value);
}

static bool
fact_set(sqlite3 *db, const char *key, const char *value, struct err *err)
{
	return sqlite_run(db, err,
	    "INSERT OR REPLACE INTO local (key, value) VALUES (?, ?)", "tt",
	    key, value);
}

static bool
fact_read(sqlite3 *db, const char *key, char *out, size_t space,
    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc;

	out[0] = '\0';
	if (!sqlite_prepare(db, "SELECT value FROM local WHERE key = ?",
	    &stmt, err))
		return false;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		take_text(stmt, 0, out, space);
	else if (rc != SQLITE_DONE)
		sqlite_fault(db, "read", err);
	sqlite_finalize(&stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static void
make_instance(char out[LOCAL_INSTANCE_LEN + 1])
{
	unsigned char key[HASH_KEY_BYTES];

	hash_make_key(key);
	text_hex(key, LOCAL_INSTANCE_LEN / 2, out);
}

bool
local_identify(sqlite3 *db, struct local_identity *out, struct err *err)
{
	char instance[LOCAL_INSTANCE_LEN + 1];
	char key_text[2 * HASH_KEY_BYTES + 1];
	unsigned char key[HASH_KEY_BYTES];

	make_instance(instance);
	hash_make_key(key);
	hash_key_text(key, key_text);
	if (!fact_make(db, "instance", instance, err) ||
	    !fact_make(db, "hash_key", key_text, err) ||
	    !fact_read(db, "instance", out->instance, sizeof out->instance,
	    err) || !fact_read(db, "hash_key", key_text, sizeof key_text, err))
		return false;
	if (hash_key_parse(key_text, out->hash_key))
		return true;
	return err_set(err, "%s: the hash key in table local is damaged",
	    sqlite3_db_filename(db, "main"));
}

bool
local_hash_key(sqlite3 *db, unsigned char key[HASH_KEY_BYTES],
    struct err *err)
{
	char text[2 * HASH_KEY_BYTES + 1];
	struct local_identity made;

	/* As a rule it is there, and reading waits for nobody. */
	if (!fact_read(db, "hash_key", text, sizeof text, err))
		return false;
	if (hash_key_parse(text, key))
		return true;
	if (!local_identify(db, &made, err))
		return false;
	memcpy(key, made.hash_key, HASH_KEY_BYTES);
	return true;
}

bool
local_set_hash_key(sqlite3 *db, const unsigned char key[HASH_KEY_BYTES],
    struct err *err)
{
	char text[2 * HASH_KEY_BYTES + 1];

	hash_key_text(key, text);
	return fact_set(db, "hash_key", text, err);
}

bool
local_rename(sqlite3 *db, struct local_identity *identity, struct err *err)
{
	make_instance(identity->instance);
	return fact_set(db, "instance", identity->instance, err);
}

bool
local_number(sqlite3 *db, const char *key, int64_t *out, struct err *err)
{
	char text[32];

	if (!fact_read(db, key, text, sizeof text, err))
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
}

bool
local_set_number(sqlite3 *db, const char *key, int64_t value, struct err *err)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	return fact_set(db, key, text, err);
}

bool
local_first_batch(sqlite3 *db, int64_t *out, struct err *err)
{
	int64_t start = 0;
	bool ok;

	if (!sqlite_exec(db, "PRAGMA synchronous = FULL", err) ||
	    !sqlite_begin(db, err))
		return false;
	ok = local_number(db, "start", &start, err) &&
	    local_set_number(db, "start", start + 1, err);
	if (ok)
		ok = sqlite_commit(db, err);
	else
		sqlite_rollback(db);
	/* Starts count in the upper half: a number lost with the last writes
	 * before a power cut is not given to other rows afterwards. */
	*out = ((start + 1) << 32) + 1;
	return ok && sqlite_exec(db, "PRAGMA synchronous = NORMAL", err);
}
