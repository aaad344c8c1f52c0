/* snapshot -- all that a decision depends on, frozen.
 * SPDX-License-Identifier: MIT
 *
 * Config, rollout state and runtime overrides at one epoch: immutable,
 * shared by an atomic reference count.  The control thread makes a new one
 * for every change and hands it to the workers' mailboxes; an exchange pins
 * the one it was decided by until its end.
 */
#ifndef CONFIG_SNAPSHOT_H
#define CONFIG_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/map.h"
#include "config/config.h"
#include "config/named_override.h"
#include "config/roster.h"
#include "config/route_board.h"
#include "config/signal_board.h"

/* What is (the store keeps it), as opposed to what the config asks for. */
struct rollout_state {
	uint64_t epoch;      /* grows by one with every change */
	char stage[64];      /* name; need not exist in the config any more */
	uint32_t percent;    /* thousandths of a percent of users on enhanced */
	uint32_t shadow;     /* thousandths of a percent of requests mirrored */
	bool enabled;
	bool latched;        /* a trip or a rollback: legacy only until rearm */
	char reason[512];    /* of the last change */
	char actor[64];      /* "guard", "config", "operator:NAME" */
	int64_t changed_us;  /* wall clock of the last change */
	uint64_t config_mark; /* config_rollout_mark() last applied */
	bool paused;         /* the plan does not advance by itself */
	int64_t stage_us;    /* wall clock: since when the stage is this one */
};

/* Overrides set at run time, of single users and by criteria.  Immutable once in
 * a snapshot; shared by count. */
struct user_overrides {
	_Atomic unsigned refs;
	struct map *users;             /* id -> version and expiry in a pointer */
	struct named_override **named; /* owns references; by ascending name */
	size_t named_count;
	unsigned uses;                 /* enum criterion_use, of these */
};
struct user_overrides *user_overrides_new(void) MUST_CHECK;
/* A copy that may still be changed; NULL copies nothing. */
struct user_overrides *user_overrides_copy(const struct user_overrides *o)
    MUST_CHECK;
/* until_us: wall clock, 0 = for good. */
void user_overrides_set(struct user_overrides *o, const char *user,
    enum version v, int64_t until_us);
/* true = there was one. */
bool user_overrides_remove(struct user_overrides *o, const char *user);
/* Also one that is over: *until_us_out (NULL = not asked) tells. */
bool user_overrides_get(const struct user_overrides *o, const char *user,
    size_t len, enum version *out, int64_t *until_us_out);
/* Takes the reference over; instead of the one of that name, if there is one. */
void user_overrides_put_named(struct user_overrides *o,
    struct named_override *n);
/* true = there was one. */
bool user_overrides_remove_named(struct user_overrides *o, const char *name);
/* NULL = there is none. */
const struct named_override *user_overrides_named(
    const struct user_overrides *o, const char *name);
/* One that was over before that moment, to be removed; false = there is none. */
bool user_overrides_over(const struct user_overrides *o, int64_t before_us,
    struct override_change *out);
bool user_overrides_is_same(const struct user_overrides *a,
    const struct user_overrides *b);
struct user_overrides *user_overrides_ref(struct user_overrides *o);
void user_overrides_unref(struct user_overrides **o);

struct snapshot {
	_Atomic unsigned refs;
	struct config *config;          /* shared */
	struct user_overrides *users;   /* shared */
	struct roster *roster;          /* shared; of this config.  NULL in tests
	                                   that send nothing */
	struct signal_board *signals;   /* shared; NULL: nothing is counted.  Who
	                                   makes the snapshot gives a reference */
	struct route_board *routes;     /* likewise */
	struct rollout_state state;
	const struct stage *complete;   /* stage_complete(); of the config */
	const char *rollout;            /* rules.name, interned (base/intern.h) */
};

/* The stage in force if enhanced is alone in it: `complete`, and nobody has
 * taken the share down since.  NULL: it is none.  A latch beats it. */
const struct stage *stage_complete(const struct rules *rules,
    const struct rollout_state *state);
/* Which failures of enhanced legacy answers for now, enum fallback_on. */
unsigned snapshot_fallback(const struct snapshot *s);

/* Takes references of its own on config, users and roster. */
struct snapshot *snapshot_new(struct config *config,
    struct user_overrides *users, struct roster *roster,
    const struct rollout_state *state) MUST_CHECK;
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot **s);

#endif
