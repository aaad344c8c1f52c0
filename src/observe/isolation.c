/* isolation -- see isolation.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/isolation.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/ring.h"

/* Told at most once a few seconds each: more would only be counted. */
#define CASES_MAX 256

struct isolation {
	/* Written so seldom that workers may share them. */
	_Atomic uint64_t counts[VERSION_COUNT][ISOLATION_KIND_COUNT];
	struct session_table *sessions; /* owns; NULL until there is room */
	struct ring *cases;             /* owns; likewise */
};

struct isolation *
isolation_new(void)
{
	return mem_zalloc(sizeof(struct isolation));
}

void
isolation_free(struct isolation **i)
{
	if (*i == NULL)
		return;
	session_table_free(&(*i)->sessions);
	ring_free(&(*i)->cases);
	free(*i);
	*i = NULL;
}

void
isolation_make_room(struct isolation *i, uint32_t sessions)
{
	if (i->sessions != NULL)
		return;
	i->cases = ring_new(CASES_MAX, sizeof(struct isolation_case));
	i->sessions = session_table_new(sessions);
}

void
isolation_turn(struct isolation *i)
{
	if (i->sessions != NULL)
		session_table_turn(i->sessions);
}

bool
isolation_take(struct isolation *i, struct isolation_case *out)
{
	return i->cases != NULL && ring_take(i->cases, out);
}

unsigned
isolation_see(struct isolation *i, const char *session, size_t session_len,
    const char *user, size_t user_len, bool has_version, enum version v)
{
	return session_table_see(i->sessions, session, session_len, user,
	    user_len, has_version, v);
}

void
isolation_report(struct isolation *i, const struct isolation_case *c)
{
	/* In this order: who acts on the count finds the case told. */
	(void)!ring_put(i->cases, c);
	atomic_fetch_add_explicit(&i->counts[c->version][c->kind], 1,
	    memory_order_release);
}

uint64_t
isolation_count(const struct isolation *i, enum version v,
    enum isolation_kind kind)
{
	return atomic_load_explicit(&i->counts[v][kind],
	    memory_order_acquire);
}

uint64_t
isolation_total(const struct isolation *i, enum version v)
{
	uint64_t sum = 0;

	for (enum isolation_kind k = 0; k < ISOLATION_KIND_COUNT; k++)
		sum += isolation_count(i, v, k);
	return sum;
}

uint64_t
isolation_sessions(const struct isolation *i)
{
	return i->sessions == NULL ? 0 : session_table_count(i->sessions);
}
