/* smoker -- see smoker.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/smoker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/transfer.h"

#define BODY_MAX_BYTES (8u << 20)
/* Nothing is due: look for news this often, in case a wake-up was lost. */
#define WAIT_MAX_MS 1000

struct smoker {
	struct transfer_thread asker; /* control thread, but for its multi */
	pthread_mutex_t lock;
	struct snapshot *next;       /* owns a reference; under lock */
	uint32_t next_which;         /* under lock */
	uint64_t next_serial;        /* under lock */
	bool stop;                   /* under lock */
	struct smoke_run run;        /* under lock */

	/* the thread's own */
	struct snapshot *snapshot;   /* owns a reference; NULL = no run */
	const struct roster_row *row; /* borrows from the snapshot */
	uint64_t serial;             /* of this run */
	uint32_t which;              /* still to be run, with the present one */
	const struct smoke_check *check; /* borrows from the snapshot */
	struct transfer transfer;
};

/* --- one request ---------------------------------------------------------------- */

/* Unless the check says it itself. */
static void
add_field(struct smoker *s, const char *name, const char *value)
{
	size_t len = strlen(name);

	for (size_t i = 0; s->check->fields != NULL &&
	    s->check->fields[i] != NULL; i++)
		if (strncasecmp(s->check->fields[i], name, len) == 0 &&
		    s->check->fields[i][len] == ':')
			return;
	transfer_add_field(&s->transfer, name, value);
}

static void
add_fields(struct smoker *s, const struct backend *b)
{
	const struct smoke_check *c = s->check;

	for (size_t i = 0; c->fields != NULL && c->fields[i] != NULL; i++)
		s->transfer.fields = curl_slist_append(s->transfer.fields,
		    c->fields[i]);
	add_field(s, "Host", b->host != NULL ? b->host :
	    s->row->endpoint->authority);
	add_field(s, "x-understudy-leg", "smoke");
	/* What libcurl would say by itself: form data, and "100-continue". */
	add_field(s, "Content-Type", c->is_json ? "application/json" : "");
	add_field(s, "Expect", "");
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
	transfer_to_endpoint(&s->transfer, s->row->endpoint, b,
	    s->row->replica->address, s->check->path);
	curl_easy_setopt(s->transfer.easy, CURLOPT_PATH_AS_IS, 1L);
	set_method(s->transfer.easy, s->check);
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
	s->transfer.max_bytes = BODY_MAX_BYTES;
	s->transfer.keeps_body = true;
	if (!transfer_begin(&s->transfer, "understudy-smoke",
	    s->check->within_ms)) {
		end_run(s, "libcurl does not start");
		return;
	}
	set_up(s);
	transfer_send(s->asker.multi, &s->transfer, s);
}

static void
end_check(struct smoker *s, CURLcode code)
{
	const struct buf *body = &s->transfer.body;
	char why[SMOKE_WHY_MAX] = "";
	bool ok = false;
	long status;

	code = transfer_result(&s->transfer, code, &status);
	if (code == CURLE_OK)
		ok = smoke_judge(s->check, status,
		    body->bytes != NULL ? body->bytes : "", body->len, why);
	else if (s->transfer.own_error != 0)
		snprintf(why, sizeof why, "understudy had no socket left");
	else if (transfer_is_too_large(&s->transfer))
		snprintf(why, sizeof why, "the answer is longer than %u MiB",
		    BODY_MAX_BYTES >> 20);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(why, sizeof why, "no whole answer within %u ms",
		    (unsigned)s->check->within_ms);
	else
		snprintf(why, sizeof why, "%s", curl_easy_strerror(code));
	transfer_drop(s->asker.multi, &s->transfer);
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
	CURLcode code;

	while (transfer_ended(s->asker.multi, &code) != NULL)
		end_check(s, code);
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
	transfer_drop(s->asker.multi, &s->transfer);
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
		curl_multi_perform(s->asker.multi, &running);
		end_finished(s);
		/* Where a check has ended the next one is to be begun at once. */
		curl_multi_perform(s->asker.multi, &running);
		curl_multi_poll(s->asker.multi, NULL, 0, WAIT_MAX_MS, NULL);
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

	if (!transfer_thread_start(&s->asker, "smoker", smoker_main, s, &err))
		log_event(LOG_ERROR, "smoke", "no check is run: %s", err.text);
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
	if (!s->asker.started)
		start(s);
	else
		curl_multi_wakeup(s->asker.multi);
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
	transfer_thread_join(&s->asker);
	transfer_drop(s->asker.multi, &s->transfer);
	transfer_thread_fini(&s->asker);
	snapshot_unref(&s->next);
	snapshot_unref(&s->snapshot);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
