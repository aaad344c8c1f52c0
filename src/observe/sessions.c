/* sessions -- see sessions.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sessions.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/fingerprint.h"
#include "base/mem.h"

/* Full ones that are looked into beside the one that is filled. */
#define GENERATIONS 4
/* And one that is, or becomes, empty. */
#define TABLES (GENERATIONS + 2)
/* So many come within the ticks until the next generation begins. */
#define PLACES_MIN 8192

/* A place's second word: fingerprint of the user, and three bits. */
#define IS_VALID UINT64_C(1)
#define HAS_VERSION UINT64_C(2)
#define IS_ENHANCED UINT64_C(4)
#define USER_BITS (~UINT64_C(7))

struct place {
	_Atomic uint64_t session; /* 0 = free */
	_Atomic uint64_t user;    /* 0 = not yet */
};

struct generation {
	struct place *places;     /* owns; mask + 1 of them */
	_Atomic uint32_t used;
};

struct session_table {
	struct generation generations[TABLES];
	uint32_t mask;
	uint32_t full;            /* with so many the next one begins */
	uint32_t most;            /* more are not taken: probing would get long */
	uint64_t session_seed, user_seed;
	_Atomic uint32_t now;     /* number of the one that is filled */
	bool is_dirty;            /* of control: the next one is to be emptied */
};

struct session_table *
session_table_new(uint32_t sessions)
{
	struct session_table *t = mem_zalloc(sizeof *t);
	uint32_t places = PLACES_MIN;

	t->full = (sessions + GENERATIONS - 1) / GENERATIONS;
	while (places < t->full + t->full / 5 * 2)
		places *= 2;
	t->mask = places - 1;
	t->most = places / 8 * 7;
	t->session_seed = fingerprint_seed();
	t->user_seed = fingerprint(t->session_seed, "user", 4);
	for (unsigned i = 0; i < TABLES; i++)
		t->generations[i].places = mem_zalloc(places *
		    sizeof t->generations[i].places[0]);
	atomic_init(&t->now, TABLES);
	return t;
}

void
session_table_free(struct session_table **slot)
{
	struct session_table *t = *slot;

	if (t == NULL)
		return;
	*slot = NULL;
	for (unsigned i = 0; i < TABLES; i++)
		free(t->generations[i].places);
	free(t);
}

size_t
session_table_bytes(const struct session_table *t)
{
	return TABLES * ((size_t)t->mask + 1) * sizeof(struct place);
}

static uint64_t
get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

/* --- looking ------------------------------------------------------------- */

static struct place *
find(const struct session_table *t, const struct generation *g,
    uint64_t session)
{
	for (uint64_t i = session;; i++) {
		struct place *p = &g->places[i & t->mask];
		uint64_t there = get(&p->session);

		if (there == session)
			return p;
		if (there == 0) /* there always is one: see most */
			return NULL;
	}
}

/* Its place, or a free one, which it then has; NULL: full.  Whoever comes at
 * the same time takes the same way, and ends at the same place. */
static struct place *
add(const struct session_table *t, struct generation *g, uint64_t session)
{
	uint64_t i = session;

	if (atomic_fetch_add_explicit(&g->used, 1, memory_order_relaxed) >=
	    t->most) {
		atomic_fetch_sub_explicit(&g->used, 1, memory_order_relaxed);
		return NULL;
	}
	for (;; i++) {
		struct place *p = &g->places[i & t->mask];
		uint64_t there = 0;

		if (atomic_compare_exchange_strong_explicit(&p->session, &there,
		    session, memory_order_relaxed, memory_order_relaxed))
			return p;
		if (there != session)
			continue;
		atomic_fetch_sub_explicit(&g->used, 1, memory_order_relaxed);
		return p;
	}
}

static unsigned
news_of(uint64_t was, uint64_t is)
{
	if ((was & IS_VALID) == 0)
		return 0;
	if (((was ^ is) & USER_BITS) != 0)
		return SESSION_OTHER_USER;
	return (was & is & HAS_VERSION) != 0 && ((was ^ is) & IS_ENHANCED) != 0 ?
	    SESSION_OTHER_VERSION : 0;
}

static unsigned
note(struct place *p, uint64_t user, bool has_version, enum version v)
{
	uint64_t was = get(&p->user), is;

	do {
		is = (user & USER_BITS) | IS_VALID;
		if (!has_version)
			is |= was & (HAS_VERSION | IS_ENHANCED);
		else
			is |= HAS_VERSION | (v == VERSION_ENHANCED ? IS_ENHANCED :
			    0);
	} while (is != was && !atomic_compare_exchange_weak_explicit(&p->user,
	    &was, is, memory_order_relaxed, memory_order_relaxed));
	return news_of(was, is);
}

unsigned
session_table_see(struct session_table *t, const char *session,
    size_t session_len, const char *user, size_t user_len, bool has_version,
    enum version v)
{
	uint64_t key = fingerprint(t->session_seed, session, session_len);
	/* Behind it, the next generation has been emptied. */
	uint32_t now = atomic_load_explicit(&t->now, memory_order_acquire);
	struct place *p = NULL;

	for (uint32_t i = 0; i <= GENERATIONS && p == NULL; i++)
		p = find(t, &t->generations[(now - i) % TABLES], key);
	if (p == NULL)
		p = add(t, &t->generations[now % TABLES], key);
	if (p == NULL)
		return SESSION_LOST;
	return note(p, fingerprint(t->user_seed, user, user_len), has_version,
	    v);
}

/* --- generations ----------------------------------------------------------- */

static void
empty(const struct session_table *t, struct generation *g)
{
	for (uint32_t i = 0; i <= t->mask; i++) {
		atomic_store_explicit(&g->places[i].session, 0,
		    memory_order_relaxed);
		atomic_store_explicit(&g->places[i].user, 0,
		    memory_order_relaxed);
	}
	atomic_store_explicit(&g->used, 0, memory_order_relaxed);
}

static uint32_t
used(const struct session_table *t, uint32_t number)
{
	return atomic_load_explicit(&t->generations[number % TABLES].used,
	    memory_order_relaxed);
}

void
session_table_turn(struct session_table *t)
{
	uint32_t now = atomic_load_explicit(&t->now, memory_order_relaxed);

	if (t->is_dirty) {
		empty(t, &t->generations[(now + 1) % TABLES]);
		t->is_dirty = false;
	} else if (used(t, now) >= t->full) {
		atomic_store_explicit(&t->now, now + 1, memory_order_release);
		t->is_dirty = true;
	}
}

uint64_t
session_table_count(const struct session_table *t)
{
	uint32_t now = atomic_load_explicit(&t->now, memory_order_relaxed);
	uint64_t sum = 0;

	for (uint32_t i = 0; i <= GENERATIONS; i++)
		sum += used(t, now - i);
	return sum;
}
