/* poller -- see poller.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/poller.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/config_box.h"
#include "control/transfer.h"

/* A large exporter says a megabyte. */
#define BODY_MAX_BYTES (8u << 20)
/* Nobody needs more of an answer to know that it is one. */
#define HEALTH_MAX_BYTES (64u << 10)
#define WAIT_MAX_MS 1000

struct poll {
	const struct probe_rule *rule; /* borrows from the poller's config */
	struct probe_row row;          /* guarded by the lock */
	uint64_t due_ns;
	uint64_t begun_ns;
	struct transfer transfer;
};

struct poller {
	struct transfer_thread asker;  /* control thread, but for its multi */
	struct config_box box;
	_Atomic bool stop;
	pthread_mutex_t lock;

	/* the thread's own */
	struct config *config;         /* owns a reference */
	struct poll *polls;            /* owns */
	size_t count;
	uint32_t lot;
};

/* --- one question ------------------------------------------------------------------ */

/* The caller frees. */
static char *
url_of(CURL *easy, const struct probe_rule *rule)
{
	size_t len = strlen(rule->url);
	char *query, *url;

	if (rule->kind != PROBE_PROMETHEUS)
		return mem_strdup(rule->url);
	query = curl_easy_escape(easy, rule->query, 0);
	url = mem_printf("%s%sapi/v1/query?query=%s", rule->url,
	    len > 0 && rule->url[len - 1] == '/' ? "" : "/",
	    query != NULL ? query : "");
	curl_free(query);
	return url;
}

static void
set_up(struct poll *q)
{
	const struct probe_rule *rule = q->rule;
	CURL *easy = q->transfer.easy;
	char *url = url_of(easy, rule);

	if (rule->kind == PROBE_METRIC)
		transfer_add_field(&q->transfer, "Accept", "text/plain");
	if (rule->authorization != NULL)
		transfer_add_field(&q->transfer, "Authorization",
		    rule->authorization);
	transfer_set_tls(easy, rule->tls.verify, rule->tls.ca, &rule->tls.files);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	/* A connection of before shows nothing about a new one. */
	if (rule->kind == PROBE_HEALTH) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	free(url);
}

static void
ask(struct poller *p, struct poll *q, uint64_t now_ns)
{
	q->due_ns = now_ns + q->rule->interval_ms * NS_PER_MS;
	if (q->transfer.easy != NULL)
		return; /* interval below timeout: one at a time */
	/* Of a health endpoint only the status is asked for. */
	q->transfer.keeps_body = q->rule->kind != PROBE_HEALTH;
	q->transfer.max_bytes = q->transfer.keeps_body ? BODY_MAX_BYTES :
	    HEALTH_MAX_BYTES;
	if (!transfer_begin(&q->transfer, "understudy-probe",
	    q->rule->timeout_ms))
		return;
	q->begun_ns = now_ns;
	set_up(q);
	transfer_send(p->asker.multi, &q->transfer, q);
}

/* --- the answer -------------------------------------------------------------------- */

/* Nobody answered.  Of a health endpoint that is an answer, unless it is our
 * own lack or nobody knows where it is. */
static bool
read_silence(const struct poll *q, CURLcode code, double *out,
    char why[PROBE_WHY_MAX])
{
	*out = 0;
	if (q->transfer.own_error != 0)
		snprintf(why, PROBE_WHY_MAX, "understudy had no socket left");
	else if (transfer_is_too_large(&q->transfer))
		snprintf(why, PROBE_WHY_MAX, "the answer is longer than %u MiB",
		    BODY_MAX_BYTES >> 20);
	else
		snprintf(why, PROBE_WHY_MAX, "%s", curl_easy_strerror(code));
	return q->rule->kind == PROBE_HEALTH && q->transfer.own_error == 0 &&
	    code != CURLE_COULDNT_RESOLVE_HOST;
}

static void
note(struct poller *p, struct poll *q, bool ok, double value,
    const char *why)
{
	struct probe_row *row = &q->row;
	bool was_failing = row->is_failing;

	pthread_mutex_lock(&p->lock);
	row->asked++;
	row->is_failing = !ok;
	text_copy(row->why, sizeof row->why, why, strlen(why));
	if (ok) {
		row->has_value = true;
		row->value = value;
		row->at_ns = q->begun_ns;
	} else {
		row->failed++;
	}
	pthread_mutex_unlock(&p->lock);
	if (was_failing != !ok)
		log_event(ok ? LOG_INFO : LOG_WARN, "probe", "%s: %s", row->name,
		    ok ? "it says its number again" : why);
}

static void
end(struct poller *p, struct poll *q, CURLcode code)
{
	char why[PROBE_WHY_MAX] = "";
	const struct buf *body = &q->transfer.body;
	double value = 0;
	long status;
	bool ok;

	code = transfer_result(&q->transfer, code, &status);
	if (code == CURLE_OK)
		ok = probe_answer_read(q->rule, status,
		    body->bytes != NULL ? body->bytes : "", body->len, &value, why);
	else
		ok = read_silence(q, code, &value, why);
	transfer_drop(p->asker.multi, &q->transfer);
	note(p, q, ok, value, why);
}

static void
end_finished(struct poller *p)
{
	struct poll *q;
	CURLcode code;

	while ((q = transfer_ended(p->asker.multi, &code)) != NULL)
		end(p, q, code);
}

/* --- the probes -------------------------------------------------------------------- */

static uint32_t
draw(struct poller *p, uint32_t below)
{
	p->lot = p->lot * 1664525u + 1013904223u;
	return below == 0 ? 0 : (p->lot >> 8) % below;
}

static void
init_poll(struct poller *p, struct poll *q, const struct probe_rule *rule,
    const struct poll *before, size_t before_count)
{
	q->rule = rule;
	text_copy(q->row.name, sizeof q->row.name, rule->name,
	    strlen(rule->name));
	q->row.mark = rule->mark;
	/* The first number is wanted soon, but not all of them at once. */
	q->due_ns = clock_ns() + draw(p, rule->interval_ms < 1000 ?
	    rule->interval_ms : 1000) * NS_PER_MS;
	for (size_t i = 0; i < before_count; i++)
		if (before[i].row.mark == rule->mark)
			q->row = before[i].row;
}

static void
take_config(struct poller *p)
{
	struct poll *before = p->polls, *polls;
	struct config *next = NULL;
	size_t before_count = p->count, count;

	if (!config_box_take(&p->box, &next))
		return;
	count = next->rules.probes.count;
	polls = mem_zalloc((count + 1) * sizeof *polls);
	for (size_t i = 0; i < before_count; i++)
		transfer_drop(p->asker.multi, &before[i].transfer);
	for (size_t i = 0; i < count; i++)
		init_poll(p, &polls[i], &next->rules.probes.list[i], before,
		    before_count);
	pthread_mutex_lock(&p->lock);
	p->polls = polls;
	p->count = count;
	pthread_mutex_unlock(&p->lock);
	free(before);
	config_unref(&p->config);
	p->config = next;
}

/* --- the thread --------------------------------------------------------------------- */

/* Milliseconds until the next one is due. */
static int
ask_due(struct poller *p)
{
	uint64_t now_ns = clock_ns(), wait_ns = WAIT_MAX_MS * NS_PER_MS;

	for (size_t i = 0; i < p->count; i++) {
		struct poll *q = &p->polls[i];

		if (q->due_ns <= now_ns)
			ask(p, q, now_ns);
		if (q->due_ns - now_ns < wait_ns)
			wait_ns = q->due_ns - now_ns;
	}
	return (int)(wait_ns / NS_PER_MS) + 1;
}

static void *
poller_main(void *arg)
{
	struct poller *p = arg;
	int running;

	while (!atomic_load(&p->stop)) {
		int wait_ms;

		take_config(p);
		wait_ms = ask_due(p);
		curl_multi_perform(p->asker.multi, &running);
		end_finished(p);
		curl_multi_poll(p->asker.multi, NULL, 0, wait_ms, NULL);
	}
	return NULL;
}

/* --- the control thread's side ------------------------------------------------------ */

struct poller *
poller_new(void)
{
	struct poller *p = mem_zalloc(sizeof *p);

	config_box_init(&p->box);
	pthread_mutex_init(&p->lock, NULL);
	p->lot = (uint32_t)clock_ns();
	return p;
}

static void
start(struct poller *p)
{
	struct err err = { "" };

	if (!transfer_thread_start(&p->asker, "poller", poller_main, p, &err))
		log_event(LOG_ERROR, "probe", "no probe is asked: %s", err.text);
}

void
poller_apply(struct poller *p, struct config *config)
{
	if (config->rules.probes.count == 0 && !p->asker.started)
		return;
	config_box_put(&p->box, config);
	if (!p->asker.started)
		start(p);
	else
		curl_multi_wakeup(p->asker.multi);
}

size_t
poller_rows(struct poller *p, struct probe_row *out)
{
	size_t count;

	if (p == NULL)
		return 0;
	pthread_mutex_lock(&p->lock);
	count = p->count;
	for (size_t i = 0; i < count; i++)
		out[i] = p->polls[i].row;
	pthread_mutex_unlock(&p->lock);
	return count;
}

void
poller_stop(struct poller **slot)
{
	struct poller *p = *slot;

	if (p == NULL)
		return;
	*slot = NULL;
	atomic_store(&p->stop, true);
	transfer_thread_join(&p->asker);
	for (size_t i = 0; i < p->count; i++)
		transfer_drop(p->asker.multi, &p->polls[i].transfer);
	free(p->polls);
	transfer_thread_fini(&p->asker);
	config_unref(&p->config);
	config_box_fini(&p->box);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
