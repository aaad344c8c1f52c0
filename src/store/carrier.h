/* carrier -- the thread between the spool and PostgreSQL.
 * SPDX-License-Identifier: MIT
 *
 * The recorder's other half when the store is PostgreSQL.  It has a thread
 * of its own because talking to a server can block where no deadline of
 * ours reaches (a name server that does not answer), and the recorder must
 * go on emptying its rings into the spool meanwhile.
 *
 * It connects (with a growing pause between attempts, 0.1 s to 2 s), brings
 * the schema up to date, agrees on the hash key, and then: carries state and
 * events up, delivers batches oldest first, reads the rollout state once a
 * second and brings overrides of other instances into the local file.
 * Whatever fails, it hangs up and begins again.
 */
#ifndef STORE_CARRIER_H
#define STORE_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/snapshot.h"
#include "store/hash.h"
#include "store/health.h"

struct carrier;

struct carrier_settings {
	const char *conninfo;  /* copied */
	const char *path;      /* of the spool; copied */
	struct health *health; /* borrows, outlives the carrier */
	int64_t first_batch;   /* of this start */
	/* Set to PostgreSQL's key when it is another than the local one. */
	struct hash_box *keys; /* borrows, outlives the carrier */
	bool held;             /* begin as after carrier_hold() */
};

bool carrier_start(const struct carrier_settings *settings,
    struct carrier **out, struct err *err) MUST_CHECK;
/* Send what is left until everything is sent, something fails or timeout_ms
 * are over; then end the thread.  false: it is stuck in a call that does
 * not return; it is left behind, and with it everything it borrows must
 * stay (the process is about to end anyway). */
bool carrier_stop(struct carrier **c, unsigned timeout_ms) MUST_CHECK;

/* While another process with the same file delivers: hang up and leave the
 * spool to it.  A stop while held leaves everything to it.  Any thread. */
void carrier_hold(struct carrier *c, bool hold);

/* How much is to be kept there.  Any thread; a reference is taken. */
void carrier_apply(struct carrier *c, struct config *config);

enum carrier_news {
	CARRIER_BATCHES = 0, /* in the spool */
	CARRIER_EVENTS       /* events or a state in the local file */
};
/* Any thread. */
void carrier_wake(struct carrier *c, enum carrier_news news);
/* The rollout's newest state read from PostgreSQL, if its epoch is above `above`.
 * Any thread. */
bool carrier_remote_state(struct carrier *c, const char *rollout,
    uint64_t above, struct rollout_state *out);
/* Has it written overrides of the rollout to the local file since the last call?
 * Those that belong to a state are there before carrier_remote_state() gives it.
 * Any thread. */
bool carrier_took_overrides(struct carrier *c, const char *rollout);

#endif
