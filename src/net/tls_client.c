/* tls_client -- the client's side of tls.h.
 * SPDX-License-Identifier: MIT
 *
 * The CAs are read whole while loading.  OpenSSL's default, a folder that is
 * searched while a certificate is verified, would have workers read files.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/tls.h"
#include "net/tls_files.h"
#include "net/tls_sessions.h"

#define NAME_MAX_BYTES 255

struct tls_client {
	SSL_CTX *context; /* owns */
	char *name;       /* owns; NULL = each URL's host */
	bool verify;
	uint64_t serial;
};

/* Where distributions keep all CAs in one file. */
static const char *
system_bundle(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
	};
	const char *named = getenv(X509_get_default_cert_file_env());

	if (named != NULL)
		return named;
	if (access(X509_get_default_cert_file(), R_OK) == 0)
		return X509_get_default_cert_file();
	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static bool
load_cas(SSL_CTX *ctx, const struct tls_client_options *o,
    const struct tls_report *report)
{
	const char *path = o->ca != NULL ? o->ca : system_bundle();

	if (!o->verify)
		return true;
	if (path == NULL)
		return tls_fault(report, "ca", 0, "this machine has no file of CA "
		    "certificates to verify the backend by; install "
		    "ca-certificates, or name the backend's own CA");
	if (!tls_file_opens(path, "ca", 0, report))
		return false;
	return SSL_CTX_load_verify_file(ctx, path) == 1 ||
	    tls_fault(report, "ca", 0, "\"%s\" holds no CA certificate (%s); give "
	    "a PEM file", path, tls_reason());
}

struct tls_client *
tls_client_load(const struct tls_client_options *o,
    const struct tls_report *report)
{
	static _Atomic uint64_t serials;
	struct tls_client *c = mem_zalloc(sizeof *c);
	bool ok;

	c->serial = atomic_fetch_add(&serials, 1) + 1;
	c->verify = o->verify;
	c->name = o->name != NULL ? mem_strdup(o->name) : NULL;
	c->context = tls_context_new(TLS_client_method());
	if (c->context == NULL) {
		tls_fault(report, "ca", 0, "cannot be used: OpenSSL does not start "
		    "(%s)", tls_reason());
		tls_client_free(&c);
		return NULL;
	}
	ok = load_cas(c->context, o, report);
	if (o->identity.certificate != NULL)
		ok &= tls_identity_load(c->context, &o->identity, 0, report);
	SSL_CTX_set_verify(c->context, o->verify ? SSL_VERIFY_PEER :
	    SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_alpn_protos(c->context,
	    (const unsigned char *)TLS_ALPN_WORD, sizeof TLS_ALPN_WORD - 1);
	tls_sessions_watch(c->context);
	if (!ok)
		tls_client_free(&c);
	return c;
}

void
tls_client_free(struct tls_client **slot)
{
	struct tls_client *c = *slot;

	*slot = NULL;
	if (c == NULL)
		return;
	SSL_CTX_free(c->context);
	free(c->name);
	free(c);
}

static bool
is_address(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bytes) == 1 ||
	    inet_pton(AF_INET6, host, bytes) == 1;
}

/* A name may end in the dot of the root, for a resolver that would else look
 * elsewhere; in SNI and in certificates it never does (RFC 6066, section 3). */
static const char *
without_root(const char *host, char space[NAME_MAX_BYTES + 1])
{
	size_t len = strlen(host);

	if (len < 2 || len > NAME_MAX_BYTES || host[len - 1] != '.')
		return host;
	text_copy(space, NAME_MAX_BYTES + 1, host, len - 1);
	return space;
}

struct ssl_st *
tls_client_ssl(struct tls_client *c, const char *host)
{
	SSL *ssl = SSL_new(c->context);
	char space[NAME_MAX_BYTES + 1];
	X509_VERIFY_PARAM *param;
	bool ok = true;

	if (ssl == NULL)
		return NULL;
	SSL_set_connect_state(ssl);
	host = without_root(c->name != NULL ? c->name : host, space);
	param = SSL_get0_param(ssl);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* An address is never a server's name (RFC 6066, section 3). */
	if (!is_address(host))
		ok = SSL_set_tlsext_host_name(ssl, host) == 1 &&
		    X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
	else
		ok = X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	if (!ok) {
		ERR_clear_error();
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

uint64_t
tls_client_serial(const struct tls_client *c)
{
	return c->serial;
}
