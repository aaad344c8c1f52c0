/* remote -- see remote.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/remote.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/deliver.h"
#include "store/row.h"

/* --- texts for parameters ------------------------------------------------- */

/* Parameters of one statement: copies, harmless to PostgreSQL. */
#define PARAMS_MAX 16
#define PARAM_BYTES_MAX 16384

struct texts {
	const char *values[PARAMS_MAX]; /* borrow from bytes; NULL = NULL */
	int count;
	size_t used;
	char bytes[PARAM_BYTES_MAX];
};

static void
texts_add(struct texts *t, const char *text)
{
	size_t space = sizeof t->bytes - t->used;

	assert(t->count < PARAMS_MAX);
	if (text != NULL && space > 1) { /* else a last one that is too long */
		char *at = t->bytes + t->used;

		t->used += row_repair_text(text, strlen(text), at, space) + 1;
		text = at;
	} else if (text != NULL) {
		text = "";
	}
	t->values[t->count++] = text;
}

static void
texts_add_columns(struct texts *t, sqlite3_stmt *stmt, int first, int count)
{
	for (int i = first; i < first + count; i++)
		texts_add(t, (const char *)sqlite3_column_text(stmt, i));
}

static bool
run(struct pg *pg, const char *sql, const struct texts *t, struct err *err)
{
	PGresult *res = pg_query(pg, sql, t->count, t->values, err);
	bool ok = res != NULL;

	PQclear(res);
	return ok;
}

/* --- carrying ------------------------------------------------------------- */

/* Columns: id, ts, epoch, kind, actor, from, to, reason, evidence, user,
 * version, criterion, expires, rollout. */
#define EVENT_COLUMNS 14
#define EVENT_KIND 3
#define EVENT_USER 9
#define EVENT_VERSION 10
#define EVENT_CRITERION 11
#define EVENT_EXPIRES 12
#define EVENT_ROLLOUT 13

static bool
carry_override(struct pg *pg, sqlite3_stmt *stmt, struct err *err)
{
	static const int put[] = { EVENT_USER, EVENT_VERSION, 2, 1, 4, 7,
		EVENT_CRITERION, EVENT_EXPIRES, EVENT_ROLLOUT };
	bool is_removal = sqlite3_column_type(stmt, EVENT_VERSION) ==
	    SQLITE_NULL;
	struct texts t = { .count = 0 };

	if (is_removal) {
		texts_add_columns(&t, stmt, EVENT_USER, 1);
		texts_add_columns(&t, stmt, 2, 1);
		return run(pg, "DELETE FROM overrides"
		    " WHERE user_id = $1 AND epoch <= $2::bigint", &t, err);
	}
	for (size_t i = 0; i < COUNT_OF(put); i++)
		texts_add_columns(&t, stmt, put[i], 1);
	return run(pg, "INSERT INTO overrides AS o"
	    " (user_id, version, epoch, ts, actor, reason, criterion, expires,"
	    " rollout) VALUES ($1, $2, $3::bigint, $4::timestamptz, $5, $6, $7,"
	    " $8::timestamptz, $9)"
	    " ON CONFLICT (user_id) DO UPDATE SET version = excluded.version,"
	    " epoch = excluded.epoch, ts = excluded.ts,"
	    " actor = excluded.actor, reason = excluded.reason,"
	    " criterion = excluded.criterion, expires = excluded.expires"
	    " WHERE o.epoch <= excluded.epoch", &t, err);
}

static bool
carry_event(struct pg *pg, sqlite3_stmt *stmt, const char *instance,
    struct err *err)
{
	struct texts t = { .count = 0 };

	texts_add(&t, instance);
	texts_add_columns(&t, stmt, 0, EVENT_COLUMNS);
	if (!run(pg, "INSERT INTO rollout_events (instance, local_id, ts,"
	    " epoch, kind, actor, from_value, to_value, reason, evidence,"
	    " user_id, version, criterion, expires, rollout)"
	    " VALUES ($1, $2::bigint, $3::timestamptz, $4::bigint, $5, $6, $7,"
	    " $8, $9, $10, $11, $12, $13, $14::timestamptz, $15)"
	    " ON CONFLICT (instance, local_id) DO NOTHING", &t, err))
		return false;
	return sqlite3_column_type(stmt, EVENT_USER) == SQLITE_NULL ||
	    carry_override(pg, stmt, err);
}

/* The highest epoch of a rollout wins; between two changes made at the same epoch
 * by two instances, the one that holds traffic on legacy does. */
#define STATE_SQL(id, key) \
	"INSERT INTO rollout_state AS s (id, epoch, stage, percent, shadow," \
	" enabled, latched, reason, actor, changed, config_mark, paused," \
	" stage_since, rollout)" \
	" VALUES (" id ", $1::bigint, $2, $3::numeric, $4::numeric," \
	" $5::boolean, $6::boolean, $7, $8, $9::timestamptz, $10::bigint," \
	" $11::boolean, $12::timestamptz, $13)" \
	" ON CONFLICT (" key ") DO UPDATE SET epoch = excluded.epoch," \
	" stage = excluded.stage, percent = excluded.percent," \
	" shadow = excluded.shadow, enabled = excluded.enabled," \
	" latched = excluded.latched, reason = excluded.reason," \
	" actor = excluded.actor, changed = excluded.changed," \
	" config_mark = excluded.config_mark, paused = excluded.paused," \
	" stage_since = excluded.stage_since" \
	" WHERE s.epoch < excluded.epoch OR (s.epoch = excluded.epoch" \
	" AND excluded.latched AND NOT s.latched)"

static bool
carry_state(struct pg *pg, sqlite3_stmt *stmt, struct err *err)
{
	bool is_main = sqlite3_column_bytes(stmt, 12) == 0;
	struct texts t = { .count = 0 };

	texts_add_columns(&t, stmt, 0, 13);
	return run(pg, is_main ? STATE_SQL("1", "id") :
	    STATE_SQL("DEFAULT", "rollout"), &t, err);
}

/* Run act for each row of a query on the local file with one parameter. */
static bool
each_row(sqlite3 *local, const char *sql, int64_t param,
    bool (*act)(void *arg, sqlite3_stmt *stmt, struct err *err), void *arg,
    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	bool ok;
	int rc;

	if (!sqlite_prepare(local, sql, &stmt, err))
		return false;
	sqlite3_bind_int64(stmt, 1, param);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (!act(arg, stmt, err))
			break;
	ok = rc == SQLITE_DONE;
	if (!ok && rc != SQLITE_ROW)
		sqlite_fault(local, "read", err);
	sqlite_finalize(&stmt);
	return ok;
}

struct carry {
	struct pg *pg;        /* borrows */
	const char *instance; /* borrows */
	int64_t last;         /* id of the last event of this transaction */
	unsigned count;
};

static bool
on_event(void *arg, sqlite3_stmt *stmt, struct err *err)
{
	struct carry *c = arg;

	c->last = sqlite3_column_int64(stmt, 0);
	c->count++;
	return carry_event(c->pg, stmt, c->instance, err);
}

static bool
on_state(void *arg, sqlite3_stmt *stmt, struct err *err)
{
	struct carry *c = arg;

	return carry_state(c->pg, stmt, err);
}

#define EVENTS_SQL(limit) \
	"SELECT id, ts, epoch, kind, actor, from_value, to_value, reason," \
	" evidence, user_id, version, criterion, expires, rollout" \
	" FROM rollout_events WHERE id > ?" \
	" ORDER BY id LIMIT " limit

static bool
carry_from(struct carry *c, sqlite3 *local, int64_t sent, bool is_careful,
    struct err *err)
{
	c->last = sent;
	c->count = 0;
	return pg_exec(c->pg, DELIVER_BEGIN, err) &&
	    each_row(local, is_careful ? EVENTS_SQL("1") : EVENTS_SQL("100"),
	    sent, on_event, c, err) &&
	    each_row(local, "SELECT epoch, stage, percent, shadow, enabled,"
	    " latched, reason, actor, changed, config_mark, paused,"
	    " coalesce(stage_since, changed), rollout FROM rollout_state"
	    " WHERE id >= ?", 1, on_state, c, err) && pg_commit(c->pg, err);
}

/* One by one, so that only the refused event is left behind. */
static bool
carry_careful(struct carry *c, sqlite3 *local, int64_t sent, struct err *err)
{
	if (!pg_exec(c->pg, "ROLLBACK", err))
		return false;
	if (carry_from(c, local, sent, true, err))
		return true;
	if (!pg_refused_data(c->pg) || !pg_exec(c->pg, "ROLLBACK", err))
		return false;
	log_event(LOG_ERROR, "store", "rollout event %" PRId64
	    " stays in the local file only: %s", c->last, err->text);
	return true;
}

bool
remote_carry(struct pg *pg, sqlite3 *local, const char *instance,
    bool *more_out, struct err *err)
{
	struct carry c = { .pg = pg, .instance = instance };
	int64_t sent = 0;

	if (!local_number(local, LOCAL_EVENTS_SENT, &sent, err))
		return false;
	if (!carry_from(&c, local, sent, false, err) &&
	    !(pg_refused_data(pg) && carry_careful(&c, local, sent, err)))
		return false;
	*more_out = c.count > 0;
	return c.last == sent ||
	    local_set_number(local, LOCAL_EVENTS_SENT, c.last, err);
}

/* --- reading ---------------------------------------------------------------- */

static int64_t
take_integer(const PGresult *res, int row, int column)
{
	return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static bool
take_boolean(const PGresult *res, int row, int column)
{
	return PQgetvalue(res, row, column)[0] == 't';
}

static void
take_text(const PGresult *res, int row, int column, char *out, size_t space)
{
	const char *text = PQgetvalue(res, row, column);

	text_copy(out, space, text, strlen(text));
}

#define STATE_COLUMNS "epoch, stage, (percent * 1000)::bigint," \
	" (shadow * 1000)::bigint, enabled, latched, reason, actor," \
	" (extract(epoch FROM changed) * 1000000)::bigint, config_mark, paused," \
	" (extract(epoch FROM coalesce(stage_since, changed)) * 1000000)::bigint"
#define STATE_COLUMN_COUNT 12

static void
take_state(const PGresult *res, int row, struct rollout_state *s)
{
	memset(s, 0, sizeof *s);
	s->epoch = (uint64_t)take_integer(res, row, 0);
	take_text(res, row, 1, s->stage, sizeof s->stage);
	s->percent = (uint32_t)take_integer(res, row, 2);
	s->shadow = (uint32_t)take_integer(res, row, 3);
	s->enabled = take_boolean(res, row, 4);
	s->latched = take_boolean(res, row, 5);
	take_text(res, row, 6, s->reason, sizeof s->reason);
	take_text(res, row, 7, s->actor, sizeof s->actor);
	s->changed_us = take_integer(res, row, 8);
	s->config_mark = (uint64_t)take_integer(res, row, 9);
	s->paused = take_boolean(res, row, 10);
	s->stage_us = take_integer(res, row, 11);
}

bool
remote_load_state(struct pg *pg, const char *rollout,
    struct rollout_state *out, bool *found_out, struct err *err)
{
	struct texts t = { .count = 0 };
	PGresult *res;

	*found_out = false;
	texts_add(&t, rollout);
	res = pg_query(pg, "SELECT " STATE_COLUMNS " FROM rollout_state"
	    " WHERE rollout = $1", t.count, t.values, err);
	if (res == NULL) /* "undefined table": a new database */
		return strcmp(pg_sqlstate(pg), "42P01") == 0;
	if (PQntuples(res) == 1) {
		take_state(res, 0, out);
		*found_out = true;
	}
	PQclear(res);
	return true;
}

bool
remote_load_states(struct pg *pg, struct remote_state **out,
    size_t *count_out, struct err *err)
{
	PGresult *res = pg_query(pg, "SELECT " STATE_COLUMNS ", rollout,"
	    " (SELECT count(*) || ' ' || coalesce(sum("
	    "hashtextextended(user_id || ' ' || version, epoch)), 0)"
	    " FROM overrides AS o WHERE o.rollout = s.rollout)"
	    " FROM rollout_state AS s", 0, NULL, err);

	if (res == NULL)
		return false;
	*count_out = (size_t)PQntuples(res);
	*out = mem_zalloc((*count_out + 1) * sizeof **out);
	for (size_t i = 0; i < *count_out; i++) {
		struct remote_state *s = &(*out)[i];

		take_state(res, (int)i, &s->state);
		take_text(res, (int)i, STATE_COLUMN_COUNT, s->rollout,
		    sizeof s->rollout);
		take_text(res, (int)i, STATE_COLUMN_COUNT + 1, s->mark,
		    sizeof s->mark);
	}
	PQclear(res);
	return true;
}

/* ?9: the last event of ours that is carried. */
static bool
adopt_override(sqlite3 *local, const char *rollout, const PGresult *res,
    int row, int64_t sent, struct err *err)
{
	const char *v[8];

	for (int i = 0; i < 8; i++)
		v[i] = PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i);
	return sqlite_run(local, err, "INSERT INTO overrides"
	    " (user_id, version, epoch, ts, actor, reason, criterion, expires,"
	    " rollout)"
	    " SELECT ?1, ?2, CAST(?3 AS INTEGER), ?4, ?5, ?6, ?7, ?8, ?10"
	    " WHERE NOT EXISTS"
	    " (SELECT 1 FROM rollout_events WHERE id > ?9 AND user_id = ?1)"
	    " ON CONFLICT (user_id) DO UPDATE SET version = excluded.version,"
	    " epoch = excluded.epoch, ts = excluded.ts,"
	    " actor = excluded.actor, reason = excluded.reason,"
	    " criterion = excluded.criterion, expires = excluded.expires"
	    " WHERE excluded.epoch > overrides.epoch", "ttttttttit",
	    v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], sent, rollout);
}

/* In one transaction: what control writes meanwhile comes before or after. */
static bool
adopt_overrides(sqlite3 *local, const char *rollout, const PGresult *res,
    uint64_t epoch, struct err *err)
{
	int64_t sent = 0;

	if (!local_number(local, LOCAL_EVENTS_SENT, &sent, err) ||
	    !sqlite_run(local, err, "DELETE FROM overrides WHERE epoch <= ?1"
	    " AND user_id NOT IN (SELECT user_id FROM rollout_events"
	    " WHERE id > ?2 AND user_id IS NOT NULL) AND rollout = ?3", "iit",
	    (int64_t)epoch, sent, rollout))
		return false;
	for (int i = 0; i < PQntuples(res); i++)
		if (!adopt_override(local, rollout, res, i, sent, err))
			return false;
	return true;
}

bool
remote_load_overrides(struct pg *pg, sqlite3 *local, const char *rollout,
    uint64_t epoch, struct err *err)
{
	struct texts t = { .count = 0 };
	PGresult *res;
	bool ok;

	texts_add(&t, rollout);
#define UTC(column) "to_char(" column " AT TIME ZONE 'UTC'," \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
	res = pg_query(pg, "SELECT user_id, version, epoch, "
	    UTC("ts") ", actor, reason, criterion, " UTC("expires")
	    " FROM overrides WHERE rollout = $1", t.count, t.values, err);
#undef UTC
	if (res == NULL)
		return false;
	ok = sqlite_begin(local, err);
	if (ok) {
		ok = adopt_overrides(local, rollout, res, epoch, err) &&
		    sqlite_commit(local, err);
		sqlite_rollback(local); /* nothing, after a commit */
	}
	PQclear(res);
	return ok;
}

/* --- hash key, instance ------------------------------------------------------ */

bool
remote_agree_key(struct pg *pg, unsigned char key[HASH_KEY_BYTES],
    struct err *err)
{
	char ours[2 * HASH_KEY_BYTES + 1];
	struct texts t = { .count = 0 };
	PGresult *res;
	bool ok;

	hash_key_text(key, ours);
	texts_add(&t, ours);
	if (!run(pg, "INSERT INTO hash_keys (id, key) VALUES (1, $1)"
	    " ON CONFLICT (id) DO NOTHING", &t, err))
		return false;
	res = pg_query(pg, "SELECT key FROM hash_keys WHERE id = 1", 0, NULL,
	    err);
	if (res == NULL)
		return false;
	ok = PQntuples(res) == 1 && hash_key_parse(PQgetvalue(res, 0, 0), key);
	PQclear(res);
	return ok || err_set(err,
	    "postgresql: table hash_keys holds no usable key");
}

bool
remote_is_taken(struct pg *pg, const char *instance, int64_t first,
    bool *taken_out, struct err *err)
{
	struct buf sql = { 0 };
	PGresult *res;

	/* Up to the first number of the start after ours. */
	buf_printf(&sql, "SELECT 1 FROM batches WHERE instance = '%s'"
	    " AND batch >= %" PRId64 " AND batch < %" PRId64 " LIMIT 1",
	    instance, first, local_next_start(first));
	res = pg_query(pg, sql.bytes, 0, NULL, err);
	buf_fini(&sql);
	if (res == NULL)
		return false;
	*taken_out = PQntuples(res) > 0;
	PQclear(res);
	return true;
}
