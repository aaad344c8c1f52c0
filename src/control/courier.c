/* courier -- see courier.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/courier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/text.h"
#include "config/config_box.h"
#include "control/post.h"
#include "control/transfer.h"

/* Between the control thread and ours: some seconds of the worst storm. */
#define RING_MAX 256
/* Nothing is due: look for news this often, in case a wake-up was lost. */
#define WAIT_MAX_MS 1000

/* In the ring, by pointer. */
struct item {
	struct alert alert;
	bool is_test;
	char target[ALERT_NAME_MAX + 1]; /* of a test; "" = all */
};

struct courier {
	/* the control thread's */
	struct transfer_thread asker;      /* but for its multi */
	bool has_targets;
	unsigned tests;

	struct config_box box;
	struct ring *ring;                 /* owns, with the items inside */
	_Atomic uint64_t lost;
	_Atomic uint64_t stop_ns;          /* end by then; 0 = go on */
	pthread_mutex_t lock;              /* of posts, for readers of rows */

	/* the thread's own */
	struct config *config;             /* owns a reference */
	char host[ALERT_NAME_MAX + 1];
	struct post *posts[ALERT_TARGETS_MAX]; /* own */
	size_t post_count;
	uint32_t lot;
};

/* --- what comes in ------------------------------------------------------------------ */

static void
take_items(struct courier *c)
{
	struct item *item;

	while (ring_take(c->ring, &item)) {
		for (size_t i = 0; i < c->post_count; i++)
			if (!item->is_test)
				post_take(c->posts[i], &item->alert);
			else if (item->target[0] == '\0' ||
			    strcmp(item->target, c->posts[i]->row.name) == 0)
				post_take_test(c->posts[i], &item->alert);
		free(item);
	}
}

/* --- the targets -------------------------------------------------------------------- */

/* What is under way waits again: its target may have another address now. */
static void
call_back(struct courier *c)
{
	for (size_t i = 0; i < c->post_count; i++) {
		struct post *p = c->posts[i];

		delivery_free(c->asker.multi, &p->delivery);
		post_call_back(p);
	}
}

/* The post of before, if there was one, with all that waits in it. */
static struct post *
make_post(struct courier *c, struct post *before[ALERT_TARGETS_MAX],
    const struct alert_target *t)
{
	struct post *p = NULL;

	for (size_t i = 0; i < ALERT_TARGETS_MAX && p == NULL; i++)
		if (before[i] != NULL && strcmp(before[i]->row.name, t->name) == 0) {
			p = before[i];
			before[i] = NULL;
		}
	if (p == NULL)
		p = post_new(&c->lock);
	post_aim(p, t);
	return p;
}

static void
take_config(struct courier *c)
{
	struct post *before[ALERT_TARGETS_MAX];
	struct config *next = NULL;
	const struct alert_settings *s;

	if (!config_box_take(&c->box, &next))
		return;
	s = &next->settings.alerts;
	call_back(c);
	pthread_mutex_lock(&c->lock);
	memcpy(before, c->posts, sizeof before);
	memset(c->posts, 0, sizeof c->posts);
	for (size_t i = 0; i < s->target_count; i++)
		c->posts[i] = make_post(c, before, &s->targets[i]);
	c->post_count = s->target_count;
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < ALERT_TARGETS_MAX; i++)
		post_free(&before[i]);
	config_unref(&c->config);
	c->config = next;
}

/* --- bringing ----------------------------------------------------------------------- */

static const char *
source(const struct courier *c)
{
	const char *given = c->config->settings.alerts.source;

	return given != NULL ? given : c->host;
}

static void
begin(struct courier *c, struct post *p, struct letter *l, uint64_t now_ns)
{
	post_begin(p, l, now_ns);
	p->delivery = delivery_begin(c->asker.multi, p->target, source(c), &l->alert, p);
	if (p->delivery != NULL)
		p->current = l;
	else
		l->due_ns = now_ns + NS_PER_S;
}

/* Milliseconds until something is due. */
static uint64_t
begin_due(struct courier *c)
{
	uint64_t now_ns = clock_ns(), wait_ns = WAIT_MAX_MS * NS_PER_MS;

	for (size_t i = 0; i < c->post_count; i++) {
		struct post *p = c->posts[i];
		struct letter *l = p->current != NULL ? NULL :
		    post_find_due(p, now_ns, &wait_ns);

		if (l != NULL)
			begin(c, p, l, now_ns);
	}
	return wait_ns / NS_PER_MS + 1;
}

/* --- how it went -------------------------------------------------------------------- */

static uint32_t
draw(struct courier *c)
{
	c->lot = c->lot * 1664525u + 1013904223u;
	return c->lot >> 8;
}

/* A test at PagerDuty opens an incident, which nobody would close. */
static void
close_test(struct post *p, const struct alert *test)
{
	struct alert end = *test;

	if (test->phase != ALERT_TEST || p->target->kind != TARGET_PAGERDUTY)
		return;
	end.phase = ALERT_END;
	(void)post_add(p, &end, clock_ns());
}

static void
end(struct courier *c, struct post *p, CURLcode code)
{
	char text[DELIVERY_TEXT_MAX];
	struct letter *l = p->current;
	uint64_t retry_after_s, now_ns = clock_ns();
	enum delivery_result result = delivery_end(p->delivery, code, text,
	    &retry_after_s);

	delivery_free(c->asker.multi, &p->delivery);
	p->current = NULL;
	post_note(p, l, result == DELIVERY_DONE, text);
	l->due_ns = now_ns + NS_PER_MS * delivery_pause_ms(l->tries,
	    retry_after_s, draw(c));
	if (result == DELIVERY_DONE) {
		close_test(p, &l->alert);
		post_remove(p, l);
	} else if (result == DELIVERY_REFUSED || l->due_ns > l->expires_ns ||
	    l->alert.phase == ALERT_TEST) {
		post_give_up(p, l, text);
	} else {
		log_event(LOG_WARN, "alerts", "%s does not take it, trying again: "
		    "%s", p->row.name, text);
	}
}

/* true: something has ended, and something else may be due. */
static bool
end_finished(struct courier *c)
{
	bool any = false;
	struct post *p;
	CURLcode code;

	while ((p = transfer_ended(c->asker.multi, &code)) != NULL) {
		end(c, p, code);
		any = true;
	}
	return any;
}

/* --- the thread --------------------------------------------------------------------- */

static bool
has_work(const struct courier *c, uint64_t until_ns)
{
	for (size_t i = 0; i < c->post_count; i++)
		if (post_has_work(c->posts[i], until_ns))
			return true;
	return false;
}

/* Until when to wait; false: this is the end. */
static bool
go_on(const struct courier *c, uint64_t *wait_ms)
{
	uint64_t stop_ns = atomic_load(&c->stop_ns), now_ns = clock_ns(), left_ms;

	if (stop_ns == 0)
		return true;
	if (now_ns >= stop_ns || !has_work(c, stop_ns))
		return false;
	left_ms = (stop_ns - now_ns) / NS_PER_MS + 1;
	if (left_ms < *wait_ms)
		*wait_ms = left_ms;
	return true;
}

static void
count_left(struct courier *c)
{
	for (size_t i = 0; i < c->post_count; i++)
		if (c->posts[i]->row.waiting > 0)
			log_event(LOG_ERROR, "alerts", "%s was not told of %u "
			    "things when understudy stopped", c->posts[i]->row.name,
			    (unsigned)c->posts[i]->row.waiting);
}

static void *
courier_main(void *arg)
{
	struct courier *c = arg;
	uint64_t wait_ms;
	int running;

	do {
		take_config(c);
		take_items(c);
		wait_ms = begin_due(c);
		curl_multi_perform(c->asker.multi, &running);
		if (end_finished(c))
			wait_ms = 0;
		if (!go_on(c, &wait_ms))
			break;
		curl_multi_poll(c->asker.multi, NULL, 0, (int)wait_ms, NULL);
	} while (true);
	count_left(c);
	return NULL;
}

/* --- the control thread's side ------------------------------------------------------ */

/* As the type key_name would have it. */
static void
read_host(char out[ALERT_NAME_MAX + 1])
{
	char name[256] = "";

	if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
		text_copy(name, sizeof name, "understudy", 10);
	text_copy(out, ALERT_NAME_MAX + 1, name, strlen(name));
	for (char *p = out; *p != '\0'; p++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789._-", *p) == NULL)
			*p = '-';
}

struct courier *
courier_new(void)
{
	struct courier *c = mem_zalloc(sizeof *c);

	config_box_init(&c->box);
	pthread_mutex_init(&c->lock, NULL);
	c->ring = ring_new(RING_MAX, sizeof(struct item *));
	c->lot = (uint32_t)clock_ns();
	read_host(c->host);
	return c;
}

static void
start(struct courier *c)
{
	struct err err = { "" };

	if (!transfer_thread_start(&c->asker, "courier", courier_main, c, &err))
		log_event(LOG_ERROR, "alerts", "nobody is told of anything: %s",
		    err.text);
}

void
courier_apply(struct courier *c, struct config *config)
{
	c->has_targets = config->settings.alerts.target_count > 0;
	if (!c->has_targets && !c->asker.started)
		return;
	config_box_put(&c->box, config);
	if (!c->asker.started)
		start(c);
	else
		curl_multi_wakeup(c->asker.multi);
}

/* false: there is no room. */
static bool
put(struct courier *c, const struct alert *a, bool is_test, const char *target)
{
	struct item *item;

	if (!c->has_targets || !c->asker.started)
		return false;
	item = mem_zalloc(sizeof *item);
	item->alert = *a;
	item->is_test = is_test;
	if (target != NULL)
		text_copy(item->target, sizeof item->target, target,
		    strlen(target));
	if (!ring_put(c->ring, &item)) {
		free(item);
		atomic_fetch_add(&c->lost, 1);
		return false;
	}
	curl_multi_wakeup(c->asker.multi);
	return true;
}

void
courier_tell(struct courier *c, const struct alert *a)
{
	(void)put(c, a, false, NULL);
}

unsigned
courier_send_test(struct courier *c, const char *target,
    const struct alert *a)
{
	struct alert test = *a;

	test.phase = ALERT_TEST;
	test.epoch = ++c->tests;
	return put(c, &test, true, target) ? c->tests : 0;
}

size_t
courier_rows(struct courier *c, struct courier_row *out)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->post_count;
	for (size_t i = 0; i < n; i++)
		out[i] = c->posts[i]->row;
	pthread_mutex_unlock(&c->lock);
	return n;
}

uint64_t
courier_lost(struct courier *c)
{
	return atomic_load(&c->lost);
}

void
courier_stop(struct courier **slot, unsigned timeout_ms)
{
	struct courier *c = *slot;
	struct item *item;

	if (c == NULL)
		return;
	*slot = NULL;
	atomic_store(&c->stop_ns, clock_ns() + timeout_ms * NS_PER_MS);
	transfer_thread_join(&c->asker);
	call_back(c);
	for (size_t i = 0; i < ALERT_TARGETS_MAX; i++)
		post_free(&c->posts[i]);
	while (ring_take(c->ring, &item))
		free(item);
	transfer_thread_fini(&c->asker);
	config_unref(&c->config);
	config_box_fini(&c->box);
	ring_free(&c->ring);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
