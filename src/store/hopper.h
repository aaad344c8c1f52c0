/* hopper -- records on their way from those who make them to a batch.
 * SPDX-License-Identifier: MIT
 *
 * Bounded rings that producers put into without ever waiting, and on their
 * other end what is done to a record before anything of it may touch a disk:
 * ids are hashed, what the rules redact is taken out.  Putting is for any
 * thread, taking for the recorder's.
 */
#ifndef STORE_HOPPER_H
#define STORE_HOPPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "config/config.h"
#include "observe/record.h"
#include "store/batch.h"
#include "store/hash.h"
#include "store/pace.h"

struct hopper;

struct hopper *hopper_new(void) MUST_CHECK;
void hopper_free(struct hopper **h);

/* --- any thread ------------------------------------------------------------ */

/* false: full, nothing was taken. */
bool hopper_put_leg(struct hopper *h, const struct leg_record *leg)
    MUST_CHECK;
bool hopper_put_comparison(struct hopper *h,
    const struct comparison_record *c) MUST_CHECK;
/* Takes k over, if it is true. */
bool hopper_put_kept(struct hopper *h, struct kept_sample *k) MUST_CHECK;
bool hopper_put_minute(struct hopper *h, struct minute_record *m) MUST_CHECK;
/* What may be written down, from the next batch on; takes a reference. */
void hopper_apply(struct hopper *h, struct config *config);
/* Where a new key for hashing is put; borrowed. */
struct hash_box *hopper_keys(struct hopper *h);
/* Records that wait. */
size_t hopper_count(struct hopper *h);
/* Are producers near to losing some? */
bool hopper_is_pressed(struct hopper *h);
/* Is there as much of a kind as a batch holds? */
bool hopper_fills_batch(struct hopper *h);
void hopper_wake(struct hopper *h);

/* --- the recorder ---------------------------------------------------------- */

/* Until something comes, or the time is over. */
void hopper_wait(struct hopper *h, unsigned timeout_ms);
/* Hash by this key until another one comes. */
void hopper_set_key(struct hopper *h,
    const unsigned char key[HASH_KEY_BYTES]);
/* How much of answers is to be kept; NULL before the first hopper_apply(). */
const struct keep_settings *hopper_keep(struct hopper *h);
/* Move what waits into the batch, as far as it has room.  pending is counted
 * up before a record leaves its ring, so that nobody who reads both misses
 * it. */
void hopper_take(struct hopper *h, struct batch *b, struct pace *pace,
    _Atomic unsigned *pending);

#endif
