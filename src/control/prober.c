/* prober -- see prober.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/prober.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
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
	CURL *easy;                       /* owns; NULL = not under way */
	struct curl_slist *fields;        /* owns, with easy */
	struct curl_slist *connect_to;    /* owns, with easy */
	size_t body_bytes;
	int own_error;                    /* errno of our own, 0 = none */
};

struct prober {
	pthread_t thread;
	bool started;                     /* control thread */
	pthread_mutex_t lock;
	struct snapshot *next;            /* owns a reference; under lock */
	bool stop;                        /* under lock */

	/* the thread's own */
	CURLM *multi;                     /* owns; made by control before it starts */
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
drop_transfer(struct prober *p, struct probe *b)
{
	if (b->easy == NULL)
		return;
	curl_multi_remove_handle(p->multi, b->easy);
	curl_easy_cleanup(b->easy);
	curl_slist_free_all(b->fields);
	curl_slist_free_all(b->connect_to);
	b->easy = NULL;
	b->fields = b->connect_to = NULL;
}

static size_t
on_body(char *bytes UNUSED, size_t size, size_t count, void *arg)
{
	struct probe *b = arg;

	b->body_bytes += size * count;
	return b->body_bytes > BODY_MAX_BYTES ? 0 : size * count;
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *at)
{
	struct probe *b = arg;
	int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);

	if (fd == -1 && errno_is_exhaustion(errno))
		b->own_error = errno;
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

static void
add_host(struct probe *b)
{
	const char *host = b->backend->health.host != NULL ?
	    b->backend->health.host : b->backend->host;
	char *field;

	if (host == NULL)
		host = b->endpoint->authority;
	field = mem_printf("Host: %s", host);
	b->fields = curl_slist_append(b->fields, field);
	free(field);
}

/* As the traffic's connections (net/tls.h): the same authorities, the same
 * certificate of ours. */
static void
set_tls(struct probe *b)
{
	const struct tls_backend *t = &b->backend->tls;

	curl_easy_setopt(b->easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(b->easy, CURLOPT_SSL_VERIFYPEER, t->verify ? 1L : 0L);
	curl_easy_setopt(b->easy, CURLOPT_SSL_VERIFYHOST, t->verify ? 2L : 0L);
	if (t->ca != NULL)
		curl_easy_setopt(b->easy, CURLOPT_CAINFO, t->ca);
	if (t->files.certificate != NULL) {
		curl_easy_setopt(b->easy, CURLOPT_SSLCERT, t->files.certificate);
		curl_easy_setopt(b->easy, CURLOPT_SSLKEY, t->files.key);
	}
}

/* libcurl asks for and expects the name that the URL holds. */
static char *
url_of(const struct probe *b)
{
	const struct endpoint *e = b->endpoint;

	if (e->tls && b->backend->tls.name != NULL)
		return mem_printf("https://%s:%u%s%s", b->backend->tls.name,
		    (unsigned)e->port, e->prefix, b->backend->health.path);
	return mem_printf("%s://%s%s%s", e->tls ? "https" : "http",
	    e->authority, e->prefix, b->backend->health.path);
}

static void
set_up(struct probe *b)
{
	char *url = url_of(b);
	char *to = mem_printf("::%s", b->replica->address);

	b->fields = NULL;
	add_host(b);
	if (b->endpoint->tls)
		set_tls(b);
	b->connect_to = curl_slist_append(NULL, to);
	curl_easy_setopt(b->easy, CURLOPT_URL, url);
	curl_easy_setopt(b->easy, CURLOPT_CONNECT_TO, b->connect_to);
	curl_easy_setopt(b->easy, CURLOPT_HTTPHEADER, b->fields);
	curl_easy_setopt(b->easy, CURLOPT_PRIVATE, b);
	curl_easy_setopt(b->easy, CURLOPT_NOSIGNAL, 1L);
	/* Not by what the environment says of proxies. */
	curl_easy_setopt(b->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(b->easy, CURLOPT_USERAGENT, "understudy-health");
	curl_easy_setopt(b->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	/* A connection of before shows nothing about a new one. */
	curl_easy_setopt(b->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(b->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(b->easy, CURLOPT_TIMEOUT_MS,
	    (long)b->backend->health.timeout_ms);
	curl_easy_setopt(b->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(b->easy, CURLOPT_WRITEDATA, b);
	curl_easy_setopt(b->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(b->easy, CURLOPT_OPENSOCKETDATA, b);
	free(url);
	free(to);
}

static void
begin_check(struct prober *p, struct probe *b, uint64_t now_ns)
{
	b->due_ns = now_ns + b->backend->health.interval_ms * NS_PER_MS;
	if (b->easy != NULL)
		return; /* interval below timeout: one at a time */
	b->easy = curl_easy_init();
	if (b->easy == NULL)
		return;
	b->body_bytes = 0;
	b->own_error = 0;
	set_up(b);
	curl_multi_add_handle(p->multi, b->easy);
}

static void
end_check(struct prober *p, struct probe *b, CURLcode result)
{
	const struct health_check *h = &b->backend->health;
	long status = 0, os_error = 0;
	bool is_good;

	curl_easy_getinfo(b->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(b->easy, CURLINFO_OS_ERRNO, &os_error);
	if (result == CURLE_WRITE_ERROR && b->body_bytes > BODY_MAX_BYTES)
		result = CURLE_OK; /* it was us who had enough */
	if (result == CURLE_COULDNT_CONNECT && b->own_error == 0 &&
	    errno_is_exhaustion((int)os_error))
		b->own_error = (int)os_error;
	is_good = result == CURLE_OK && status >= h->status_low &&
	    status <= h->status_high;
	drop_transfer(p, b);
	publish(b, b->own_error != 0 ? CHECK_OWN_FAULT : (unsigned)result,
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
		drop_transfer(p, &probes[i]);
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
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left)) != NULL) {
		char *probe = NULL;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &probe);
		end_check(p, (struct probe *)(void *)probe, m->data.result);
	}
}

static void *
prober_main(void *arg)
{
	struct prober *p = arg;
	int running;

	while (take_news(p)) {
		int wait_ms = begin_due(p);

		curl_multi_perform(p->multi, &running);
		end_finished(p);
		curl_multi_poll(p->multi, NULL, 0, wait_ms, NULL);
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

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		p->multi = curl_multi_init();
	if (p->multi != NULL &&
	    thread_start(&p->thread, "prober", prober_main, p, &err))
		p->started = true;
	else
		log_event(LOG_ERROR, "health", "no checks are made: %s",
		    p->multi == NULL ? "libcurl does not start" : err.text);
}

void
prober_watch(struct prober *p, struct snapshot *s)
{
	struct snapshot *unread;

	if (p == NULL || s->roster == NULL ||
	    (!p->started && !wants_checks(s)))
		return;
	pthread_mutex_lock(&p->lock);
	unread = p->next;
	p->next = snapshot_ref(s);
	pthread_mutex_unlock(&p->lock);
	snapshot_unref(&unread);
	if (!p->started)
		start(p);
	else
		curl_multi_wakeup(p->multi);
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
	if (p->started) {
		curl_multi_wakeup(p->multi);
		pthread_join(p->thread, NULL);
	}
	drop_probes(p, p->probes, p->probe_count);
	if (p->multi != NULL) {
		curl_multi_cleanup(p->multi);
		curl_global_cleanup();
	}
	snapshot_unref(&p->next);
	snapshot_unref(&p->snapshot);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
