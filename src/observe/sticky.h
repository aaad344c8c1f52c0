/* sticky -- which version a session began with, so that it may keep it.
 * SPDX-License-Identifier: MIT
 *
 * One table for all workers, without a lock: an entry is one 64-bit word (39
 * bits of a keyed hash, the version, when it was last seen in steps of 64 s),
 * changed by compare-and-swap.  The rest of the hash chooses one of the sets of
 * 16 words; a new session takes a free or outlived place of its set, or that of
 * who has been quiet the longest.  Four places for each session that is to be
 * kept make that a matter of chance in a million.
 *
 * The control thread reads and writes it in pages, to keep it over a restart.
 */
#ifndef OBSERVE_STICKY_H
#define OBSERVE_STICKY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/version.h"

/* Words of a page. */
#define STICKY_PAGE 512

struct sticky;

struct sticky *sticky_new(void) MUST_CHECK;
void sticky_free(struct sticky **s);

/* --- control thread */
/* Room for so many sessions, hashed under the seed; the first call decides.
 * Before any worker has rules that want it. */
void sticky_make_room(struct sticky *s, uint32_t sessions, uint64_t seed);
/* 0 until there is room. */
size_t sticky_pages(const struct sticky *s);
void sticky_read_page(const struct sticky *s, size_t page,
    uint64_t words[STICKY_PAGE]);
/* Into places that are free. */
void sticky_write_page(struct sticky *s, size_t page,
    const uint64_t words[STICKY_PAGE]);
/* All of them.  Any thread. */
void sticky_forget(struct sticky *s);
/* Grows with each of these. */
unsigned sticky_forgotten(const struct sticky *s);

/* --- workers, with rules that want it */
/* The version that the session has; false: none, or it was quiet for longer
 * than for_ms.  now_us: wall clock. */
bool sticky_find(const struct sticky *s, const char *session, size_t len,
    uint64_t for_ms, int64_t now_us, enum version *out);
/* It is seen: with this version from now on, unless it has one already. */
void sticky_keep(struct sticky *s, const char *session, size_t len,
    uint64_t for_ms, int64_t now_us, enum version v);

/* How many have been seen within for_ms. */
uint64_t sticky_count(const struct sticky *s, uint64_t for_ms,
    int64_t now_us);

#endif
