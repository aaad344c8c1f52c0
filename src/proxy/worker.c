/* worker -- see worker.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/worker.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "net/stream_send.h"
#include "proxy/admission.h"
#include "proxy/client.h"
#include "proxy/door.h"
#include "proxy/exchange.h"

const struct settings *
worker_settings(const struct worker *w)
{
	return &w->snapshot->config->settings;
}

uint32_t
worker_idle_ms(const struct worker *w)
{
	const struct settings *s = worker_settings(w);

	return w->draining && s->drain_idle_ms < s->client_idle_ms ?
	    s->drain_idle_ms : s->client_idle_ms;
}

char *
worker_scratch(struct worker *w)
{
	stream_post_gathered(&w->loop);
	return w->scratch;
}

const char *
worker_date(struct worker *w)
{
	int64_t seconds = loop_wall_us(&w->loop) / 1000000;

	if (seconds != w->date_seconds) {
		w->date_seconds = seconds;
		date_format(seconds, w->date);
	}
	return w->date;
}

/* --- stopping ------------------------------------------------------------- */

void
worker_check_drained(struct worker *w)
{
	if (w->draining)
		loop_defer(&w->loop, &w->drain_check);
}

/* When the last client has gone nobody waits for the shadows. */
static void
on_drain_check(void *arg)
{
	struct worker *w = arg;
	struct exchange *x;

	if (!TAILQ_EMPTY(&w->clients) || !TAILQ_EMPTY(&w->greetings))
		return;
	while ((x = TAILQ_FIRST(&w->exchanges)) != NULL)
		exchange_cancel(x, OUTCOME_DRAINED);
	w->done = true;
}

static void
on_drain_end(void *arg)
{
	struct worker *w = arg;
	struct client *c;

	greeting_end(w);
	while ((c = TAILQ_FIRST(&w->clients)) != NULL)
		client_end(c);
}

static void
stop_listening(struct worker *w)
{
	uint64_t succeeded = atomic_load(&w->succeeded);

	for (size_t i = 0; i < w->listener_count; i++)
		if ((succeeded >> w->addresses[i] & 1) != 0)
			listener_release(&w->listeners[i]);
		else
			listener_stop(&w->listeners[i]);
}

static void
begin_drain(struct worker *w)
{
	struct client *c, *next;

	if (w->draining)
		return;
	stop_listening(w);
	w->draining = true;
	greeting_drain(w);
	for (c = TAILQ_FIRST(&w->clients); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		client_drain(c);
	}
	for (int b = 0; b < BACKEND_COUNT; b++)
		pool_flush(&w->pools[b]);
	loop_arm(&w->loop, &w->drain_end, worker_settings(w)->drain_ms);
	worker_check_drained(w);
}

/* --- mail from the control thread ------------------------------------------- */

/* The largest head that is let in must fit, whatever a reload allows. */
static void
fit_scratch(struct worker *w)
{
	size_t space = worker_settings(w)->head_max_bytes + WORKER_HEAD_ROOM;

	if (space <= w->scratch_bytes)
		return;
	stream_flush_gathered(&w->loop);
	w->scratch = mem_realloc(w->scratch, space);
	w->scratch_bytes = space;
}

/* Settings and endpoints in force are those of the main rollout's snapshot. */
static void
follow_main(struct worker *w, const struct snapshot *before)
{
	const struct snapshot *next = w->courses[0].snapshot;

	w->snapshot = next;
	if (next->config != before->config) {
		/* The backends may be others: what is idle goes, what is busy
		 * goes when its exchange ends. */
		w->pool_generation += 2;
		for (int b = 0; b < BACKEND_COUNT; b++)
			pool_flush(&w->pools[b]);
		shared_quota_settle(&w->admission->exchanges, w->index);
		shared_quota_settle(&w->admission->shadows, w->index);
	}
	for (int b = 0; next->roster != before->roster && b < BACKEND_COUNT; b++)
		pool_enlist(w, b);
	fit_scratch(w);
}

static void
on_mail(void *arg)
{
	struct worker *w = arg;

	for (size_t i = 0; i < w->course_count; i++) {
		struct snapshot *before;

		if (!course_follow(&w->courses[i], &before))
			continue;
		if (i == 0)
			follow_main(w, before);
		snapshot_unref(&before);
	}
	if (atomic_load(&w->stop))
		begin_drain(w);
}

void
worker_publish(struct worker *w, struct snapshot *s)
{
	course_put(&w->courses[s->config->index], s);
	mailbox_ring(&w->mailbox);
}

void
worker_stop(struct worker *w, uint64_t succeeded)
{
	atomic_store(&w->succeeded, succeeded);
	atomic_store(&w->stop, true);
	mailbox_ring(&w->mailbox);
}

/* --- life --------------------------------------------------------------------- */

static void
on_accepted(void *arg, const struct listener *from, int fd,
    const struct sockaddr *peer)
{
	struct worker *w = arg;

	door_accept(w, fd, peer, w->addresses[from - w->listeners]);
}

bool
worker_new(const struct worker_options *o, struct worker **out,
    struct err *err)
{
	struct worker *w = mem_zalloc(sizeof *w);

	w->magic = WORKER_MAGIC;
	w->index = o->index;
	w->count = o->count;
	TAILQ_INIT(&w->clients);
	TAILQ_INIT(&w->greetings);
	TAILQ_INIT(&w->exchanges);
	ident_source_init(&w->idents);
	for (int b = 0; b < BACKEND_COUNT; b++)
		pool_init(&w->pools[b], o->index);
	w->pool_generation = 2;
	w->records = o->records;
	w->access = o->access;
	w->samples = o->samples;
	w->budget = o->budget;
	w->admission = o->admission;
	w->jitter = clock_ns() + o->index;
	w->drain_end = (struct wheel_entry){ .fire = on_drain_end, .arg = w };
	w->drain_check = (struct deferred){ .run = on_drain_check, .arg = w };
	if (!loop_init(&w->loop, err) ||
	    !mailbox_init(&w->mailbox, &w->loop, on_mail, w, err)) {
		loop_fini(&w->loop);
		free(w);
		return err_wrap(err, "worker %u", o->index);
	}
	w->course_count = o->course_count;
	w->courses = mem_zalloc(o->course_count * sizeof w->courses[0]);
	for (size_t i = 0; i < o->course_count; i++)
		course_init(&w->courses[i], &o->courses[i]);
	w->snapshot = w->courses[0].snapshot;
	w->stats = w->courses[0].stats;
	for (int b = 0; b < BACKEND_COUNT; b++)
		pool_enlist(w, b);
	fit_scratch(w);
	w->listener_count = o->socket_count;
	w->listeners = mem_zalloc(o->socket_count * sizeof w->listeners[0]);
	w->addresses = mem_zalloc(o->socket_count * sizeof w->addresses[0]);
	for (size_t i = 0; i < o->socket_count; i++) {
		w->addresses[i] = o->sockets[i].address;
		listener_start(&w->listeners[i], &w->loop, o->sockets[i].fd,
		    on_accepted, w);
	}
	*out = w;
	return true;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;

	thread_hurry();
	while (!w->done)
		loop_run_once(&w->loop);
	atomic_store(&w->serving, false);
	return NULL;
}

bool
worker_start(struct worker *w, struct err *err)
{
	char name[THREAD_NAME_MAX + 1];

	snprintf(name, sizeof name, "worker %u", w->index);
	/* Its sockets listen already: who comes before the thread's first turn
	 * waits for that turn only.  Said by the thread itself, it would come
	 * after "ready" now and then. */
	atomic_store(&w->serving, true);
	w->started = thread_start(&w->thread, name, worker_main, w, err);
	if (!w->started)
		atomic_store(&w->serving, false);
	return w->started;
}

void
worker_join(struct worker **slot)
{
	struct worker *w = *slot;

	if (w == NULL)
		return;
	*slot = NULL;
	if (w->started)
		pthread_join(w->thread, NULL);
	for (size_t i = 0; i < w->listener_count; i++)
		listener_release(&w->listeners[i]);
	assert(TAILQ_EMPTY(&w->clients) && TAILQ_EMPTY(&w->greetings));
	assert(TAILQ_EMPTY(&w->exchanges));
	for (int b = 0; b < BACKEND_COUNT; b++)
		pool_fini(&w->pools[b]);
	loop_drain_deferred(&w->loop);
	tls_sessions_fini(&w->sessions);
	mailbox_fini(&w->mailbox);
	loop_fini(&w->loop);
	spare_fini(&w->spare_requests);
	spare_fini(&w->spare_exchanges);
	spare_fini(&w->spare_readings);
	free(w->listeners);
	free(w->addresses);
	free(w->scratch);
	for (size_t i = 0; i < w->course_count; i++)
		course_fini(&w->courses[i]);
	free(w->courses);
	w->magic = 0;
	free(w);
}
