/* pair -- from the ended legs of a request to a sample for comparison.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROXY_PAIR_H
#define PROXY_PAIR_H

struct request;

/* All legs have ended: if both versions answered for themselves, hand the
 * two answers over.  Full queues drop and count; the primary has long gone
 * its way. */
void pair_judge(struct request *r);

#endif
