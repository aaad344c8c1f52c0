/* redact_stream -- an event stream without what must not be kept.
 * SPDX-License-Identifier: MIT
 *
 * A chat answer is cut into many small events, and a secret is cut with it:
 * no single event holds "alice@" and "example.com".  So the strings that go
 * on from event to event are joined before patterns look at them, and what is
 * found is taken out of the events that it came from.  Which strings go on is
 * guessed: those at one path of events whose "type" and numbers called "index"
 * are the same.  Whether the guess was right is then seen: what was written is
 * folded like any stream, and if something would have to be taken out of that
 * message, the events are not kept at all.
 */
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "compare/fold.h"
#include "compare/redact.h"

#define EVENTS_MAX 20000
#define CHANNELS_MAX 4096

/* One string of one event. */
struct piece {
	struct json *node;   /* borrows; its text is replaced */
	size_t begin;        /* in the channel's text */
	struct piece *next;
};

/* Strings that go on from one event to the next. */
struct channel {
	struct buf text;     /* owns; all pieces */
	struct piece *first, *last;
	struct channel *next;
};

struct event {
	const char *name;
	struct json *data;   /* a document, or a string that is the data itself */
	bool is_document;
	struct event *next;
};

struct splitting {
	struct redactor *redactor; /* borrows */
	struct arena *arena;       /* borrows; events, pieces and channels */
	struct map *by_key;        /* owns; channels, which are the arena's */
	struct channel *channels;
	struct event *first, *last;
	size_t event_count;
	struct buf key;            /* owns; where in which kind of event */
	bool failed;
};

/* --- which strings go on --------------------------------------------------- */

static struct channel *
channel_of(struct splitting *s)
{
	struct channel *c = map_get(s->by_key, s->key.bytes, s->key.len);

	if (c != NULL)
		return c;
	if (map_count(s->by_key) >= CHANNELS_MAX ||
	    (c = arena_zalloc(s->arena, sizeof *c)) == NULL)
		return NULL;
	c->next = s->channels;
	s->channels = c;
	map_put(s->by_key, s->key.bytes, s->key.len, c);
	return c;
}

static void
add_piece(struct splitting *s, struct json *node)
{
	struct channel *c = channel_of(s);
	struct piece *p = arena_zalloc(s->arena, sizeof *p);

	if (c == NULL || p == NULL) {
		s->failed = true;
		return;
	}
	p->node = node;
	p->begin = c->text.len;
	buf_add(&c->text, node->text, node->len);
	if (c->last != NULL)
		c->last->next = p;
	else
		c->first = p;
	c->last = p;
}

static bool
is_index_name(const struct json *member)
{
	static const char end[] = "index";
	size_t len = sizeof end - 1;

	return member->key_len >= len &&
	    memcmp(member->key + member->key_len - len, end, len) == 0;
}

static bool
is_named(const struct json *member, const char *name)
{
	return member->key_len == strlen(name) &&
	    memcmp(member->key, name, member->key_len) == 0;
}

/* What tells this object from another one at the same path. */
static void
add_marks(struct splitting *s, const struct json *object)
{
	for (const struct json *v = object->first; v != NULL; v = v->next)
		if ((v->kind == JSON_NUMBER && is_index_name(v)) ||
		    (v->kind == JSON_STRING && is_named(v, "type"))) {
			buf_puts(&s->key, "\x1f");
			buf_add(&s->key, v->key, v->key_len);
			buf_puts(&s->key, "=");
			buf_add(&s->key, v->text, v->len);
		}
}

static void
add_pieces(struct splitting *s, struct json *value)
{
	size_t mark = s->key.len, index = 0;

	if (value->kind == JSON_STRING)
		add_piece(s, value);
	if (value->kind == JSON_OBJECT)
		add_marks(s, value);
	for (struct json *v = value->first; v != NULL; v = v->next) {
		size_t inner = s->key.len;

		if (value->kind == JSON_OBJECT) {
			buf_puts(&s->key, "/");
			buf_add(&s->key, v->key, v->key_len);
		} else {
			buf_printf(&s->key, "/%zu", index++);
		}
		add_pieces(s, v);
		s->key.len = inner;
	}
	s->key.len = mark;
}

/* --- reading ----------------------------------------------------------------- */

static struct json *
copied_data(struct splitting *s, const struct sse_event *e, bool *is_document)
{
	char *text = arena_strndup(s->arena, e->data, e->data_len);
	struct json *data, *plain;
	struct json_fault fault;

	if (text == NULL)
		return NULL;
	data = json_parse(s->arena, text, e->data_len, false, &fault);
	*is_document = data != NULL;
	if (data != NULL)
		return data;
	plain = arena_zalloc(s->arena, sizeof *plain);
	if (plain == NULL)
		return NULL;
	*plain = (struct json){ .kind = JSON_STRING, .text = text,
		.len = e->data_len };
	return plain;
}

static void
on_event(void *arg, const struct sse_event *e)
{
	struct splitting *s = arg;
	struct event *event;

	if (s->failed || ++s->event_count > EVENTS_MAX) {
		s->failed = true;
		return;
	}
	event = arena_zalloc(s->arena, sizeof *event);
	if (event != NULL) {
		event->name = arena_strndup(s->arena, e->event,
		    strlen(e->event));
		event->data = copied_data(s, e, &event->is_document);
	}
	if (event == NULL || event->name == NULL || event->data == NULL) {
		s->failed = true;
		return;
	}
	if (s->last != NULL)
		s->last->next = event;
	else
		s->first = event;
	s->last = event;
	buf_clear(&s->key);
	buf_puts(&s->key, event->is_document ? "" : "text");
	add_pieces(s, event->data);
}

/* --- taking out --------------------------------------------------------------- */

/* What is left of the piece: hits that begin in it leave a mark. */
static void
cut_piece(struct splitting *s, const struct channel *c, struct piece *p,
    const struct regex_hit *hits, size_t count)
{
	size_t at = p->begin, end = p->begin + p->node->len;
	struct buf left = { 0 };
	char *text;

	for (size_t i = 0; i < count && hits[i].begin < end; i++) {
		if (hits[i].end <= at)
			continue;
		if (hits[i].begin >= p->begin) {
			buf_add(&left, c->text.bytes + at, hits[i].begin - at);
			buf_puts(&left, REDACTED);
		}
		at = hits[i].end < end ? hits[i].end : end;
	}
	buf_add(&left, c->text.bytes + at, end - at);
	text = arena_strndup(s->arena, left.bytes, left.len);
	s->failed = s->failed || text == NULL;
	p->node->text = text;
	p->node->len = left.len;
	buf_fini(&left);
}

static void
clean_channel(struct splitting *s, struct channel *c)
{
	const struct regex_hit *hits = NULL;
	size_t count = 0, first = 0;

	if (c->text.len == 0)
		return;
	if (!redact_spans(s->redactor, c->text.bytes, c->text.len, &hits,
	    &count)) {
		s->failed = true;
		return;
	}
	for (struct piece *p = c->first; p != NULL && !s->failed; p = p->next) {
		size_t end = p->begin + p->node->len;

		while (first < count && hits[first].end <= p->begin)
			first++;
		if (first < count && hits[first].begin < end)
			cut_piece(s, c, p, hits + first, count - first);
	}
}

/* --- writing -------------------------------------------------------------------- */

static void
write_lines(const char *text, size_t len, struct buf *out)
{
	for (;;) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		buf_puts(out, "data: ");
		buf_add(out, text, n);
		buf_puts(out, "\n");
		if (end == NULL)
			break;
		text += n + 1;
		len -= n + 1;
	}
	buf_puts(out, "\n");
}

static void
write_event(struct splitting *s, const struct event *e, size_t max,
    struct buf *out)
{
	struct bytes plain = { e->data->text, e->data->len };
	struct buf data = { 0 };
	struct redact_result result = e->is_document ?
	    redact_tree(s->redactor, e->data, s->arena, max, &data) :
	    redact_plain(s->redactor, plain, max, &data);

	s->failed = s->failed || result.full || result.cut ||
	    redact_finds(s->redactor, e->name, strlen(e->name));
	if (strcmp(e->name, "message") != 0)
		buf_printf(out, "event: %s\n", e->name);
	write_lines(data.len > 0 ? data.bytes : "", data.len, out);
	buf_fini(&data);
	s->failed = s->failed || out->len > max;
}

/* Would anything be taken out of the message that it is now? */
static bool
is_clean(struct splitting *s, const struct dialects *dialects,
    const char *text, size_t len)
{
	struct buf message = { 0 };
	uint64_t events = 0;
	const struct json *tree = fold_stream(text, len, s->arena, dialects,
	    &events);
	struct redact_result result = { .full = true };

	if (tree != NULL && events > 0)
		result = redact_tree(s->redactor, tree, s->arena,
		    FOLD_EVENT_MAX, &message);
	buf_fini(&message);
	return !result.full && !result.changed && !result.cut &&
	    !redact_finds(s->redactor, text, len);
}

static void
splitting_fini(struct splitting *s)
{
	for (struct channel *c = s->channels; c != NULL; c = c->next)
		buf_fini(&c->text);
	map_free(&s->by_key, NULL);
	buf_fini(&s->key);
}

bool
redact_stream(struct redactor *r, struct bytes text,
    const struct dialects *dialects, struct arena *a, size_t max,
    struct buf *out)
{
	struct splitting s = { .redactor = r, .arena = a, .by_key = map_new() };
	size_t start = out->len;
	struct sse_parser sse;
	bool ok;

	sse_init(&sse, FOLD_EVENT_MAX);
	ok = sse_feed(&sse, text.at, text.len, on_event, &s);
	sse_fini(&sse);
	for (struct channel *c = s.channels; c != NULL && !s.failed; c = c->next)
		clean_channel(&s, c);
	for (struct event *e = s.first; e != NULL && !s.failed; e = e->next)
		write_event(&s, e, start + max, out);
	ok = ok && !s.failed && s.first != NULL &&
	    is_clean(&s, dialects, out->bytes + start, out->len - start);
	splitting_fini(&s);
	return ok;
}
