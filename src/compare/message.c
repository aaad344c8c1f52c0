/* message -- one message grown from the events of a stream.
 * SPDX-License-Identifier: MIT
 */
#include "compare/message.h"

#include <string.h>

#include "base/json_plain.h"
#include "base/text.h"
#include "compare/settle.h"

#define EVENT_CAP_BYTES ((size_t)64 << 20)
/* A longer event is not remembered: it is dear however it is read. */
#define LAST_MAX_BYTES 8192

static const struct json yes = { .kind = JSON_TRUE };

/* One event on its way into the message. */
struct walk {
	struct message *m;              /* borrows */
	const struct fold_group *group; /* borrows */
	const struct json *event;       /* borrows */
	/* The way to the value that is looked at: a name or else an index. */
	struct {
		const char *name;
		size_t len;
		int64_t index;
	} path[POINTER_SEGMENTS_MAX];
};

static struct grown *
member_of(struct message *m, struct grown *object, const char *name,
    size_t len)
{
	grown_become(&m->growth, object, JSON_OBJECT);
	return grown_member(&m->growth, object, name, len);
}

static struct grown *
item_of(struct message *m, struct grown *array, int64_t index)
{
	grown_become(&m->growth, array, JSON_ARRAY);
	return grown_item(&m->growth, array, index);
}

static struct grown *
new_item_of(struct message *m, struct grown *array)
{
	grown_become(&m->growth, array, JSON_ARRAY);
	return grown_new_item(&m->growth, array);
}

/* --- where a value goes --------------------------------------------------------- */

static int64_t
number_at(const struct walk *w, const char *pointer)
{
	const struct json *v = json_at(w->event, pointer);
	double n = json_number(v);

	return n >= 0 && n <= GROWN_INDEX_MAX ? (int64_t)n : 0;
}

static struct grown *
step(struct walk *w, struct grown *g, const struct fold_step *s)
{
	switch (s->kind) {
	case STEP_NAME:
		return member_of(w->m, g, s->text, s->len);
	case STEP_INDEX:
		return item_of(w->m, g, number_at(w, s->text));
	case STEP_END:
		return new_item_of(w->m, g);
	case STEP_ANY:
		break;
	}
	return w->path[s->depth].name == NULL ?
	    item_of(w->m, g, w->path[s->depth].index) :
	    member_of(w->m, g, w->path[s->depth].name, w->path[s->depth].len);
}

static struct grown *
target_of(struct walk *w, const struct fold_take *t)
{
	struct grown *g = w->m->root;

	for (size_t i = 0; i < t->step_count && g != NULL; i++)
		g = step(w, g, &t->steps[i]);
	return g;
}

static bool
put(struct message *m, struct grown *into, const struct json *value,
    enum fold_how how)
{
	switch (how) {
	case FOLD_LAST:
		return grown_put(&m->growth, into, value);
	case FOLD_JOIN:
		return grown_join(&m->growth, into, value, JOIN_DELTA);
	case FOLD_GUESS:
		return grown_join(&m->growth, into, value, JOIN_GUESS);
	case FOLD_SKIP:
		break;
	}
	return true;
}

/* Nothing comes of it, so nothing is made for it. */
static bool
is_passed_over(const struct json *value, enum fold_how how)
{
	return value->kind == JSON_NULL || how == FOLD_SKIP ||
	    (how != FOLD_LAST && grown_is_empty(value));
}

static bool visit(struct walk *w, const struct pointer_node *n,
    const struct json *value, unsigned depth, struct grown *into,
    enum fold_how how);

/* into: what becomes of the object, NULL if nothing does by itself. */
static bool
visit_member(struct walk *w, const struct pointer_node *n,
    const struct json *value, unsigned depth, struct grown *into,
    enum fold_how how)
{
	struct grown *g = NULL;

	if (n == NULL && is_passed_over(value, how))
		return true;
	if (how != FOLD_SKIP && (n == NULL || n->mark_count == 0)) {
		g = member_of(w->m, into, value->key, value->key_len);
		if (g == NULL)
			return false;
	}
	if (n == NULL)
		return put(w->m, g, value, how);
	w->path[depth].name = value->key;
	w->path[depth].len = value->key_len;
	return visit(w, n, value, depth + 1, g, how);
}

static bool
visit_item(struct walk *w, const struct pointer_node *n,
    const struct json *value, unsigned depth, int64_t position,
    struct grown *into, enum fold_how how)
{
	int64_t index = grown_index_of(value);
	struct grown *g = NULL;

	if (how != FOLD_SKIP && value->kind != JSON_OBJECT) {
		grown_become(&w->m->growth, into, JSON_ARRAY);
		return grown_add_item(&w->m->growth, into, value);
	}
	if (index < 0)
		index = position;
	if (how != FOLD_SKIP && (n == NULL || n->mark_count == 0)) {
		g = item_of(w->m, into, index);
		if (g == NULL)
			return false;
	}
	if (n == NULL)
		return how == FOLD_SKIP || put(w->m, g, value, how);
	w->path[depth].name = NULL;
	w->path[depth].index = index;
	return visit(w, n, value, depth + 1, g, how);
}

static bool
visit_children(struct walk *w, const struct pointer_node *n,
    const struct json *value, unsigned depth, struct grown *into,
    enum fold_how how)
{
	bool object = value->kind == JSON_OBJECT;
	int64_t position = 0;

	for (const struct json *c = value->first; c != NULL; c = c->next) {
		bool ok = object ?
		    visit_member(w, pointer_child(n, c->key, c->key_len), c,
		    depth, into, how) :
		    visit_item(w, pointer_item(n, (uint64_t)position), c, depth,
		    position, into, how);

		if (!ok)
			return false;
		position++;
	}
	return true;
}

static bool
is_leaf(const struct pointer_node *n)
{
	return n->name_count == 0 && n->any == NULL;
}

/* A value that a rule speaks of, or something below it.  into and how: as
 * the rules above it have it. */
static bool
visit(struct walk *w, const struct pointer_node *n, const struct json *value,
    unsigned depth, struct grown *into, enum fold_how how)
{
	if (value->kind == JSON_NULL)
		return true;
	if (n->mark_count > 0) {
		const struct fold_take *t = &w->group->takes[n->marks[0]];

		how = t->how;
		if (!is_passed_over(value, how) &&
		    (into = target_of(w, t)) == NULL)
			return false;
	}
	if (!is_leaf(n) &&
	    (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY))
		return visit_children(w, n, value, depth, into, how);
	return is_passed_over(value, how) || put(w->m, into, value, how);
}

static bool
take(struct message *m, const struct fold_group *g, const struct json *event)
{
	struct walk w = { .m = m, .group = g, .event = event };

	return visit(&w, g->tree, event, 0, m->root, FOLD_SKIP);
}

/* --- what an event is ------------------------------------------------------------- */

static const struct fold_group *
group_of(const struct dialect *d, const char *kind, size_t len)
{
	for (size_t i = 0; i < d->fold_count; i++)
		if (d->fold[i].on == NULL ||
		    dialect_word_is(d->fold[i].on, kind, len))
			return &d->fold[i];
	return NULL;
}

static void
use_dialect(struct message *m, const struct dialect *d)
{
	m->dialect = d;
	m->growth.whole = d->whole;
	m->growth.once = d->once;
}

/* Until one is known; data is JSON. */
static void
find_dialect(struct message *m, const char *event, const char *data,
    size_t len)
{
	struct said said;

	if (!dialect_is_plain(m->dialect))
		return;
	signs_begin(&m->signs, UINT16_MAX);
	signs_feed(&m->signs, data, len);
	(void)signs_end(&m->signs, event, data, len, &said);
	if (said.known != 0)
		use_dialect(m, &m->dialects->list[__builtin_ctz(said.known)]);
}

static bool
set_yes(struct message *m, struct grown *object, const char *name, size_t len)
{
	struct grown *g = object == NULL ? NULL :
	    member_of(m, object, name, len);

	return g != NULL && grown_put(&m->growth, g, &yes);
}

/* Does this kind of event, or its data, end the stream?  Signs that look into
 * the data have been looked at by who knows the dialect. */
static bool
is_end(const struct dialect *d, const char *kind, size_t kind_len,
    const char *data, size_t len)
{
	for (size_t i = 0; i < d->ended_by.count; i++) {
		const struct sign *s = &d->ended_by.signs[i];

		if (s->at == NULL &&
		    (s->on == NULL || dialect_word_is(s->on, kind, kind_len)) &&
		    (s->data == NULL || dialect_word_is(s->data, data, len)))
			return true;
	}
	return false;
}

static bool
is_any_end(const struct message *m, const char *event, const char *data,
    size_t len)
{
	for (size_t i = 0; i < m->dialects->count; i++)
		if (is_end(&m->dialects->list[i], event, strlen(event), data,
		    len))
			return true;
	return false;
}

static bool
add_object(struct message *m, const char *event, const struct json *object,
    const char *data, size_t len)
{
	const struct dialect *d = m->dialect;
	const struct json *said = d->kind == NULL ? NULL :
	    json_at(object, d->kind);
	bool says = said != NULL && said->kind == JSON_STRING;
	const char *kind = says ? said->text : event;
	size_t kind_len = says ? said->len : strlen(event);
	const struct fold_group *g = group_of(d, kind, kind_len);

	if (is_end(d, kind, kind_len, data, len) &&
	    !set_yes(m, m->root, "done", 4))
		return false;
	if (g != NULL)
		return take(m, g, object);
	if (d->fold_count == 0)
		return grown_join(&m->growth, m->root, object, JOIN_GUESS);
	return set_yes(m, member_of(m, m->root, "other", 5), kind, kind_len);
}

/* Data that is no JSON object. */
static bool
add_text(struct message *m, const char *event, const char *text, size_t len)
{
	const struct fold_group *g = group_of(m->dialect, event, strlen(event));
	struct json value = { .kind = JSON_STRING, .text = text, .len = len };
	struct grown *into;

	if (g != NULL && g->on != NULL)
		return take(m, g, &value);
	if (len == 0)
		return true;
	into = member_of(m, m->root, "text", 4);
	return into != NULL &&
	    grown_join(&m->growth, into, &value, JOIN_DELTA);
}

static bool
add_event(struct message *m, const char *event, const char *data, size_t len)
{
	struct json_fault fault;
	const struct json *tree = json_parse(&m->scratch, data, len, false,
	    &fault);

	if (tree != NULL && tree->kind == JSON_OBJECT) {
		find_dialect(m, event, data, len);
		return add_object(m, event, tree, data, len);
	}
	if (is_any_end(m, event, data, len))
		return set_yes(m, m->root, "done", 4);
	if (tree != NULL && tree->kind == JSON_STRING)
		return add_text(m, event, tree->text, tree->len);
	return add_text(m, event, data, len);
}

/* --- events that are like the one before ------------------------------------ */

/* May the next one be?  If doing this one twice would only join its one string
 * twice, and that string lies in data as it is. */
static void
remember(struct message *m, const char *event, const char *data, size_t len)
{
	struct message_last *l = &m->last;
	const struct json *v = m->growth.last_joined;

	l->good = m->growth.joined == 1 && m->growth.added == 0 &&
	    len <= LAST_MAX_BYTES && v->text > data && v->text < data + len;
	if (!l->good)
		return;
	buf_clear(&l->name);
	buf_puts(&l->name, event);
	buf_clear(&l->data);
	buf_add(&l->data, data, len);
	l->at = (size_t)(v->text - data);
	l->len = v->len;
	l->into = m->growth.last_into;
}

static bool
is_plain(const char *text, size_t len)
{
	uint64_t high;

	return json_plain_end(text, text + len, &high) == text + len &&
	    (high == 0 || text_is_utf8(text, len));
}

/* *text, *text_len: what stands where the string stood in the last event. */
static bool
is_like_last(const struct message_last *l, const char *event,
    const char *data, size_t len, const char **text, size_t *text_len)
{
	size_t behind, rest = l->data.len - l->len;

	if (!l->good || len < rest || strcmp(l->name.bytes, event) != 0)
		return false;
	behind = rest - l->at;
	*text = data + l->at;
	*text_len = len - rest;
	return memcmp(data, l->data.bytes, l->at) == 0 &&
	    memcmp(data + len - behind, l->data.bytes + l->at + l->len,
	    behind) == 0 && is_plain(*text, *text_len);
}

/* --- all of it -------------------------------------------------------------- */

void
message_init(struct message *m, struct arena *a,
    const struct dialects *dialects)
{
	memset(m, 0, sizeof *m);
	m->growth.arena = a;
	arena_init(&m->scratch, EVENT_CAP_BYTES);
	m->root = grown_new(&m->growth, JSON_OBJECT);
	m->dialects = dialects != NULL ? dialects : dialects_shipped();
	signs_init(&m->signs, m->dialects);
	use_dialect(m, &m->dialects->list[m->dialects->count - 1]);
}

void
message_fini(struct message *m)
{
	arena_fini(&m->scratch);
	buf_fini(&m->last.name);
	buf_fini(&m->last.data);
}

void
message_add(struct message *m, const char *event, const char *data,
    size_t len)
{
	const char *text;
	size_t text_len;
	bool ok;

	if (m->growth.too_large)
		return;
	m->events++;
	if (is_like_last(&m->last, event, data, len, &text, &text_len)) {
		ok = grown_append(&m->growth, m->last.into, text, text_len);
	} else {
		grown_turn(&m->growth);
		ok = add_event(m, event, data, len);
		if (ok)
			remember(m, event, data, len);
		arena_reset(&m->scratch);
	}
	if (!ok)
		m->growth.too_large = true;
}

const struct json *
message_finish(struct message *m)
{
	struct json *tree;

	if (m->growth.too_large)
		return NULL;
	tree = grown_settle(m->root);
	if (!dialect_is_plain(m->dialect) &&
	    !settle(tree, m->dialect, m->growth.arena))
		return NULL;
	return tree;
}

bool
message_of_whole(struct json *tree, const char *text, size_t len,
    struct arena *a, const struct dialects *dialects)
{
	struct signs signs;
	struct said said;

	if (dialects == NULL)
		dialects = dialects_shipped();
	signs_init(&signs, dialects);
	signs_begin(&signs, UINT16_MAX);
	signs_feed(&signs, text, len);
	(void)signs_end(&signs, NULL, "", 0, &said);
	return said.known == 0 ||
	    settle(tree, &dialects->list[__builtin_ctz(said.known)], a);
}
