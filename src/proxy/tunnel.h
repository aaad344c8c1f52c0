/* tunnel -- a websocket after its 101: bytes, both ways, until both ends.
 * SPDX-License-Identifier: MIT
 *
 * Begun by answer.c when a backend grants the websocket that its client
 * asked for.  From then on the exchange reads no HTTP: what either side
 * sends is written to the other, and a side that reads slowly pauses the
 * other one (PAUSE_PEER_FULL, the same water marks as bodies).  A side that
 * ends is passed on as an end of sending (half-close) behind its last byte;
 * when both have ended, or one broke, or nothing has moved for
 * timeouts.tunnel (timeouts.idle behind a half-close), the exchange ends
 * with OUTCOME_TUNNELLED and a word on how.
 *
 * A tunnel is counted when it stands: its latency is the time to the 101,
 * and how long people talk says nothing of a version.  It keeps the version
 * it was begun with: neither a latch nor a new stage cuts it.  It is never
 * mirrored, and a drain ends it at timeouts.drain.
 */
#ifndef PROXY_TUNNEL_H
#define PROXY_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "observe/outcome.h"

struct client;
struct exchange;

/* One direction. */
struct flow {
	bool ended;  /* its source has ended: read nothing more from there */
	bool closed; /* ... and its sink was told */
};

struct tunnel {
	bool stands; /* the 101 was written; never goes back */
	struct flow up, down; /* client to backend, backend to client */
};

/* Has the client sent bytes behind its request for a websocket?  They were
 * meant for the tunnel: if none comes to stand they are never read as a
 * request, the connection ends behind the answer. */
bool tunnel_has_bytes(const struct client *c);

/* The 101 has been written to the client; bytes came behind it.  What the
 * client had sent behind its request leaves now. */
void tunnel_begin(struct exchange *x, const char *bytes, size_t len);

/* It ends for this reason: writes the reason down, and gives the outcome. */
enum outcome tunnel_ended(struct exchange *x, enum outcome why);

/* Events of the two connections, and the exchange's deadline.  The exchange
 * may have ended when they return. */
void tunnel_on_client_readable(struct exchange *x);
void tunnel_on_backend_readable(struct exchange *x);
void tunnel_on_backend_failed(struct exchange *x);
void tunnel_on_drained(struct exchange *x);
void tunnel_on_timer(struct exchange *x);

#endif
