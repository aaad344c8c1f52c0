/* admin_samples -- the kept answers of one pair.
 * SPDX-License-Identifier: MIT
 *
 * They are what users and models have said, decrypted: for operators only,
 * and who reads which pair is in the log.
 */
#include "control/admin_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "control/json_text.h"
#include "control/sample_reader.h"

/* The control thread may wait that long for a store; the guard looks every
 * 20 ms and judges windows of seconds. */
#define PATIENCE_MS 100

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

static json_t *
known(uint64_t us)
{
	return us == 0 ? json_null() : json_count(us);
}

/* Lines "name:value". */
static json_t *
headers(const struct buf *lines)
{
	const char *at = lines->bytes, *feed;
	size_t left = lines->len;
	json_t *o = json_object();

	while (left > 0 && (feed = memchr(at, '\n', left)) != NULL) {
		size_t len = (size_t)(feed - at);
		const char *colon = memchr(at, ':', len);
		char name[HEADER_NAME_MAX + 1];

		if (colon != NULL && text_copy(name, sizeof name, at,
		    (size_t)(colon - at)))
			set(o, name, json_text_of(colon + 1,
			    (size_t)(feed - colon - 1)));
		left -= len + 1;
		at = feed + 1;
	}
	return o;
}

static json_t *
answer(const struct kept_answer *a)
{
	json_t *o = json_object();

	set(o, "status", json_count(a->status));
	set(o, "outcome", json_string(outcome_info(a->outcome)->name));
	set(o, "content_type", json_text(a->content_type));
	set(o, "content_encoding", json_text(a->content_encoding));
	set(o, "form", json_text(a->form));
	set(o, "left_out", json_text_or_null(a->left_out));
	set(o, "cut", json_boolean(a->cut));
	set(o, "encrypted", json_boolean(a->key_id[0] != '\0'));
	set(o, "body_bytes", json_count(a->body_bytes));
	set(o, "latency_us", json_count(a->latency_us));
	set(o, "first_byte_us", known(a->first_byte_us));
	set(o, "first_content_us", known(a->first_content_us));
	set(o, "longest_gap_us", known(a->longest_gap_us));
	set(o, "headers", headers(&a->fields));
	set(o, "body", a->left_out[0] != '\0' ? json_null() :
	    json_text_of(a->body.len > 0 ? a->body.bytes : "", a->body.len));
	return o;
}

static json_t *
answers(const struct kept_sample *k)
{
	json_t *o = json_object();

	for (int side = 0; side < KEPT_SIDE_COUNT; side++)
		if (k->answers[side].there)
			set(o, kept_side_name((enum kept_side)side),
			    answer(&k->answers[side]));
	return o;
}

static json_t *
differences(const struct sample_found *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < f->difference_count; i++) {
		json_t *o = json_object();

		set(o, "path", json_text(f->differences[i].path));
		set(o, "kind", json_text(f->differences[i].kind));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
document(const struct sample_found *f)
{
	const struct kept_sample *k = f->kept;
	json_t *o = json_object();

	set(o, "pair", json_text(k->pair));
	set(o, "time", json_time(k->ts_us));
	set(o, "verdict", json_string(verdict_name(k->verdict)));
	set(o, "method", json_text(k->method));
	set(o, "path", json_text(k->path));
	set(o, "route", json_text(k->route));
	set(o, "stage", json_text(k->stage));
	set(o, "epoch", json_count(k->epoch));
	set(o, "differences", differences(f));
	set(o, "answers", answers(k));
	return o;
}

void
admin_get_sample(const struct admin_scene *s, struct admin_call *c)
{
	struct config *config = rollout_snapshot(s->ports.of.rollout)->config;
	struct sample_found *found = NULL;
	struct err err = { "" };

	if (s->ports.samples == NULL || !sample_reader_ask(s->ports.samples,
	    config, c->id, clock_ns() + PATIENCE_MS * NS_PER_MS, &found, &err)) {
		admin_fail(c, 503, "kept answers cannot be read: %s", err.text);
	} else if (found == NULL) {
		c->status = 202;
		buf_puts(&c->reply, "{\"reading\": true}\n");
	} else if (found->kept == NULL) {
		admin_fail(c, 404, "nothing is kept of the pair \"%.40s\"", c->id);
	} else {
		log_event(LOG_INFO, "sample", "kept answers of the pair %s read by "
		    "%s", found->kept->pair, c->actor);
		json_print(document(found), &c->reply);
	}
	sample_found_free(&found);
}
