/* What was learned of noise is the same after a restart.
 * SPDX-License-Identifier: MIT
 */
#include "store/noise_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/local.h"
#include "store/store.h"
#include "support.h"

TestSuite(noise_rows, .init = support_start, .fini = support_stop);

static sqlite3 *
opened(void)
{
	struct err err = { "" };
	sqlite3 *db = NULL;

	cr_assert(local_open(in_dir("a.db"), SQLITE_DURABLE, &db, &err), "%s",
	    err.text);
	return db;
}

static void
learn(struct noise_board *b, const char *path, bool is_text, unsigned pairs)
{
	struct sighting s = { .place = { .kind = DIFF_VALUE,
		.is_text = is_text }, .enhanced = true, .control = true };

	snprintf(s.place.path, sizeof s.place.path, "%s", path);
	for (unsigned i = 0; i < pairs; i++) {
		s.enhanced_likeness = s.control_likeness = i % 30 / 100.0 + 0.5;
		noise_learn(b, "/v1/*", &s, 1, 1700000000000000 + i);
	}
}

/* Field by field: what lies between the fields is nobody's. */
static void
expect_same(const struct noise_row *got, const struct noise_row *want)
{
	const char *path = want->place.path;

	cr_expect_str_eq(got->route, want->route, "%s", path);
	cr_expect_str_eq(got->place.path, path);
	cr_expect_eq(got->place.kind, want->place.kind, "%s", path);
	cr_expect_eq(got->place.is_text, want->place.is_text, "%s", path);
	cr_expect_eq(got->pairs, want->pairs, "%s", path);
	cr_expect_eq(memcmp(&got->seen, &want->seen, sizeof want->seen), 0,
	    "%s", path);
	cr_expect_eq(memcmp(&got->likeness, &want->likeness,
	    sizeof want->likeness), 0, "%s", path);
	cr_expect_eq(got->first_us, want->first_us, "%s", path);
	cr_expect_eq(got->last_us, want->last_us, "%s", path);
	cr_expect_eq(got->state, want->state, "%s", path);
	cr_expect_eq(got->floor.known, want->floor.known, "%s", path);
	cr_expect_eq(got->floor.floor, want->floor.floor, "%s", path);
	cr_expect_eq(got->floor.bottom, want->floor.bottom, "%s", path);
}

Test(noise_rows, are_read_as_they_were_written)
{
	struct noise_board *b = noise_board_new(), *again = noise_board_new();
	struct noise_row rows[4], row;
	struct err err = { "" };
	sqlite3 *db = opened();
	size_t count;

	learn(b, "/id", false, 30);
	learn(b, "/a \"quoted\" 'name'", false, 5000);
	learn(b, "/text", true, 700);
	count = noise_take_changed(b, rows, 4);
	cr_assert_eq(count, 3);
	cr_assert(noise_rows_save(db, rows, count, &err), "%s", err.text);
	cr_assert(noise_rows_save(db, rows, 1, &err), "%s", err.text);
	sqlite_close(&db);
	db = opened();
	cr_assert(noise_rows_load(db, again, &err), "%s", err.text);
	for (size_t i = 0; i < count; i++) {
		cr_assert(noise_find(again, rows[i].route, &rows[i].place, &row),
		    "%s", rows[i].place.path);
		expect_same(&row, &rows[i]);
		cr_expect(row.place.is_text ? row.floor.known :
		    row.state == NOISE_YES);
	}
	cr_expect_eq(noise_take_changed(again, rows, 4), 0);
	sqlite_close(&db);
	noise_board_free(&again);
	noise_board_free(&b);
}

/* Somebody wrote into the file, or a newer program did. */
Test(noise_rows, damage_is_passed_over)
{
	static const char *const rows[] = {
		"INSERT INTO noise VALUES ('', '/a', 'odd', 0, 1, 1, 1, 1, '',"
		" '', '')",
		"INSERT INTO noise VALUES ('', '/b', 'value', 0, -5, -1, 40, 2,"
		" 'x', 'no time', '')",
		"INSERT INTO noise VALUES ('', '/c', 'value', 1, 9, 0, 0, 0,"
		" '50:7 999:3 4:4', '', '')",
		"INSERT INTO noise VALUES ('', '/d', 'value', 1, 9, 0, 0, 0,"
		" '50:4294967295 51:4294967295', '', '')",
	};
	struct noise_board *b = noise_board_new();
	struct noise_row found[8];
	struct err err = { "" };
	sqlite3 *db = opened();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_assert(sqlite_exec(db, rows[i], &err), "%s", err.text);
	cr_assert(noise_rows_load(db, b, &err), "%s", err.text);
	cr_assert_eq(noise_top(b, found, 8), 3, "a kind nobody knows");
	cr_expect_str_eq(found[0].place.path, "/b");
	cr_expect_eq(found[0].seen.first_only, 0);
	cr_expect_eq(found[0].seen.second_only, 40);
	cr_expect_str_eq(found[1].place.path, "/c");
	cr_expect_eq(found[1].likeness.total, 7);
	cr_expect_eq(found[2].likeness.total, UINT32_MAX);
	sqlite_close(&db);
	noise_board_free(&b);
}

Test(noise_rows, a_write_that_fails_writes_nothing)
{
	struct noise_board *b = noise_board_new();
	struct noise_row rows[2];
	struct err err = { "" };
	sqlite3 *db = opened();

	learn(b, "/a", false, 1);
	learn(b, "/b", false, 1);
	cr_assert_eq(noise_take_changed(b, rows, 2), 2);
	cr_assert(sqlite_exec(db, "CREATE TRIGGER t BEFORE INSERT ON noise"
	    " WHEN new.path = '/b' BEGIN SELECT raise(FAIL, 'full'); END", &err));
	cr_expect_not(noise_rows_save(db, rows, 2, &err));
	cr_expect(strstr(err.text, "full") != NULL, "%s", err.text);
	cr_expect_eq(sqlite_count(in_dir("a.db"), "SELECT count(*) FROM noise"),
	    0);
	sqlite_close(&db);
	noise_board_free(&b);
}

/* As `understudy rejudge` does, while somebody else has the file open. */
Test(noise_rows, are_read_beside_who_writes_them)
{
	struct noise_board *b = noise_board_new(), *other = noise_board_new();
	char *text = mem_printf("sqlite:%s", in_dir("a.db"));
	struct settings settings = { .store = text };
	struct noise_row rows[1];
	struct err err = { "" };
	sqlite3 *db = opened();

	learn(b, "/id", false, 30);
	cr_assert(noise_rows_save(db, rows, noise_take_changed(b, rows, 1),
	    &err));
	cr_expect(store_read_noise(&settings, other, &err), "%s", err.text);
	cr_expect_eq(noise_top(other, rows, 1), 1);
	sqlite_close(&db);
	free(text);
	text = mem_strdup(in_dir("a.db"));
	settings = (struct settings){ .store = (char *)"postgresql:///x",
		.spool = text };
	noise_board_free(&other);
	other = noise_board_new();
	cr_expect(store_read_noise(&settings, other, &err), "%s", err.text);
	cr_expect_eq(noise_top(other, rows, 1), 1);
	settings.store = (char *)"none";
	cr_expect(store_read_noise(&settings, other, &err));
	settings.store = (char *)"sqlite:/nowhere/x.db";
	cr_expect_not(store_read_noise(&settings, other, &err));
	cr_expect_not_null(strstr(err.text, "/nowhere/x.db"), "%s", err.text);
	free(text);
	noise_board_free(&b);
	noise_board_free(&other);
}
