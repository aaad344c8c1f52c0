/* store -- see store.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/hash.h"
#include "store/local.h"
#include "store/noise_rows.h"
#include "store/postgres.h"
#include "store/remote.h"
#include "store/schema.h"
#include "store/start_rows.h"
#include "store/sticky_rows.h"
#include "store/target.h"

#define SQLITE_PREFIX "sqlite:"
#define NO_STORE "none"
/* What "none" remembers of the rollout log. */
#define EVENTS_IN_MEMORY 1000

struct store {
	enum store_kind kind;
	sqlite3 *local; /* owns */
	char *conninfo; /* owns; NULL with SQLite */
	char rollout[ROLLOUT_NAME_MAX + 1];
	unsigned patience_ms;
};

/* --- the text of "store" ----------------------------------------------------- */

const char *
store_kind_name(enum store_kind k)
{
	switch (k) {
	case STORE_SQLITE:
		return "sqlite";
	case STORE_POSTGRES:
		return "postgresql";
	case STORE_NONE:
		return NO_STORE;
	}
	return "";
}

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
check_path(const char *path, struct err *err)
{
	if (path[0] == '\0' || path[0] == ':')
		return err_set(err, "\"sqlite:\" wants the path of a file behind"
		    " it");
	return true;
}

bool
store_parse(const char *text, enum store_kind *kind_out, struct err *err)
{
	if (starts_with(text, SQLITE_PREFIX)) {
		*kind_out = STORE_SQLITE;
		return check_path(text + strlen(SQLITE_PREFIX), err);
	}
	if (strcmp(text, NO_STORE) == 0) {
		*kind_out = STORE_NONE;
		return true;
	}
	/* Not quoted: it may hold a password. */
	if (!starts_with(text, "postgresql://") &&
	    !starts_with(text, "postgres://") && strchr(text, '=') == NULL)
		return err_set(err, "neither \"sqlite:PATH\" nor"
		    " \"postgresql://...\" nor \"host=... dbname=...\" nor"
		    " \"none\"");
	*kind_out = STORE_POSTGRES;
	return pg_check_conninfo(text, err);
}

bool
target_of(const struct settings *settings, struct target *out,
    struct err *err)
{
	*out = (struct target){ .path = settings->spool };
	if (!store_parse(settings->store, &out->kind, err))
		return err_wrap(err, "store");
	switch (out->kind) {
	case STORE_SQLITE:
		out->path = settings->store + strlen(SQLITE_PREFIX);
		return true;
	case STORE_POSTGRES:
		out->conninfo = settings->store;
		return true;
	case STORE_NONE:
		out->path = SQLITE_IN_MEMORY;
		return true;
	}
	return false;
}

/* --- opening, migrating ------------------------------------------------------- */

/* "" is the main one. */
static bool
check_rollout(const char *name, struct err *err)
{
	if (strlen(name) > ROLLOUT_NAME_MAX)
		return err_set(err, "the name of a rollout has at most %d bytes:"
		    " \"%s\"", ROLLOUT_NAME_MAX, name);
	for (const char *at = name; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return err_set(err, "the name of a rollout has no control"
			    " characters");
	return true;
}

bool
store_open(const struct settings *settings, struct store **out,
    struct err *err)
{
	if (!store_open_rollout(settings, "", out, err))
		return false;
	if ((*out)->kind == STORE_NONE)
		log_event(LOG_WARN, "store", "\"store\" is \"none\": nothing is "
		    "recorded, and a latch does not survive a restart");
	return true;
}

bool
store_open_rollout(const struct settings *settings, const char *rollout,
    struct store **out, struct err *err)
{
	struct target target;
	struct store *s;

	if (!check_rollout(rollout, err) || !target_of(settings, &target, err))
		return false;
	s = mem_zalloc(sizeof *s);
	memcpy(s->rollout, rollout, strlen(rollout));
	s->kind = target.kind;
	s->patience_ms = SQLITE_PATIENCE_MS;
	if (target.conninfo != NULL)
		s->conninfo = mem_strdup(target.conninfo);
	if (!local_open(target.path, SQLITE_DURABLE, &s->local, err)) {
		store_close(&s);
		return err_wrap(err, "store");
	}
	*out = s;
	return true;
}

const char *
store_rollout(const struct store *s)
{
	return s->rollout;
}

void
store_close(struct store **s)
{
	if (*s == NULL)
		return;
	sqlite_close(&(*s)->local);
	free((*s)->conninfo);
	free(*s);
	*s = NULL;
}

unsigned
store_set_patience(struct store *s, unsigned ms)
{
	unsigned was = s->patience_ms;

	s->patience_ms = ms;
	sqlite_set_patience(s->local, ms);
	return was;
}

static bool
migrate_postgres(const struct target *target, struct buf *said,
    struct err *err)
{
	struct pg_settings settings = { .conninfo = target->conninfo };
	struct pg *pg = NULL;
	bool ok = pg_open(&settings, &pg, err) &&
	    schema_apply_postgres(pg, said, err);

	pg_close(&pg);
	return ok;
}

bool
store_migrate(const struct settings *settings, struct buf *out_text,
    struct err *err)
{
	struct target target;
	sqlite3 *db = NULL;
	bool ok;

	if (!target_of(settings, &target, err))
		return false;
	if (target.kind == STORE_NONE) {
		buf_puts(out_text, "store: none, nothing to migrate\n");
		return true;
	}
	ok = sqlite_open(target.path, SQLITE_BULK, &db, err) &&
	    schema_apply_sqlite(db, &schema_local, out_text, err) &&
	    schema_apply_sqlite(db, target.kind == STORE_SQLITE ?
	    &schema_records : &schema_spool, out_text, err);
	sqlite_close(&db);
	return ok && (target.kind == STORE_SQLITE ||
	    migrate_postgres(&target, out_text, err));
}

/* --- state, events, overrides --------------------------------------------------- */

bool
store_load_state(struct store *s, struct rollout_state *out, bool *found_out,
    struct err *err)
{
	return local_load_state(s->local, s->rollout, out, found_out, err);
}

bool
store_load_remote_state(struct store *s, unsigned timeout_ms,
    struct rollout_state *out, bool *found_out, struct err *err)
{
	struct pg_settings settings = { .conninfo = s->conninfo };
	_Atomic uint64_t until_ns = clock_ns() + timeout_ms * NS_PER_MS;
	struct pg *pg = NULL;
	bool ok;

	*found_out = false;
	if (s->kind != STORE_POSTGRES)
		return true;
	settings.give_up_ns = &until_ns;
	ok = pg_open(&settings, &pg, err) &&
	    remote_load_state(pg, s->rollout, out, found_out, err) &&
	    (!*found_out ||
	    remote_load_overrides(pg, s->local, s->rollout, out->epoch, err));
	pg_close(&pg);
	return ok;
}

/* Memory is not a disk: an alert that comes and goes for months must not
 * fill it. */
static bool
trim_events(struct store *s, const struct log_entry *newest, struct err *err)
{
	return s->kind != STORE_NONE || sqlite_run(s->local, err,
	    "DELETE FROM rollout_events WHERE id <= ?", "i",
	    newest->id - EVENTS_IN_MEMORY);
}

bool
store_save(struct store *s, const struct rollout_state *state,
    struct log_entry *event, struct err *err)
{
	return local_save(s->local, s->rollout, state, NULL, event, err) &&
	    trim_events(s, event, err);
}

bool
store_load_overrides(struct store *s, struct user_overrides *into,
    struct err *err)
{
	return local_load_overrides(s->local, s->rollout, into, err);
}

bool
store_save_override(struct store *s, const struct override_change *change,
    const struct rollout_state *state, struct log_entry *event,
    struct err *err)
{
	return local_save(s->local, s->rollout, state, change, event, err) &&
	    trim_events(s, event, err);
}

void
store_hash_id(struct store *s, bool is_session, const char *id,
    char out[STORE_HASH_MAX])
{
	unsigned char key[HASH_KEY_BYTES];
	struct hasher *hasher;
	struct err err = { "" };

	_Static_assert(STORE_HASH_MAX == HASH_TEXT_LEN + 1, "room for a hash");
	out[0] = '\0';
	if (id[0] == '\0' || !local_hash_key(s->local, key, &err))
		return;
	hasher = hasher_new(key);
	hasher_text(hasher, is_session ? HASH_SESSION : HASH_USER, id, out);
	hasher_free(&hasher);
}

bool
store_number(struct store *s, const char *key, int64_t *out, struct err *err)
{
	char *whole = mem_printf("%s%s", rollout_prefix(s->rollout).text, key);
	bool ok = local_number(s->local, whole, out, err);

	free(whole);
	return ok;
}

bool
store_set_number(struct store *s, const char *key, int64_t value,
    struct err *err)
{
	char *whole = mem_printf("%s%s", rollout_prefix(s->rollout).text, key);
	bool ok = local_set_number(s->local, whole, value, err);

	free(whole);
	return ok;
}

bool
store_save_starts(struct store *s, int64_t stage_us,
    const struct stage_start *rows, size_t count, struct err *err)
{
	return start_rows_save(s->local, s->rollout, stage_us, rows, count,
	    err);
}

bool
store_load_starts(struct store *s, int64_t stage_us,
    struct stage_start rows[STAGE_STARTS_MAX], size_t *count_out,
    struct err *err)
{
	return start_rows_load(s->local, s->rollout, stage_us, rows,
	    STAGE_STARTS_MAX, count_out, err);
}

bool
store_save_noise(struct store *s, const struct noise_row *rows, size_t count,
    struct err *err)
{
	return noise_rows_save(s->local, rows, count, err);
}

bool
store_load_noise(struct store *s, struct noise_board *board, struct err *err)
{
	return noise_rows_load(s->local, board, err);
}

bool
store_read_noise(const struct settings *settings, struct noise_board *board,
    struct err *err)
{
	struct target target;
	sqlite3 *db = NULL;
	bool ok;

	if (!target_of(settings, &target, err))
		return false;
	if (target.kind == STORE_NONE)
		return true;
	ok = sqlite_open_to_read(target.path, &db, err) &&
	    noise_rows_load(db, board, err);
	sqlite_close(&db);
	return ok;
}

bool
store_save_sticky(struct store *s, const struct sticky *table,
    const size_t *pages, size_t count, struct err *err)
{
	return sticky_rows_save(s->local, s->rollout, table, pages, count, err);
}

bool
store_load_sticky(struct store *s, struct sticky *table, struct err *err)
{
	return sticky_rows_load(s->local, s->rollout, table, err);
}

bool
store_forget_sticky(struct store *s, struct err *err)
{
	return sticky_rows_forget(s->local, s->rollout, err);
}

size_t
store_events(struct store *s, struct log_entry *events, size_t max)
{
	return local_events(s->local, s->rollout, events, max);
}
