/* sessions -- whose each session was, and on which version; the newest ones.
 * SPDX-License-Identifier: MIT
 *
 * One table for all workers, without a lock: open addressing over pairs of
 * 64-bit words that are changed by compare-and-swap.  A session is a
 * fingerprint under the process's key, its user another one, so no id is held;
 * that two of a million sessions share one happens once in 10^13.
 *
 * The newest N sessions, by their first appearance, are known exactly: they are
 * put into generations of N/4, of which the present one and the four before it
 * are looked into.  The control thread begins the next one, and empties the one
 * that fell out a tick later, when nobody can still be looking into it.
 *
 * 16 bytes a place, six generations, half full as a rule: 48 MiB for a million
 * sessions, of which the system gives only what is touched.
 *
 * Limit: of two workers that meet a session for the first time at the moment
 * that a generation begins, one may not see what the other has put down.
 */
#ifndef OBSERVE_SESSIONS_H
#define OBSERVE_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/version.h"

/* What is new about a session, as bits. */
enum session_news {
	SESSION_OTHER_USER = 1 << 0,    /* than when it was last seen */
	SESSION_OTHER_VERSION = 1 << 1, /* the same user, another version */
	SESSION_LOST = 1 << 2,          /* no room: nothing is known, nothing kept */
};

struct session_table;

struct session_table *session_table_new(uint32_t sessions) MUST_CHECK;
void session_table_free(struct session_table **t);
/* A session comes with a user, on a version (v) or with nothing to say of one
 * (has_version false).  Any thread. */
unsigned session_table_see(struct session_table *t, const char *session,
    size_t session_len, const char *user, size_t user_len, bool has_version,
    enum version v);
/* Every tick, control thread. */
void session_table_turn(struct session_table *t);
/* How many are remembered now.  Any thread. */
uint64_t session_table_count(const struct session_table *t);
size_t session_table_bytes(const struct session_table *t);

#endif
