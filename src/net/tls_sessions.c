/* tls_sessions -- see tls_sessions.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/tls_sessions.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* What an SSL carries: the store, and the place (a number in a pointer). */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int store_index, place_index;

static void
make_indexes(void)
{
	store_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	place_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	assert(store_index >= 0 && place_index >= 0);
}

/* FNV-1a. */
static uint64_t
mix(uint64_t hash, const void *bytes, size_t len)
{
	for (const unsigned char *b = bytes; len-- > 0; b++)
		hash = (hash ^ *b) * UINT64_C(0x100000001b3);
	return hash;
}

uintptr_t
tls_sessions_place(const struct tls_client *c, const char *host,
    const struct sockaddr *addr, socklen_t addr_len)
{
	uint64_t serial = tls_client_serial(c);
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), &serial,
	    sizeof serial);

	hash = mix(hash, host, strlen(host) + 1);
	return (uintptr_t)mix(hash, addr, addr_len);
}

static void
put(struct tls_sessions *s, uintptr_t place, SSL_SESSION *session)
{
	SSL_SESSION **slot = &s->slots[place % TLS_SESSIONS_SLOTS].session;

	SSL_SESSION_free(*slot);
	*slot = session;
	s->slots[place % TLS_SESSIONS_SLOTS].place = place;
}

/* 1 = the session is ours now. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_sessions *s = SSL_get_ex_data(ssl, store_index);
	uintptr_t place = (uintptr_t)SSL_get_ex_data(ssl, place_index);

	if (s == NULL || !SSL_SESSION_is_resumable(session))
		return 0;
	put(s, place, session);
	return 1;
}

void
tls_sessions_watch(SSL_CTX *ctx)
{
	pthread_once(&once, make_indexes);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
}

void
tls_sessions_use(struct tls_sessions *s, uintptr_t place, SSL *ssl)
{
	SSL_SESSION *session = s->slots[place % TLS_SESSIONS_SLOTS].session;

	SSL_set_ex_data(ssl, store_index, s);
	SSL_set_ex_data(ssl, place_index, (void *)place);
	if (session == NULL ||
	    s->slots[place % TLS_SESSIONS_SLOTS].place != place)
		return;
	(void)SSL_set_session(ssl, session);
	/* A ticket of TLS 1.3 is for one use (RFC 8446, C.4); every
	 * connection brings another. */
	if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION)
		put(s, place, NULL);
}

void
tls_sessions_fini(struct tls_sessions *s)
{
	for (size_t i = 0; i < TLS_SESSIONS_SLOTS; i++) {
		SSL_SESSION_free(s->slots[i].session);
		s->slots[i].session = NULL;
	}
}
