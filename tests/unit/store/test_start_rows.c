/* The numbers at the stage's start are the same after a restart.
 * SPDX-License-Identifier: MIT
 */
#include "store/start_rows.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/compiler.h"
#include "store/local.h"
#include "support.h"

#define SINCE INT64_C(1767225600123456)

TestSuite(start_rows, .init = support_start, .fini = support_stop);

static sqlite3 *
opened(void)
{
	struct err err = { "" };
	sqlite3 *db = NULL;

	cr_assert(local_open(in_dir("a.db"), SQLITE_DURABLE, &db, &err), "%s",
	    err.text);
	return db;
}

static const struct stage_start rows[] = {
	{ "error_rate enhanced 60000ms", VERSION_ENHANCED, 0.0123456789, 1000, 12 },
	{ "took_p95 enhanced last 500", VERSION_LEGACY, 1234567.5, 499, 0 },
};

static size_t
load(sqlite3 *db, int64_t stage_us, struct stage_start *out, size_t max)
{
	struct err err = { "" };
	size_t count = 99;

	cr_assert(start_rows_load(db, "", stage_us, out, max, &count, &err), "%s",
	    err.text);
	return count;
}

Test(start_rows, are_read_as_they_were_written)
{
	struct stage_start got[4];
	struct err err = { "" };
	sqlite3 *db = opened();

	cr_expect_eq(load(db, SINCE, got, 4), 0);
	cr_assert(start_rows_save(db, "", SINCE, rows, 2, &err), "%s", err.text);
	sqlite_close(&db);
	db = opened();
	cr_assert_eq(load(db, SINCE, got, 4), 2);
	for (size_t i = 0; i < 2; i++) {
		cr_expect_str_eq(got[i].key, rows[i].key);
		cr_expect_eq(got[i].of, rows[i].of);
		cr_expect_float_eq(got[i].value, rows[i].value, 1e-12);
		cr_expect_eq(got[i].n, rows[i].n);
		cr_expect_eq(got[i].events, rows[i].events);
	}
	cr_expect_eq(load(db, SINCE, got, 1), 1, "no more than there is room for");
	cr_expect_eq(load(db, SINCE + 1, got, 4), 0, "of another beginning");
	cr_assert(start_rows_save(db, "", SINCE + 1, rows, 1, &err), "%s", err.text);
	cr_expect_eq(load(db, SINCE + 1, got, 4), 1, "instead of those before");
	cr_expect_eq(load(db, SINCE, got, 4), 0);
	sqlite_close(&db);
}

Test(start_rows, what_is_not_ours_is_left_out)
{
	struct stage_start got[4];
	struct err err = { "" };
	sqlite3 *db = opened();

	cr_assert(start_rows_save(db, "", SINCE, rows, 1, &err), "%s", err.text);
	cr_assert(sqlite_exec(db, "INSERT INTO stage_starts SELECT 'b',"
	    " stage_since, 'enhanced', 1, -1, 0, '' FROM stage_starts;"
	    "INSERT INTO stage_starts SELECT hex(zeroblob(90)), stage_since,"
	    " 'enhanced', 1, 1, 0, '' FROM stage_starts LIMIT 1", &err), "%s", err.text);
	cr_expect_eq(load(db, SINCE, got, 4), 1);
	sqlite_close(&db);
}
