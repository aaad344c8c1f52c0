/* alert_payload -- see alert_payload.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/alert_payload.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/words.h"

/* PagerDuty: summary at most 1024 characters, dedup_key at most 255; ours are
 * shorter by themselves. */
#define US_PER_S INT64_C(1000000)
/* RFC 2045: at most 76 characters a line. */
#define MAIL_LINE_BYTES 57

static const char *
phase_name(enum alert_phase phase)
{
	static const char *const names[] = {
		[ALERT_BEGIN] = "begin", [ALERT_END] = "end",
		[ALERT_NOTE] = "note", [ALERT_TEST] = "test",
	};

	return names[phase];
}

bool
alert_is_for(const struct alert_target *t, const struct alert *a)
{
	return (t->severities & 1u << a->severity) != 0 &&
	    (t->kind != TARGET_PAGERDUTY || a->phase != ALERT_NOTE);
}

/* --- pieces ------------------------------------------------------------------- */

/* By what a target knows that two messages belong together. */
static void
add_key(struct buf *b, const char *source, const struct alert *a)
{
	buf_printf(b, "%s/%s/%" PRIu64, source, a->name, a->epoch);
}

static void
json_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json_string(b, value, strlen(value));
}

static void
add_head(struct buf *b, const char *source, const struct alert *a)
{
	buf_printf(b, "understudy %s: ", source);
	if (a->phase == ALERT_END)
		buf_puts(b, "over");
	else
		buf_printf(b, "%s", a->kind);
	buf_printf(b, " (%s)", severity_name(a->severity));
}

static void
add_where(struct buf *b, const struct alert *a)
{
	char share[32];

	text_format_share(a->percent, share);
	if (a->rollout[0] != '\0')
		buf_printf(b, "%s: ", a->rollout);
	buf_printf(b, "%s at %s%s", a->stage, share,
	    a->latched ? ", latched on legacy" : "");
}

/* --- JSON of our own ------------------------------------------------------------ */

static void
write_webhook(const char *source, const struct alert *a, struct buf *b)
{
	char time[CLOCK_TEXT_MAX];

	clock_format(a->at_us, time);
	buf_puts(b, "{\"version\":1,\"key\":\"");
	add_key(b, source, a);
	buf_printf(b, "\",\"phase\":\"%s\",\"kind\":\"%s\",\"severity\":\"%s\"",
	    phase_name(a->phase), a->kind, severity_name(a->severity));
	json_member(b, "source", source);
	json_member(b, "name", a->name);
	buf_printf(b, ",\"epoch\":%" PRIu64, a->epoch);
	json_member(b, "time", time);
	if (a->rollout[0] != '\0')
		json_member(b, "rollout", a->rollout);
	json_member(b, "stage", a->stage);
	buf_printf(b, ",\"percent\":%.6g,\"latched\":%s", a->percent / 1000.0,
	    a->latched ? "true" : "false");
	json_member(b, "summary", a->summary);
	buf_printf(b, ",\"evidence\":%s}",
	    a->evidence[0] != '\0' ? a->evidence : "null");
}

/* --- PagerDuty ------------------------------------------------------------------ */

static void
write_pagerduty(const struct alert_target *t, const char *source,
    const struct alert *a, struct buf *b)
{
	char time[CLOCK_TEXT_MAX];

	clock_format(a->at_us, time);
	buf_puts(b, "{\"routing_key\":");
	buf_json_string(b, t->routing_key, strlen(t->routing_key));
	buf_printf(b, ",\"event_action\":\"%s\",\"dedup_key\":\"",
	    a->phase == ALERT_END ? "resolve" : "trigger");
	add_key(b, source, a);
	buf_puts(b, "\"");
	if (a->phase == ALERT_END) {
		buf_puts(b, "}");
		return;
	}
	buf_puts(b, ",\"client\":\"understudy\",\"payload\":{\"summary\":");
	buf_json_string(b, a->summary, strlen(a->summary));
	json_member(b, "source", source);
	json_member(b, "severity", severity_name(a->severity));
	json_member(b, "timestamp", time);
	json_member(b, "component", a->name);
	json_member(b, "group", a->stage);
	json_member(b, "class", a->kind);
	buf_printf(b, ",\"custom_details\":{\"epoch\":%" PRIu64 ",\"percent\":%.6g,"
	    "\"latched\":%s,\"evidence\":%s}}}", a->epoch, a->percent / 1000.0,
	    a->latched ? "true" : "false",
	    a->evidence[0] != '\0' ? a->evidence : "null");
}

/* --- Slack ---------------------------------------------------------------------- */

/* Text of Slack's: three characters mean something, and a name in a summary
 * must not call a whole channel. */
static void
add_slack(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '&')
			buf_puts(b, "&amp;");
		else if (*text == '<')
			buf_puts(b, "&lt;");
		else if (*text == '>')
			buf_puts(b, "&gt;");
		else
			buf_add(b, text, 1);
}

static const char *
colour(const struct alert *a)
{
	if (a->phase == ALERT_END)
		return "good";
	switch (a->severity) {
	case SEVERITY_INFO:
		return "#439fe0";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_CRITICAL:
		return "danger";
	}
	return "warning";
}

static void
write_slack(const char *source, const struct alert *a, struct buf *b)
{
	struct buf head = { 0 }, text = { 0 }, where = { 0 };

	add_head(&head, source, a);
	add_slack(&text, a->summary);
	add_where(&where, a);
	buf_puts(b, "{\"text\":");
	buf_json_string(b, head.bytes, head.len);
	buf_puts(b, ",\"attachments\":[{\"color\":");
	buf_json_string(b, colour(a), strlen(colour(a)));
	json_member(b, "fallback", text.bytes);
	json_member(b, "text", text.bytes);
	buf_puts(b, ",\"fields\":[{\"title\":\"Stage\",\"short\":true,\"value\":");
	buf_json_string(b, where.bytes, where.len);
	buf_puts(b, "},{\"title\":\"Key\",\"short\":true,\"value\":\"");
	add_key(b, source, a);
	buf_printf(b, "\"}],\"ts\":%" PRId64 "}]}", a->at_us / US_PER_S);
	buf_fini(&head);
	buf_fini(&text);
	buf_fini(&where);
}

/* --- mail ----------------------------------------------------------------------- */

/* RFC 5322 dates are in English whatever the locale. */
static void
add_date(struct buf *b, int64_t wall_us)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm t;

	gmtime_r(&seconds, &t);
	buf_printf(b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
	    t.tm_hour, t.tm_min, t.tm_sec);
}

/* In base64: lines of any length and of any bytes arrive as they were. */
static void
add_base64(struct buf *b, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t n = len < MAIL_LINE_BYTES ? len : MAIL_LINE_BYTES;
		char *out = buf_room(b, 4 * ((n + 2) / 3) + 1);

		buf_grew(b, (size_t)EVP_EncodeBlock((unsigned char *)out,
		    (const unsigned char *)bytes, (int)n));
		buf_puts(b, "\r\n");
		bytes += n;
		len -= n;
	}
}

static void
add_letter(struct buf *b, const char *source, const struct alert *a)
{
	char time[CLOCK_TEXT_MAX];

	clock_format(a->at_us, time);
	buf_printf(b, "%s\r\n\r\n", a->summary);
	buf_printf(b, "what:     %s, %s\r\n", a->kind, phase_name(a->phase));
	buf_printf(b, "severity: %s\r\n", severity_name(a->severity));
	buf_printf(b, "when:     %s\r\n", time);
	buf_puts(b, "stage:    ");
	add_where(b, a);
	buf_puts(b, "\r\nkey:      ");
	add_key(b, source, a);
	buf_puts(b, "\r\n");
	if (a->evidence[0] != '\0')
		buf_printf(b, "numbers:  %s\r\n", a->evidence);
}

/* Names and sources are plain ASCII (key_name), so nothing in the head needs
 * encoding.  What belongs together is one thread in a mailbox. */
static void
write_mail(const struct alert_target *t, const char *source,
    const struct alert *a, struct buf *b)
{
	struct buf letter = { 0 };

	add_date(b, a->at_us);
	buf_printf(b, "From: understudy <%s>\r\nTo: ", t->from);
	for (size_t i = 0; i < t->to_count; i++)
		buf_printf(b, "%s<%s>", i > 0 ? ",\r\n " : "", t->to[i]);
	buf_puts(b, "\r\nSubject: ");
	add_head(b, source, a);
	buf_printf(b, ": %s\r\nMessage-ID: <%" PRId64 ".%s.", a->name, a->at_us,
	    phase_name(a->phase));
	buf_printf(b, "%s.%" PRIu64 "@%s>\r\nReferences: <%s.%" PRIu64 "@%s>\r\n",
	    a->name, a->epoch, source, a->name, a->epoch, source);
	buf_puts(b, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	add_letter(&letter, source, a);
	add_base64(b, letter.bytes, letter.len);
	buf_fini(&letter);
}

/* --- all of them ------------------------------------------------------------------ */

void
alert_write(const struct alert_target *t, const char *source,
    const struct alert *a, struct buf *out)
{
	switch (t->kind) {
	case TARGET_SLACK:
		write_slack(source, a, out);
		return;
	case TARGET_PAGERDUTY:
		write_pagerduty(t, source, a, out);
		return;
	case TARGET_EMAIL:
		write_mail(t, source, a, out);
		return;
	case TARGET_WEBHOOK:
		write_webhook(source, a, out);
		return;
	case TARGET_KIND_COUNT:
		break;
	}
	assert(!"unknown kind of target");
}

void
alert_sign(const char *secret, int64_t unix_s, const struct buf *body,
    char out[ALERT_SIGNATURE_LEN + 1])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct buf text = { 0 };
	unsigned len = 0;

	buf_printf(&text, "%" PRId64 ".", unix_s);
	buf_add(&text, body->bytes, body->len);
	HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const unsigned char *)text.bytes, text.len, hash, &len);
	assert(2 * len == ALERT_SIGNATURE_LEN);
	text_hex(hash, len, out);
	buf_fini(&text);
}
