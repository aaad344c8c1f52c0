/* remote -- rollout state, events, overrides and the hash key in PostgreSQL.
 * SPDX-License-Identifier: MIT
 *
 * What the control thread wrote to the local file is carried up: each event
 * once (it is known by instance and local id), the state only over a lower
 * epoch, an override only over an older one.  What other instances brought
 * there is read back.  All of it may be repeated without harm.
 */
#ifndef STORE_REMOTE_H
#define STORE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/snapshot.h"
#include "store/local.h"
#include "store/postgres.h"

/* Carry what is new in the local file.  *more_out: call again, there is
 * more.  An event that PostgreSQL refuses for its data is logged and left
 * behind. */
bool remote_carry(struct pg *pg, sqlite3 *local, const char *instance,
    bool *more_out, struct err *err) MUST_CHECK;

/* The rollout's state there; *found_out false when there is none, or no schema
 * yet. */
bool remote_load_state(struct pg *pg, const char *rollout,
    struct rollout_state *out, bool *found_out, struct err *err) MUST_CHECK;

#define REMOTE_MARK_MAX 96
struct remote_state {
	char rollout[ROLLOUT_NAME_MAX + 1];
	struct rollout_state state;
	char mark[REMOTE_MARK_MAX]; /* another text whenever the rollout's
	                               overrides there are others */
};
/* Those of all rollouts; the caller frees *out. */
bool remote_load_states(struct pg *pg, struct remote_state **out,
    size_t *count_out, struct err *err) MUST_CHECK;
/* Bring the local file's overrides of a rollout up to what PostgreSQL has beside
 * a state of this epoch: newer ones are taken over; those that are gone there
 * are removed.  What we have changed and not carried yet stays as we have it, and
 * so does what is newer than that epoch (a database restored from a copy). */
bool remote_load_overrides(struct pg *pg, sqlite3 *local, const char *rollout,
    uint64_t epoch, struct err *err) MUST_CHECK;

/* Agree on the hash key: key becomes what table hash_keys says, after
 * putting ours there if it is empty. */
bool remote_agree_key(struct pg *pg, unsigned char key[HASH_KEY_BYTES],
    struct err *err) MUST_CHECK;

/* Has somebody else written batches from first on under our name? */
bool remote_is_taken(struct pg *pg, const char *instance, int64_t first,
    bool *taken_out, struct err *err) MUST_CHECK;

#endif
