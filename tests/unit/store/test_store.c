/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/local.h"
#include "support.h"

TestSuite(store, .init = support_start, .fini = support_stop);

static const struct {
	const char *text;
	bool ok;
	enum store_kind kind;
} texts[] = {
	{ "sqlite:understudy.db", true, STORE_SQLITE },
	{ "sqlite:/var/lib/a b.db", true, STORE_SQLITE },
	{ "postgresql://localhost/x", true, STORE_POSTGRES },
	{ "postgres://u:p@h1,h2:5433/x?sslmode=require", true, STORE_POSTGRES },
	{ "host=/tmp dbname=x", true, STORE_POSTGRES },
	{ "none", true, STORE_NONE },
	{ "none.db", false, 0 },
	{ "sqlite:", false, 0 },
	{ "sqlite::memory:", false, 0 },
	{ "", false, 0 },
	{ "understudy.db", false, 0 },
	{ "mysql://localhost/x", false, 0 },
	{ "postgresql://localhost:port/x?nonsense=1", false, 0 },
	{ "hots=/tmp dbname=x", false, 0 },
};

Test(store, knows_its_kinds_by_the_text)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		enum store_kind kind = STORE_SQLITE;
		struct err err = { "" };

		cr_expect_eq(store_parse(texts[i].text, &kind, &err), texts[i].ok,
		    "%s: %s", texts[i].text, err.text);
		if (texts[i].ok)
			cr_expect_eq(kind, texts[i].kind, "%s", texts[i].text);
		else
			cr_expect_neq(err.text[0], '\0', "%s", texts[i].text);
	}
}

Test(store, does_not_repeat_a_password)
{
	enum store_kind kind;
	struct err err = { "" };

	cr_expect_not(store_parse("postgresql://u:hunter2@h/x?nonsense=1", &kind, &err));
	cr_expect_null(strstr(err.text, "hunter2"), "%s", err.text);
	cr_expect_not(store_parse("password=hunter2 nonsense", &kind, &err));
	cr_expect_null(strstr(err.text, "hunter2"), "%s", err.text);
}

static struct store *
opened(const struct settings *settings)
{
	struct store *s = NULL;
	struct err err = { "" };

	cr_assert(store_open(settings, &s, &err), "%s", err.text);
	return s;
}

static const struct rollout_state full = { .epoch = 12, .stage = "canary-5",
	.percent = 5001, .shadow = 1, .enabled = true, .latched = true,
	.reason = "error rate 7% is above 5%", .actor = "guard",
	.changed_us = INT64_C(1767225600000042),
	.config_mark = UINT64_C(0xfedcba9876543210) };

static void
expect_same_state(const struct rollout_state *a, const struct rollout_state *b)
{
	cr_expect_eq(a->epoch, b->epoch);
	cr_expect_str_eq(a->stage, b->stage);
	cr_expect_eq(a->percent, b->percent);
	cr_expect_eq(a->shadow, b->shadow);
	cr_expect_eq(a->enabled, b->enabled);
	cr_expect_eq(a->latched, b->latched);
	cr_expect_str_eq(a->reason, b->reason);
	cr_expect_str_eq(a->actor, b->actor);
	cr_expect_eq(a->changed_us, b->changed_us);
	cr_expect_eq(a->config_mark, b->config_mark);
}

static struct log_entry
make_event(const char *kind)
{
	struct log_entry e = { .ts_us = INT64_C(1767225600654321), .epoch = 12,
		.actor = "operator:alice", .from = "shadow", .to = "canary-5",
		.reason = "looks good", .evidence = "{\"requests\":1000}" };

	strcpy(e.kind, kind);
	return e;
}

Test(store, a_new_one_has_no_state)
{
	struct settings settings = sqlite_settings();
	struct store *s = opened(&settings);
	struct rollout_state state;
	struct log_entry events[2];
	struct err err = { "" };
	bool found = true;

	cr_assert(store_load_state(s, &state, &found, &err), "%s", err.text);
	cr_expect_not(found);
	cr_expect_eq(store_events(s, events, 2), 0);
	cr_assert(store_load_remote_state(s, 100, &state, &found, &err));
	cr_expect_not(found);
	store_close(&s);
	cr_expect_null(s);
}

Test(store, state_and_events_come_back)
{
	struct settings settings = sqlite_settings();
	struct store *s = opened(&settings);
	struct log_entry first = make_event("stage"), second = make_event("trip");
	struct log_entry alert = make_event("alert"), events[8];
	struct rollout_state state = { .epoch = 11 };
	struct err err = { "" };
	bool found = false;

	second.evidence[0] = '\0';
	cr_assert(store_save(s, &state, &first, &err), "%s", err.text);
	cr_assert(store_save(s, &full, &second, &err), "%s", err.text);
	cr_assert(store_save(s, NULL, &alert, &err), "%s", err.text);
	cr_expect(first.id < second.id && second.id < alert.id);
	store_close(&s);

	s = opened(&settings);
	cr_assert(store_load_state(s, &state, &found, &err) && found);
	expect_same_state(&state, &full);
	cr_assert_eq(store_events(s, events, 8), 3);
	cr_expect_str_eq(events[0].kind, "alert");
	cr_expect_str_eq(events[1].evidence, "");
	cr_expect_eq(events[2].id, first.id);
	cr_expect_eq(events[2].ts_us, first.ts_us);
	cr_expect_eq(events[2].epoch, 12);
	cr_expect_str_eq(events[2].actor, "operator:alice");
	cr_expect_str_eq(events[2].from, "shadow");
	cr_expect_str_eq(events[2].to, "canary-5");
	cr_expect_str_eq(events[2].reason, "looks good");
	cr_expect_str_eq(events[2].evidence, "{\"requests\":1000}");
	cr_expect_eq(store_events(s, events, 2), 2);
	store_close(&s);
}

Test(store, none_remembers_as_long_as_it_is_open)
{
	struct settings settings = { .store = (char *)"none" };
	struct store *s = opened(&settings);
	struct rollout_state state;
	struct log_entry events[8];
	struct err err = { "" };
	bool found = false;
	int64_t last = 0;

	for (int i = 0; i < 1100; i++) {
		struct log_entry e = make_event("alert");

		cr_assert(store_save(s, &full, &e, &err), "%s", err.text);
		last = e.id;
	}
	cr_assert(store_load_state(s, &state, &found, &err) && found);
	expect_same_state(&state, &full);
	cr_assert_eq(store_events(s, events, 8), 8);
	cr_expect_eq(events[0].id, last);
	store_close(&s);

	s = opened(&settings);
	cr_assert(store_load_state(s, &state, &found, &err));
	cr_expect_not(found);
	cr_expect_eq(store_events(s, events, 8), 0);
	store_close(&s);
	cr_expect_eq(access(SQLITE_IN_MEMORY, F_OK), -1);
}

static size_t
events_kept(unsigned saved)
{
	struct settings settings = { .store = (char *)"none" };
	struct log_entry *events = calloc(saved, sizeof *events);
	struct store *s = opened(&settings);
	struct err err = { "" };
	size_t kept;

	for (unsigned i = 0; i < saved; i++) {
		struct log_entry e = make_event("alert");

		cr_assert(store_save(s, NULL, &e, &err), "%s", err.text);
	}
	kept = store_events(s, events, saved);
	store_close(&s);
	free(events);
	return kept;
}

Test(store, none_forgets_the_oldest_events)
{
	cr_expect_eq(events_kept(999), 999);
	cr_expect_eq(events_kept(1100), 1000);
}

static bool
override_is(struct store *s, const char *user, enum version want)
{
	struct user_overrides *o = user_overrides_new();
	struct err err = { "" };
	enum version got = want;
	bool found;

	cr_assert(store_load_overrides(s, o, &err), "%s", err.text);
	found = user_overrides_get(o, user, strlen(user), &got, NULL);
	user_overrides_unref(&o);
	return found && got == want;
}

Test(store, overrides_come_and_go)
{
	struct settings settings = sqlite_settings();
	struct store *s = opened(&settings);
	struct log_entry e = make_event("override");
	struct err err = { "" };

	cr_assert(store_save_override(s, &(struct override_change){ .user =
	    "alice", .version = VERSION_ENHANCED, .remove = false }, &full,
	    &e, &err), "%s", err.text);
	cr_assert(store_save_override(s, &(struct override_change){ .user =
	    "b\xf6\x62", .version = VERSION_LEGACY, .remove = false },
	    &full, &e, &err), "%s", err.text);
	store_close(&s);
	s = opened(&settings);
	cr_expect(override_is(s, "alice", VERSION_ENHANCED));
	cr_expect(override_is(s, "b\xf6\x62", VERSION_LEGACY), "bytes are kept");
	cr_assert(store_save_override(s, &(struct override_change){ .user =
	    "alice", .version = VERSION_LEGACY, .remove = false }, &full,
	    &e, &err), "%s", err.text);
	cr_expect(override_is(s, "alice", VERSION_LEGACY));
	cr_assert(store_save_override(s, &(struct override_change){ .user =
	    "alice", .version = VERSION_LEGACY, .remove = true }, &full, &e,
	    &err), "%s", err.text);
	cr_expect_not(override_is(s, "alice", VERSION_LEGACY));
	store_close(&s);
}

static bool
named_is(struct store *s, const char *name, const char *criterion,
    int64_t until_us)
{
	struct user_overrides *o = user_overrides_new();
	const struct named_override *n;
	struct err err = { "" };
	bool is_it;

	cr_assert(store_load_overrides(s, o, &err), "%s", err.text);
	n = user_overrides_named(o, name);
	is_it = n != NULL && strcmp(n->criterion, criterion) == 0 &&
	    n->override.expires_us == until_us &&
	    n->override.version == VERSION_ENHANCED;
	user_overrides_unref(&o);
	return is_it;
}

/* Beside users', of whom none can have such an id; what a later release wrote
 * and this one cannot read is passed over. */
Test(store, overrides_by_criteria_are_kept)
{
	static const char criterion[] = "{\"header\":\"x-beta\"}";
	struct settings settings = sqlite_settings();
	struct store *s = opened(&settings);
	struct log_entry e = make_event("override");
	const int64_t until_us = INT64_C(4733510400123456);
	struct override_change c = { .name = "beta", .criterion = criterion,
		.version = VERSION_ENHANCED, .expires_us = until_us };
	struct err err = { "" };

	cr_assert(store_save_override(s, &c, &full, &e, &err), "%s", err.text);
	c = (struct override_change){ .name = "later", .criterion =
	    "{\"moon\":\"full\"}", .version = VERSION_ENHANCED };
	cr_assert(store_save_override(s, &c, &full, &e, &err), "%s", err.text);
	c = (struct override_change){ .user = "beta",
		.version = VERSION_LEGACY };
	cr_assert(store_save_override(s, &c, &full, &e, &err), "%s", err.text);
	store_close(&s);
	s = opened(&settings);
	cr_expect(named_is(s, "beta", criterion, until_us));
	cr_expect_not(named_is(s, "later", "{\"moon\":\"full\"}", 0));
	cr_expect(override_is(s, "beta", VERSION_LEGACY));
	c = (struct override_change){ .name = "beta", .remove = true };
	cr_assert(store_save_override(s, &c, &full, &e, &err), "%s", err.text);
	cr_expect_not(named_is(s, "beta", criterion, until_us));
	cr_expect(override_is(s, "beta", VERSION_LEGACY));
	store_close(&s);
}

/* What store_save() has returned for is there after kill -9. */
Test(store, a_latch_survives_a_kill)
{
	struct settings settings = sqlite_settings();
	struct rollout_state state;
	struct log_entry e = make_event("trip");
	struct err err = { "" };
	struct store *s;
	bool found = false;
	int status;
	pid_t child = fork();

	if (child == 0) {
		s = opened(&settings);
		if (store_save(s, &full, &e, &err))
			raise(SIGKILL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	cr_assert(WIFSIGNALED(status));
	s = opened(&settings);
	cr_assert(store_load_state(s, &state, &found, &err) && found);
	cr_expect(state.latched);
	cr_expect_eq(store_events(s, &e, 1), 1);
	store_close(&s);
}

Test(store, the_file_is_not_for_everyone)
{
	struct settings settings = sqlite_settings();
	struct store *s = opened(&settings);
	struct stat st;

	cr_assert_eq(stat(in_dir("store.db"), &st), 0);
	cr_expect_eq(st.st_mode & 07, 0);
	store_close(&s);
}

/* --- the local file's facts ---------------------------------------------------- */

Test(store, identity_is_made_once)
{
	struct local_identity first, again;
	struct err err = { "" };
	sqlite3 *db = NULL;

	cr_assert(local_open(in_dir("a.db"), SQLITE_BULK, &db, &err));
	cr_assert(local_identify(db, &first, &err), "%s", err.text);
	sqlite_close(&db);
	cr_assert(local_open(in_dir("a.db"), SQLITE_BULK, &db, &err));
	cr_assert(local_identify(db, &again, &err), "%s", err.text);
	cr_expect_eq(strlen(first.instance), LOCAL_INSTANCE_LEN);
	cr_expect_str_eq(first.instance, again.instance);
	cr_expect_arr_eq(first.hash_key, again.hash_key, HASH_KEY_BYTES);
	cr_assert(local_rename(db, &again, &err));
	cr_expect_str_neq(first.instance, again.instance);
	cr_assert(local_identify(db, &first, &err));
	cr_expect_str_eq(first.instance, again.instance);
	sqlite_close(&db);
}

Test(store, batch_numbers_of_each_start_are_higher)
{
	struct err err = { "" };
	sqlite3 *db = NULL;
	int64_t first = 0, second = 0;

	cr_assert(local_open(in_dir("a.db"), SQLITE_BULK, &db, &err));
	cr_assert(local_first_batch(db, &first, &err), "%s", err.text);
	cr_assert(local_first_batch(db, &second, &err), "%s", err.text);
	cr_expect_eq(first, (INT64_C(1) << 32) + 1);
	cr_expect_eq(second, (INT64_C(2) << 32) + 1);
	sqlite_close(&db);
}
