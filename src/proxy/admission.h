/* admission -- who is let in, and what those are told who are not.
 * SPDX-License-Identifier: MIT
 *
 * The caps that stand before a connection or a request costs anything, all
 * shared by the workers (quota.h, peer_counts.h).  Turning away is cheap:
 * no memory, one write, and Retry-After with some spread, so that those who
 * were turned away together do not come back together.
 */
#ifndef PROXY_ADMISSION_H
#define PROXY_ADMISSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "observe/outcome.h"
#include "proxy/peer_counts.h"
#include "proxy/quota.h"

struct worker;

/* How close the process is to limits.memory; set by the control thread. */
enum pressure {
	PRESSURE_NONE = 0,
	PRESSURE_HIGH, /* nothing is mirrored or captured any more */
	PRESSURE_FULL, /* and no new request is let in */
};

/* One for all workers; made and freed by app. */
struct admission {
	struct quota connections;
	struct shared_quota exchanges;
	struct shared_quota shadows;    /* and control legs */
	struct peer_counts *peers;      /* owns */
	_Atomic unsigned pressure;      /* enum pressure */
	_Atomic bool handed_over;       /* set by the control thread: another
	                                   process is for the requests to come */
};

/* A connection was accepted: OUTCOME_OPEN lets it in, and
 * admission_leave() is owed. */
enum outcome admission_enter(struct worker *w) MUST_CHECK;
/* And its address is known.  *counted_out: as one of this address. */
enum outcome admission_enter_address(struct worker *w, const struct ip *ip,
    bool *counted_out) MUST_CHECK;
void admission_leave(struct worker *w, const struct ip *ip, bool counted);
/* It stays out: answer, unless that would take TLS, and close. */
void admission_turn_away(struct worker *w, int fd, const struct ip *ip,
    enum outcome why, bool tls);

/* The head of a request is there: OUTCOME_OPEN lets it in, and
 * admission_end() is owed. */
enum outcome admission_begin(struct worker *w) MUST_CHECK;
void admission_end(struct worker *w);
/* Something is to run for no client: true lets it, and
 * admission_end_shadow() is owed. */
bool admission_begin_shadow(struct worker *w) MUST_CHECK;
void admission_end_shadow(struct worker *w);

/* May a client ask again on its connection?  Not while draining, nor from the
 * moment on at which another process has taken over. */
bool admission_keeps_clients(const struct worker *w);
enum pressure admission_pressure(const struct worker *w);
/* Seconds for Retry-After of an answer with this status; 0 = no field. */
unsigned admission_retry_after(struct worker *w, unsigned status);

#endif
