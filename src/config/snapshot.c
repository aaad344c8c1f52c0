/* snapshot -- all that a decision depends on; contract in snapshot.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/snapshot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- overrides set at run time ------------------------------------------------ */

static void *
to_value(enum version v)
{
	return (void *)((uintptr_t)v + 1);
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
	return copy;
}

void
user_overrides_set(struct user_overrides *o, const char *user,
    enum version v)
{
	map_put(o->users, user, strlen(user), to_value(v));
}

bool
user_overrides_remove(struct user_overrides *o, const char *user)
{
	return map_remove(o->users, user, strlen(user)) != NULL;
}

bool
user_overrides_get(const struct user_overrides *o, const char *user,
    size_t len, enum version *out)
{
	void *value = o != NULL ? map_get(o->users, user, len) : NULL;

	if (value == NULL)
		return false;
	*out = (enum version)((uintptr_t)value - 1);
	return true;
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
	map_free(&gone->users, NULL);
	free(gone);
}

/* --- snapshots ------------------------------------------------------------------ */

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
	config_unref(&gone->config);
	free(gone);
}
