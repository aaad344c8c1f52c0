/* recorder -- see recorder.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/recorder.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "store/batch.h"
#include "store/carrier.h"
#include "store/health.h"
#include "store/hopper.h"
#include "store/local.h"
#include "store/pace.h"
#include "store/records.h"
#include "store/spool.h"
#include "store/target.h"

#define BATCH_MS 100u       /* a record waits at most this long for company */
#define IDLE_MS 100u        /* how often an idle recorder looks around */
#define PAUSE_FIRST_MS 100u /* after a failure; doubled each time */
#define PAUSE_LAST_MS 2000u
#define TRIM_MS 500u
#define TRIM_IDLE_MS 10000u
#define YIELD_MS 2u         /* between two full batches: the control thread's
                               chance to write the same file */

struct recorder {
	enum store_kind kind;
	char *path;               /* owns; the local file */
	uint64_t spool_max_bytes;
	const char *(*why_word)(unsigned);
	bool is_held_first;       /* the carrier waits to be released */
	struct hopper *hopper;    /* owns */
	struct health health;
	struct carrier *carrier;  /* owns; NULL with a SQLite store */
	pthread_t thread;
	_Atomic unsigned pending; /* records taken out of the rings, unwritten */

	pthread_mutex_t lock;     /* guards what follows */
	pthread_cond_t wake;      /* CLOCK_MONOTONIC; only for stopping */
	bool is_stopping;
	uint64_t give_up_ns;      /* then stop trying */

	/* the thread's own */
	struct local_identity identity;
	struct records *records;  /* owns; SQLite store; NULL after a failure */
	struct spool *spool;      /* owns; PostgreSQL; NULL after a failure */
	int64_t next_batch;
	uint64_t dropped_said;    /* of health.dropped, as last logged */
	uint64_t trim_ns;         /* when too old answers were last looked for */
	bool has_kept;            /* some have come since, or are left */
	struct pace pace;
	struct batch batch;       /* large */
};

/* --- collecting ------------------------------------------------------------- */

static bool
is_stopping(struct recorder *r)
{
	bool stopping;

	pthread_mutex_lock(&r->lock);
	stopping = r->is_stopping;
	pthread_mutex_unlock(&r->lock);
	return stopping;
}

/* Sleep without listening to the rings, so that producers need not wake us
 * for each record.  A stop may end it early. */
static void
rest(struct recorder *r, unsigned ms, bool until_stop)
{
	uint64_t ns = clock_ns() + ms * NS_PER_MS;
	struct timespec end = { .tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S) };
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	while (rc == 0 && !(until_stop && r->is_stopping))
		rc = pthread_cond_timedwait(&r->wake, &r->lock, &end);
	pthread_mutex_unlock(&r->lock);
}

/* No breaks while producers are near to losing records, or at the end. */
static bool
is_urgent(void *arg)
{
	struct recorder *r = arg;

	return hopper_is_pressed(r->hopper) || is_stopping(r);
}

/* Fill the batch: wait for a first record, give it some company. */
static void
collect(struct recorder *r)
{
	if (!is_stopping(r))
		hopper_wait(r->hopper, IDLE_MS);
	if (hopper_count(r->hopper) > 0)
		for (unsigned ms = 0; ms < BATCH_MS && !is_stopping(r) &&
		    !hopper_fills_batch(r->hopper); ms += BATCH_MS / 10)
			rest(r, BATCH_MS / 10, true);
	hopper_take(r->hopper, &r->batch, &r->pace, &r->pending);
}

/* --- writing ---------------------------------------------------------------- */

static bool
open_records(struct recorder *r, struct err *err)
{
	const struct records_options options = {
		.instance = r->identity.instance,
		.why_word = r->why_word,
		.pace = &r->pace,
	};

	return records_open(r->path, &options, &r->records, err);
}

static bool
write_sqlite(struct recorder *r, struct err *err)
{
	unsigned refused = 0;

	if (r->records == NULL && !open_records(r, err))
		return false;
	r->has_kept |= r->batch.kept_count > 0;
	if (!records_write(r->records, &r->batch, &refused, err)) {
		records_close(&r->records); /* it may be the connection */
		return false;
	}
	/* A pair's answers are several rows, and may all be refused. */
	if (refused < batch_count(&r->batch))
		atomic_fetch_add(&r->health.written,
		    batch_count(&r->batch) - refused);
	atomic_fetch_add(&r->health.dropped, refused);
	return true;
}

static bool
write_spool(struct recorder *r, struct err *err)
{
	bool full = false;

	if (r->spool == NULL && !spool_open(r->path, &r->health, &r->spool,
	    err))
		return false;
	if (!spool_put(r->spool, &r->batch, r->why_word, &r->pace,
	    r->spool_max_bytes, &full, err)) {
		spool_close(&r->spool);
		return false;
	}
	if (full)
		atomic_fetch_add(&r->health.dropped, batch_count(&r->batch));
	else
		carrier_wake(r->carrier, CARRIER_BATCHES);
	return true;
}

static bool
write_batch(struct recorder *r, struct err *err)
{
	if (r->batch.number == 0)
		r->batch.number = r->next_batch++;
	switch (r->kind) {
	case STORE_SQLITE:
		return write_sqlite(r, err);
	case STORE_POSTGRES:
		return write_spool(r, err);
	case STORE_NONE:
		break; /* has no recorder */
	}
	return false;
}

static void
forget_batch(struct recorder *r)
{
	batch_clear(&r->batch);
	atomic_store(&r->pending, 0);
}

static bool
is_out_of_time(struct recorder *r)
{
	bool out;

	pthread_mutex_lock(&r->lock);
	out = r->is_stopping && clock_ns() >= r->give_up_ns;
	pthread_mutex_unlock(&r->lock);
	return out;
}

/* Until it is written; the rings fill up meanwhile. */
static void
write_until_done(struct recorder *r)
{
	unsigned pause_ms = PAUSE_FIRST_MS;
	struct err err = { "" };

	while (!write_batch(r, &err)) {
		health_set(&r->health, HEALTH_FILE, err.text);
		if (is_out_of_time(r)) {
			atomic_fetch_add(&r->health.dropped,
			    batch_count(&r->batch));
			forget_batch(r);
			return;
		}
		if (is_stopping(r))
			pause_ms = PAUSE_FIRST_MS;
		rest(r, pause_ms, !is_stopping(r));
		pause_ms = pause_ms * 2 < PAUSE_LAST_MS ? pause_ms * 2 :
		    PAUSE_LAST_MS;
	}
	health_set(&r->health, HEALTH_FILE, "");
	forget_batch(r);
}

static void
say_drops(struct recorder *r)
{
	static struct log_limit limit;
	uint64_t dropped = atomic_load(&r->health.dropped);
	unsigned long held = 0;

	if (dropped == r->dropped_said || !log_limit_pass(&limit, &held))
		return;
	log_event(LOG_WARN, "store", "%" PRIu64 " records were dropped (%"
	    PRIu64 " since the start): the recorder's queue or the spool is "
	    "full", dropped - r->dropped_said, dropped);
	r->dropped_said = dropped;
}

/* A failure here shows again with the next batch. */
static void
trim(struct recorder *r)
{
	const struct keep_settings *keep = hopper_keep(r->hopper);
	uint64_t now = clock_ns(), rows = 0;
	struct err err = { "" };

	if (r->records == NULL || keep == NULL || now < r->trim_ns +
	    (r->has_kept ? TRIM_MS : TRIM_IDLE_MS) * NS_PER_MS)
		return;
	r->trim_ns = now;
	r->has_kept = false;
	if (records_trim(r->records, keep, &rows, &r->has_kept, &err))
		atomic_fetch_add(&r->health.trimmed, rows);
}

static void *
recorder_main(void *arg)
{
	struct recorder *r = arg;
	bool is_last = false;

	while (!is_last || !batch_is_empty(&r->batch)) {
		is_last = is_stopping(r);
		collect(r);
		if (!batch_is_empty(&r->batch)) {
			write_until_done(r);
			is_last = false; /* look once more */
			if (hopper_fills_batch(r->hopper))
				rest(r, YIELD_MS, false);
		}
		trim(r);
		say_drops(r);
	}
	return NULL;
}

/* --- start and stop --------------------------------------------------------- */

static void
recorder_free(struct recorder **rp)
{
	struct recorder *r = *rp;

	records_close(&r->records);
	spool_close(&r->spool);
	batch_clear(&r->batch);
	hopper_free(&r->hopper);
	health_fini(&r->health);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	free(r->path);
	free(r);
	*rp = NULL;
}

static struct recorder *
recorder_new(const struct settings *settings,
    const struct recorder_options *options, const struct target *target)
{
	struct recorder *r = mem_zalloc(sizeof *r);

	r->kind = target->kind;
	r->path = mem_strdup(target->path);
	r->spool_max_bytes = settings->spool_max_bytes;
	r->why_word = options != NULL ? options->why_word : NULL;
	r->pace = (struct pace){ .is_urgent = is_urgent, .arg = r };
	r->is_held_first = options != NULL && options->held;
	r->hopper = hopper_new();
	health_init(&r->health);
	pthread_mutex_init(&r->lock, NULL);
	thread_cond_init(&r->wake);
	return r;
}

/* Who we are and which numbers are ours, and the file's tables: whatever is
 * wrong with the file is said now. */
static bool
open_files(struct recorder *r, struct err *err)
{
	sqlite3 *db = NULL;
	bool ok = local_open(r->path, SQLITE_BULK, &db, err) &&
	    local_identify(db, &r->identity, err) &&
	    local_first_batch(db, &r->next_batch, err);

	sqlite_close(&db);
	if (!ok)
		return false;
	hopper_set_key(r->hopper, r->identity.hash_key);
	switch (r->kind) {
	case STORE_SQLITE:
		return open_records(r, err);
	case STORE_POSTGRES:
		return spool_open(r->path, &r->health, &r->spool, err) &&
		    spool_measure(r->spool, err);
	case STORE_NONE:
		break; /* has no recorder */
	}
	return false;
}

static void
stop_thread(struct recorder *r, uint64_t until_ns)
{
	pthread_mutex_lock(&r->lock);
	r->is_stopping = true;
	r->give_up_ns = until_ns;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	hopper_wake(r->hopper);
	pthread_join(r->thread, NULL);
}

static bool
start_threads(struct recorder *r, const struct target *target, struct err *err)
{
	const struct carrier_settings carrier = {
		.conninfo = target->conninfo,
		.path = r->path,
		.health = &r->health,
		.first_batch = r->next_batch,
		.keys = hopper_keys(r->hopper),
		.held = r->is_held_first,
	};

	if (!thread_start(&r->thread, "recorder", recorder_main, r, err))
		return false;
	/* Nobody has a sink yet: the recorder does not look for the carrier
	 * before it is there. */
	if (r->kind == STORE_SQLITE ||
	    carrier_start(&carrier, &r->carrier, err))
		return true;
	stop_thread(r, clock_ns());
	return false;
}

bool
recorder_start(const struct settings *settings,
    const struct recorder_options *options, struct recorder **out,
    struct err *err)
{
	struct recorder *r;
	struct target target;

	*out = NULL;
	if (!target_of(settings, &target, err))
		return false;
	if (target.kind == STORE_NONE)
		return true;
	r = recorder_new(settings, options, &target);
	if (!open_files(r, err) || !start_threads(r, &target, err)) {
		recorder_free(&r);
		return err_wrap(err, "store");
	}
	log_event(LOG_INFO, "store", "records go to %s %s",
	    r->kind == STORE_SQLITE ? "sqlite" : "postgresql by way of",
	    r->path);
	*out = r;
	return true;
}

static unsigned
ms_left(uint64_t until_ns)
{
	uint64_t now = clock_ns();

	return now < until_ns ? (unsigned)((until_ns - now) / NS_PER_MS) : 0;
}

void
recorder_stop(struct recorder **rp, unsigned timeout_ms)
{
	struct recorder *r = *rp;
	uint64_t until_ns = clock_ns() + timeout_ms * NS_PER_MS;

	if (r == NULL)
		return;
	*rp = NULL;
	stop_thread(r, until_ns);
	say_drops(r);
	if (r->carrier != NULL && !carrier_stop(&r->carrier,
	    ms_left(until_ns)))
		return; /* exception: leaked, because the carrier still uses it */
	recorder_free(&r);
}

/* --- from other threads ------------------------------------------------------- */

void
recorder_apply(struct recorder *r, struct config *config)
{
	if (r == NULL)
		return;
	hopper_apply(r->hopper, config);
	if (r->carrier != NULL)
		carrier_apply(r->carrier, config);
}

void
recorder_hold(struct recorder *r, bool hold)
{
	if (r->carrier != NULL)
		carrier_hold(r->carrier, hold);
}

static bool
on_leg(void *arg, const struct leg_record *leg)
{
	struct recorder *r = arg;

	if (hopper_put_leg(r->hopper, leg))
		return true;
	atomic_fetch_add(&r->health.dropped, 1);
	return false;
}

static bool
on_comparison(void *arg, const struct comparison_record *comparison)
{
	struct recorder *r = arg;

	if (hopper_put_comparison(r->hopper, comparison))
		return true;
	atomic_fetch_add(&r->health.dropped, 1);
	return false;
}

static bool
on_kept(void *arg, struct kept_sample *k)
{
	struct recorder *r = arg;

	if (hopper_put_kept(r->hopper, k))
		return true;
	atomic_fetch_add(&r->health.dropped, 1);
	return false;
}

static bool
on_minute(void *arg, struct minute_record *m)
{
	struct recorder *r = arg;

	text_copy(m->instance, sizeof m->instance, r->identity.instance,
	    strlen(r->identity.instance));
	return hopper_put_minute(r->hopper, m);
}

struct record_sink
recorder_sink(struct recorder *r)
{
	if (r == NULL)
		return (struct record_sink){ 0 };
	return (struct record_sink){ .leg = on_leg,
		.comparison = on_comparison, .kept = on_kept,
		.minute = on_minute, .arg = r };
}

void
recorder_status(struct recorder *r, struct recorder_status *out)
{
	memset(out, 0, sizeof *out);
	if (r == NULL) {
		out->kind = STORE_NONE;
		out->ok = true;
		return;
	}
	out->kind = r->kind;
	out->ok = health_read(&r->health, out->error);
	/* The way that records go: one that moves on meanwhile is counted
	 * twice, never missed. */
	out->spooled = hopper_count(r->hopper);
	out->spooled += atomic_load(&r->pending);
	out->spooled += atomic_load(&r->health.spool_rows);
	out->trimmed = atomic_load(&r->health.trimmed);
	out->written = atomic_load(&r->health.written);
	out->dropped = atomic_load(&r->health.dropped);
}

void
recorder_poke(struct recorder *r)
{
	if (r != NULL && r->carrier != NULL)
		carrier_wake(r->carrier, CARRIER_EVENTS);
}

bool
recorder_remote_state(struct recorder *r, const char *rollout,
    uint64_t above, struct rollout_state *out)
{
	return r != NULL && r->carrier != NULL &&
	    carrier_remote_state(r->carrier, rollout, above, out);
}

bool
recorder_took_overrides(struct recorder *r, const char *rollout)
{
	return r != NULL && r->carrier != NULL &&
	    carrier_took_overrides(r->carrier, rollout);
}
