/* forward -- a request as a backend gets it.
 * SPDX-License-Identifier: MIT
 *
 * A body that was whole before its leg began (a shadow's, a fallback's, one
 * that was rewritten) lies in memory once, whoever sends it: the stream is fed
 * with pieces of it, as the backend takes them.
 */
#ifndef PROXY_FORWARD_H
#define PROXY_FORWARD_H

struct exchange;

/* Write the head to the attached connection, afresh from what was parsed, by
 * the rules of the exchange's version and leg. */
void forward_head(struct exchange *x);
/* The same, and behind it what there is of the body. */
void forward_begin(struct exchange *x);
/* The backend has taken some: more of a whole body. */
void forward_more(struct exchange *x);

#endif
