/* isolating -- are users and sessions kept apart?  Looked at as they pass.
 * SPDX-License-Identifier: MIT
 *
 * Only with "isolation" in the rules; without it nobody looks.  A request that
 * names a session is held against who had it before; an answer of a primary or
 * shadow leg, by a header or a place of its JSON, against whose request it
 * answers, whatever its status and its route.  Nothing is kept of it, and
 * nothing is done here but to count and to hand over the case
 * (observe/isolation.h).
 *
 * Not looked at: answers with a content coding (counted), ids of more than 128
 * bytes, and whatever names none.
 */
#ifndef PROXY_ISOLATING_H
#define PROXY_ISOLATING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_scan.h"
#include "config/isolation_rules.h"
#include "http/sse_scan.h"

struct exchange;
struct head;
struct request;

/* Of one answer whose body is looked into. */
struct isolating {
	struct exchange *exchange;   /* borrows: who owns it */
	bool is_stream;
	bool in_event;               /* data of it was fed to the scan */
	bool told[NAMED_COUNT];      /* once an answer is enough */
	struct sse_scan sse;
	struct json_scan scan;
};

/* The request is whole: its user, session and version are known. */
void isolating_request(struct request *r);
/* The head of the answer is there: x->isolating, if its body is looked into. */
void isolating_begin(struct exchange *x, const struct head *h);
/* Some of its body, decoded of its transfer coding. */
void isolating_feed(struct isolating *i, const char *bytes, size_t len);

#endif
