/* secure -- TLS with clients and backends: how it begins, what is counted.
 * SPDX-License-Identifier: MIT
 *
 * The handshake itself runs inside the stream.  Handshakes are work of the
 * worker that has accepted the connection; see docs/choices.md.
 */
#ifndef PROXY_SECURE_H
#define PROXY_SECURE_H

#include "config/config.h"
#include "net/stream.h"

struct client;
struct request;
struct worker;

/* Accepted on a listener with TLS: the handshake must be done within
 * timeouts.head. */
void secure_client(struct client *c, const struct listen *from);
/* It is done; for struct stream_ops, as the connection itself was made before
 * we met it. */
void secure_client_done(void *client);
/* It will never be: count why.  Who spoke plain HTTP is told so, in plain
 * HTTP.  The caller closes. */
void secure_client_failed(struct client *c);

/* A request that came by this stream: by TLS, and from whom? */
void secure_request(struct request *r, const struct stream *s);

/* Behind stream_connect(): TLS if the endpoint's URL is https. */
void secure_upstream(struct worker *w, struct stream *s,
    const struct backend *backend, const struct endpoint *endpoint,
    const struct location *at);
/* It is done; it failed: count, and say so in the log. */
void secure_upstream_done(struct worker *w, const struct stream *s);
void secure_upstream_failed(struct worker *w, const struct stream *s,
    const char *url);

#endif
