/* snapshot -- all that a decision depends on; contract in snapshot.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/snapshot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/mem.h"

/* --- overrides set at run time ------------------------------------------------ */

/* 54 bits of microseconds reach beyond the year 2500. */
_Static_assert(sizeof(void *) >= 8, "a version and a moment in one pointer");

static void *
to_value(enum version v, int64_t until_us)
{
	return (void *)((uintptr_t)until_us << 2 | ((uintptr_t)v + 1));
}

struct user_overrides *
user_overrides_new(void)
{
	struct user_overrides *o = mem_zalloc(sizeof *o);

	atomic_init(&o->refs, 1);
	o->users = map_new();
	return o;
}

struct user_overrides *
user_overrides_copy(const struct user_overrides *o)
{
	struct user_overrides *copy = user_overrides_new();
	size_t cursor = 0, len;
	const char *user;
	void *value;

	while (o != NULL && map_next(o->users, &cursor, &user, &len, &value))
		map_put(copy->users, user, len, value);
	for (size_t i = 0; o != NULL && i < o->named_count; i++)
		user_overrides_put_named(copy, named_override_ref(o->named[i]));
	return copy;
}

void
user_overrides_set(struct user_overrides *o, const char *user,
    enum version v, int64_t until_us)
{
	map_put(o->users, user, strlen(user), to_value(v, until_us));
}

bool
user_overrides_remove(struct user_overrides *o, const char *user)
{
	return map_remove(o->users, user, strlen(user)) != NULL;
}

bool
user_overrides_get(const struct user_overrides *o, const char *user,
    size_t len, enum version *out, int64_t *until_us_out)
{
	void *value = o != NULL ? map_get(o->users, user, len) : NULL;

	if (value == NULL)
		return false;
	*out = (enum version)(((uintptr_t)value & 3) - 1);
	if (until_us_out != NULL)
		*until_us_out = (int64_t)((uintptr_t)value >> 2);
	return true;
}

/* --- by criteria ---------------------------------------------------------------- */

/* The first whose name is not before this one's. */
static size_t
place_of(const struct user_overrides *o, const char *name)
{
	size_t i = 0;

	while (i < o->named_count && strcmp(o->named[i]->name, name) < 0)
		i++;
	return i;
}

const struct named_override *
user_overrides_named(const struct user_overrides *o, const char *name)
{
	size_t i = place_of(o, name);

	return i < o->named_count && strcmp(o->named[i]->name, name) == 0 ?
	    o->named[i] : NULL;
}

static void
sum_uses(struct user_overrides *o)
{
	o->uses = 0;
	for (size_t i = 0; i < o->named_count; i++)
		o->uses |= o->named[i]->override.when.uses;
}

void
user_overrides_put_named(struct user_overrides *o, struct named_override *n)
{
	size_t i;

	(void)user_overrides_remove_named(o, n->name);
	i = place_of(o, n->name);
	o->named = mem_realloc(o->named, (o->named_count + 1) *
	    sizeof o->named[0]);
	memmove(&o->named[i + 1], &o->named[i], (o->named_count - i) *
	    sizeof o->named[0]);
	o->named[i] = n;
	o->named_count++;
	sum_uses(o);
}

bool
user_overrides_remove_named(struct user_overrides *o, const char *name)
{
	size_t i = place_of(o, name);

	if (user_overrides_named(o, name) == NULL)
		return false;
	named_override_unref(&o->named[i]);
	o->named_count--;
	memmove(&o->named[i], &o->named[i + 1], (o->named_count - i) *
	    sizeof o->named[0]);
	sum_uses(o);
	return true;
}

static bool
is_same_named(const struct named_override *a, const struct named_override *b)
{
	return strcmp(a->name, b->name) == 0 &&
	    strcmp(a->criterion, b->criterion) == 0 &&
	    a->override.version == b->override.version &&
	    a->override.expires_us == b->override.expires_us;
}

/* --- all of them ----------------------------------------------------------------- */

bool
user_overrides_over(const struct user_overrides *o, int64_t before_us,
    struct override_change *out)
{
	size_t cursor = 0, len;
	void *value;

	*out = (struct override_change){ .remove = true };
	for (size_t i = 0; i < o->named_count; i++) {
		const struct override *n = &o->named[i]->override;

		if (n->expires_us == 0 || n->expires_us >= before_us)
			continue;
		out->name = o->named[i]->name;
		return true;
	}
	while (map_next(o->users, &cursor, &out->user, &len, &value)) {
		int64_t until_us = (int64_t)((uintptr_t)value >> 2);

		if (until_us != 0 && until_us < before_us)
			return true;
	}
	return false;
}

bool
user_overrides_is_same(const struct user_overrides *a,
    const struct user_overrides *b)
{
	size_t cursor = 0, len;
	const char *user;
	void *value;

	if (map_count(a->users) != map_count(b->users))
		return false;
	while (map_next(a->users, &cursor, &user, &len, &value))
		if (map_get(b->users, user, len) != value)
			return false;
	if (a->named_count != b->named_count)
		return false;
	for (size_t i = 0; i < a->named_count; i++)
		if (!is_same_named(a->named[i], b->named[i]))
			return false;
	return true;
}

struct user_overrides *
user_overrides_ref(struct user_overrides *o)
{
	if (o != NULL)
		atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void
user_overrides_unref(struct user_overrides **o)
{
	struct user_overrides *gone = *o;

	*o = NULL;
	if (gone == NULL ||
	    atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < gone->named_count; i++)
		named_override_unref(&gone->named[i]);
	free(gone->named);
	map_free(&gone->users, NULL);
	free(gone);
}

/* --- snapshots ------------------------------------------------------------------ */

const struct stage *
stage_complete(const struct rules *rules, const struct rollout_state *state)
{
	const struct stage *last = &rules->stages[rules->stage_count - 1];

	return last->complete && state->percent == last->percent &&
	    strcmp(last->name, state->stage) == 0 ? last : NULL;
}

unsigned
snapshot_fallback(const struct snapshot *s)
{
	return s->complete != NULL ? 0 : s->config->rules.fallback;
}

struct snapshot *
snapshot_new(struct config *config, struct user_overrides *users,
    struct roster *roster, const struct rollout_state *state)
{
	struct snapshot *s = mem_zalloc(sizeof *s);

	atomic_init(&s->refs, 1);
	s->config = config_ref(config);
	s->users = user_overrides_ref(users);
	s->roster = roster_ref(roster);
	s->state = *state;
	s->complete = stage_complete(&s->config->rules, &s->state);
	s->rollout = intern(config->rules.name != NULL ? config->rules.name : "");
	return s;
}

struct snapshot *
snapshot_ref(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
snapshot_unref(struct snapshot **s)
{
	struct snapshot *gone = *s;

	*s = NULL;
	if (gone == NULL ||
	    atomic_fetch_sub_explicit(&gone->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	user_overrides_unref(&gone->users);
	roster_unref(&gone->roster);
	signal_board_unref(&gone->signals);
	route_board_unref(&gone->routes);
	config_unref(&gone->config);
	free(gone);
}
