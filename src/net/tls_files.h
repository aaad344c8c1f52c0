/* tls_files -- PEM files into an SSL_CTX, and what was wrong with them.
 * SPDX-License-Identifier: MIT
 *
 * What tls_server.c and tls_client.c share.  Control thread.
 */
#ifndef NET_TLS_FILES_H
#define NET_TLS_FILES_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "net/tls.h"

/* Report a fault and return false. */
bool tls_fault(const struct tls_report *report, const char *key,
    size_t index, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* What OpenSSL says of the last failure; forgets it. */
const char *tls_reason(void);
/* Can the file be opened?  Else the fault is reported. */
bool tls_file_opens(const char *path, const char *key, size_t index,
    const struct tls_report *report) MUST_CHECK;
/* Certificate, chain and key, which must belong together. */
bool tls_identity_load(SSL_CTX *ctx, const struct tls_identity *identity,
    size_t index, const struct tls_report *report) MUST_CHECK;
/* A context with what holds for both sides; NULL: tls_reason() says why. */
SSL_CTX *tls_context_new(const SSL_METHOD *method) MUST_CHECK;

/* The protocol that ALPN agrees on, as it stands in its list. */
#define TLS_ALPN_WORD "\x08http/1.1"

#endif
