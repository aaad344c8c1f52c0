/* resolver -- see resolver.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/resolver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "config/location.h"
#include "control/json_text.h"

/* Names in one config: every URL may have one. */
#define NAMES_MAX (BACKEND_COUNT * 64)

struct name {
	char host[256];
	struct location set[LOCATIONS_MAX];
	size_t count;
	uint64_t due_ns;
	int64_t changed_us;  /* wall clock; 0 = as it was loaded */
	bool is_failing;
	char error[120];     /* while failing */
};

struct resolver {
	resolver_ask *ask;
	void *arg;
	pthread_t thread;
	bool started;            /* control thread only */
	pthread_mutex_t lock;    /* over all below */
	pthread_cond_t news;
	unsigned refs;           /* control's and the thread's */
	bool stop, asking, changed;
	uint64_t interval_ns;
	struct name *names;      /* owns, NAMES_MAX */
	size_t name_count;
	struct resolver_totals totals;
};

static struct name *
find(struct name *names, size_t count, const char *host)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(names[i].host, host) == 0)
			return &names[i];
	return NULL;
}

/* --- the thread --------------------------------------------------------------- */

static void
log_change(const struct name *n)
{
	char text[LOCATION_TEXT_MAX];
	struct buf list = { 0 };

	for (size_t i = 0; i < n->count; i++) {
		location_format(&n->set[i], text);
		/* Without ":0": a name has no port. */
		buf_printf(&list, "%s%.*s", i > 0 ? ", " : "",
		    (int)(strlen(text) - 2), text);
	}
	log_event(LOG_INFO, "dns", "%s is now %s", n->host, list.bytes);
	buf_fini(&list);
}

static void
note_failure(struct resolver *r, struct name *n, const struct err *err)
{
	r->totals.failures++;
	text_copy(n->error, sizeof n->error, err->text, strlen(err->text));
	if (n->is_failing)
		return;
	n->is_failing = true;
	log_event(LOG_WARN, "dns", "%s cannot be resolved (%s); its addresses "
	    "of before hold", n->host, err->text);
}

static void
note_answer(struct resolver *r, struct name *n, const struct location *set,
    size_t count)
{
	if (n->is_failing)
		log_event(LOG_INFO, "dns", "%s can be resolved again", n->host);
	n->is_failing = false;
	if (location_is_same_set(n->set, n->count, set, count))
		return;
	memcpy(n->set, set, count * sizeof set[0]);
	n->count = count;
	n->changed_us = clock_wall_us();
	r->changed = true;
	log_change(n);
}

/* Called with the lock, and returns with it; open in between. */
static void
ask_for(struct resolver *r, size_t index)
{
	struct location set[LOCATIONS_MAX];
	struct err err = { "" };
	struct name *n;
	size_t count = 0;
	char host[256];
	bool ok;

	memcpy(host, r->names[index].host, sizeof host);
	r->asking = true;
	pthread_mutex_unlock(&r->lock);
	ok = r->ask(r->arg, host, set, &count, &err) && count > 0;
	pthread_mutex_lock(&r->lock);
	r->asking = false;
	r->totals.questions++;
	/* The names may be others by now. */
	n = find(r->names, r->name_count, host);
	if (n == NULL || r->stop)
		return;
	n->due_ns = clock_ns() + r->interval_ns;
	if (ok)
		note_answer(r, n, set, count);
	else
		note_failure(r, n, &err);
}

/* The name that is due first; SIZE_MAX = there is none. */
static size_t
first_due(const struct resolver *r)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < r->name_count; i++)
		if (first == SIZE_MAX ||
		    r->names[i].due_ns < r->names[first].due_ns)
			first = i;
	return first;
}

static void
wait_until(struct resolver *r, uint64_t due_ns)
{
	struct timespec at = { .tv_sec = (time_t)(due_ns / NS_PER_S),
		.tv_nsec = (long)(due_ns % NS_PER_S) };

	pthread_cond_timedwait(&r->news, &r->lock, &at);
}

/* With the lock; true: r is gone. */
static void
leave(struct resolver *r)
{
	bool is_last = --r->refs == 0;

	pthread_mutex_unlock(&r->lock);
	if (!is_last)
		return;
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->news);
	free(r->names);
	free(r);
}

static void *
resolver_main(void *arg)
{
	struct resolver *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		size_t next = first_due(r);

		if (next == SIZE_MAX)
			pthread_cond_wait(&r->news, &r->lock);
		else if (r->names[next].due_ns > clock_ns())
			wait_until(r, r->names[next].due_ns);
		else
			ask_for(r, next);
	}
	leave(r);
	return NULL;
}

/* --- the control thread's side ------------------------------------------------- */

struct resolver *
resolver_new(resolver_ask *ask, void *arg)
{
	struct resolver *r = mem_zalloc(sizeof *r);

	r->ask = ask;
	r->arg = arg;
	r->refs = 1;
	r->names = mem_zalloc(NAMES_MAX * sizeof r->names[0]);
	pthread_mutex_init(&r->lock, NULL);
	thread_cond_init(&r->news);
	return r;
}

static void
add_name(struct resolver *r, const struct endpoint *e,
    const struct name *before, size_t before_count)
{
	const struct name *known;
	struct name *n;

	if (e->name == NULL || r->name_count == NAMES_MAX ||
	    find(r->names, r->name_count, e->name) != NULL)
		return;
	n = &r->names[r->name_count++];
	known = find((struct name *)(uintptr_t)before, before_count, e->name);
	if (known != NULL) {
		*n = *known;
	} else {
		text_copy(n->host, sizeof n->host, e->name, strlen(e->name));
		n->count = e->location_count;
		memcpy(n->set, e->locations, n->count * sizeof n->set[0]);
		for (size_t i = 0; i < n->count; i++)
			location_set_port(&n->set[i], 0);
	}
	n->due_ns = clock_ns() + r->interval_ns;
}

static void
list_names(struct resolver *r, const struct config *config)
{
	struct name *before = r->names;
	size_t before_count = r->name_count;

	r->interval_ns = config->settings.dns_interval_ms * NS_PER_MS;
	r->names = mem_zalloc(NAMES_MAX * sizeof r->names[0]);
	r->name_count = 0;
	for (int id = 0; r->interval_ns > 0 && id < BACKEND_COUNT; id++) {
		const struct backend *b = &config->settings.backends[id];

		for (size_t i = 0; i < b->endpoint_count; i++)
			add_name(r, &b->endpoints[i], before, before_count);
	}
	free(before);
}

void
resolver_watch(struct resolver *r, const struct config *config)
{
	struct err err = { "" };
	bool has_work;

	pthread_mutex_lock(&r->lock);
	list_names(r, config);
	has_work = r->name_count > 0;
	if (has_work && !r->started)
		r->refs++;
	pthread_cond_signal(&r->news);
	pthread_mutex_unlock(&r->lock);
	if (!has_work || r->started)
		return;
	r->started = thread_start(&r->thread, "resolver", resolver_main, r,
	    &err);
	if (r->started)
		return;
	log_event(LOG_ERROR, "dns", "names are not resolved again: %s",
	    err.text);
	pthread_mutex_lock(&r->lock);
	r->refs--;
	pthread_mutex_unlock(&r->lock);
}

bool
resolver_has_changed(struct resolver *r)
{
	bool changed;

	pthread_mutex_lock(&r->lock);
	changed = r->changed;
	r->changed = false;
	pthread_mutex_unlock(&r->lock);
	return changed;
}

bool
resolver_lookup(void *resolver, const char *host, struct location *out,
    size_t *count_out)
{
	struct resolver *r = resolver;
	const struct name *n;

	*count_out = 0;
	if (r == NULL)
		return false;
	pthread_mutex_lock(&r->lock);
	n = find(r->names, r->name_count, host);
	if (n != NULL) {
		*count_out = n->count;
		memcpy(out, n->set, n->count * sizeof out[0]);
	}
	pthread_mutex_unlock(&r->lock);
	return n != NULL;
}

void
resolver_totals(struct resolver *r, struct resolver_totals *out)
{
	pthread_mutex_lock(&r->lock);
	*out = r->totals;
	out->failing = 0;
	for (size_t i = 0; i < r->name_count; i++)
		out->failing += r->names[i].is_failing;
	pthread_mutex_unlock(&r->lock);
}

static json_t *
name_row(const struct name *n)
{
	char text[LOCATION_TEXT_MAX];
	json_t *addresses = json_array();

	for (size_t i = 0; i < n->count; i++) {
		location_format(&n->set[i], text);
		text[strlen(text) - 2] = '\0';
		json_array_append_new(addresses, json_text(text));
	}
	return json_pack("{s:o, s:o, s:b, s:o, s:o}", "host",
	    json_text(n->host), "addresses", addresses, "ok",
	    (int)!n->is_failing, "error",
	    json_text_or_null(n->is_failing ? n->error : ""), "changed",
	    n->changed_us != 0 ? json_time(n->changed_us) : json_null());
}

json_t *
resolver_list(struct resolver *r)
{
	json_t *list = json_array();

	if (r == NULL)
		return list;
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->name_count; i++)
		json_array_append_new(list, name_row(&r->names[i]));
	pthread_mutex_unlock(&r->lock);
	return list;
}

void
resolver_stop(struct resolver **slot)
{
	struct resolver *r = *slot;
	pthread_t thread;
	bool started, is_asking;

	if (r == NULL)
		return;
	*slot = NULL;
	thread = r->thread;
	started = r->started;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	is_asking = r->asking;
	pthread_cond_signal(&r->news);
	leave(r);
	if (!started)
		return;
	/* A name server that is silent must not hold up our end. */
	if (is_asking)
		pthread_detach(thread);
	else
		pthread_join(thread, NULL);
}
