/* packed -- records as they wait in the recorder's rings.
 * SPDX-License-Identifier: MIT
 *
 * A record has room for the longest texts; most are short.  What lies in the
 * ring is its fixed part and the texts one behind the other: five cache
 * lines instead of thirteen for the worker to write, which the recorder has
 * long thrown out of the cache, and a third of the memory.  The few that are
 * longer lie beside the ring.
 *
 * Packing is the producer's part, unpacking the recorder's.  Pure but for
 * the memory of long ones.
 */
#ifndef STORE_PACKED_H
#define STORE_PACKED_H

#include "observe/record.h"

#define PACKED_BYTES 304 /* with the ring's own word 320 */

struct packed {
	char *spilled;            /* owns; all of it, if it is long; else NULL */
	char bytes[PACKED_BYTES];
};

void pack_leg(const struct leg_record *r, struct packed *out);
void pack_comparison(const struct comparison_record *r, struct packed *out);
/* Only what r->kept covers of the differences is written.  p is spent. */
void unpack_leg(struct packed *p, struct leg_record *out);
void unpack_comparison(struct packed *p, struct comparison_record *out);
/* Nobody will unpack it. */
void packed_drop(struct packed *p);

#endif
