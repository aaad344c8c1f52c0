/* lookup -- see lookup.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/lookup.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "config/location.h"

/* Threads, in the worst case.  More names than that in one new configuration
 * need more than one reload while the name server is dead. */
#define QUESTIONS_MAX 16
/* What a name server said longer ago is asked again. */
#define KEEP_NS (60 * NS_PER_S)

struct question {
	struct lookup *lookup;   /* shared: by its count */
	char host[256];          /* "" = free */
	bool is_answered, is_good;
	uint64_t answered_ns;
	uint64_t given_ns;       /* until_ns of who got it; 0 = nobody yet */
	struct location set[LOCATIONS_MAX];
	size_t count;
	struct err err;
};

struct lookup {
	resolver_ask *ask;
	void *arg;
	pthread_mutex_t lock;    /* over all below; never held during a question */
	pthread_cond_t news;     /* CLOCK_MONOTONIC */
	unsigned refs;           /* control's and one for each open question */
	struct question questions[QUESTIONS_MAX];
};

/* With the lock; gives it back. */
static void
leave(struct lookup *l)
{
	bool is_last = --l->refs == 0;

	pthread_mutex_unlock(&l->lock);
	if (!is_last)
		return;
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->news);
	free(l);
}

/* --- a question's thread ----------------------------------------------------- */

static void *
question_main(void *arg)
{
	struct question *q = arg;
	struct lookup *l = q->lookup;
	struct location set[LOCATIONS_MAX];
	struct err err = { "" };
	size_t count = 0;
	bool ok = l->ask(l->arg, q->host, set, &count, &err);

	pthread_mutex_lock(&l->lock);
	q->is_answered = true;
	q->is_good = ok;
	q->answered_ns = clock_ns();
	q->err = err;
	q->count = ok ? count : 0;
	memcpy(q->set, set, q->count * sizeof set[0]);
	pthread_cond_broadcast(&l->news);
	leave(l);
	return NULL;
}

/* --- who asks ------------------------------------------------------------------ */

struct lookup *
lookup_new(resolver_ask *ask, void *arg)
{
	struct lookup *l = mem_zalloc(sizeof *l);

	l->ask = ask;
	l->arg = arg;
	l->refs = 1;
	pthread_mutex_init(&l->lock, NULL);
	thread_cond_init(&l->news);
	return l;
}

void
lookup_stop(struct lookup **slot)
{
	struct lookup *l = *slot;

	if (l == NULL)
		return;
	*slot = NULL;
	pthread_mutex_lock(&l->lock);
	leave(l);
}

static bool
is_over(const struct question *q, uint64_t until_ns)
{
	if (!q->is_answered)
		return false;
	if (q->given_ns != 0)
		return q->given_ns != until_ns;
	return clock_ns() - q->answered_ns > KEEP_NS;
}

/* Of that name, else a free one, else one whose answer is only kept; NULL =
 * all are open. */
static struct question *
find(struct lookup *l, const char *host, uint64_t until_ns)
{
	struct question *vacant = NULL;

	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		struct question *q = &l->questions[i];

		if (is_over(q, until_ns))
			*q = (struct question){ .host = "" };
		if (strcasecmp(q->host, host) == 0)
			return q;
		if (q->host[0] == '\0' || (vacant == NULL && q->is_answered))
			vacant = q;
	}
	return vacant;
}

static bool
begin(struct lookup *l, struct question *q, const char *host,
    struct err *err)
{
	pthread_t thread;

	*q = (struct question){ .lookup = l };
	text_copy(q->host, sizeof q->host, host, strlen(host));
	l->refs++;
	if (thread_start(&thread, "lookup", question_main, q, err)) {
		pthread_detach(thread);
		return true;
	}
	l->refs--;
	q->host[0] = '\0';
	return false;
}

static void
wait_for(struct lookup *l, const struct question *q, uint64_t until_ns)
{
	const struct timespec at = { .tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S) };

	while (!q->is_answered &&
	    pthread_cond_timedwait(&l->news, &l->lock, &at) == 0)
		continue;
}

static bool
take(struct question *q, uint64_t until_ns, struct location *out,
    size_t *count_out, struct err *err)
{
	if (!q->is_answered)
		return err_set(err, "no answer yet; the question goes on, so a "
		    "later reload may find it answered");
	q->given_ns = until_ns;
	if (!q->is_good)
		return err_set(err, "%s", q->err.text);
	memcpy(out, q->set, q->count * sizeof q->set[0]);
	*count_out = q->count;
	return true;
}

bool
lookup_ask(struct lookup *l, const char *host, uint64_t until_ns,
    struct location *out, size_t *count_out, struct err *err)
{
	struct question *q;
	bool ok;

	*count_out = 0;
	pthread_mutex_lock(&l->lock);
	q = find(l, host, until_ns);
	if (q == NULL)
		ok = err_set(err, "not asked for: %d other names have no answer "
		    "yet", QUESTIONS_MAX);
	else
		ok = strcasecmp(q->host, host) == 0 || begin(l, q, host, err);
	if (ok) {
		wait_for(l, q, until_ns);
		ok = take(q, until_ns, out, count_out, err);
	}
	pthread_mutex_unlock(&l->lock);
	return ok;
}
