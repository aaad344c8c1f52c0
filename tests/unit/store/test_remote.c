/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/local.h"
#include "store/remote.h"
#include "store/schema.h"
#include "support.h"

static const char *url;
static struct pg *pg;
static struct settings settings;
static struct store *store;
static sqlite3 *local;

static void
start(void)
{
	struct err err = { "" };

	support_start();
	url = fresh_database();
	settings = postgres_settings(url);
	pg = pg_connect(url);
	cr_assert(schema_apply_postgres(pg, NULL, &err), "%s", err.text);
	cr_assert(store_open(&settings, &store, &err), "%s", err.text);
	cr_assert(local_open(settings.spool, SQLITE_BULK, &local, &err));
}

static void
stop(void)
{
	sqlite_close(&local);
	store_close(&store);
	pg_close(&pg);
	support_stop();
}

TestSuite(remote, .init = start, .fini = stop);

static void
carry(const char *instance)
{
	struct err err = { "" };
	bool more = true;

	while (more)
		cr_assert(remote_carry(pg, local, instance, &more, &err), "%s",
		    err.text);
}

static struct rollout_state
make_state(uint64_t epoch, bool latched)
{
	struct rollout_state s = { .epoch = epoch, .stage = "canary-5",
		.percent = 5001, .shadow = 100000, .enabled = true,
		.latched = latched, .reason = "it's time", .actor = "guard",
		.changed_us = INT64_C(1767225600000042),
		.config_mark = UINT64_MAX - 1 };

	return s;
}

static struct log_entry
make_entry(uint64_t epoch, const char *kind)
{
	struct log_entry e = { .ts_us = INT64_C(1767225600000042),
		.epoch = epoch, .actor = "guard", .from = "a", .to = "b",
		.reason = "r\xff", .evidence = "{}" };

	strcpy(e.kind, kind);
	return e;
}

static void
save(uint64_t epoch, bool latched)
{
	struct rollout_state s = make_state(epoch, latched);
	struct log_entry e = make_entry(epoch, "stage");
	struct err err = { "" };

	cr_assert(store_save(store, &s, &e, &err), "%s", err.text);
}

static void
save_override(const char *user, enum version version, bool remove,
    uint64_t epoch)
{
	struct rollout_state s = make_state(epoch, false);
	struct log_entry e = make_entry(epoch, "override");
	struct err err = { "" };

	cr_assert(store_save_override(store, &(struct override_change){ .user =
	    user, .version = version, .remove = remove }, &s, &e,
	    &err), "%s", err.text);
}

Test(remote, state_goes_up_and_comes_back)
{
	struct rollout_state want = make_state(3, true), got;
	struct err err = { "" };
	bool found;

	cr_assert(store_load_remote_state(store, 5000, &got, &found, &err));
	cr_expect_not(found);
	save(3, true);
	carry("me");
	cr_assert(store_load_remote_state(store, 5000, &got, &found, &err) &&
	    found, "%s", err.text);
	cr_expect_eq(got.epoch, 3);
	cr_expect_str_eq(got.stage, want.stage);
	cr_expect_eq(got.percent, want.percent);
	cr_expect_eq(got.shadow, want.shadow);
	cr_expect_eq(got.enabled, want.enabled);
	cr_expect_eq(got.latched, want.latched);
	cr_expect_str_eq(got.reason, want.reason);
	cr_expect_str_eq(got.actor, want.actor);
	cr_expect_eq(got.changed_us, want.changed_us);
	cr_expect_eq(got.config_mark, want.config_mark);
}

/* The highest epoch wins; a latch wins a tie. */
static const struct {
	const char *why;
	uint64_t there, ours;
	bool there_latched, ours_latched, ours_wins;
} states[] = {
	{ "higher", 5, 6, false, false, true },
	{ "lower", 5, 4, false, true, false },
	{ "a tie", 5, 5, false, false, false },
	{ "a tie with a latch", 5, 5, false, true, true },
	{ "a tie against a latch", 5, 5, true, false, false },
	{ "higher against a latch", 5, 6, true, false, true },
};

Test(remote, the_highest_epoch_wins)
{
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct err err = { "" };
		char sql[256];

		snprintf(sql, sizeof sql, "DELETE FROM rollout_state;"
		    "INSERT INTO rollout_state VALUES (1, %d, 'there', 0, 0,"
		    " true, %s, '', '', now(), 0)", (int)states[i].there,
		    states[i].there_latched ? "true" : "false");
		cr_assert(pg_exec(pg, sql, &err), "%s", err.text);
		save(states[i].ours, states[i].ours_latched);
		carry("me");
		cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_state"
		    " WHERE stage = 'canary-5'"), states[i].ours_wins, "%s",
		    states[i].why);
	}
}

Test(remote, events_arrive_once)
{
	struct err err = { "" };

	for (uint64_t i = 1; i <= 250; i++)
		save(i, false);
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events"), 250);
	/* as if the note of what was sent had been lost in a power cut */
	cr_assert(local_set_number(local, LOCAL_EVENTS_SENT, 100, &err));
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events"), 250);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events WHERE"
	    " reason = 'r' || chr(65533) AND instance = 'me'"
	    " AND evidence = '{}'"), 250);
}

Test(remote, a_refused_event_does_not_hold_up_the_others)
{
	struct err err = { "" };

	cr_assert(pg_exec(pg, "ALTER TABLE rollout_events"
	    " ADD CHECK (epoch <> 2)", &err));
	for (uint64_t i = 1; i <= 4; i++)
		save(i, false);
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events"), 3);
	cr_expect_eq(pg_count(url, "SELECT epoch FROM rollout_state"), 4);
}

Test(remote, overrides_follow_their_events)
{
	save_override("alice", VERSION_ENHANCED, false, 1);
	save_override("bob", VERSION_LEGACY, false, 2);
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM overrides"), 2);
	save_override("alice", VERSION_LEGACY, false, 3);
	save_override("bob", VERSION_LEGACY, true, 4);
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM overrides WHERE"
	    " user_id = 'alice' AND version = 'legacy' AND epoch = 3"), 1);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM overrides"), 1);
}

static bool
has_override(const char *user)
{
	struct user_overrides *o = user_overrides_new();
	struct err err = { "" };
	enum version version;
	bool found;

	cr_assert(store_load_overrides(store, o, &err));
	found = user_overrides_get(o, user, strlen(user), &version, NULL) &&
	    version == VERSION_ENHANCED;
	user_overrides_unref(&o);
	return found;
}

static void
insert_remote(const char *user, uint64_t epoch)
{
	struct err err = { "" };
	char sql[400];

	snprintf(sql, sizeof sql, "INSERT INTO overrides VALUES ('%s',"
	    " 'enhanced', %d, now(), 'operator:bob', 'why');"
	    "DELETE FROM rollout_state; INSERT INTO rollout_state VALUES"
	    " (1, %d, 'there', 0, 0, true, false, '', '', now(), 0)", user,
	    (int)epoch, (int)epoch);
	cr_assert(pg_exec(pg, sql, &err), "%s", err.text);
}

static void
load_remote(void)
{
	struct rollout_state state;
	struct err err = { "" };
	bool found = false;

	cr_assert(store_load_remote_state(store, 5000, &state, &found, &err) &&
	    found, "%s", err.text);
}

/* A new instance, or one whose disk is gone. */
Test(remote, overrides_come_with_a_newer_state)
{
	insert_remote("alice", 5);
	load_remote();
	cr_expect(has_override("alice"));
}

/* Its state came by the poll of another process, or both counted alike. */
Test(remote, overrides_come_with_a_state_that_is_as_new_or_older)
{
	save(5, false);
	carry("me");
	insert_remote("alice", 5);
	load_remote();
	cr_expect(has_override("alice"));
	save(9, false);
	insert_remote("bob", 5);
	load_remote();
	cr_expect(has_override("bob"));
}

Test(remote, what_we_removed_does_not_come_back_before_it_is_carried)
{
	save_override("alice", VERSION_ENHANCED, false, 1);
	carry("me");
	save_override("alice", VERSION_ENHANCED, true, 2);
	insert_remote("bob", 3);
	load_remote();
	cr_expect_not(has_override("alice"));
	cr_expect(has_override("bob"));
	carry("me");
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM overrides"), 1);
}

/* The database was restored from a copy of yesterday's. */
Test(remote, what_is_newer_than_the_state_there_stays)
{
	struct err err = { "" };

	save_override("alice", VERSION_ENHANCED, false, 7);
	carry("me");
	cr_assert(pg_exec(pg, "DELETE FROM overrides", &err));
	insert_remote("bob", 3);
	load_remote();
	cr_expect(has_override("alice"));
	cr_expect(has_override("bob"));
}

static void
read_mark(char out[REMOTE_MARK_MAX])
{
	struct remote_state *there = NULL;
	struct err err = { "" };
	size_t count = 0;

	cr_assert(remote_load_states(pg, &there, &count, &err), "%s", err.text);
	cr_assert_eq(count, 1);
	memcpy(out, there[0].mark, REMOTE_MARK_MAX);
	free(there);
}

Test(remote, a_mark_changes_with_the_overrides)
{
	char marks[5][REMOTE_MARK_MAX] = { "" };
	struct err err = { "" };

	insert_remote("alice", 4);
	cr_assert(pg_exec(pg, "DELETE FROM overrides", &err));
	read_mark(marks[0]);
	insert_remote("alice", 5);
	read_mark(marks[1]);
	cr_assert(pg_exec(pg, "UPDATE overrides SET version = 'legacy'", &err));
	read_mark(marks[2]);
	cr_assert(pg_exec(pg, "DELETE FROM overrides", &err));
	insert_remote("bob", 5);
	read_mark(marks[3]);
	for (size_t i = 0; i < 3; i++)
		cr_expect_str_neq(marks[i], marks[i + 1], "%zu", i);
	read_mark(marks[4]);
	cr_expect_str_eq(marks[3], marks[4]);
}

Test(remote, overrides_removed_elsewhere_go_unless_ours_are_on_their_way)
{
	struct rollout_state state;
	struct err err = { "" };
	bool found;

	save_override("carried", VERSION_ENHANCED, false, 1);
	carry("me");
	save_override("waiting", VERSION_ENHANCED, false, 2);
	insert_remote("alice", 5);
	cr_assert(pg_exec(pg, "DELETE FROM overrides WHERE user_id = 'carried'",
	    &err));
	cr_assert(store_load_remote_state(store, 5000, &state, &found, &err));
	cr_expect(has_override("alice"));
	cr_expect(has_override("waiting"));
	carry("me");
	cr_assert(store_load_remote_state(store, 5000, &state, &found, &err));
	cr_expect_not(has_override("carried"));
	cr_expect(has_override("waiting"));
}

Test(remote, an_unreachable_server_is_an_error_in_time)
{
	struct settings nowhere = postgres_settings(
	    "host=/nonexistent dbname=x");
	struct rollout_state state;
	struct err err = { "" };
	struct store *s = NULL;
	bool found;

	cr_assert(store_open(&nowhere, &s, &err), "%s", err.text);
	cr_expect_not(store_load_remote_state(s, 500, &state, &found, &err));
	cr_expect(strstr(err.text, "postgresql: connect: "), "%s", err.text);
	store_close(&s);
}

Test(remote, the_first_key_is_everybodys)
{
	unsigned char one[HASH_KEY_BYTES] = "one", two[HASH_KEY_BYTES] = "two";
	struct err err = { "" };

	cr_assert(remote_agree_key(pg, one, &err), "%s", err.text);
	cr_expect_str_eq((char *)one, "one");
	cr_assert(remote_agree_key(pg, two, &err), "%s", err.text);
	cr_expect_str_eq((char *)two, "one");
	cr_assert(pg_exec(pg, "UPDATE hash_keys SET key = 'short'", &err));
	cr_expect_not(remote_agree_key(pg, two, &err));
	cr_expect_str_eq(err.text,
	    "postgresql: table hash_keys holds no usable key");
}

Test(remote, a_name_in_use_is_noticed)
{
	int64_t first = (INT64_C(3) << 32) + 1;
	struct err err = { "" };
	bool taken = true;

	cr_assert(pg_exec(pg, "INSERT INTO batches VALUES"
	    " ('me', 2::bigint << 32, 1), ('me', 4::bigint << 32, 1),"
	    " ('you', (3::bigint << 32) + 7, 1)", &err));
	cr_assert(remote_is_taken(pg, "me", first, &taken, &err));
	cr_expect_not(taken, "earlier and later starts are ours");
	cr_assert(remote_is_taken(pg, "you", first, &taken, &err));
	cr_expect(taken);
}
