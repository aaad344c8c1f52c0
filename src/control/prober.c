/* prober -- see prober.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/prober.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/transfer.h"
#include "policy/hold.h"

/* Nobody needs more of an answer to know that it is one. */
#define BODY_MAX_BYTES (64 * 1024)
/* Nothing is due: look for news this often, in case a wake-up was lost. */
#define WAIT_MAX_MS 1000
/* Beside the errors of libcurl: we had no socket. */
#define CHECK_OWN_FAULT 0xffff

/* Of one replica.  Thread of the prober only. */
struct probe {
	struct replica *replica;          /* owns a reference */
	const struct endpoint *endpoint;  /* borrows from the snapshot */
	const struct backend *backend;    /* likewise */
	struct check_row row;
	uint64_t due_ns;
	struct transfer transfer;
};

struct prober {
	struct transfer_thread asker;     /* control thread, but for its multi */
	pthread_mutex_t lock;
	struct snapshot *next;            /* owns a reference; under lock */
	bool stop;                        /* under lock */

	/* the thread's own */
	struct snapshot *snapshot;        /* owns a reference */
	struct probe *probes;             /* owns */
	size_t probe_count;
	uint32_t lot;
};

/* --- judging ---------------------------------------------------------------- */

enum check
check_judge(struct check_row *row, const struct health_check *rules,
    bool is_good)
{
	row->good = is_good ? row->good + 1 : 0;
	row->bad = is_good ? 0 : row->bad + 1;
	if (is_good && (row->state == CHECK_UNKNOWN || row->good >= rules->rise))
		row->state = CHECK_UP;
	else if (!is_good && row->bad >= rules->fall)
		row->state = CHECK_DOWN;
	return row->state;
}

void
prober_describe(uint64_t check, char *out, size_t space)
{
	unsigned error = (unsigned)(check >> 16), status = check & 0xffff;

	if (error == CHECK_OWN_FAULT)
		snprintf(out, space, "not made: understudy had no socket left");
	else if (error != 0)
		snprintf(out, space, "%s", curl_easy_strerror((CURLcode)error));
	else
		snprintf(out, space, "status %u", status);
}

static void
publish(struct probe *b, unsigned error, unsigned status, bool is_good)
{
	struct replica *r = b->replica;
	enum check before = b->row.state;

	atomic_store_explicit(&r->check, (uint64_t)error << 16 | status,
	    memory_order_relaxed);
	atomic_store_explicit(&r->check_us, clock_wall_us(),
	    memory_order_relaxed);
	if (error == CHECK_OWN_FAULT)
		return;
	check_judge(&b->row, &b->backend->health, is_good);
	/* What the traffic held against it was before it came up again. */
	if (before == CHECK_DOWN && b->row.state == CHECK_UP)
		hold_clear(&r->hold);
	atomic_store_explicit(&r->checked, b->row.state, memory_order_relaxed);
}

/* --- one check --------------------------------------------------------------- */

static void
set_up(struct probe *b)
{
	const char *host = b->backend->health.host != NULL ?
	    b->backend->health.host : b->backend->host;

	transfer_add_field(&b->transfer, "Host", host != NULL ? host :
	    b->endpoint->authority);
	transfer_to_endpoint(&b->transfer, b->endpoint, b->backend,
	    b->replica->address, b->backend->health.path);
}

static void
begin_check(struct prober *p, struct probe *b, uint64_t now_ns)
{
	b->due_ns = now_ns + b->backend->health.interval_ms * NS_PER_MS;
	if (b->transfer.easy != NULL)
		return; /* interval below timeout: one at a time */
	b->transfer.max_bytes = BODY_MAX_BYTES;
	if (!transfer_begin(&b->transfer, "understudy-health",
	    b->backend->health.timeout_ms))
		return;
	set_up(b);
	transfer_send(p->asker.multi, &b->transfer, b);
}

static void
end_check(struct prober *p, struct probe *b, CURLcode result)
{
	const struct health_check *h = &b->backend->health;
	long status;
	bool is_good;

	result = transfer_result(&b->transfer, result, &status);
	is_good = result == CURLE_OK && status >= h->status_low &&
	    status <= h->status_high;
	transfer_drop(p->asker.multi, &b->transfer);
	publish(b, b->transfer.own_error != 0 ? CHECK_OWN_FAULT : (unsigned)result,
	    result == CURLE_OK ? (unsigned)status : 0, is_good);
}

/* --- the endpoints to check -------------------------------------------------- */

static uint32_t
draw(struct prober *p, uint32_t below)
{
	p->lot = p->lot * 1664525u + 1013904223u;
	return below == 0 ? 0 : (p->lot >> 8) % below;
}

static void
drop_probes(struct prober *p, struct probe *probes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		transfer_drop(p->asker.multi, &probes[i].transfer);
		replica_unref(&probes[i].replica);
	}
	free(probes);
}

static void
add_probe(struct prober *p, const struct roster_row *row,
    const struct backend *backend, const struct probe *before,
    size_t before_count)
{
	struct probe *b = &p->probes[p->probe_count];

	for (size_t i = 0; i < p->probe_count; i++)
		if (p->probes[i].replica == row->replica)
			return;
	p->probe_count++;
	b->replica = replica_ref(row->replica);
	b->endpoint = row->endpoint;
	b->backend = backend;
	b->row.state = atomic_load_explicit(&row->replica->checked,
	    memory_order_relaxed);
	/* Not all at the same moment, and not those of all instances. */
	b->due_ns = clock_ns() + draw(p, backend->health.interval_ms) *
	    NS_PER_MS;
	for (size_t i = 0; i < before_count; i++)
		if (before[i].replica == row->replica) {
			b->row = before[i].row;
			if (before[i].due_ns < b->due_ns)
				b->due_ns = before[i].due_ns;
		}
}

static void
list_probes(struct prober *p)
{
	const struct roster *r = p->snapshot->roster;
	struct probe *before = p->probes;
	size_t before_count = p->probe_count;

	p->probes = mem_zalloc(BACKEND_COUNT * ROSTER_MAX *
	    sizeof p->probes[0]);
	p->probe_count = 0;
	for (enum backend_id id = 0; id < BACKEND_COUNT; id++) {
		const struct backend *b =
		    &p->snapshot->config->settings.backends[id];

		for (size_t i = 0; i < r->backends[id].count; i++)
			if (b->health.path != NULL)
				add_probe(p, &r->backends[id].rows[i], b, before,
				    before_count);
			else
				/* Checks were taken out of the config. */
				atomic_store_explicit(
				    &r->backends[id].rows[i].replica->checked,
				    CHECK_UNKNOWN, memory_order_relaxed);
	}
	drop_probes(p, before, before_count);
}

static void
take_snapshot(struct prober *p, struct snapshot *next)
{
	struct snapshot *before = p->snapshot;

	if (next == NULL)
		return;
	p->snapshot = next;
	if (before == NULL || before->roster != next->roster)
		list_probes(p);
	snapshot_unref(&before);
}

/* --- the thread --------------------------------------------------------------- */

/* false: stop. */
static bool
take_news(struct prober *p)
{
	struct snapshot *next;
	bool stop;

	pthread_mutex_lock(&p->lock);
	next = p->next;
	p->next = NULL;
	stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	take_snapshot(p, next);
	return !stop;
}

/* Begin what is due; milliseconds until the next one is. */
static int
begin_due(struct prober *p)
{
	uint64_t now_ns = clock_ns(), wait_ns = WAIT_MAX_MS * NS_PER_MS;

	for (size_t i = 0; i < p->probe_count; i++) {
		struct probe *b = &p->probes[i];

		if (b->due_ns <= now_ns)
			begin_check(p, b, now_ns);
		if (b->due_ns - now_ns < wait_ns)
			wait_ns = b->due_ns - now_ns;
	}
	return (int)(wait_ns / NS_PER_MS) + 1;
}

static void
end_finished(struct prober *p)
{
	struct probe *b;
	CURLcode code;

	while ((b = transfer_ended(p->asker.multi, &code)) != NULL)
		end_check(p, b, code);
}

static void *
prober_main(void *arg)
{
	struct prober *p = arg;
	int running;

	while (take_news(p)) {
		int wait_ms = begin_due(p);

		curl_multi_perform(p->asker.multi, &running);
		end_finished(p);
		curl_multi_poll(p->asker.multi, NULL, 0, wait_ms, NULL);
	}
	return NULL;
}

/* --- the control thread's side ------------------------------------------------- */

struct prober *
prober_new(void)
{
	struct prober *p = mem_zalloc(sizeof *p);

	pthread_mutex_init(&p->lock, NULL);
	p->lot = (uint32_t)clock_ns();
	return p;
}

static bool
wants_checks(const struct snapshot *s)
{
	for (enum backend_id id = 0; id < BACKEND_COUNT; id++)
		if (s->config->settings.backends[id].health.path != NULL)
			return true;
	return false;
}

static void
start(struct prober *p)
{
	struct err err = { "" };

	if (!transfer_thread_start(&p->asker, "prober", prober_main, p, &err))
		log_event(LOG_ERROR, "health", "no checks are made: %s", err.text);
}

void
prober_watch(struct prober *p, struct snapshot *s)
{
	struct snapshot *unread;

	if (p == NULL || s->roster == NULL ||
	    (!p->asker.started && !wants_checks(s)))
		return;
	pthread_mutex_lock(&p->lock);
	unread = p->next;
	p->next = snapshot_ref(s);
	pthread_mutex_unlock(&p->lock);
	snapshot_unref(&unread);
	if (!p->asker.started)
		start(p);
	else
		curl_multi_wakeup(p->asker.multi);
}

void
prober_stop(struct prober **slot)
{
	struct prober *p = *slot;

	if (p == NULL)
		return;
	*slot = NULL;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_mutex_unlock(&p->lock);
	transfer_thread_join(&p->asker);
	drop_probes(p, p->probes, p->probe_count);
	transfer_thread_fini(&p->asker);
	snapshot_unref(&p->next);
	snapshot_unref(&p->snapshot);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
