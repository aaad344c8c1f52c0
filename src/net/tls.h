/* tls -- certificates and keys, loaded whole and then never changed.
 * SPDX-License-Identifier: MIT
 *
 * A tls_server is what one listener needs to be the server of TLS
 * connections: its certificates, chosen by the name that the client asks for
 * (the first is for everybody else), its client CAs, its ticket keys.  A
 * tls_client is what connections to one backend need.  Both are made from
 * files on the control thread and are immutable from then on; a reload makes
 * new ones, and connections that began with the old ones go on with them:
 * they hold what they need by reference counts.  A connection is a struct
 * tls (tls_link.h).
 *
 * TLS 1.2 and 1.3, forward secrecy and AEAD only, no compression, no
 * renegotiation, no early data; ALPN is "http/1.1".
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/compiler.h"

struct ssl_st;
struct tls_client;
struct tls_server;

/* What one side shows of itself: PEM files. */
struct tls_identity {
	const char *certificate; /* with its chain behind it */
	const char *key;
};

enum tls_verify { TLS_VERIFY_OFF = 0, TLS_VERIFY_OPTIONAL, TLS_VERIFY_REQUIRED };

/* Where loading says what is wrong.  Texts name the file and are sentences
 * without a beginning: "\"x.pem\" cannot be read (...); ...". */
struct tls_report {
	/* key: the option at fault ("certificate", "key", "ca", "client_ca",
	 * "ciphers", "name"); index: of the identity. */
	void (*fault)(void *arg, const char *key, size_t index,
	    const char *text);
	/* It can be used, but somebody should know. */
	void (*warning)(void *arg, const char *text);
	void *arg;
};

/* Keys that session tickets are sealed with.  They belong to the process,
 * so that clients resume whatever certificates are loaded meanwhile. */
#define TLS_TICKET_KEY_BYTES 80
struct tls_tickets {
	unsigned char keys[TLS_TICKET_KEY_BYTES];
	time_t made; /* 0 = not yet */
};
/* Keys older than 12 hours are replaced when something is loaded. */
void tls_tickets_renew(struct tls_tickets *t, time_t now);

struct tls_server_options {
	const struct tls_identity *identities; /* at least one */
	size_t identity_count;
	const char *client_ca;        /* NULL with TLS_VERIFY_OFF */
	enum tls_verify client_verify;
	bool tls13_only;
	const char *ciphers;          /* of TLS 1.2; NULL = ours */
	bool session_tickets;         /* false: every connection shakes hands whole */
	const struct tls_tickets *tickets;
};

/* NULL: faults were reported, all of them. */
struct tls_server *tls_server_load(const struct tls_server_options *o,
    const struct tls_report *report) MUST_CHECK;
void tls_server_unref(struct tls_server **s);
/* An SSL in accept state that keeps s alive; NULL = out of memory.  Any
 * thread. */
struct ssl_st *tls_server_ssl(struct tls_server *s) MUST_CHECK;

struct tls_client_options {
	const char *ca;               /* NULL = the system's */
	const char *name;             /* asked for and expected; NULL = the URL's host */
	bool verify;
	struct tls_identity identity; /* NULLs = none */
};

struct tls_client *tls_client_load(const struct tls_client_options *o,
    const struct tls_report *report) MUST_CHECK;
void tls_client_free(struct tls_client **c);
/* An SSL in connect state that asks for the host (or the name of the
 * options) and, unless that is off, will only accept its certificate; NULL =
 * out of memory. */
struct ssl_st *tls_client_ssl(struct tls_client *c, const char *host)
    MUST_CHECK;
/* Differs between any two clients of the process: sessions of one must not
 * be used by another, which may trust less. */
uint64_t tls_client_serial(const struct tls_client *c);

#endif
