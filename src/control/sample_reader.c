/* sample_reader -- see sample_reader.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/sample_reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

/* A thread that is told to give up does so within some 50 ms, unless a name
 * server holds it; libraries clean up at the end of the process, and should
 * not be in use then. */
#define STOP_NS NS_PER_S

struct sample_reader {
	pthread_mutex_t lock;        /* over all below; never held while reading */
	pthread_cond_t news;         /* CLOCK_MONOTONIC */
	unsigned refs;               /* control's and the thread's */
	bool is_reading;             /* there is a thread */
	bool is_answered;            /* for pair, and nobody has taken it yet */
	char pair[IDENT_TEXT_LEN + 1];
	struct config *config;       /* owns a reference while reading */
	struct sample_found *found;  /* owns; NULL: err says why */
	struct err err;
	_Atomic uint64_t give_up_ns; /* 0 = not; set at the end */
};

void
sample_found_free(struct sample_found **f)
{
	if (*f == NULL)
		return;
	kept_sample_free(&(*f)->kept);
	free(*f);
	*f = NULL;
}

static void
forget(struct sample_reader *r)
{
	sample_found_free(&r->found);
	r->is_answered = false;
}

/* With the lock; gives it back. */
static void
leave(struct sample_reader *r)
{
	bool is_last = --r->refs == 0;

	pthread_mutex_unlock(&r->lock);
	if (!is_last)
		return;
	forget(r);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->news);
	free(r);
}

/* --- the thread -------------------------------------------------------------- */

static bool
read_pair(const struct samples_options *options, struct sample_found *found,
    struct err *err)
{
	struct samples *samples = NULL;
	bool ok = samples_open(options, &samples, err) &&
	    samples_next(samples, &found->kept, err);

	if (ok && found->kept != NULL)
		ok = samples_differences(samples, found->kept,
		    found->differences, &found->difference_count, err);
	samples_close(&samples);
	return ok;
}

static void *
reader_main(void *arg)
{
	struct sample_reader *r = arg;
	struct sample_found *found = mem_zalloc(sizeof *found);
	/* Nobody changes either while there is a thread. */
	const struct settings *s = &r->config->settings;
	const struct samples_options options = { .store = s->store,
		.keys = s->keep.keys, .key_count = s->keep.key_count,
		.pair = r->pair, .give_up_ns = &r->give_up_ns };
	struct err err = { "" };

	if (!read_pair(&options, found, &err))
		sample_found_free(&found);
	pthread_mutex_lock(&r->lock);
	r->found = found;
	r->err = err;
	r->is_answered = true;
	r->is_reading = false;
	config_unref(&r->config);
	pthread_cond_broadcast(&r->news);
	leave(r);
	return NULL;
}

/* --- who asks ---------------------------------------------------------------- */

static void
wait_for(struct sample_reader *r, uint64_t until_ns)
{
	const struct timespec at = { .tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S) };

	while (r->is_reading &&
	    pthread_cond_timedwait(&r->news, &r->lock, &at) == 0)
		continue;
}

struct sample_reader *
sample_reader_new(void)
{
	struct sample_reader *r = mem_zalloc(sizeof *r);

	r->refs = 1;
	atomic_init(&r->give_up_ns, 0);
	pthread_mutex_init(&r->lock, NULL);
	thread_cond_init(&r->news);
	return r;
}

void
sample_reader_stop(struct sample_reader **slot)
{
	struct sample_reader *r = *slot;

	if (r == NULL)
		return;
	*slot = NULL;
	atomic_store(&r->give_up_ns, 1);
	pthread_mutex_lock(&r->lock);
	wait_for(r, clock_ns() + STOP_NS);
	leave(r);
}

static bool
begin(struct sample_reader *r, struct config *config, const char *pair,
    struct err *err)
{
	pthread_t thread;

	forget(r);
	memcpy(r->pair, pair, strlen(pair) + 1);
	r->config = config_ref(config);
	r->refs++;
	if (thread_start(&thread, "samples", reader_main, r, err)) {
		pthread_detach(thread);
		r->is_reading = true;
		return true;
	}
	r->refs--;
	config_unref(&r->config);
	return false;
}

/* The answer that is there, if it is of this pair. */
static bool
take(struct sample_reader *r, struct sample_found **out, struct err *err)
{
	*out = r->found;
	r->found = NULL;
	r->is_answered = false;
	return *out != NULL || err_set(err, "%s", r->err.text);
}

bool
sample_reader_ask(struct sample_reader *r, struct config *config,
    const char *pair, uint64_t until_ns, struct sample_found **out,
    struct err *err)
{
	bool ok = true;

	*out = NULL;
	if (strlen(pair) >= sizeof r->pair) {
		*out = mem_zalloc(sizeof **out); /* no pair has such a name */
		return true;
	}
	pthread_mutex_lock(&r->lock);
	wait_for(r, until_ns);
	if (!r->is_reading && !(r->is_answered && strcmp(r->pair, pair) == 0)) {
		ok = begin(r, config, pair, err);
		wait_for(r, until_ns);
	}
	if (ok && !r->is_reading)
		ok = take(r, out, err);
	pthread_mutex_unlock(&r->lock);
	return ok;
}
