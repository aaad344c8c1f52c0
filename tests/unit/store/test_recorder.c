/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/recorder.h"
#include "support.h"

TestSuite(recorder, .init = support_start, .fini = support_stop,
    .timeout = 60);

static const struct recorder_options options = {
	.why_word = test_why_word };

static struct recorder *
started(const struct settings *settings)
{
	struct recorder *r = NULL;
	struct err err = { "" };

	cr_assert(recorder_start(settings, &options, &r, &err), "%s", err.text);
	return r;
}

static struct recorder_status
status_of(struct recorder *r)
{
	struct recorder_status s;

	recorder_status(r, &s);
	return s;
}

static bool
put_leg(struct recorder *r, unsigned n)
{
	struct record_sink sink = recorder_sink(r);
	struct leg_record leg = make_leg(n);

	return sink.leg(sink.arg, &leg);
}

static bool
put_comparison(struct recorder *r, unsigned n)
{
	struct record_sink sink = recorder_sink(r);
	struct comparison_record c = make_comparison(n, 2);

	return sink.comparison(sink.arg, &c);
}

#define ALL "SELECT count(*) FROM exchanges"
#define DISTINCT "SELECT count(DISTINCT pair) FROM exchanges"

/* --- SQLite ---------------------------------------------------------------------- */

Test(recorder, writes_without_being_asked)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);

	cr_assert(put_leg(r, 1));
	cr_assert(put_comparison(r, 1));
	cr_assert(WAIT_FOR(status_of(r).spooled == 0));
	cr_expect_eq(status_of(r).written, 2);
	cr_expect_eq(status_of(r).kind, STORE_SQLITE);
	cr_expect(status_of(r).ok);
	cr_expect_eq(sqlite_count(in_dir("store.db"), ALL), 1);
	recorder_stop(&r, 1000);
	cr_expect_null(r);
}

Test(recorder, a_stop_writes_all_that_was_taken)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);
	unsigned taken = 0;

	for (unsigned n = 0; n < 16000; n++)
		taken += put_leg(r, n);
	for (unsigned n = 0; n < 1000; n++)
		cr_expect(put_comparison(r, n));
	recorder_stop(&r, 10000);
	cr_expect_eq(taken, 16000);
	cr_expect_eq(sqlite_count(in_dir("store.db"), ALL), taken);
	cr_expect_eq(sqlite_count(in_dir("store.db"),
	    "SELECT count(*) FROM differences"), 2000);
}

Test(recorder, ids_are_hashed_before_the_disk)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);
	char first[64], again[64];

	put_leg(r, 1);
	recorder_stop(&r, 1000);
	r = started(&settings);
	put_leg(r, 1);
	recorder_stop(&r, 1000);
	sqlite_text(in_dir("store.db"), "SELECT user_hash FROM exchanges", first,
	    sizeof first);
	sqlite_text(in_dir("store.db"), "SELECT user_hash FROM exchanges"
	    " ORDER BY rowid DESC", again, sizeof again);
	cr_expect_eq(strlen(first), 32);
	cr_expect_str_eq(first, again);
	cr_expect_eq(sqlite_count(in_dir("store.db"), "SELECT count(*) FROM"
	    " exchanges WHERE user_hash LIKE '%user%' OR session_hash LIKE"
	    " '%session%' OR user_hash = session_hash"), 0);
}

static sqlite3 *
lock_file(const char *path)
{
	struct err err = { "" };
	sqlite3 *db = NULL;

	cr_assert(sqlite_open(path, SQLITE_BULK, &db, &err), "%s", err.text);
	cr_assert(sqlite_begin(db, &err), "%s", err.text);
	return db;
}

Test(recorder, what_does_not_fit_is_dropped_and_counted)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);
	sqlite3 *lock = lock_file(in_dir("store.db"));
	unsigned taken = 0, refused = 0;

	for (unsigned n = 0; n < 30000; n++)
		put_leg(r, n) ? taken++ : refused++;
	cr_expect_gt(refused, 10000);
	cr_expect_eq(status_of(r).dropped, refused);
	cr_expect(WAIT_FOR(status_of(r).spooled == taken));
	sqlite_rollback(lock);
	sqlite_close(&lock);
	cr_assert(WAIT_FOR(status_of(r).written == taken));
	recorder_stop(&r, 1000);
	cr_expect_eq(sqlite_count(in_dir("store.db"), DISTINCT), taken);
	cr_expect_eq(sqlite_count(in_dir("store.db"), ALL), taken);
}

Test(recorder, a_locked_file_is_trouble_until_it_is_free)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);
	sqlite3 *lock = lock_file(in_dir("store.db"));

	put_leg(r, 1);
	cr_assert(WAIT_FOR(!status_of(r).ok));
	cr_expect(strstr(status_of(r).error, "database is locked"), "%s",
	    status_of(r).error);
	sqlite_rollback(lock);
	sqlite_close(&lock);
	cr_assert(WAIT_FOR(status_of(r).ok));
	cr_expect_eq(status_of(r).written, 1);
	recorder_stop(&r, 1000);
}

Test(recorder, a_stop_does_not_wait_for_a_locked_file_for_ever)
{
	struct settings settings = sqlite_settings();
	struct recorder *r = started(&settings);
	sqlite3 *lock = lock_file(in_dir("store.db"));

	put_leg(r, 1);
	recorder_stop(&r, 300); /* .timeout ends what does not come back */
	sqlite_close(&lock);
}

/* --- the control thread beside a busy recorder ----------------------------------- */

struct spring {
	struct recorder *recorder;
	_Atomic bool is_enough;
};

static void *
pour(void *arg)
{
	struct spring *spring = arg;

	for (unsigned n = 0; !atomic_load(&spring->is_enough); n++)
		if (!put_leg(spring->recorder, n))
			usleep(1000);
	return NULL;
}

/* Nothing but the end of the saves ends the load: a save that has to wait
 * until the recorder rests would wait until .timeout. */
Test(recorder, a_trip_is_saved_beside_a_recorder_that_never_rests)
{
	struct settings settings = sqlite_settings();
	struct spring spring = { .recorder = started(&settings) };
	struct rollout_state state = { .epoch = 1 };
	struct log_entry event = { .kind = "trip" };
	struct store *store = NULL;
	struct err err = { "" };
	pthread_t thread;

	cr_assert(store_open(&settings, &store, &err), "%s", err.text);
	pthread_create(&thread, NULL, pour, &spring);
	for (int i = 0; i < 50; i++) {
		uint64_t before = status_of(spring.recorder).written;

		cr_assert(store_save(store, &state, &event, &err), "%s",
		    err.text);
		cr_assert(WAIT_FOR(status_of(spring.recorder).written >
		    before), "the recorder rests");
	}
	atomic_store(&spring.is_enough, true);
	pthread_join(thread, NULL);
	recorder_stop(&spring.recorder, 10000);
	store_close(&store);
}

/* --- death ------------------------------------------------------------------------- */

struct witness {
	_Atomic uint64_t safe; /* records that were on the disk when seen last */
};

static struct witness *
make_witness(void)
{
	void *page = mmap(NULL, sizeof(struct witness), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(page, MAP_FAILED);
	return page;
}

/* Records until killed, from pair number first on. */
static void
record_until_killed(const struct settings *settings, unsigned first,
    struct witness *w)
{
	struct recorder *r = started(settings);

	for (unsigned n = first;; n++) {
		struct recorder_status s;

		while (!put_leg(r, n))
			usleep(1000);
		if (n % 50 != 0)
			continue;
		usleep(1000);
		recorder_status(r, &s);
		atomic_store(&w->safe, s.written);
	}
}

/* The kill comes ms after the first rows have arrived. */
static void
record_and_die(const struct settings *settings, unsigned first,
    struct witness *w, unsigned ms)
{
	pid_t child;

	atomic_store(&w->safe, 0);
	child = fork();
	if (child == 0)
		record_until_killed(settings, first, w);
	cr_expect(WAIT_FOR(atomic_load(&w->safe) > 0));
	usleep(ms * 1000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

Test(recorder, a_kill_loses_nothing_that_was_written)
{
	struct settings settings = sqlite_settings();
	const char *path = in_dir("store.db");
	struct witness *w = make_witness();
	uint64_t safe = 0;

	for (unsigned round = 0; round < 3; round++) {
		record_and_die(&settings, round * 10000000, w, 100 + 7 * round);
		safe += atomic_load(&w->safe);
		cr_expect_geq((uint64_t)sqlite_count(path, ALL), safe);
	}
	cr_expect_gt(safe, 0);
	cr_expect_eq(sqlite_count(path, ALL), sqlite_count(path, DISTINCT));
}

/* --- PostgreSQL ------------------------------------------------------------ */

Test(recorder, carries_rows_to_postgres)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct recorder *r = started(&settings);

	for (unsigned n = 0; n < 5000; n++)
		cr_expect(put_leg(r, n));
	for (unsigned n = 0; n < 100; n++)
		cr_expect(put_comparison(r, n));
	cr_assert(WAIT_FOR(status_of(r).written == 5100));
	cr_expect(status_of(r).ok);
	recorder_stop(&r, 1000);
	cr_expect_eq(pg_count(url, ALL), 5000);
	cr_expect_eq(pg_count(url, DISTINCT), 5000);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM differences"), 200);
	cr_expect_eq(sqlite_count(settings.spool, "SELECT count(*) FROM spool"),
	    0);
}

Test(recorder, a_stop_carries_the_rest)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct recorder *r = started(&settings);

	for (unsigned n = 0; n < 16000; n++)
		cr_expect(put_leg(r, n));
	recorder_stop(&r, 20000);
	cr_expect_eq(pg_count(url, ALL), 16000);
}

Test(recorder, an_unreachable_postgres_fills_the_spool)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings("host=/nonexistent");
	struct recorder *r = started(&settings);

	for (unsigned n = 0; n < 100; n++)
		cr_expect(put_leg(r, n));
	cr_assert(WAIT_FOR(!status_of(r).ok));
	cr_expect(strstr(status_of(r).error, "postgresql: connect"), "%s",
	    status_of(r).error);
	recorder_stop(&r, 500);
	cr_expect_eq(sqlite_count(settings.spool,
	    "SELECT sum(row_count) FROM spool"), 100);

	settings.store = (char *)url;
	r = started(&settings);
	cr_expect_eq(status_of(r).spooled + status_of(r).written, 100);
	cr_assert(WAIT_FOR(status_of(r).written == 100));
	recorder_stop(&r, 500);
	cr_expect_eq(pg_count(url, DISTINCT), 100);
}

Test(recorder, a_full_spool_drops_and_counts)
{
	struct settings settings = postgres_settings("host=/nonexistent");
	struct recorder *r;

	settings.spool_max_bytes = 100000;
	r = started(&settings);
	for (unsigned n = 0; n < 10000; n++)
		cr_expect(put_leg(r, n));
	cr_assert(WAIT_FOR(status_of(r).dropped > 0));
	recorder_stop(&r, 500);
	cr_expect_leq(sqlite_count(settings.spool,
	    "SELECT sum(bytes) FROM spool"), 100000);
}

Test(recorder, two_instances_hash_alike)
{
	const char *url = fresh_database();
	struct settings one = postgres_settings(url);
	struct settings two = postgres_settings(url);
	struct recorder *a, *b;

	two.spool = (char *)in_dir("two.db");
	a = started(&one);
	put_leg(a, 1);
	cr_assert(WAIT_FOR(status_of(a).written == 1));
	b = started(&two);
	cr_assert(WAIT_FOR(sqlite_count(two.spool, "SELECT count(*) FROM local"
	    " WHERE key = 'events_sent' OR key = 'hash_key'") > 0));
	put_leg(b, 2); /* perhaps under b's own key yet */
	cr_assert(WAIT_FOR(status_of(b).written == 1));
	put_leg(b, 1);
	cr_assert(WAIT_FOR(status_of(b).written == 2));
	recorder_stop(&a, 1000);
	recorder_stop(&b, 1000);
	cr_expect_eq(pg_count(url, "SELECT count(DISTINCT user_hash) FROM"
	    " exchanges WHERE bucket = 1"), 1);
}

Test(recorder, state_and_events_reach_another_instance)
{
	const char *url = fresh_database();
	struct settings one = postgres_settings(url);
	struct settings two = postgres_settings(url);
	struct rollout_state state = { .epoch = 7, .latched = true,
		.stage = "canary", .reason = "too many errors" }, seen;
	struct log_entry event = { .kind = "trip", .epoch = 7 };
	struct recorder *a, *b;
	struct store *store = NULL;
	struct err err = { "" };

	two.spool = (char *)in_dir("two.db");
	a = started(&one);
	b = started(&two);
	cr_assert(store_open(&one, &store, &err));
	cr_expect_not(recorder_remote_state(b, "", 0, &seen));
	cr_assert(store_save(store, &state, &event, &err), "%s", err.text);
	recorder_poke(a);
	cr_assert(WAIT_FOR(recorder_remote_state(b, "", 6, &seen)));
	cr_expect(seen.latched);
	cr_expect_str_eq(seen.reason, "too many errors");
	cr_expect_not(recorder_remote_state(b, "", 7, &seen));
	recorder_stop(&a, 1000);
	recorder_stop(&b, 1000);
	store_close(&store);
	cr_expect_eq(pg_count(url, "SELECT count(*) FROM rollout_events"), 1);
}

Test(recorder, overrides_reach_another_instance)
{
	const char *url = fresh_database();
	struct settings one = postgres_settings(url);
	struct settings two = postgres_settings(url);
	struct rollout_state state = { .epoch = 7, .stage = "canary" }, seen;
	struct log_entry event = { .kind = "override", .epoch = 7 };
	struct user_overrides *users = user_overrides_new();
	struct store *there = NULL, *here = NULL;
	struct err err = { "" };
	enum version version;
	struct recorder *a, *b;

	two.spool = (char *)in_dir("two.db");
	a = started(&one);
	b = started(&two);
	cr_assert(store_open(&one, &there, &err));
	cr_assert(store_open(&two, &here, &err));
	cr_assert(store_save_override(there, &(struct override_change){ .user =
	    "alice", .version = VERSION_ENHANCED, .remove = false },
	    &state, &event, &err), "%s", err.text);
	recorder_poke(a);
	cr_assert(WAIT_FOR(recorder_remote_state(b, "", 6, &seen)));
	/* there before the state that they belong to */
	cr_expect(recorder_took_overrides(b, ""));
	cr_expect_not(recorder_took_overrides(b, ""));
	cr_assert(store_load_overrides(here, users, &err));
	cr_expect(user_overrides_get(users, "alice", 5, &version, NULL));
	recorder_stop(&a, 1000);
	recorder_stop(&b, 1000);
	store_close(&there);
	store_close(&here);
	user_overrides_unref(&users);
}

/* Neither on its way from the ring to the batch nor from there to the file is
 * a record out of sight: "nothing waits" must mean that all is written. */
static void
expect_never_out_of_sight(const struct settings *settings)
{
	enum { LEGS = 6000 };
	struct recorder *r = started(settings);
	struct recorder_status now;

	for (int i = 0; i < LEGS; i++)
		put_leg(r, 1);
	do {
		now = status_of(r);
		if (now.written + now.spooled + now.dropped < LEGS)
			break;
	} while (now.spooled > 0);
	cr_expect_geq(now.written + now.spooled + now.dropped, LEGS,
	    "%d written, %d spooled, %d dropped", (int)now.written,
	    (int)now.spooled, (int)now.dropped);
	recorder_stop(&r, 5000);
}

Test(recorder, no_record_is_out_of_sight)
{
	struct settings sqlite = sqlite_settings();
	struct settings postgres = postgres_settings(fresh_database());

	postgres.spool = (char *)in_dir("spool.db");
	for (int i = 0; i < 3; i++)
		expect_never_out_of_sight(&sqlite);
	expect_never_out_of_sight(&postgres);
}

Test(recorder, a_copied_spool_gets_a_name_of_its_own)
{
	const char *url = fresh_database();
	struct settings one = postgres_settings(url);
	struct settings two = postgres_settings(url);
	struct recorder *a = started(&one), *b;
	char *copy;

	recorder_stop(&a, 1000);
	two.spool = (char *)in_dir("two.db");
	copy = mem_printf("cp '%s' '%s'", one.spool, two.spool);
	cr_assert_eq(system(copy), 0);
	free(copy);
	a = started(&one);
	put_leg(a, 1);
	cr_assert(WAIT_FOR(status_of(a).written == 1));
	b = started(&two);
	put_leg(b, 2);
	cr_assert(WAIT_FOR(status_of(b).written == 1));
	recorder_stop(&a, 1000);
	recorder_stop(&b, 1000);
	cr_expect_eq(pg_count(url, DISTINCT), 2);
	cr_expect_eq(pg_count(url,
	    "SELECT count(DISTINCT instance) FROM batches"), 2);
}

Test(recorder, a_mute_server_does_not_hold_up_the_stop)
{
	struct settings settings = postgres_settings(NULL);
	struct recorder *r;
	char server[256], url[320];
	int fd = mute_server(server), caller;

	/* longer than .timeout: it must be interrupted, not waited for */
	snprintf(url, sizeof url, "%s connect_timeout=3600", server);
	settings.store = url;
	r = started(&settings);
	put_leg(r, 1);
	caller = accept(fd, NULL, NULL); /* it is connecting now */
	recorder_stop(&r, 300);
	cr_expect_eq(sqlite_count(settings.spool,
	    "SELECT sum(row_count) FROM spool"), 1);
	close(caller);
	close(fd);
}

Test(recorder, postgres_killed_under_load_neither_loses_nor_doubles)
{
	struct settings settings;
	struct recorder *r;
	char url[256];
	unsigned n = 0;

	own_server("start", url);
	settings = postgres_settings(url);
	r = started(&settings);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 3000; i++, n++) {
			cr_expect(put_leg(r, n));
			if (i % 100 == 0)
				usleep(1000 * (round + 1));
			if (i == 2000)
				own_server("kill", NULL);
		}
		own_server("start", url);
	}
	cr_expect(WAIT_FOR(status_of(r).written == n), "%d of %u",
	    (int)status_of(r).written, n);
	recorder_stop(&r, 5000);
	cr_expect_eq(pg_count(url, ALL), n);
	cr_expect_eq(pg_count(url, DISTINCT), n);
}

Test(recorder, understudy_killed_while_carrying_neither_loses_nor_doubles)
{
	const char *url = fresh_database();
	struct settings settings = postgres_settings(url);
	struct witness *w = make_witness();
	struct recorder *r;
	uint64_t safe = 0;

	for (unsigned round = 0; round < 5; round++) {
		record_and_die(&settings, round * 10000000, w, 50 + 7 * round);
		safe += atomic_load(&w->safe);
	}
	r = started(&settings);
	recorder_stop(&r, 20000);
	cr_expect_eq(sqlite_count(settings.spool,
	    "SELECT count(*) FROM spool"), 0);
	cr_expect_gt(safe, 0);
	cr_expect_geq((uint64_t)pg_count(url, ALL), safe);
	cr_expect_eq(pg_count(url, ALL), pg_count(url, DISTINCT));
}
