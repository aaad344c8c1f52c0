/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/local.h"
#include "store/remote.h"
#include "store/schema.h"
#include "support.h"

TestSuite(schema, .init = support_start, .fini = support_stop);
TestSuite(schema_postgres, .init = support_start, .fini = support_stop);

static sqlite3 *
opened(const char *path)
{
	sqlite3 *db = NULL;
	struct err err = { "" };

	cr_assert(sqlite_open(path, SQLITE_BULK, &db, &err), "%s", err.text);
	return db;
}

/* "schema records: version 0 -> 4", as far as this program knows. */
static bool
is_said(const struct buf *said, const struct schema *schema, bool from_nothing)
{
	unsigned newest = schema->migrations[schema->count - 1].version;
	char line[80];

	snprintf(line, sizeof line, "%s%s: version %u -> %u\n",
	    schema == &schema_postgres ? "postgresql: " : "schema ",
	    schema == &schema_postgres ? "schema" : schema->part,
	    from_nothing ? 0 : newest, newest);
	return strstr(said->bytes, line) != NULL;
}

Test(schema, is_created_once_and_stays)
{
	const char *path = in_dir("a.db");
	sqlite3 *db = opened(path);
	struct buf said = { 0 };
	struct err err = { "" };

	for (int i = 0; i < 2; i++)
		cr_assert(schema_apply_sqlite(db, &schema_local, &said, &err) &&
		    schema_apply_sqlite(db, &schema_records, &said, &err),
		    "%s", err.text);
	sqlite_close(&db);
	cr_expect(is_said(&said, &schema_records, true));
	cr_expect(is_said(&said, &schema_records, false));
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM schema_version"),
	    (int64_t)(schema_local.count + schema_records.count));
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM sqlite_master"
	    " WHERE type = 'view'"), 19);
	buf_fini(&said);
}

Test(schema, a_newer_one_is_refused)
{
	const char *path = in_dir("a.db");
	sqlite3 *db = opened(path);
	struct err err = { "" };

	cr_assert(schema_apply_sqlite(db, &schema_local, NULL, &err));
	cr_assert(sqlite_exec(db, "INSERT INTO schema_version VALUES"
	    " ('local', 99, 'now')", &err));
	cr_expect_not(schema_apply_sqlite(db, &schema_local, NULL, &err));
	cr_expect(strstr(err.text, "newer understudy"), "%s", err.text);
	sqlite_close(&db);
}

Test(schema, a_failed_migration_leaves_nothing)
{
	static const char *const sql[] = { "CREATE TABLE good (a)", "CREATE oops",
		NULL };
	static const struct migration bad[] = { { 1, "bad", sql } };
	static const struct schema broken = { "broken", bad, 1 };
	const char *path = in_dir("a.db");
	sqlite3 *db = opened(path);
	struct err err = { "" };

	cr_expect_not(schema_apply_sqlite(db, &broken, NULL, &err));
	cr_expect(strstr(err.text, "syntax error"), "%s", err.text);
	sqlite_close(&db);
	cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM sqlite_master"), 0);
}

Test(schema, an_unreachable_file_says_why)
{
	sqlite3 *db = NULL;
	struct err err = { "" };

	cr_expect_not(sqlite_open("/nonexistent/a.db", SQLITE_BULK, &db, &err));
	cr_expect_str_eq(err.text,
	    "/nonexistent/a.db: open: No such file or directory");
}

Test(schema, a_file_that_is_no_database_says_so)
{
	const char *path = in_dir("a.db");
	sqlite3 *db = NULL;
	struct err err = { "" };
	FILE *f = fopen(path, "w");

	for (int i = 0; i < 100; i++)
		fputs("this is a text and not a database\n", f);
	fclose(f);
	cr_expect_not(sqlite_open(path, SQLITE_BULK, &db, &err));
	cr_expect(strstr(err.text, "not a database"), "%s", err.text);
}

static void
migrate(const struct settings *settings)
{
	struct buf said = { 0 };
	struct err err = { "" };

	cr_assert(store_migrate(settings, &said, &err), "%s", err.text);
	buf_fini(&said);
}

/* --- from every version on ---------------------------------------------------- */

/* Rows as an older program wrote them, and what must be there afterwards;
 * columns that came later have their defaults. */
static const char *const old_rows[] = {
	"INSERT INTO exchanges (ts, pair, leg, version, stage, epoch, decision,"
	" method, path, status, outcome, blame, failure, streamed, latency_us,"
	" request_bytes, response_bytes, user_hash, session_hash) VALUES"
	" ('2026-01-01T00:00:00.000000Z', 'p1', 'primary', 'legacy', 's', 1,"
	"  'bucket', 'GET', '/', 200, 'done', 'nobody', false, false, 1000, 0, 1,"
	"  'u', 's'),"
	" ('2026-01-01T00:00:00.000000Z', 'p1', 'shadow', 'enhanced', 's', 1,"
	"  'bucket', 'GET', '/', 500, 'upstream_5xx', 'upstream', true, false, 3000,"
	"  0, 1, 'v', 's')",
	"INSERT INTO comparisons (ts, pair, verdict, stage, epoch, method, path,"
	" legacy_status, enhanced_status, legacy_latency_us,"
	" enhanced_latency_us, differences) VALUES"
	" ('2026-01-01T00:00:00.000000Z', 'p1', 'different', 's', 1, 'GET', '/',"
	"  200, 500, 1000, 3000, 1)",
	"INSERT INTO differences (ts, pair, stage, field, kind, legacy, enhanced)"
	" VALUES ('2026-01-01T00:00:00.000000Z', 'p1', 's', 'status', 'value',"
	"  '200', '500')",
};

/* A row of each view, by version 1's tables. */
static const char *const old_answers[] = {
	"SELECT count(*) FROM exchanges WHERE session_hash = 's'"
	" AND latency_us >= 1000",
	"SELECT 2 * count(*) FROM comparisons WHERE verdict = 'different'",
	"SELECT count(*) FROM v_requests_by_version WHERE requests = 1",
	"SELECT 2 * count(*) FROM v_top_errors WHERE outcome = 'upstream_5xx'",
	"SELECT 2 * count(*) FROM v_differences_by_field WHERE field = 'status'"
	" AND pairs = 1",
	"SELECT 2 * count(*) FROM v_comparisons_by_verdict WHERE pairs = 1",
	"SELECT users FROM v_sessions_shared_overall WHERE session_hash = 's'",
	"SELECT sum(requests) FROM v_requests_by_rollout WHERE rollout IS NULL",
};

/* A latch of an older version's must hold in this one. */
static const char old_state[] =
    "INSERT INTO rollout_state (id, epoch, stage, percent, shadow, enabled,"
    " latched, reason, actor, changed, config_mark) VALUES (1, 7, 'half', 50,"
    " 20, true, true, 'r', 'guard', '2026-01-01T00:00:00.000000Z', 3)";

static void
expect_old_state(const struct rollout_state *s, bool found, size_t from)
{
	cr_expect(found && s->epoch == 7 && s->percent == 50000 &&
	    s->shadow == 20000 && s->enabled && s->latched &&
	    strcmp(s->stage, "half") == 0, "from %zu", from);
}

static void
grow_sqlite(const char *path, const struct schema *part, size_t from)
{
	struct schema old = *part;
	sqlite3 *db = opened(path);
	struct err err = { "" };

	old.count = from;
	cr_assert(schema_apply_sqlite(db, &old, NULL, &err), "%s", err.text);
	for (size_t i = 0; i < COUNT_OF(old_rows); i++)
		cr_assert(sqlite_exec(db, old_rows[i], &err), "%s", err.text);
	cr_assert(schema_apply_sqlite(db, part, NULL, &err), "%zu: %s", from,
	    err.text);
	sqlite_close(&db);
}

Test(schema, states_of_every_older_version_are_read)
{
	for (size_t from = 1; from <= schema_local.count; from++) {
		struct schema old = schema_local;
		char *name = mem_printf("from%zu.db", from);
		const char *path = in_dir(name);
		sqlite3 *db = opened(path);
		struct rollout_state state;
		struct err err = { "" };
		bool found = false;

		old.count = from;
		cr_assert(schema_apply_sqlite(db, &old, NULL, &err) &&
		    sqlite_exec(db, old_state, &err), "%s", err.text);
		cr_assert(schema_apply_sqlite(db, &schema_local, NULL, &err) &&
		    local_load_state(db, "", &state, &found, &err), "%s", err.text);
		expect_old_state(&state, found, from);
		sqlite_close(&db);
		free(name);
	}
}

Test(schema, rows_of_every_older_version_are_kept_and_answer)
{
	for (size_t from = 1; from <= schema_records.count; from++) {
		char *name = mem_printf("from%zu.db", from);
		const char *path = in_dir(name);

		grow_sqlite(path, &schema_records, from);
		for (size_t i = 0; i < COUNT_OF(old_answers); i++)
			cr_expect_eq(sqlite_count(path, old_answers[i]), 2,
			    "from %zu: %s", from, old_answers[i]);
		free(name);
	}
}

/* As a program that knew only the first so many would. */
static void
apply_first(struct pg *pg, size_t count)
{
	struct err err = { "" };

	cr_assert(pg_exec(pg, "CREATE TABLE schema_version (part text NOT NULL,"
	    " version integer NOT NULL, applied timestamptz NOT NULL"
	    " DEFAULT now(), PRIMARY KEY (part, version))", &err));
	for (size_t i = 0; i < count; i++) {
		const struct migration *m = &schema_postgres.migrations[i];
		char *done = mem_printf("INSERT INTO schema_version VALUES"
		    " ('store', %u)", m->version);

		for (const char *const *sql = m->sql; *sql != NULL; sql++)
			cr_assert(pg_exec(pg, *sql, &err), "%s", err.text);
		cr_assert(pg_exec(pg, done, &err), "%s", err.text);
		free(done);
	}
}

Test(schema_postgres, rows_of_every_older_version_are_kept_and_answer)
{
	for (size_t from = 1; from <= schema_postgres.count; from++) {
		const char *url = fresh_database();
		struct pg *pg = pg_connect(url);
		struct rollout_state state;
		struct err err = { "" };
		bool found = false;

		apply_first(pg, from);
		cr_assert(pg_exec(pg, old_state, &err), "%s", err.text);
		for (size_t i = 0; i < COUNT_OF(old_rows); i++)
			cr_assert(pg_exec(pg, old_rows[i], &err), "%s", err.text);
		cr_assert(schema_apply_postgres(pg, NULL, &err) &&
		    remote_load_state(pg, "", &state, &found, &err), "%zu: %s", from,
		    err.text);
		expect_old_state(&state, found, from);
		pg_close(&pg);
		for (size_t i = 0; i < COUNT_OF(old_answers); i++)
			cr_expect_eq(pg_count(url, old_answers[i]), 2,
			    "from %zu: %s", from, old_answers[i]);
	}
}

/* --- many at once ----------------------------------------------------------- */

#define STARTERS 6

static void *
start_sqlite(void *arg)
{
	struct settings *settings = arg;
	struct buf said = { 0 };
	struct err err = { "" };
	bool ok = store_migrate(settings, &said, &err);

	buf_fini(&said);
	return ok ? NULL : mem_strdup(err.text);
}

static void
start_many(struct settings *settings)
{
	pthread_t threads[STARTERS];

	for (int i = 0; i < STARTERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, start_sqlite,
		    settings), 0);
	for (int i = 0; i < STARTERS; i++) {
		void *fault = NULL;

		pthread_join(threads[i], &fault);
		cr_expect_null(fault, "%s", (char *)fault);
	}
}

Test(schema, several_may_start_at_once)
{
	struct settings settings = sqlite_settings();

	start_many(&settings);
	cr_expect_eq(sqlite_count(in_dir("store.db"),
	    "SELECT count(*) FROM schema_version"),
	    (int64_t)(schema_local.count + schema_records.count));
}

Test(schema_postgres, several_may_start_at_once)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);

	start_many(&settings);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM schema_version"),
	    (int64_t)schema_postgres.count);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM pg_views"
	    " WHERE schemaname = 'public'"), 19);
}

Test(schema_postgres, says_what_it_did)
{
	struct settings settings = postgres_settings(fresh_database());
	struct buf said = { 0 };
	struct err err = { "" };

	cr_assert(store_migrate(&settings, &said, &err), "%s", err.text);
	cr_expect(is_said(&said, &schema_postgres, true), "%s", said.bytes);
	buf_clear(&said);
	cr_assert(store_migrate(&settings, &said, &err), "%s", err.text);
	cr_expect(is_said(&said, &schema_postgres, false), "%s", said.bytes);
	buf_fini(&said);
}

/* A role that may write rows but not create tables is enough afterwards. */
Test(schema_postgres, an_up_to_date_schema_needs_no_rights)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct pg *pg = pg_connect(url);
	struct err err = { "" };

	migrate(&settings);
	cr_assert(pg_exec(pg, "CREATE ROLE r; GRANT SELECT ON schema_version"
	    " TO r; SET ROLE r", &err), "%s", err.text);
	cr_expect(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	cr_assert(pg_exec(pg, "RESET ROLE; DROP OWNED BY r; DROP ROLE r",
	    &err), "%s", err.text);
	pg_close(&pg);
}

Test(schema_postgres, a_newer_one_is_refused)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct pg *pg = pg_connect(url);
	struct err err = { "" };

	migrate(&settings);
	cr_assert(pg_exec(pg, "INSERT INTO schema_version VALUES ('store', 99)",
	    &err), "%s", err.text);
	cr_expect_not(schema_apply_postgres(pg, NULL, &err));
	cr_expect(strstr(err.text, "newer understudy"), "%s", err.text);
	pg_close(&pg);
}
