/* Several rollouts in one PostgreSQL: each goes up, comes back and wins or loses
 * by itself, and older instances know of the main one alone.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/local.h"
#include "store/remote.h"
#include "store/schema.h"
#include "support.h"

#define COUNT 3
static const char *const names[COUNT] = { "", "chat", "chat (second)" };

/* Two instances with a file each. */
enum { HERE = 0, THERE, INSTANCES };
static const char *url;
static struct pg *pg;
static struct settings settings[INSTANCES];
static sqlite3 *files[INSTANCES];
static struct store *stores[INSTANCES][COUNT];

static void
start(void)
{
	struct err err = { "" };

	support_start();
	url = fresh_database();
	pg = pg_connect(url);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	for (int i = 0; i < INSTANCES; i++) {
		settings[i] = postgres_settings(url);
		if (i == THERE)
			settings[i].spool = (char *)in_dir("there.db");
		for (int n = 0; n < COUNT; n++)
			cr_assert(store_open_rollout(&settings[i], names[n],
			    &stores[i][n], &err), "%s", err.text);
		cr_assert(local_open(settings[i].spool, SQLITE_BULK, &files[i],
		    &err));
	}
}

static void
stop(void)
{
	for (int i = 0; i < INSTANCES; i++) {
		sqlite_close(&files[i]);
		for (int n = 0; n < COUNT; n++)
			store_close(&stores[i][n]);
	}
	pg_close(&pg);
	support_stop();
}

TestSuite(remote_rollouts, .init = start, .fini = stop);

static void
carry(int instance)
{
	struct err err = { "" };
	bool more = true;

	while (more)
		cr_assert(remote_carry(pg, files[instance],
		    instance == HERE ? "here" : "there", &more, &err), "%s",
		    err.text);
}

/* override may be NULL. */
static void
save(struct store *s, uint64_t epoch, const char *stage,
    const struct override_change *override)
{
	struct rollout_state state = { .epoch = epoch, .enabled = true,
		.actor = "guard", .changed_us = INT64_C(1767225600000042) };
	struct log_entry e = { .ts_us = INT64_C(1767225600000042),
		.epoch = epoch, .kind = "stage", .actor = "guard" };
	struct err err = { "" };

	strcpy(state.stage, stage);
	cr_assert(override == NULL ? store_save(s, &state, &e, &err) :
	    store_save_override(s, override, &state, &e, &err), "%s", err.text);
}

static void
expect_remote(struct store *s, uint64_t epoch, const char *stage)
{
	struct rollout_state got = { .epoch = 0 };
	struct err err = { "" };
	bool found = false;

	cr_assert(store_load_remote_state(s, 5000, &got, &found, &err), "%s",
	    err.text);
	cr_expect_eq(found, epoch > 0, "\"%s\"", store_rollout(s));
	cr_expect_eq(got.epoch, epoch, "\"%s\"", store_rollout(s));
	cr_expect_str_eq(got.stage, stage, "\"%s\"", store_rollout(s));
}

Test(remote_rollouts, each_state_goes_up_and_comes_back)
{
	expect_remote(stores[THERE][1], 0, "");
	/* The main one last: its row is the same all the while. */
	save(stores[HERE][1], 5, "one", NULL);
	save(stores[HERE][2], 3, "two", NULL);
	carry(HERE);
	expect_remote(stores[THERE][0], 0, "");
	save(stores[HERE][0], 4, "main", NULL);
	carry(HERE);
	expect_remote(stores[THERE][0], 4, "main");
	expect_remote(stores[THERE][1], 5, "one");
	expect_remote(stores[THERE][2], 3, "two");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events WHERE"
	    " rollout = (ARRAY['chat', 'chat (second)', ''])[local_id]"), 3);
	cr_expect_eq(pg_count(url, "SELECT id FROM rollout_state"
	    " WHERE rollout = ''"), 1);
}

Test(remote_rollouts, the_highest_epoch_of_each_wins)
{
	save(stores[HERE][1], 5, "new", NULL);
	save(stores[HERE][2], 2, "old", NULL);
	carry(HERE);
	save(stores[THERE][1], 4, "old", NULL);
	save(stores[THERE][2], 3, "new", NULL);
	save(stores[THERE][0], 1, "new", NULL);
	carry(THERE);
	expect_remote(stores[HERE][0], 1, "new");
	expect_remote(stores[HERE][1], 5, "new");
	expect_remote(stores[HERE][2], 3, "new");
}

static void
expect_override(struct store *s, const char *user, bool want)
{
	struct user_overrides *o = user_overrides_new();
	struct err err = { "" };
	enum version v;

	cr_assert(store_load_overrides(s, o, &err), "%s", err.text);
	cr_expect_eq(user_overrides_get(o, user, strlen(user), &v, NULL), want,
	    "%s of \"%s\"", user, store_rollout(s));
	user_overrides_unref(&o);
}

#define PUT(who) (&(struct override_change){ .user = who, \
	.version = VERSION_ENHANCED })
#define TAKE(who) (&(struct override_change){ .user = who, .remove = true })

Test(remote_rollouts, each_has_its_overrides)
{
	save(stores[HERE][0], 1, "s", PUT("alice"));
	save(stores[HERE][1], 1, "s", PUT("alice"));
	save(stores[HERE][1], 2, "s", PUT("bob"));
	save(stores[HERE][2], 1, "s", NULL);
	carry(HERE);
	/* one after the other, each by itself */
	expect_remote(stores[THERE][1], 2, "s");
	expect_override(stores[THERE][1], "alice", true);
	expect_override(stores[THERE][1], "bob", true);
	expect_override(stores[THERE][0], "alice", false);
	expect_remote(stores[THERE][0], 1, "s");
	expect_remote(stores[THERE][2], 1, "s");
	expect_override(stores[THERE][0], "alice", true);
	expect_override(stores[THERE][0], "bob", false);
	expect_override(stores[THERE][1], "bob", true);
	expect_override(stores[THERE][2], "alice", false);
	save(stores[THERE][1], 3, "s", TAKE("alice"));
	carry(THERE);
	for (int n = 0; n < COUNT; n++)
		expect_remote(stores[HERE][n], n == 1 ? 3 : 1, "s");
	expect_override(stores[HERE][0], "alice", true);
	expect_override(stores[HERE][1], "alice", false);
	expect_override(stores[HERE][1], "bob", true);
}

static void
read_marks(char marks[COUNT][REMOTE_MARK_MAX])
{
	struct remote_state *states = NULL;
	struct err err = { "" };
	size_t count = 0;

	cr_assert(remote_load_states(pg, &states, &count, &err), "%s", err.text);
	cr_expect_eq(count, COUNT);
	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < COUNT; n++)
			if (strcmp(states[i].rollout, names[n]) == 0)
				memcpy(marks[n], states[i].mark, REMOTE_MARK_MAX);
	free(states);
}

Test(remote_rollouts, a_mark_changes_with_the_rollouts_own_overrides)
{
	char before[COUNT][REMOTE_MARK_MAX], after[COUNT][REMOTE_MARK_MAX];

	for (int n = 0; n < COUNT; n++)
		save(stores[HERE][n], 1, "s", PUT("alice"));
	carry(HERE);
	read_marks(before);
	save(stores[HERE][1], 2, "s", PUT("bob"));
	carry(HERE);
	read_marks(after);
	cr_expect_str_eq(before[0], after[0]);
	cr_expect_str_neq(before[1], after[1]);
	cr_expect_str_eq(before[2], after[2]);
}

/* What an older instance goes on saying to the connection it has. */
static const char *const old_words[] = {
	"INSERT INTO rollout_state AS s (id, epoch, stage, percent, shadow,"
	" enabled, latched, reason, actor, changed, config_mark) VALUES (1, 9,"
	" 'old', 0, 0, true, false, '', '', now(), 0) ON CONFLICT (id) DO UPDATE"
	" SET epoch = excluded.epoch, stage = excluded.stage"
	" WHERE s.epoch < excluded.epoch",
	"INSERT INTO rollout_events (instance, local_id, ts, epoch, kind, actor,"
	" from_value, to_value, reason) VALUES ('old', 1, now(), 9, 'stage', '',"
	" '', '', '') ON CONFLICT (instance, local_id) DO NOTHING",
	"INSERT INTO overrides AS o (user_id, version, epoch, ts, actor, reason)"
	" VALUES ('bob', 'enhanced', 9, now(), '', '') ON CONFLICT (user_id)"
	" DO UPDATE SET version = excluded.version WHERE o.epoch <="
	" excluded.epoch",
	"DELETE FROM overrides WHERE user_id = 'alice' AND epoch <= 9",
};

/* With no rollout there yet, and with all. */
Test(remote_rollouts, older_instances_are_about_the_main_one)
{
	for (int before = 0; before < 2; before++) {
		struct err err = { "" };

		for (int n = 0; before > 0 && n < COUNT; n++)
			save(stores[HERE][n], 2, "new", PUT("alice"));
		carry(HERE);
		for (size_t i = 0; i < COUNT_OF(old_words); i++)
			cr_assert(pg_exec(pg, old_words[i], &err), "%s",
			    err.text);
		expect_remote(stores[HERE][0], 9, "old");
		expect_override(stores[HERE][0], "alice", false);
		expect_override(stores[HERE][0], "bob", true);
	}
	for (int n = 1; n < COUNT; n++) {
		expect_remote(stores[HERE][n], 2, "new");
		expect_override(stores[HERE][n], "alice", true);
		expect_override(stores[HERE][n], "bob", false);
	}
	cr_expect_eq(pg_count(url, "SELECT epoch FROM rollout_state"
	    " WHERE id = 1"), 9, "the row that it reads");
}

/* --- by the carriers of two instances ------------------------------------------ */

static struct recorder *
recording(int instance)
{
	struct recorder *r = NULL;
	struct err err = { "" };

	cr_assert(recorder_start(&settings[instance], NULL, &r, &err), "%s",
	    err.text);
	return r;
}

Test(remote_rollouts, another_instance_is_told_of_each)
{
	struct recorder *here = recording(HERE), *there = recording(THERE);
	struct rollout_state seen;

	save(stores[HERE][1], 7, "one", PUT("alice"));
	save(stores[HERE][2], 8, "two", NULL);
	recorder_poke(here);
	cr_assert(WAIT_FOR(recorder_remote_state(there, "chat (second)", 0,
	    &seen)));
	cr_expect_str_eq(seen.stage, "two");
	cr_assert(WAIT_FOR(recorder_remote_state(there, "chat", 6, &seen)));
	cr_expect_str_eq(seen.stage, "one");
	cr_expect_not(recorder_remote_state(there, "chat", 7, &seen));
	cr_expect_not(recorder_remote_state(there, "", 0, &seen));
	cr_expect_not(recorder_took_overrides(there, ""));
	cr_expect(recorder_took_overrides(there, "chat"));
	cr_expect_not(recorder_took_overrides(there, "chat"));
	expect_override(stores[THERE][1], "alice", true);
	expect_override(stores[THERE][0], "alice", false);
	/* and one that comes later, above what is known already */
	save(stores[HERE][0], 1, "main", NULL);
	save(stores[HERE][1], 9, "on", PUT("bob"));
	recorder_poke(here);
	cr_assert(WAIT_FOR(recorder_remote_state(there, "", 0, &seen)));
	cr_expect_str_eq(seen.stage, "main");
	cr_assert(WAIT_FOR(recorder_remote_state(there, "chat", 8, &seen)));
	cr_expect(recorder_took_overrides(there, "chat"));
	expect_override(stores[THERE][1], "bob", true);
	recorder_stop(&here, 1000);
	recorder_stop(&there, 1000);
}
