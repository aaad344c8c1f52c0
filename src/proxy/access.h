/* access -- what of the traffic goes to the access log.
 * SPDX-License-Identifier: MIT
 *
 * One record for each leg that a client waited for (for shadows if asked)
 * and one for whoever never got one.  Whether a request is in the sample is
 * drawn from its pair, so all its legs are in it or none.  With the log off
 * callers cost one comparison; nothing here blocks.  Worker's thread.
 */
#ifndef PROXY_ACCESS_H
#define PROXY_ACCESS_H

#include "observe/access.h"
#include "proxy/worker.h"

struct client;
struct exchange;

static inline bool
access_is_on(const struct worker *w)
{
	return worker_settings(w)->access_log.path != NULL;
}

/* An exchange has its outcome; its connection is still attached. */
void access_leg(const struct exchange *x);
/* No exchange comes of it.  status: what the client is sent, 0 = nothing. */
void access_client(const struct client *c, enum outcome why,
    unsigned status, const char *detail);
/* There is not even a client. */
void access_refused(struct worker *w, const struct ip *peer,
    enum outcome why, enum access_phase phase, unsigned status,
    const char *detail);

#endif
