/* smoke -- see smoke.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/smoke.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"

/* Of the tree of a JSON answer. */
#define TREE_MAX_BYTES (64u << 20)

static bool is_same(const struct json *a, const struct json *b);

static const struct json *
member_like(const struct json *object, const struct json *member)
{
	for (const struct json *v = object->first; v != NULL; v = v->next)
		if (v->key_len == member->key_len &&
		    memcmp(v->key, member->key, v->key_len) == 0)
			return v;
	return NULL;
}

static bool
has_same_children(const struct json *a, const struct json *b)
{
	const struct json *w = b->first;

	if (a->count != b->count)
		return false;
	for (const struct json *v = a->first; v != NULL; v = v->next) {
		const struct json *other = a->kind == JSON_OBJECT ?
		    member_like(b, v) : w;

		if (other == NULL || !is_same(v, other))
			return false;
		w = w->next;
	}
	return true;
}

/* As deep as the reader lets documents be: JSON_DEPTH_MAX. */
static bool
is_same(const struct json *a, const struct json *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == JSON_ARRAY || a->kind == JSON_OBJECT)
		return has_same_children(a, b);
	/* 1 and 1.0 are one number; long integers differ in their text only. */
	if (a->kind == JSON_NUMBER && (a->len < 16 || b->len < 16))
		return json_number(a) == json_number(b);
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool
judge_places(const struct smoke_check *c, const char *body, size_t len,
    char why[SMOKE_WHY_MAX])
{
	const struct json *root, *found;
	struct json_fault fault;
	struct arena arena;

	why[0] = '\0';
	arena_init(&arena, TREE_MAX_BYTES);
	root = json_parse(&arena, body, len, false, &fault);
	if (root == NULL)
		snprintf(why, SMOKE_WHY_MAX, "the answer is not JSON");
	for (size_t i = 0; root != NULL && why[0] == '\0' && i < c->place_count;
	    i++) {
		const struct smoke_place *p = &c->places[i];

		found = json_at(root, p->pointer);
		if (found == NULL)
			snprintf(why, SMOKE_WHY_MAX, "%s is missing", p->pointer);
		else if (!is_same(p->value, found))
			snprintf(why, SMOKE_WHY_MAX, "%s is not as expected",
			    p->pointer);
	}
	arena_fini(&arena);
	return why[0] == '\0';
}

static void
say_status(const struct smoke_check *c, long status, char why[SMOKE_WHY_MAX])
{
	if (c->status_low == c->status_high)
		snprintf(why, SMOKE_WHY_MAX, "status %ld for %u", status,
		    (unsigned)c->status_low);
	else
		snprintf(why, SMOKE_WHY_MAX, "status %ld for %u-%u", status,
		    (unsigned)c->status_low, (unsigned)c->status_high);
}

bool
smoke_judge(const struct smoke_check *c, long status, const char *body,
    size_t len, char why[SMOKE_WHY_MAX])
{
	why[0] = '\0';
	if (status < c->status_low || status > c->status_high) {
		say_status(c, status, why);
		return false;
	}
	if (c->contains != NULL &&
	    memmem(body, len, c->contains, strlen(c->contains)) == NULL) {
		snprintf(why, SMOKE_WHY_MAX, "the answer does not contain \"%.60s\"",
		    c->contains);
		return false;
	}
	return c->place_count == 0 || judge_places(c, body, len, why);
}
