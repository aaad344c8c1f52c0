/* carrier -- see carrier.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/carrier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "config/config_box.h"
#include "store/deliver.h"
#include "store/local.h"
#include "store/postgres.h"
#include "store/remote.h"
#include "store/schema.h"
#include "store/spool.h"
#include "store/trim.h"

#define POLL_MS 1000u            /* the rollout state is read this often */
#define PAUSE_FIRST_MS 100u      /* after a failure; doubled each time */
#define PAUSE_LAST_MS 2000u
#define PRUNE_NS (600 * NS_PER_S)
#define TRIM_NS (5 * NS_PER_S)
#define TRIM_IDLE_NS (300 * NS_PER_S)

/* A rollout that PostgreSQL has a state of. */
struct seen {
	struct remote_state remote; /* its mark: of the overrides in the local
	                               file, "" = not known; the thread's own */
	bool took_overrides;        /* into the local file */
};

struct carrier {
	char *conninfo;           /* owns */
	char *path;               /* owns */
	struct health *health;    /* borrows */
	struct hash_box *keys;    /* borrows */
	int64_t first_batch;      /* of this start */
	pthread_t thread;
	_Atomic uint64_t give_up_ns; /* 0, or when a stop must be over */
	struct config_box configs; /* from the control thread */

	pthread_mutex_t lock;     /* guards what follows */
	pthread_cond_t wake;      /* CLOCK_MONOTONIC */
	bool is_stopping;
	bool is_held;             /* another process delivers */
	bool is_finished;         /* the thread is at its end */
	bool is_poked;            /* there are new events or a new state */
	bool has_batches;         /* there are new batches */
	struct seen *seen;        /* owns; the thread alone adds */
	size_t seen_count;

	/* the thread's own */
	struct spool *spool;      /* owns; NULL after a failure of the file */
	struct pg *pg;            /* owns; NULL while not connected */
	struct local_identity identity;
	bool is_known;            /* our name was checked in this start */
	bool has_events;          /* look for events and state to carry */
	unsigned load_max;        /* batches a transaction */
	unsigned pause_ms;        /* after the next failure */
	uint64_t poll_ns;         /* when to read the state again */
	uint64_t prune_ns;        /* when to prune again */
	uint64_t trim_ns;         /* when too old answers were last looked for */
	bool has_kept;            /* some have come since */
	struct config *config;    /* owns a reference; NULL at first */
	struct spool_load load;   /* large */
};

/* --- orders from outside ---------------------------------------------------- */

/* Take note of what was asked for.  true = to stop. */
static bool
take_orders(struct carrier *c)
{
	bool stopping;

	pthread_mutex_lock(&c->lock);
	stopping = c->is_stopping;
	c->has_events |= c->is_poked || stopping;
	c->is_poked = c->has_batches = false;
	pthread_mutex_unlock(&c->lock);
	return stopping;
}

static bool
is_held(struct carrier *c)
{
	bool held;

	pthread_mutex_lock(&c->lock);
	held = c->is_held;
	pthread_mutex_unlock(&c->lock);
	return held;
}

static struct timespec
moment_after(uint64_t ms)
{
	uint64_t ns = clock_ns() + ms * NS_PER_MS;

	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S) };
}

/* Until stopped or the time is over, or until there is news. */
static void
rest(struct carrier *c, unsigned ms, bool until_news)
{
	struct timespec end = moment_after(ms);
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (rc == 0 && !c->is_stopping &&
	    !(until_news && (c->is_poked || c->has_batches)))
		rc = pthread_cond_timedwait(&c->wake, &c->lock, &end);
	pthread_mutex_unlock(&c->lock);
}

/* --- connecting ----------------------------------------------------------- */

/* A copied file brings its name along; two writers under one name would
 * take each other's batches for their own. */
static bool
check_name(struct carrier *c, struct err *err)
{
	bool taken = false;

	if (c->is_known)
		return true;
	if (!remote_is_taken(c->pg, c->identity.instance, c->first_batch,
	    &taken, err))
		return false;
	/* Asked in this order: our successor delivers from the same file, but
	 * only since we are held. */
	if (taken && is_held(c))
		return err_set(err, "another process has taken over");
	if (taken && !local_rename(spool_file(c->spool), &c->identity, err))
		return false;
	if (taken)
		log_event(LOG_WARN, "store", "%s is a copy of a file in use"
		    " elsewhere; this instance is called %s from now on",
		    c->path, c->identity.instance);
	log_event(LOG_INFO, "store", "postgresql is reached, as instance %s",
	    c->identity.instance);
	c->is_known = true;
	return true;
}

static bool
agree_key(struct carrier *c, struct err *err)
{
	unsigned char key[HASH_KEY_BYTES];

	memcpy(key, c->identity.hash_key, sizeof key);
	if (!remote_agree_key(c->pg, key, err))
		return false;
	if (memcmp(key, c->identity.hash_key, sizeof key) == 0)
		return true;
	if (!local_set_hash_key(spool_file(c->spool), key, err))
		return false;
	memcpy(c->identity.hash_key, key, sizeof key);
	hash_box_put(c->keys, key);
	return true;
}

static bool
connect_server(struct carrier *c, struct err *err)
{
	struct pg_settings settings = { .conninfo = c->conninfo,
		.give_up_ns = &c->give_up_ns };

	if (!pg_open(&settings, &c->pg, err))
		return false;
	if (!schema_apply_postgres(c->pg, NULL, err) || !check_name(c, err) ||
	    !agree_key(c, err))
		return false;
	c->has_events = true;
	c->poll_ns = 0;
	for (size_t i = 0; i < c->seen_count; i++)
		c->seen[i].remote.mark[0] = '\0';
	return true;
}

static bool
open_spool(struct carrier *c, struct err *err)
{
	return spool_open(c->path, c->health, &c->spool, err) &&
	    local_identify(spool_file(c->spool), &c->identity, err);
}

/* --- working -------------------------------------------------------------- */

static bool
carry_events(struct carrier *c, struct err *err)
{
	while (c->has_events) {
		if (!remote_carry(c->pg, spool_file(c->spool),
		    c->identity.instance, &c->has_events, err))
			return false;
		c->poll_ns = 0; /* did ours win? */
	}
	return true;
}

/* NULL: there has been none of it.  The thread itself, or under the lock. */
static struct seen *
find_seen(struct carrier *c, const char *rollout)
{
	for (size_t i = 0; i < c->seen_count; i++)
		if (strcmp(c->seen[i].remote.rollout, rollout) == 0)
			return &c->seen[i];
	return NULL;
}

/* Under the lock, which the others look for theirs under. */
static struct seen *
add_seen(struct carrier *c)
{
	c->seen = mem_realloc(c->seen, (c->seen_count + 1) * sizeof *c->seen);
	c->seen[c->seen_count] = (struct seen){ .took_overrides = false };
	return &c->seen[c->seen_count++];
}

/* Its overrides first: who gets the state may ask for them. */
static bool
take_remote(struct carrier *c, const struct remote_state *remote,
    struct err *err)
{
	struct seen *s = find_seen(c, remote->rollout);
	bool is_same = s != NULL && strcmp(s->remote.mark, remote->mark) == 0;

	if (!is_same && !remote_load_overrides(c->pg, spool_file(c->spool),
	    remote->rollout, remote->state.epoch, err))
		return false;
	pthread_mutex_lock(&c->lock);
	if (s == NULL)
		s = add_seen(c);
	s->remote = *remote;
	s->took_overrides |= !is_same;
	pthread_mutex_unlock(&c->lock);
	return true;
}

static bool
read_states(struct carrier *c, struct err *err)
{
	struct remote_state *states = NULL;
	size_t count = 0;
	bool ok = true;

	if (clock_ns() < c->poll_ns)
		return true;
	if (!remote_load_states(c->pg, &states, &count, err))
		return false;
	c->poll_ns = clock_ns() + POLL_MS * NS_PER_MS;
	for (size_t i = 0; ok && i < count; i++)
		ok = take_remote(c, &states[i], err);
	free(states);
	return ok;
}

static bool
prune(struct carrier *c, struct err *err)
{
	if (c->load.count == 0 || clock_ns() < c->prune_ns)
		return true;
	c->prune_ns = clock_ns() + PRUNE_NS;
	return deliver_prune(c->pg, c->identity.instance,
	    c->load.batches[0].number, err);
}

/* Only for what is new, or too old by now; and it must not stand in the way of
 * rows. */
static bool
trim(struct carrier *c, struct err *err)
{
	static struct log_limit limit;
	uint64_t now = clock_ns(), rows = 0;
	unsigned long held;

	(void)config_box_take(&c->configs, &c->config);
	if (c->config == NULL || now < c->trim_ns + (c->has_kept ? TRIM_NS :
	    TRIM_IDLE_NS))
		return true;
	c->trim_ns = now;
	c->has_kept = false;
	if (trim_postgres(c->pg, &c->config->settings.keep, clock_wall_us(),
	    &rows, err)) {
		atomic_fetch_add(&c->health->trimmed, rows);
		return true;
	}
	if (!pg_is_lost(c->pg) && log_limit_pass(&limit, &held))
		log_event(LOG_WARN, "store", "the oldest kept answers could not "
		    "be removed: %s", err->text);
	return !pg_is_lost(c->pg);
}

static bool
send_load(struct carrier *c, struct err *err)
{
	struct delivery done;

	if (!prune(c, err) || !deliver(c->pg, c->identity.instance, &c->load,
	    &done, err))
		return false;
	atomic_fetch_add(&c->health->written, done.written);
	atomic_fetch_add(&c->health->dropped, done.dropped);
	for (unsigned i = 0; i < c->load.count; i++)
		c->has_kept |= c->load.batches[i].lines[TABLE_SAMPLES].len > 0;
	return spool_forget(c->spool, &c->load, err);
}

/* Batches until the spool is empty or it is time to look at the rest. */
static bool
send_batches(struct carrier *c, bool *empty_out, struct err *err)
{
	bool ok;

	*empty_out = false;
	/* Not those of our successor in an upgrade: when it looks whether its
	 * name is taken, its numbers must not be there already. */
	if (!spool_peek(c->spool, local_next_start(c->first_batch),
	    c->load_max, &c->load, err))
		return false;
	*empty_out = c->load.count == 0;
	ok = *empty_out || send_load(c, err);
	spool_load_fini(&c->load);
	/* One by one after a failure: perhaps the transaction was too large
	 * for the server's patience. */
	if (ok)
		c->load_max = c->load_max * 2 < SPOOL_LOAD_MAX ?
		    c->load_max * 2 : SPOOL_LOAD_MAX;
	else
		c->load_max = 1;
	return ok;
}

/* One round.  *idle_out: there is nothing left to do. */
static bool
work(struct carrier *c, bool *idle_out, struct err *err)
{
	if (c->spool == NULL && !open_spool(c, err))
		return false;
	if (c->pg == NULL && !connect_server(c, err))
		return false;
	if (!trim(c, err) || !carry_events(c, err) || !read_states(c, err) ||
	    !send_batches(c, idle_out, err))
		return false;
	if (*idle_out)
		spool_shrink(c->spool);
	return true;
}

static void
hang_up(struct carrier *c, const struct err *why)
{
	health_set(c->health, HEALTH_SERVER, why->text);
	pg_close(&c->pg);
	spool_close(&c->spool);
	rest(c, c->pause_ms, false);
	c->pause_ms = c->pause_ms * 2 < PAUSE_LAST_MS ? c->pause_ms * 2 :
	    PAUSE_LAST_MS;
}

/* At a stop one round must succeed with nothing left; the first failure
 * leaves the rest for the next start. */
static void *
carrier_main(void *arg)
{
	struct carrier *c = arg;
	struct err err = { "" };
	bool is_last = false, is_idle = false, ok = true;

	while (!is_last || (ok && !is_idle)) {
		is_last = take_orders(c);
		if (is_held(c)) {
			pg_close(&c->pg);
			if (is_last)
				break;
			rest(c, POLL_MS, true);
			continue;
		}
		ok = work(c, &is_idle, &err);
		if (!ok) {
			hang_up(c, &err);
			continue;
		}
		c->pause_ms = PAUSE_FIRST_MS;
		health_set(c->health, HEALTH_SERVER, "");
		if (is_idle)
			rest(c, POLL_MS, true);
	}
	pg_close(&c->pg);
	spool_close(&c->spool);
	pthread_mutex_lock(&c->lock);
	c->is_finished = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- from outside ----------------------------------------------------------- */

static void
carrier_free(struct carrier **c)
{
	pthread_mutex_destroy(&(*c)->lock);
	pthread_cond_destroy(&(*c)->wake);
	config_unref(&(*c)->config);
	config_box_fini(&(*c)->configs);
	free((*c)->seen);
	free((*c)->conninfo);
	free((*c)->path);
	free(*c);
	*c = NULL;
}

static struct carrier *
carrier_new(const struct carrier_settings *settings)
{
	struct carrier *c = mem_zalloc(sizeof *c);

	c->conninfo = mem_strdup(settings->conninfo);
	c->path = mem_strdup(settings->path);
	c->health = settings->health;
	c->keys = settings->keys;
	c->first_batch = settings->first_batch;
	c->is_held = settings->held;
	c->load_max = SPOOL_LOAD_MAX;
	config_box_init(&c->configs);
	c->pause_ms = PAUSE_FIRST_MS;
	pthread_mutex_init(&c->lock, NULL);
	thread_cond_init(&c->wake);
	return c;
}

bool
carrier_start(const struct carrier_settings *settings, struct carrier **out,
    struct err *err)
{
	struct carrier *c = carrier_new(settings);

	if (!thread_start(&c->thread, "carrier", carrier_main, c, err)) {
		carrier_free(&c);
		return false;
	}
	*out = c;
	return true;
}

static bool
wait_finished(struct carrier *c, uint64_t ms)
{
	struct timespec end = moment_after(ms);
	bool finished;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (rc == 0 && !c->is_finished)
		rc = pthread_cond_timedwait(&c->wake, &c->lock, &end);
	finished = c->is_finished;
	pthread_mutex_unlock(&c->lock);
	return finished;
}

bool
carrier_stop(struct carrier **c, unsigned timeout_ms)
{
	/* What gives up at give_up_ns still has to hang up and get here. */
	const uint64_t grace_ms = 1000;

	atomic_store(&(*c)->give_up_ns, clock_ns() + timeout_ms * NS_PER_MS);
	pthread_mutex_lock(&(*c)->lock);
	(*c)->is_stopping = true;
	pthread_cond_broadcast(&(*c)->wake);
	pthread_mutex_unlock(&(*c)->lock);
	if (!wait_finished(*c, timeout_ms + grace_ms)) {
		pthread_detach((*c)->thread);
		*c = NULL; /* exception: leaked, because it still runs */
		return false;
	}
	pthread_join((*c)->thread, NULL);
	carrier_free(c);
	return true;
}

void
carrier_hold(struct carrier *c, bool hold)
{
	pthread_mutex_lock(&c->lock);
	c->is_held = hold;
	c->is_poked = true; /* look at once */
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void
carrier_apply(struct carrier *c, struct config *config)
{
	config_box_put(&c->configs, config);
}

void
carrier_wake(struct carrier *c, enum carrier_news news)
{
	pthread_mutex_lock(&c->lock);
	if (news == CARRIER_EVENTS)
		c->is_poked = true;
	else
		c->has_batches = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

bool
carrier_remote_state(struct carrier *c, const char *rollout, uint64_t above,
    struct rollout_state *out)
{
	const struct seen *s;
	bool is_newer;

	pthread_mutex_lock(&c->lock);
	s = find_seen(c, rollout);
	is_newer = s != NULL && s->remote.state.epoch > above;
	if (is_newer)
		*out = s->remote.state;
	pthread_mutex_unlock(&c->lock);
	return is_newer;
}

bool
carrier_took_overrides(struct carrier *c, const char *rollout)
{
	struct seen *s;
	bool took;

	pthread_mutex_lock(&c->lock);
	s = find_seen(c, rollout);
	took = s != NULL && s->took_overrides;
	if (took)
		s->took_overrides = false;
	pthread_mutex_unlock(&c->lock);
	return took;
}
