/* keep -- see keep.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/keep.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "compare/redact.h"

/* The longest value of a header that is whole for certain. */
#define VALUE_MAX 1000

/* --- one answer ------------------------------------------------------------- */

/* An answer on its way into what is kept of it. */
struct keeping {
	const struct answer *from;   /* borrows */
	struct kept_answer *to;      /* borrows */
	struct redactor *redactor;   /* borrows */
	const struct dialects *dialects; /* borrows; NULL = those built in */
	struct arena *arena;         /* borrows */
	size_t max;
	struct content content;
};

static void
set_form(struct keeping *k, const char *form)
{
	text_copy(k->to->form, sizeof k->to->form, form, strlen(form));
}

static void
leave_out(struct keeping *k, const char *why)
{
	buf_fini(&k->to->body);
	k->to->body = (struct buf){ 0 };
	text_copy(k->to->left_out, sizeof k->to->left_out, why, strlen(why));
}

static void
take_result(struct keeping *k, const char *form, struct redact_result result)
{
	if (result.full) {
		leave_out(k, "too large to be redacted");
		return;
	}
	set_form(k, result.is_text ? content_form_name(CONTENT_TEXT) : form);
	k->to->cut = result.cut;
}

static void
keep_tree(struct keeping *k, const char *form, const struct json *tree)
{
	take_result(k, form, redact_tree(k->redactor, tree, k->arena, k->max,
	    &k->to->body));
}

/* The document as it came; what is compared may be settled already. */
static void
keep_document(struct keeping *k)
{
	struct bytes b = k->content.bytes;
	struct json_fault fault;
	const struct json *tree = json_parse(k->arena, b.at, b.len, false,
	    &fault);

	if (tree == NULL)
		leave_out(k, "too large to be redacted");
	else
		keep_tree(k, content_form_name(CONTENT_JSON), tree);
}

static void
keep_stream(struct keeping *k)
{
	if (redact_stream(k->redactor, k->content.bytes, k->dialects,
	    k->arena, k->max, &k->to->body)) {
		set_form(k, content_form_name(CONTENT_STREAM));
		return;
	}
	buf_clear(&k->to->body);
	keep_tree(k, CONTENT_MESSAGE, k->content.tree);
}

static void
keep_hash(struct keeping *k)
{
	char hash[CONTENT_HASH_MAX];

	content_hash(k->content.bytes, hash);
	buf_puts(&k->to->body, hash);
	set_form(k, content_form_name(CONTENT_BINARY));
}

static void
keep_content(struct keeping *k)
{
	const struct content *c = &k->content;

	switch (c->form) {
	case CONTENT_JSON:
		keep_document(k);
		return;
	case CONTENT_STREAM:
		keep_stream(k);
		return;
	case CONTENT_LINES:
	case CONTENT_FORM:
	case CONTENT_PARTS:
		keep_tree(k, content_form_name(c->form), c->tree);
		return;
	case CONTENT_TEXT:
		take_result(k, content_form_name(c->form), redact_plain(
		    k->redactor, c->bytes, k->max, &k->to->body));
		return;
	case CONTENT_BINARY:
		keep_hash(k);
		return;
	case CONTENT_NOTHING:
	case CONTENT_FORM_COUNT:
		break;
	}
	set_form(k, content_form_name(CONTENT_NOTHING));
}

static void
keep_body(struct keeping *k)
{
	struct content *c = &k->content;

	if (k->from->truncated || k->from->no_room) {
		leave_out(k, "over limits.capture");
	} else if (!content_decode(k->from, k->arena, c)) {
		leave_out(k, c->why);
	} else {
		k->to->body_bytes = c->bytes.len;
		if (!content_read(k->from, k->dialects, k->arena, c))
			leave_out(k, c->why);
		else if (c->broken && k->redactor->rules->pointer_count > 0)
			leave_out(k, "not what its type says");
		else
			keep_content(k);
	}
}

/* --- its headers -------------------------------------------------------------- */

static bool
is_kept_from(const struct redact_rules *rules, const char *name, size_t len)
{
	for (size_t i = 0; i < rules->header_count; i++)
		if (strlen(rules->headers[i]) == len &&
		    memcmp(rules->headers[i], name, len) == 0)
			return true;
	return false;
}

/* A value that long may have been cut, within what a pattern would find. */
static void
keep_value(struct keeping *k, const char *value, size_t len)
{
	if (len >= VALUE_MAX && redactor_has_patterns(k->redactor))
		buf_puts(&k->to->fields, REDACTED);
	else
		(void)redact_text(k->redactor, value, len, &k->to->fields);
}

static void
keep_headers(struct keeping *k)
{
	const struct blob *b = k->from->headers;
	const char *at = b != NULL ? b->bytes : "";
	const char *end = b != NULL ? at + b->len : at, *feed;

	for (; at < end && (feed = memchr(at, '\n', (size_t)(end - at))) != NULL;
	    at = feed + 1) {
		const char *colon = memchr(at, ':', (size_t)(feed - at));
		size_t len = colon != NULL ? (size_t)(colon - at) : 0;

		if (len == 0)
			continue;
		buf_add(&k->to->fields, at, len + 1);
		if (is_kept_from(k->redactor->rules, at, len))
			buf_puts(&k->to->fields, REDACTED);
		else
			keep_value(k, colon + 1, (size_t)(feed - colon - 1));
		buf_puts(&k->to->fields, "\n");
	}
}

static void
keep_answer(const struct sample *s, const struct answer *from,
    struct redactor *redactor, struct arena *a, struct kept_answer *to)
{
	struct keeping k = { .from = from, .to = to, .redactor = redactor,
		.dialects = s->config->rules.compare.dialects, .arena = a,
		.max = s->config->settings.keep.max_bytes };

	to->there = true;
	to->outcome = from->outcome;
	to->status = from->status;
	to->latency_us = from->latency_us;
	to->first_byte_us = from->first_byte_us;
	to->first_content_us = from->first_content_us;
	to->longest_gap_us = from->longest_gap_us;
	memcpy(to->content_type, from->content_type, sizeof to->content_type);
	memcpy(to->content_encoding, from->content_encoding,
	    sizeof to->content_encoding);
	redact_field(redactor, to->content_type, sizeof to->content_type);
	arena_reset(a);
	keep_headers(&k);
	keep_body(&k);
}

/* --- a pair ------------------------------------------------------------------- */

/* Whole hours of the process's clock: two threads at the turn of an hour may
 * both begin it, which gives at most one pair too many. */
static bool
has_room(struct keep_rate *rate, uint32_t per_hour)
{
	uint64_t hour = clock_ns() / (3600 * NS_PER_S) + 1;

	if (atomic_exchange(&rate->hour, hour) != hour)
		atomic_store(&rate->count, 0);
	return atomic_fetch_add(&rate->count, 1) < per_hour;
}

static struct kept_sample *
kept_of(const struct sample *s, struct redactor *redactor, struct arena *a)
{
	struct kept_sample *k = kept_sample_new(s->config);

	k->ts_us = s->ts_us;
	k->epoch = s->epoch;
	k->rollout = s->rollout;
	k->rules_mark = s->config->compare_mark;
	memcpy(k->pair, s->pair, sizeof k->pair);
	memcpy(k->stage, s->stage, sizeof k->stage);
	memcpy(k->method, s->method, sizeof k->method);
	memcpy(k->path, s->path, sizeof k->path);
	memcpy(k->route, s->route, sizeof k->route);
	redact_path(redactor, k->path, sizeof k->path);
	for (int v = 0; v < VERSION_COUNT; v++)
		keep_answer(s, &s->answers[v], redactor, a, &k->answers[v]);
	if (s->has_control)
		keep_answer(s, &s->control, redactor, a,
		    &k->answers[KEPT_CONTROL]);
	return k;
}

void
keep_pair(const struct sample *s, enum verdict verdict,
    struct redactor *redactor, struct arena *a, struct keep_rate *rate,
    const struct record_sink *sink, struct compare_stats *stats)
{
	const struct keep_settings *keep = &s->config->settings.keep;
	enum keep_result result = KEEP_OVER_RATE;

	if (keep->bodies == KEEP_NONE || verdict != VERDICT_DIFFERENT ||
	    sink->kept == NULL)
		return;
	if (has_room(rate, keep->per_hour)) {
		struct kept_sample *k = kept_of(s, redactor, a);

		k->verdict = (uint8_t)verdict;
		result = sink->kept(sink->arg, k) ? KEEP_DONE : KEEP_REFUSED;
		if (result == KEEP_REFUSED)
			kept_sample_free(&k);
	}
	stat_add(&stats->kept[result], 1);
}

/* --- and back ------------------------------------------------------------------- */

static struct blob *
blob_of(const struct buf *b)
{
	struct blob *blob = b->len > 0 ? blob_new(b->len) : NULL;

	if (blob != NULL) {
		memcpy(blob->bytes, b->bytes, b->len);
		blob->len = b->len;
	}
	return blob;
}

void
keep_restore(const struct kept_answer *k, struct answer *out)
{
	memset(out, 0, sizeof *out);
	out->outcome = k->outcome;
	out->status = k->status;
	out->latency_us = k->latency_us;
	memcpy(out->content_type, k->content_type, sizeof out->content_type);
	text_copy(out->form, sizeof out->form, k->form, strlen(k->form));
	out->is_part = k->cut || k->left_out[0] != '\0';
	out->body = blob_of(&k->body);
	out->headers = blob_of(&k->fields);
}
