/* tls_sessions -- sessions with backends, to be resumed by the next
 * connection.
 * SPDX-License-Identifier: MIT
 *
 * One store for each worker, so that nothing is shared or locked.  A place
 * is one host at one address as one tls_client sees it: who resumes a session
 * is not verified again, so the name must be the one that was.  Bounded:
 * places that fall on one slot take it from each other, which costs a whole
 * handshake.
 */
#ifndef NET_TLS_SESSIONS_H
#define NET_TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "net/tls.h"

#define TLS_SESSIONS_SLOTS 64

struct tls_sessions {
	struct {
		uintptr_t place;
		SSL_SESSION *session; /* owns; NULL = free */
	} slots[TLS_SESSIONS_SLOTS];
};

uintptr_t tls_sessions_place(const struct tls_client *c, const char *host,
    const struct sockaddr *addr, socklen_t addr_len) MUST_CHECK;
/* Let the connection resume the place's session, if there is one, and keep
 * here what its server gives for the next; s outlives the connection. */
void tls_sessions_use(struct tls_sessions *s, uintptr_t place, SSL *ssl);
void tls_sessions_fini(struct tls_sessions *s);
/* For a client's context: have new sessions told. */
void tls_sessions_watch(SSL_CTX *ctx);

#endif
