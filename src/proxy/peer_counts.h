/* peer_counts -- how many connections each address has, over all workers.
 * SPDX-License-Identifier: MIT
 *
 * The connections of one address land on any worker, so the counts are
 * shared: a table of atomic words, each with 44 bits of the address's keyed
 * hash and its count, changed by compare-and-swap.  No lock, no allocation,
 * and one cache line read for a connection.
 *
 * It never harms an innocent: two addresses share a word only if 60 bits of
 * a hash with a secret seed agree, and where no word is free the connection
 * is let in uncounted.  It errs the other way: two workers that meet an
 * address for the first time at the same moment may give it two words, and
 * so up to twice its share.  An IPv6 client is its /64, because it can take
 * any address of that.
 */
#ifndef PROXY_PEER_COUNTS_H
#define PROXY_PEER_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ip.h"

#define PEER_COUNT_MAX ((UINT32_C(1) << 20) - 1) /* of one address */

struct peer_counts;

/* Room for that many connections, each from an address of its own.  Memory
 * is only touched where it is used. */
struct peer_counts *peer_counts_new(size_t connections) MUST_CHECK;
void peer_counts_free(struct peer_counts **c);

/* One more of this address.  false: it has its limit.  *counted_out says
 * whether peer_counts_leave() is owed.  Any thread. */
bool peer_counts_enter(struct peer_counts *c, const struct ip *ip,
    uint32_t limit, bool *counted_out) MUST_CHECK;
void peer_counts_leave(struct peer_counts *c, const struct ip *ip);

#endif
