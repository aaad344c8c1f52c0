/* Several rollouts in one local file do not see each other.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "store/local.h"
#include "store/schema.h"
#include "support.h"

TestSuite(rollouts, .init = support_start, .fini = support_stop);

#define COUNT 3
/* Names that begin alike. */
static const char *const names[COUNT] = { "", "chat", "chat (second)" };
static struct settings settings;
static struct store *stores[COUNT];

static void
open_all(void)
{
	struct err err = { "" };

	cr_assert(store_open(&settings, &stores[0], &err), "%s", err.text);
	for (int i = 1; i < COUNT; i++)
		cr_assert(store_open_rollout(&settings, names[i], &stores[i],
		    &err), "%s", err.text);
}

static void
close_all(void)
{
	for (int i = 0; i < COUNT; i++)
		store_close(&stores[i]);
}

static void
open_sqlite(void)
{
	settings = sqlite_settings();
	open_all();
}

static void
reopen_all(void)
{
	close_all();
	open_all();
}

static struct rollout_state
make_state(unsigned n)
{
	struct rollout_state s = { .epoch = 10 + n, .percent = 1000 * n,
		.enabled = true, .latched = n == 1, .actor = "guard" };

	snprintf(s.stage, sizeof s.stage, "stage-%u", n);
	return s;
}

static struct log_entry
make_event(unsigned n, const char *kind)
{
	struct log_entry e = { .ts_us = INT64_C(1767225600000000),
		.epoch = 10 + n, .actor = "guard", .reason = "r" };

	snprintf(e.kind, sizeof e.kind, "%s", kind);
	return e;
}

static void
save(unsigned n)
{
	struct rollout_state state = make_state(n);
	struct log_entry e = make_event(n, "stage");
	struct err err = { "" };

	cr_assert(store_save(stores[n], &state, &e, &err), "%s", err.text);
	cr_expect_str_eq(e.rollout, names[n]);
}

static void
expect_state(unsigned n)
{
	struct rollout_state want = make_state(n), got;
	struct err err = { "" };
	bool found = false;

	cr_assert(store_load_state(stores[n], &got, &found, &err) && found,
	    "%u: %s", n, err.text);
	cr_expect_str_eq(got.stage, want.stage);
	cr_expect_eq(got.epoch, want.epoch);
	cr_expect_eq(got.percent, want.percent);
	cr_expect_eq(got.latched, want.latched, "%u", n);
}

static void
expect_nothing(unsigned n)
{
	struct rollout_state got;
	struct log_entry e;
	struct err err = { "" };
	bool found = true;

	cr_assert(store_load_state(stores[n], &got, &found, &err));
	cr_expect_not(found, "%u", n);
	cr_expect_eq(store_events(stores[n], &e, 1), 0, "%u", n);
}

/* Whichever is written first. */
static const unsigned orders[][COUNT] = { { 0, 1, 2 }, { 2, 1, 0 },
	{ 1, 0, 2 } };

Test(rollouts, each_has_its_state_and_events)
{
	for (size_t o = 0; o < COUNT_OF(orders); o++) {
		struct log_entry events[4];
		static const char *const files[] = { "a.db", "b.db", "c.db" };
		const char *path = in_dir(files[o]);
		char text[300];

		snprintf(text, sizeof text, "sqlite:%s", path);
		settings = sqlite_settings();
		settings.store = text;
		open_all();
		for (unsigned i = 0; i < COUNT; i++) {
			expect_nothing(orders[o][i]);
			save(orders[o][i]);
			save(orders[o][i]); /* instead of itself alone */
		}
		reopen_all();
		for (unsigned n = 0; n < COUNT; n++) {
			expect_state(n);
			cr_assert_eq(store_events(stores[n], events, 4), 2);
			cr_expect_str_eq(events[0].rollout, names[n]);
			cr_expect_eq(events[1].epoch, 10 + n);
			cr_expect_str_eq(store_rollout(stores[n]), names[n]);
		}
		cr_expect_eq(sqlite_count(path, "SELECT id FROM rollout_state"
		    " WHERE rollout = ''"), 1, "the row of old programs");
		close_all();
	}
}

static void
save_override(unsigned n, struct override_change c)
{
	struct log_entry e = make_event(n, "override");
	struct err err = { "" };

	cr_assert(store_save_override(stores[n], &c, NULL, &e, &err), "%s",
	    err.text);
}

/* "user:version ..." of alice, bob, and the one that is called beta. */
static void
expect_overrides(unsigned n, const char *want)
{
	static const char *const users[] = { "alice", "b\xf6\x62" };
	struct user_overrides *o = user_overrides_new();
	const struct named_override *named;
	struct err err = { "" };
	char got[100] = "";
	enum version v;

	cr_assert(store_load_overrides(stores[n], o, &err), "%s", err.text);
	for (size_t i = 0; i < COUNT_OF(users); i++)
		if (user_overrides_get(o, users[i], strlen(users[i]), &v, NULL))
			strcat(strcat(got, users[i]), v == VERSION_LEGACY ?
			    ":legacy " : ":enhanced ");
	named = user_overrides_named(o, "beta");
	if (named != NULL)
		strcat(got, named->criterion);
	user_overrides_unref(&o);
	cr_expect_str_eq(got, want, "%u: %s", n, got);
}

#define PUT(who, v) ((struct override_change){ .user = who, .version = v })
#define TAKE(who) ((struct override_change){ .user = who, .remove = true })
#define NAMED(json) ((struct override_change){ .name = "beta", \
	.criterion = json, .version = VERSION_ENHANCED })

Test(rollouts, each_has_its_overrides)
{
	open_sqlite();
	save_override(0, PUT("alice", VERSION_ENHANCED));
	save_override(1, PUT("alice", VERSION_LEGACY));
	save_override(1, PUT("b\xf6\x62", VERSION_ENHANCED));
	save_override(1, NAMED("{\"header\":\"x-a\"}"));
	save_override(2, NAMED("{\"header\":\"x-b\"}"));
	reopen_all();
	expect_overrides(0, "alice:enhanced ");
	expect_overrides(1,
	    "alice:legacy b\xf6\x62:enhanced {\"header\":\"x-a\"}");
	expect_overrides(2, "{\"header\":\"x-b\"}");
	save_override(0, TAKE("alice"));
	save_override(2, (struct override_change){ .name = "beta",
	    .remove = true });
	save_override(2, TAKE("alice"));
	expect_overrides(0, "");
	expect_overrides(1,
	    "alice:legacy b\xf6\x62:enhanced {\"header\":\"x-a\"}");
	expect_overrides(2, "");
	save_override(1, TAKE("alice"));
	expect_overrides(1, "b\xf6\x62:enhanced {\"header\":\"x-a\"}");
	close_all();
}

Test(rollouts, each_has_its_numbers)
{
	struct err err = { "" };
	int64_t got = -1;

	open_sqlite();
	for (int n = 0; n < COUNT; n++)
		cr_assert(store_set_number(stores[n], "spent", 100 + n, &err));
	reopen_all();
	for (int n = 0; n < COUNT; n++) {
		cr_assert(store_number(stores[n], "spent", &got, &err));
		cr_expect_eq(got, 100 + n);
		cr_assert(store_number(stores[n], "other", &got, &err));
		cr_expect_eq(got, 0);
	}
	close_all();
}

static double
start_of(unsigned n)
{
	struct stage_start rows[STAGE_STARTS_MAX];
	struct err err = { "" };
	size_t count = 0;

	cr_assert(store_load_starts(stores[n], 7, rows, &count, &err), "%s",
	    err.text);
	return count == 1 ? rows[0].value : -1;
}

Test(rollouts, each_has_its_stage_starts)
{
	struct stage_start row = { "error_rate", VERSION_LEGACY, 0, 10, 1 };
	struct err err = { "" };

	open_sqlite();
	for (int n = 0; n < COUNT; n++) {
		row.value = n + 0.5;
		cr_assert(store_save_starts(stores[n], 7, &row, 1, &err), "%s",
		    err.text);
	}
	reopen_all();
	for (unsigned n = 0; n < COUNT; n++)
		cr_expect_float_eq(start_of(n), n + 0.5, 1e-9);
	cr_assert(store_save_starts(stores[1], 7, &row, 0, &err));
	cr_expect_float_eq(start_of(0), 0.5, 1e-9);
	cr_expect_float_eq(start_of(1), -1, 1e-9);
	cr_expect_float_eq(start_of(2), 2.5, 1e-9);
	close_all();
}

/* The version that the rollout's file has for the session; -1: none. */
static int
kept_version(unsigned n)
{
	struct sticky *s = sticky_new();
	struct err err = { "" };
	enum version v = VERSION_COUNT;
	bool found;

	sticky_make_room(s, 100, 42);
	cr_assert(store_load_sticky(stores[n], s, &err), "%s", err.text);
	found = sticky_find(s, "session", 7, 60000, 1000000, &v);
	sticky_free(&s);
	return found ? (int)v : -1;
}

static void
keep_version(unsigned n, enum version v)
{
	struct sticky *s = sticky_new();
	size_t pages[64], count;
	struct err err = { "" };

	sticky_make_room(s, 100, 42);
	sticky_keep(s, "session", 7, 60000, 1000000, v);
	count = sticky_pages(s);
	cr_assert(count <= COUNT_OF(pages));
	for (size_t i = 0; i < count; i++)
		pages[i] = i;
	/* twice: a page is written over and over */
	for (int i = 0; i < 2; i++)
		cr_assert(store_save_sticky(stores[n], s, pages, count, &err),
		    "%s", err.text);
	sticky_free(&s);
}

Test(rollouts, each_has_its_sessions)
{
	struct err err = { "" };

	open_sqlite();
	keep_version(0, VERSION_LEGACY);
	keep_version(1, VERSION_ENHANCED);
	reopen_all();
	cr_expect_eq(kept_version(0), VERSION_LEGACY);
	cr_expect_eq(kept_version(1), VERSION_ENHANCED);
	cr_expect_eq(kept_version(2), -1);
	cr_assert(store_forget_sticky(stores[1], &err));
	cr_expect_eq(kept_version(0), VERSION_LEGACY);
	cr_expect_eq(kept_version(1), -1);
	close_all();
}

Test(rollouts, in_memory_they_share_nothing)
{
	settings = (struct settings){ .store = (char *)"none" };
	open_all();
	save(1);
	expect_state(1);
	expect_nothing(0);
	expect_nothing(2);
	close_all();
}

static const struct {
	const char *why, *name;
	bool ok;
} wanted[] = {
	{ "63 bytes", "123456789012345678901234567890123456789012345678901234567890"
	    "123", true },
	{ "64 bytes", "123456789012345678901234567890123456789012345678901234567890"
	    "1234", false },
	{ "the byte that ends it in the tables", "a\x1e", false },
	{ "a line", "a\n", false },
	{ "quotes", "it's \"a\" name", true },
};

Test(rollouts, a_name_that_the_tables_cannot_hold_is_refused)
{
	settings = sqlite_settings();
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		struct store *s = NULL;
		struct err err = { "" };

		cr_expect_eq(store_open_rollout(&settings, wanted[i].name, &s,
		    &err), wanted[i].ok, "%s: %s", wanted[i].why, err.text);
		store_close(&s);
	}
}

/* --- a file that knew of one ------------------------------------------------- */

/* As the program before this one wrote it. */
static const char *const old_rows[] = {
	"INSERT OR REPLACE INTO rollout_state (id, epoch, stage, percent, shadow,"
	" enabled, latched, reason, actor, changed, config_mark, paused,"
	" stage_since) VALUES (1, 10, 'stage-0', 0, 0, 1, 0, '', 'guard',"
	" '2026-01-01T00:00:00.000000Z', 0, 0, '2026-01-01T00:00:00.000000Z')",
	"INSERT INTO rollout_events (ts, epoch, kind, actor, from_value, to_value,"
	" reason) VALUES ('2026-01-01T00:00:00.000000Z', 10, 'stage', 'guard',"
	" '', '', 'r')",
	"INSERT OR REPLACE INTO overrides (user_id, version, epoch, ts, actor,"
	" reason) VALUES ('alice', 'enhanced', 10,"
	" '2026-01-01T00:00:00.000000Z', 'guard', 'r')",
	"INSERT OR REPLACE INTO stage_starts (key, stage_since, version, value, n,"
	" events) VALUES ('k', '1970-01-01T00:00:00.000007Z', 'legacy', 0.5, 1,"
	" 1)",
	"INSERT OR REPLACE INTO sticky (page, words) VALUES (5, x'00')",
	"INSERT OR REPLACE INTO local (key, value) VALUES ('spent', '100')",
};

static void
expect_old_rows(unsigned n, bool there)
{
	struct rollout_state state;
	struct log_entry e;
	struct err err = { "" };
	bool found = !there;
	int64_t spent = -1;

	cr_assert(store_load_state(stores[n], &state, &found, &err));
	cr_expect_eq(found, there, "%u", n);
	if (found)
		expect_state(n);
	cr_expect_eq(store_events(stores[n], &e, 1), there, "%u", n);
	expect_overrides(n, there ? "alice:enhanced " : "");
	cr_expect_float_eq(start_of(n), there ? 0.5 : -1, 1e-9);
	cr_assert(store_number(stores[n], "spent", &spent, &err));
	cr_expect_eq(spent, there ? 100 : 0);
}

/* A file of the version before; and one that a process which is about to be
 * replaced goes on writing to. */
Test(rollouts, what_older_programs_write_is_the_main_ones)
{
	for (unsigned applied = 6; applied <= schema_local.count; applied++) {
		const char *path = in_dir(applied == 6 ? "old.db" : "both.db");
		struct schema old = schema_local;
		sqlite3 *db = NULL;
		struct err err = { "" };
		char text[300];

		old.count = applied;
		snprintf(text, sizeof text, "sqlite:%s", path);
		settings = sqlite_settings();
		settings.store = text;
		cr_assert(sqlite_open(path, SQLITE_BULK, &db, &err) &&
		    schema_apply_sqlite(db, &old, NULL, &err), "%s", err.text);
		for (size_t i = 0; i < COUNT_OF(old_rows); i++)
			cr_assert(sqlite_exec(db, old_rows[i], &err), "%s",
			    err.text);
		sqlite_close(&db);
		open_all();
		for (unsigned n = 0; n < COUNT; n++)
			expect_old_rows(n, n == 0);
		cr_expect_eq(sqlite_count(path, "SELECT count(*) FROM sticky"
		    " WHERE page = 5 AND rollout = ''"), 1);
		close_all();
	}
}
