/* smoker -- see smoker.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/smoker.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

#define BODY_MAX_BYTES (8u << 20)
/* Nothing is due: look for news this often, in case a wake-up was lost. */
#define WAIT_MAX_MS 1000

struct smoker {
	pthread_t thread;
	bool started;                /* control thread */
	pthread_mutex_t lock;
	struct snapshot *next;       /* owns a reference; under lock */
	uint32_t next_which;         /* under lock */
	uint64_t next_serial;        /* under lock */
	bool stop;                   /* under lock */
	struct smoke_run run;        /* under lock */

	/* the thread's own */
	CURLM *multi;                /* owns; made by control before it starts */
	struct snapshot *snapshot;   /* owns a reference; NULL = no run */
	const struct roster_row *row; /* borrows from the snapshot */
	uint64_t serial;             /* of this run */
	uint32_t which;              /* still to be run, with the present one */
	const struct smoke_check *check; /* borrows from the snapshot */
	CURL *easy;                  /* owns; NULL = none is under way */
	struct curl_slist *fields;   /* owns, with easy */
	struct curl_slist *connect_to; /* owns, with easy */
	struct buf body;             /* owns */
	bool is_too_large;
};

/* --- one request ---------------------------------------------------------------- */

static void
drop_transfer(struct smoker *s)
{
	if (s->easy == NULL)
		return;
	curl_multi_remove_handle(s->multi, s->easy);
	curl_easy_cleanup(s->easy);
	curl_slist_free_all(s->fields);
	curl_slist_free_all(s->connect_to);
	s->easy = NULL;
	s->fields = s->connect_to = NULL;
	buf_fini(&s->body);
	s->body = (struct buf){ 0 };
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct smoker *s = arg;
	size_t len = size * count;

	s->is_too_large = s->body.len + len > BODY_MAX_BYTES;
	if (s->is_too_large)
		return 0;
	buf_add(&s->body, bytes, len);
	return len;
}

static void
add_field(struct smoker *s, const char *name, const char *value)
{
	size_t len = strlen(name);
	char *field;

	for (size_t i = 0; s->check->fields != NULL &&
	    s->check->fields[i] != NULL; i++)
		if (strncasecmp(s->check->fields[i], name, len) == 0 &&
		    s->check->fields[i][len] == ':')
			return;
	field = mem_printf("%s:%s%s", name, value[0] != '\0' ? " " : "", value);
	s->fields = curl_slist_append(s->fields, field);
	free(field);
}

static void
add_fields(struct smoker *s, const struct backend *b)
{
	const struct smoke_check *c = s->check;

	for (size_t i = 0; c->fields != NULL && c->fields[i] != NULL; i++)
		s->fields = curl_slist_append(s->fields, c->fields[i]);
	add_field(s, "Host", b->host != NULL ? b->host :
	    s->row->endpoint->authority);
	add_field(s, "x-understudy-leg", "smoke");
	/* What libcurl would say by itself: form data, and "100-continue". */
	add_field(s, "Content-Type", c->is_json ? "application/json" : "");
	add_field(s, "Expect", "");
}

/* As the traffic's connections (net/tls.h). */
static void
set_tls(CURL *easy, const struct tls_backend *t)
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
set_url(struct smoker *s, const struct backend *b)
{
	const struct endpoint *e = s->row->endpoint;
	char *to = mem_printf("::%s", s->row->replica->address);
	char *url = e->tls && b->tls.name != NULL ?
	    mem_printf("https://%s:%u%s%s", b->tls.name, (unsigned)e->port,
	    e->prefix, s->check->path) : mem_printf("%s://%s%s%s",
	    e->tls ? "https" : "http", e->authority, e->prefix, s->check->path);

	s->connect_to = curl_slist_append(NULL, to);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, s->connect_to);
	if (e->tls)
		set_tls(s->easy, &b->tls);
	free(url);
	free(to);
}

static void
set_method(CURL *easy, const struct smoke_check *c)
{
	if (c->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)c->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body);
	} else if (strcmp(c->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, c->method);
}

static void
set_up(struct smoker *s)
{
	const struct backend *b =
	    &s->snapshot->config->settings.backends[BACKEND_ENHANCED];

	add_fields(s, b);
	set_url(s, b);
	set_method(s->easy, s->check);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->fields);
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	/* Not by what the environment says of proxies. */
	curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "understudy-smoke");
	curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	/* A connection of before shows nothing about a new one. */
	curl_easy_setopt(s->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(s->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS,
	    (long)s->check->within_ms);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
}

/* --- one run ---------------------------------------------------------------------- */

static void
end_run(struct smoker *s, const char *why)
{
	const char *name = s->check != NULL ? s->check->name : "";

	pthread_mutex_lock(&s->lock);
	/* Else another one has been asked for meanwhile. */
	if (s->run.serial == s->serial) {
		s->run.state = why == NULL ? SMOKE_PASSED : SMOKE_FAILED;
		s->run.ended_ns = clock_ns();
		if (why != NULL)
			snprintf(s->run.why, sizeof s->run.why, "%s%s%s", name,
			    name[0] != '\0' ? ": " : "", why);
	}
	pthread_mutex_unlock(&s->lock);
	s->check = NULL;
	s->row = NULL;
	snapshot_unref(&s->snapshot);
}

/* The first check that is left. */
static void
begin_check(struct smoker *s)
{
	const struct smoke_rules *rules = &s->snapshot->config->rules.smoke;
	size_t i = 0;

	while (i < rules->count && (s->which & 1u << i) == 0)
		i++;
	if (i == rules->count) {
		end_run(s, NULL);
		return;
	}
	s->check = &rules->list[i];
	s->which &= ~(1u << i);
	s->easy = curl_easy_init();
	if (s->easy == NULL) {
		end_run(s, "libcurl does not start");
		return;
	}
	s->is_too_large = false;
	set_up(s);
	curl_multi_add_handle(s->multi, s->easy);
}

static void
end_check(struct smoker *s, CURLcode code)
{
	char why[SMOKE_WHY_MAX] = "";
	long status = 0;
	bool ok = false;

	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		ok = smoke_judge(s->check, status,
		    s->body.bytes != NULL ? s->body.bytes : "", s->body.len, why);
	else if (s->is_too_large)
		snprintf(why, sizeof why, "the answer is longer than %u MiB",
		    BODY_MAX_BYTES >> 20);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, sizeof why, "no whole answer within %u ms",
		    (unsigned)s->check->within_ms);
	else
		snprintf(why, sizeof why, "%s", curl_easy_strerror(code));
	drop_transfer(s);
	if (!ok) {
		end_run(s, why);
		return;
	}
	pthread_mutex_lock(&s->lock);
	if (s->run.serial == s->serial)
		s->run.passed++;
	pthread_mutex_unlock(&s->lock);
	begin_check(s);
}

static void
end_finished(struct smoker *s)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(s->multi, &left)) != NULL)
		if (m->easy_handle == s->easy)
			end_check(s, m->data.result);
}

/* One that nobody has set aside and that is not down, another one each time. */
static const struct roster_row *
pick(const struct roster *roster, uint64_t serial)
{
	const struct roster_row *rows = roster->backends[BACKEND_ENHANCED].rows;
	size_t count = roster->backends[BACKEND_ENHANCED].count;

	for (size_t i = 0; i < count; i++) {
		const struct roster_row *row = &rows[(serial + i) % count];

		if (!atomic_load(&row->replica->aside) &&
		    atomic_load(&row->replica->checked) != CHECK_DOWN)
			return row;
	}
	return NULL;
}

static void
begin_run(struct smoker *s, struct snapshot *next, uint32_t which,
    uint64_t serial)
{
	drop_transfer(s);
	snapshot_unref(&s->snapshot);
	s->snapshot = next;
	s->check = NULL;
	s->which = which;
	s->serial = serial;
	s->row = pick(next->roster, serial);
	if (s->row == NULL)
		end_run(s, "no endpoint of enhanced is up");
	else
		begin_check(s);
}

/* --- the thread --------------------------------------------------------------------- */

/* false: stop. */
static bool
take_news(struct smoker *s)
{
	struct snapshot *next;
	uint64_t serial;
	uint32_t which;
	bool stop;

	pthread_mutex_lock(&s->lock);
	next = s->next;
	s->next = NULL;
	which = s->next_which;
	serial = s->next_serial;
	stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	if (next != NULL)
		begin_run(s, next, which, serial);
	return !stop;
}

static void *
smoker_main(void *arg)
{
	struct smoker *s = arg;
	int running;

	while (take_news(s)) {
		curl_multi_perform(s->multi, &running);
		end_finished(s);
		/* Where a check has ended the next one is to be begun at once. */
		curl_multi_perform(s->multi, &running);
		curl_multi_poll(s->multi, NULL, 0, WAIT_MAX_MS, NULL);
	}
	return NULL;
}

/* --- the control thread's side ---------------------------------------- */

struct smoker *
smoker_new(void)
{
	struct smoker *s = mem_zalloc(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void
start(struct smoker *s)
{
	struct err err = { "" };

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		s->multi = curl_multi_init();
	if (s->multi != NULL &&
	    thread_start(&s->thread, "smoker", smoker_main, s, &err))
		s->started = true;
	else
		log_event(LOG_ERROR, "smoke", "no check is run: %s",
		    s->multi == NULL ? "libcurl does not start" : err.text);
}

static unsigned
count_of(uint32_t which)
{
	unsigned count = 0;

	for (; which != 0; which &= which - 1)
		count++;
	return count;
}

void
smoker_run(struct smoker *s, struct snapshot *snapshot, uint32_t which,
    uint64_t serial)
{
	struct snapshot *unread;

	pthread_mutex_lock(&s->lock);
	unread = s->next;
	s->next = snapshot_ref(snapshot);
	s->next_which = which;
	s->next_serial = serial;
	s->run = (struct smoke_run){ .serial = serial, .state = SMOKE_RUNNING,
		.count = count_of(which) };
	pthread_mutex_unlock(&s->lock);
	snapshot_unref(&unread);
	if (!s->started)
		start(s);
	else
		curl_multi_wakeup(s->multi);
}

void
smoker_look(struct smoker *s, struct smoke_run *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->run;
	pthread_mutex_unlock(&s->lock);
}

void
smoker_stop(struct smoker **slot)
{
	struct smoker *s = *slot;

	if (s == NULL)
		return;
	*slot = NULL;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	if (s->started) {
		curl_multi_wakeup(s->multi);
		pthread_join(s->thread, NULL);
	}
	drop_transfer(s);
	if (s->multi != NULL) {
		curl_multi_cleanup(s->multi);
		curl_global_cleanup();
	}
	snapshot_unref(&s->next);
	snapshot_unref(&s->snapshot);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
