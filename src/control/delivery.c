/* delivery -- see delivery.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "control/alert_payload.h"
#include "control/transfer.h"

#define PAUSE_FIRST_MS UINT64_C(1000)
#define PAUSE_MAX_MS UINT64_C(60000)
/* Longer than any `retry`; what a target says is not calculated with. */
#define RETRY_AFTER_MAX_S UINT64_C(864000)
/* Nobody needs more of an answer; what is shown is shorter still. */
#define ANSWER_MAX_BYTES (64 * 1024)
#define SHOWN_MAX_BYTES 160
/* Kept, so that a secret which begins in what is shown is known as one. */
#define KEPT_MAX_BYTES (SHOWN_MAX_BYTES + 4096)

struct delivery {
	const struct alert_target *target; /* borrows */
	CURL *easy;                        /* owns */
	struct curl_slist *fields;         /* owns */
	struct curl_slist *recipients;     /* owns */
	struct buf body;                   /* owns */
	size_t sent;                       /* of it, when libcurl reads it */
	char answer[KEPT_MAX_BYTES + 1];
	size_t answer_len;                 /* kept */
	size_t answer_bytes;               /* that came */
};

/* --- pure ------------------------------------------------------------------------ */

static enum delivery_result
judge_mail(CURLcode code, long status)
{
	if (code == CURLE_OK)
		return DELIVERY_DONE;
	/* RFC 5321: 4yz may work later, 5yz will not. */
	return (status >= 500 && status < 600) || code == CURLE_LOGIN_DENIED ?
	    DELIVERY_REFUSED : DELIVERY_AGAIN;
}

enum delivery_result
delivery_judge(enum target_kind kind, CURLcode code, long status)
{
	if (kind == TARGET_EMAIL)
		return judge_mail(code, status);
	if (code != CURLE_OK)
		return DELIVERY_AGAIN;
	if (status >= 200 && status < 300)
		return DELIVERY_DONE;
	return status >= 500 || status == 408 || status == 425 || status == 429 ?
	    DELIVERY_AGAIN : DELIVERY_REFUSED;
}

uint64_t
delivery_pause_ms(unsigned tries, uint64_t retry_after_s, uint32_t lot)
{
	uint64_t ms = PAUSE_FIRST_MS;

	while (--tries > 0 && ms < PAUSE_MAX_MS)
		ms *= 2;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	/* A quarter less or more: who failed together does not come again
	 * together. */
	ms = ms * 3 / 4 + lot % (ms / 2 + 1);
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	return ms > retry_after_s * 1000 ? ms : retry_after_s * 1000;
}

/* --- libcurl's questions ------------------------------------------------------------ */

static size_t
on_answer(char *bytes, size_t size, size_t count, void *arg)
{
	struct delivery *d = arg;
	size_t len = size * count, room = KEPT_MAX_BYTES - d->answer_len;

	if (len < room)
		room = len;
	memcpy(d->answer + d->answer_len, bytes, room);
	d->answer_len += room;
	d->answer_bytes += len;
	return d->answer_bytes > ANSWER_MAX_BYTES ? 0 : len;
}

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct delivery *d = arg;
	size_t len = d->body.len - d->sent;

	if (len > size * count)
		len = size * count;
	memcpy(out, d->body.bytes + d->sent, len);
	d->sent += len;
	return len;
}

/* libcurl begins anew on another connection when a kept one was dead. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct delivery *d = arg;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > d->body.len)
		return CURL_SEEKFUNC_FAIL;
	d->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* --- setting it up ------------------------------------------------------------------ */

static void
add_field(struct delivery *d, const char *name, const char *value)
{
	char *field = mem_printf("%s: %s", name, value);

	d->fields = curl_slist_append(d->fields, field);
	free(field);
}

/* With the time of this try: a receiver may refuse what is old. */
static void
sign(struct delivery *d)
{
	int64_t now_s = clock_wall_us() / INT64_C(1000000);
	char hex[ALERT_SIGNATURE_LEN + 1], time[24];
	char *value;

	alert_sign(d->target->secret, now_s, &d->body, hex);
	value = mem_printf("sha256=%s", hex);
	snprintf(time, sizeof time, "%" PRId64, now_s);
	add_field(d, "x-understudy-timestamp", time);
	add_field(d, "x-understudy-signature", value);
	free(value);
}

static void
set_http(struct delivery *d)
{
	add_field(d, "Content-Type", "application/json");
	/* Not to wait for a 100 that some receivers never send. */
	d->fields = curl_slist_append(d->fields, "Expect:");
	if (d->target->kind == TARGET_WEBHOOK)
		sign(d);
	curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, d->fields);
	curl_easy_setopt(d->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)d->body.len);
	curl_easy_setopt(d->easy, CURLOPT_POSTFIELDS, d->body.bytes);
}

static void
set_mail(struct delivery *d)
{
	static const long modes[] = {
		[STARTTLS_REQUIRED] = CURLUSESSL_ALL,
		[STARTTLS_TRY] = CURLUSESSL_TRY,
		[STARTTLS_OFF] = CURLUSESSL_NONE,
	};
	const struct alert_target *t = d->target;
	char *from = mem_printf("<%s>", t->from);

	for (size_t i = 0; i < t->to_count; i++) {
		char *to = mem_printf("<%s>", t->to[i]);

		d->recipients = curl_slist_append(d->recipients, to);
		free(to);
	}
	curl_easy_setopt(d->easy, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(d->easy, CURLOPT_MAIL_RCPT, d->recipients);
	curl_easy_setopt(d->easy, CURLOPT_USE_SSL, modes[t->starttls]);
	if (t->user != NULL) {
		curl_easy_setopt(d->easy, CURLOPT_USERNAME, t->user);
		curl_easy_setopt(d->easy, CURLOPT_PASSWORD, t->password);
	}
	curl_easy_setopt(d->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(d->easy, CURLOPT_READDATA, d);
	curl_easy_setopt(d->easy, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(d->easy, CURLOPT_SEEKDATA, d);
	curl_easy_setopt(d->easy, CURLOPT_UPLOAD, 1L);
	free(from);
}

static void
set_common(struct delivery *d, void *arg)
{
	const struct alert_target *t = d->target;

	transfer_set_common(d->easy, "understudy-alerts", t->timeout_ms);
	transfer_set_tls(d->easy, t->tls.verify, t->tls.ca, &t->tls.files);
	curl_easy_setopt(d->easy, CURLOPT_URL, t->url);
	curl_easy_setopt(d->easy, CURLOPT_PRIVATE, arg);
	curl_easy_setopt(d->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(d->easy, CURLOPT_WRITEDATA, d);
}

struct delivery *
delivery_begin(CURLM *multi, const struct alert_target *t, const char *source,
    const struct alert *a, void *arg)
{
	struct delivery *d = mem_zalloc(sizeof *d);

	d->target = t;
	d->easy = curl_easy_init();
	if (d->easy == NULL) {
		delivery_free(multi, &d);
		return NULL;
	}
	alert_write(t, source, a, &d->body);
	set_common(d, arg);
	if (t->kind == TARGET_EMAIL)
		set_mail(d);
	else
		set_http(d);
	curl_multi_add_handle(multi, d->easy);
	return d;
}

/* --- how it ended ------------------------------------------------------------------- */

static bool
holds(const struct delivery *d, const char *secret)
{
	return secret != NULL && strstr(d->answer, secret) != NULL;
}

/* What the target says of itself, in one line; not if it repeats what must not
 * be shown. */
static void
add_answer(struct delivery *d, char *out, size_t space)
{
	const struct alert_target *t = d->target;
	size_t len = strlen(out);

	d->answer[d->answer_len] = '\0';
	for (char *p = d->answer; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (strspn(d->answer, " ") == strlen(d->answer) || holds(d, t->secret) ||
	    holds(d, t->routing_key) || holds(d, t->password) || holds(d, t->url))
		return;
	snprintf(out + len, space - len, ": %.*s", SHOWN_MAX_BYTES, d->answer);
}

static void
describe(struct delivery *d, CURLcode code, long status, char *out,
    size_t space)
{
	const char *why = curl_easy_strerror(code);

	if (code == CURLE_OK && d->target->kind == TARGET_EMAIL)
		snprintf(out, space, "taken by the mail server");
	else if (code == CURLE_OK)
		snprintf(out, space, "status %ld", status);
	else if (status != 0)
		snprintf(out, space, "%s (status %ld)", why, status);
	else
		snprintf(out, space, "%s", why);
	if (d->target->kind != TARGET_EMAIL)
		add_answer(d, out, space);
}

enum delivery_result
delivery_end(struct delivery *d, CURLcode code,
    char text_out[DELIVERY_TEXT_MAX], uint64_t *retry_after_s_out)
{
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(d->easy, CURLINFO_RETRY_AFTER, &retry_after);
	if (code == CURLE_WRITE_ERROR && d->answer_bytes > ANSWER_MAX_BYTES)
		code = CURLE_OK; /* it was us who had enough */
	describe(d, code, status, text_out, DELIVERY_TEXT_MAX);
	*retry_after_s_out = retry_after > 0 ? (uint64_t)retry_after : 0;
	return delivery_judge(d->target->kind, code, status);
}

void
delivery_free(CURLM *multi, struct delivery **dp)
{
	struct delivery *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	if (d->easy != NULL) {
		curl_multi_remove_handle(multi, d->easy);
		curl_easy_cleanup(d->easy);
	}
	curl_slist_free_all(d->fields);
	curl_slist_free_all(d->recipients);
	/* PagerDuty's key is in it. */
	if (d->body.len > 0)
		explicit_bzero(d->body.bytes, d->body.len);
	buf_fini(&d->body);
	free(d);
}
