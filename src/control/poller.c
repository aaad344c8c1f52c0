/* poller -- see poller.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/poller.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "config/config_box.h"

/* A large exporter says a megabyte. */
#define BODY_MAX_BYTES (8u << 20)
#define WAIT_MAX_MS 1000

struct poll {
	const struct probe_rule *rule; /* borrows from the poller's config */
	struct probe_row row;          /* guarded by the lock */
	uint64_t due_ns;
	uint64_t begun_ns;
	CURL *easy;                    /* owns; NULL = not under way */
	struct curl_slist *fields;     /* owns, with easy */
	struct buf body;               /* owns */
	bool is_too_large;
	int own_error;                 /* errno of our own, 0 = none */
};

struct poller {
	pthread_t thread;
	bool started;                  /* control thread */
	struct config_box box;
	_Atomic bool stop;
	pthread_mutex_t lock;

	/* the thread's own */
	CURLM *multi;                  /* owns; made by control before it starts */
	struct config *config;         /* owns a reference */
	struct poll *polls;            /* owns */
	size_t count;
	uint32_t lot;
};

/* --- one question ------------------------------------------------------------------ */

static void
drop_transfer(struct poller *p, struct poll *q)
{
	if (q->easy == NULL)
		return;
	curl_multi_remove_handle(p->multi, q->easy);
	curl_easy_cleanup(q->easy);
	curl_slist_free_all(q->fields);
	q->easy = NULL;
	q->fields = NULL;
	buf_fini(&q->body);
	q->body = (struct buf){ 0 };
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct poll *q = arg;
	size_t len = size * count;

	/* Of a health endpoint only the status is asked for. */
	if (q->rule->kind == PROBE_HEALTH)
		return len;
	q->is_too_large = q->body.len + len > BODY_MAX_BYTES;
	if (q->is_too_large)
		return 0;
	buf_add(&q->body, bytes, len);
	return len;
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *at)
{
	struct poll *q = arg;
	int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);

	if (fd == -1 && errno_is_exhaustion(errno))
		q->own_error = errno;
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

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
set_tls(CURL *easy, const struct alert_tls *t)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, t->verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, t->verify ? 2L : 0L);
	if (t->ca != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, t->ca);
	if (t->files.certificate != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, t->files.certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, t->files.key);
	}
}

static void
add_fields(struct poll *q)
{
	char *field;

	if (q->rule->kind == PROBE_METRIC)
		q->fields = curl_slist_append(q->fields, "Accept: text/plain");
	if (q->rule->authorization == NULL)
		return;
	field = mem_printf("Authorization: %s", q->rule->authorization);
	q->fields = curl_slist_append(q->fields, field);
	explicit_bzero(field, strlen(field));
	free(field);
}

static void
set_up(struct poll *q)
{
	char *url = url_of(q->easy, q->rule);

	add_fields(q);
	set_tls(q->easy, &q->rule->tls);
	curl_easy_setopt(q->easy, CURLOPT_URL, url);
	curl_easy_setopt(q->easy, CURLOPT_HTTPHEADER, q->fields);
	curl_easy_setopt(q->easy, CURLOPT_PRIVATE, q);
	curl_easy_setopt(q->easy, CURLOPT_NOSIGNAL, 1L);
	/* Not by what the environment says of proxies. */
	curl_easy_setopt(q->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(q->easy, CURLOPT_USERAGENT, "understudy-probe");
	curl_easy_setopt(q->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(q->easy, CURLOPT_TIMEOUT_MS, (long)q->rule->timeout_ms);
	curl_easy_setopt(q->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(q->easy, CURLOPT_WRITEDATA, q);
	curl_easy_setopt(q->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(q->easy, CURLOPT_OPENSOCKETDATA, q);
	/* A connection of before shows nothing about a new one. */
	if (q->rule->kind == PROBE_HEALTH) {
		curl_easy_setopt(q->easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(q->easy, CURLOPT_FORBID_REUSE, 1L);
	}
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A name server that is silent must not hold up the others' turn. */
	curl_easy_setopt(q->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	free(url);
}

static void
ask(struct poller *p, struct poll *q, uint64_t now_ns)
{
	q->due_ns = now_ns + q->rule->interval_ms * NS_PER_MS;
	if (q->easy != NULL)
		return; /* interval below timeout: one at a time */
	q->easy = curl_easy_init();
	if (q->easy == NULL)
		return;
	q->begun_ns = now_ns;
	q->is_too_large = false;
	q->own_error = 0;
	set_up(q);
	curl_multi_add_handle(p->multi, q->easy);
}

/* --- the answer -------------------------------------------------------------------- */

/* Nobody answered.  Of a health endpoint that is an answer, unless it is our
 * own lack or nobody knows where it is. */
static bool
read_silence(const struct poll *q, CURLcode code, double *out,
    char why[PROBE_WHY_MAX])
{
	*out = 0;
	if (q->own_error != 0)
		snprintf(why, PROBE_WHY_MAX, "understudy had no socket left");
	else if (q->is_too_large)
		snprintf(why, PROBE_WHY_MAX, "the answer is longer than %u MiB",
		    BODY_MAX_BYTES >> 20);
	else
		snprintf(why, PROBE_WHY_MAX, "%s", curl_easy_strerror(code));
	return q->rule->kind == PROBE_HEALTH && q->own_error == 0 &&
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
	long status = 0, os_error = 0;
	double value = 0;
	bool ok;

	curl_easy_getinfo(q->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(q->easy, CURLINFO_OS_ERRNO, &os_error);
	if (code == CURLE_COULDNT_CONNECT && q->own_error == 0 &&
	    errno_is_exhaustion((int)os_error))
		q->own_error = (int)os_error;
	if (code == CURLE_OK)
		ok = probe_answer_read(q->rule, status,
		    q->body.bytes != NULL ? q->body.bytes : "", q->body.len,
		    &value, why);
	else
		ok = read_silence(q, code, &value, why);
	drop_transfer(p, q);
	note(p, q, ok, value, why);
}

static void
end_finished(struct poller *p)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left)) != NULL) {
		char *poll = NULL;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &poll);
		end(p, (struct poll *)(void *)poll, m->data.result);
	}
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
		drop_transfer(p, &before[i]);
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
		curl_multi_perform(p->multi, &running);
		end_finished(p);
		curl_multi_poll(p->multi, NULL, 0, wait_ms, NULL);
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

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		p->multi = curl_multi_init();
	if (p->multi != NULL &&
	    thread_start(&p->thread, "poller", poller_main, p, &err))
		p->started = true;
	else
		log_event(LOG_ERROR, "probe", "no probe is asked: %s",
		    p->multi == NULL ? "libcurl does not start" : err.text);
}

void
poller_apply(struct poller *p, struct config *config)
{
	if (config->rules.probes.count == 0 && !p->started)
		return;
	config_box_put(&p->box, config);
	if (!p->started)
		start(p);
	else
		curl_multi_wakeup(p->multi);
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
	if (p->started) {
		curl_multi_wakeup(p->multi);
		pthread_join(p->thread, NULL);
	}
	for (size_t i = 0; i < p->count; i++)
		drop_transfer(p, &p->polls[i]);
	free(p->polls);
	if (p->multi != NULL) {
		curl_multi_cleanup(p->multi);
		curl_global_cleanup();
	}
	config_unref(&p->config);
	config_box_fini(&p->box);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
