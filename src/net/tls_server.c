/* tls_server -- the server's side of tls.h.
 * SPDX-License-Identifier: MIT
 *
 * One SSL_CTX for each certificate: a connection begins with the first, and
 * the callback of the server's name exchanges it.  Sessions are resumed by
 * tickets alone: a cache would be shared memory under a lock.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_files.h"
#include "net/tls_names.h"

#define TICKET_KEYS_MAX_AGE_S (12 * 60 * 60)
/* A ticket (and with it a client certificate that was verified) is good for
 * this long. */
#define SESSION_LIFE_S (2 * 60 * 60)

struct tls_server {
	_Atomic unsigned refs;
	SSL_CTX **contexts;      /* owns; the first is for unknown names */
	size_t context_count;
	struct tls_names *names; /* owns; index of a context */
};

/* --- tickets -------------------------------------------------------------- */

void
tls_tickets_renew(struct tls_tickets *t, time_t now)
{
	int ok;

	if (t->made != 0 && now - t->made < TICKET_KEYS_MAX_AGE_S)
		return;
	ok = RAND_priv_bytes(t->keys, sizeof t->keys);
	assert(ok == 1);
	(void)ok;
	t->made = now;
}

/* Sessions are only taken up where the same was asked of the client: a
 * ticket of a listener that verifies nothing must not open one that does,
 * and a change of the client CAs ends the sessions of before. */
static void
set_session_scope(SSL_CTX *ctx, const struct tls_server_options *o)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	BIO *ca = o->client_ca == NULL ? NULL : BIO_new_file(o->client_ca, "r");
	unsigned char word = (unsigned char)o->client_verify;
	unsigned len = 0;
	char bytes[4096];
	int got;

	assert(md != NULL);
	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	EVP_DigestUpdate(md, &word, 1);
	while (ca != NULL && (got = BIO_read(ca, bytes, sizeof bytes)) > 0)
		EVP_DigestUpdate(md, bytes, (size_t)got);
	EVP_DigestFinal_ex(md, digest, &len);
	SSL_CTX_set_session_id_context(ctx, digest, len);
	EVP_MD_CTX_free(md);
	BIO_free(ca);
}

static void
set_sessions(SSL_CTX *ctx, const struct tls_server_options *o)
{
	unsigned char keys[TLS_TICKET_KEY_BYTES];

	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	set_session_scope(ctx, o);
	if (!o->session_tickets) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		SSL_CTX_set_num_tickets(ctx, 0);
		return;
	}
	SSL_CTX_set_timeout(ctx, SESSION_LIFE_S);
	/* One ticket a handshake: a client may use it more than once. */
	SSL_CTX_set_num_tickets(ctx, 1);
	memcpy(keys, o->tickets->keys, sizeof keys);
	SSL_CTX_set_tlsext_ticket_keys(ctx, keys, sizeof keys);
	OPENSSL_cleanse(keys, sizeof keys);
}

/* --- what the client asks for ------------------------------------------------ */

static int
on_server_name(SSL *ssl, int *alert UNUSED, void *arg)
{
	const struct tls_server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	unsigned index;

	if (name == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	index = tls_names_find(s->names, name, 0);
	if (index != 0)
		SSL_set_SSL_CTX(ssl, s->contexts[index]);
	return SSL_TLSEXT_ERR_OK;
}

/* A client that offers protocols, but not ours, is told so (RFC 7301, 3.2);
 * one that offers none speaks HTTP/1.1. */
static int
on_alpn(SSL *ssl UNUSED, const unsigned char **out, unsigned char *out_len,
    const unsigned char *offered, unsigned offered_len, void *arg UNUSED)
{
	static const unsigned char ours[] = TLS_ALPN_WORD;

	for (unsigned at = 0; at < offered_len; at += 1 + offered[at]) {
		if (offered[at] != ours[0] || offered_len - at < sizeof ours - 1 ||
		    memcmp(offered + at, ours, sizeof ours - 1) != 0)
			continue;
		*out = offered + at + 1;
		*out_len = offered[at];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* --- loading ----------------------------------------------------------------- */

static bool
set_ciphers(SSL_CTX *ctx, const struct tls_server_options *o,
    const struct tls_report *report)
{
	if (o->tls13_only)
		SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	if (o->ciphers == NULL || SSL_CTX_set_cipher_list(ctx, o->ciphers) == 1)
		return true;
	return tls_fault(report, "ciphers", 0, "\"%s\" names no cipher that "
	    "OpenSSL knows (%s); write a list as for \"openssl ciphers\"",
	    o->ciphers, tls_reason());
}

static bool
set_client_verify(SSL_CTX *ctx, const struct tls_server_options *o,
    const struct tls_report *report)
{
	STACK_OF(X509_NAME) *names;

	if (o->client_verify == TLS_VERIFY_OFF)
		return true;
	if (!tls_file_opens(o->client_ca, "client_ca", 0, report))
		return false;
	names = SSL_load_client_CA_file(o->client_ca);
	if (names == NULL || SSL_CTX_load_verify_file(ctx, o->client_ca) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return tls_fault(report, "client_ca", 0, "\"%s\" holds no CA "
		    "certificate (%s); give a PEM file", o->client_ca,
		    tls_reason());
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, o->client_verify == TLS_VERIFY_REQUIRED ?
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT :
	    SSL_VERIFY_PEER, NULL);
	return true;
}

static bool
set_options(SSL_CTX *ctx, struct tls_server *s,
    const struct tls_server_options *o, const struct tls_report *report)
{
	bool ok = set_ciphers(ctx, o, report);

	ok &= set_client_verify(ctx, o, report);
	set_sessions(ctx, o);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return ok;
}

/* Call with each name of a certificate: the DNS names, or, of an old one
 * without any, the common name. */
static void
for_each_name(const X509 *certificate,
    void (*take)(void *arg, const char *name, size_t len), void *arg)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, NULL, NULL);
	char common[256];
	bool any = false;
	int len;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type != GEN_DNS)
			continue;
		any = true;
		take(arg, (const char *)ASN1_STRING_get0_data(n->d.dNSName),
		    (size_t)ASN1_STRING_length(n->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	if (any)
		return;
	len = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
	    NID_commonName, common, sizeof common);
	if (len > 0)
		take(arg, common, (size_t)len);
}

struct naming {
	struct tls_server *server;
	unsigned index;  /* of the certificate whose names are given */
	unsigned owner;  /* the one that has its names already */
	bool is_twin;    /* so far all of them, the same one */
	size_t count;
};

static void
take_name(void *arg, const char *name, size_t len)
{
	struct naming *n = arg;
	unsigned owner;
	char *text;

	if (tls_names_add(n->server->names, name, len, n->index)) {
		n->is_twin = false;
		return;
	}
	/* A star is not found as a host; a letter in its place is. */
	text = mem_strndup(name, len);
	if (text[0] == '*')
		text[0] = 'x';
	owner = tls_names_find(n->server->names, text, n->index);
	free(text);
	if (n->count++ == 0)
		n->owner = owner;
	else if (n->owner != owner)
		n->is_twin = false;
}

static int
key_type(const SSL_CTX *ctx)
{
	return EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_CTX_get0_certificate(ctx)));
}

/* A second certificate for the same names, with a key of another type (RSA
 * beside ECDSA), goes into the context of the first: OpenSSL then chooses
 * what the client can verify. */
static bool
joins_twin(struct tls_server *s, SSL_CTX *ctx,
    const struct tls_identity *identity, size_t index,
    const struct tls_report *report)
{
	struct naming n = { .server = s, .index = (unsigned)s->context_count,
		.is_twin = true };

	for_each_name(SSL_CTX_get0_certificate(ctx), take_name, &n);
	return n.is_twin && n.count > 0 && n.owner < s->context_count &&
	    key_type(ctx) != key_type(s->contexts[n.owner]) &&
	    tls_identity_load(s->contexts[n.owner], identity, index, report);
}

static void
report_nothing(void *arg UNUSED, const char *key UNUSED, size_t index UNUSED,
    const char *text UNUSED)
{
}

static bool
add_identity(struct tls_server *s, const struct tls_server_options *o,
    size_t index, const struct tls_report *report)
{
	/* What all contexts share is told once. */
	const struct tls_report silent = { .fault = report_nothing };
	SSL_CTX *ctx = tls_context_new(TLS_server_method());
	bool ok;

	if (ctx == NULL)
		return tls_fault(report, "certificate", index, "cannot be used: "
		    "OpenSSL does not start (%s)", tls_reason());
	ok = set_options(ctx, s, o, index == 0 ? report : &silent);
	ok &= tls_identity_load(ctx, &o->identities[index], index, report);
	if (!ok || joins_twin(s, ctx, &o->identities[index], index, report))
		SSL_CTX_free(ctx);
	else
		s->contexts[s->context_count++] = ctx;
	return ok;
}

/* An SSL keeps its server by this slot: the callback of the name needs it. */
static pthread_once_t slot_once = PTHREAD_ONCE_INIT;
static int slot;

static void
on_ssl_freed(void *parent UNUSED, void *ptr, CRYPTO_EX_DATA *data UNUSED,
    int index UNUSED, long argl UNUSED, void *argp UNUSED)
{
	struct tls_server *s = ptr;

	tls_server_unref(&s);
}

static void
make_slot(void)
{
	slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
	assert(slot >= 0);
}

struct tls_server *
tls_server_load(const struct tls_server_options *o,
    const struct tls_report *report)
{
	struct tls_server *s = mem_zalloc(sizeof *s);
	bool ok = true;

	pthread_once(&slot_once, make_slot);
	atomic_init(&s->refs, 1);
	s->names = tls_names_new();
	s->contexts = mem_zalloc(o->identity_count * sizeof s->contexts[0]);
	for (size_t i = 0; i < o->identity_count; i++)
		ok &= add_identity(s, o, i, report);
	if (!ok)
		tls_server_unref(&s);
	return s;
}

static void
tls_server_ref(struct tls_server *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void
tls_server_unref(struct tls_server **slot_of)
{
	struct tls_server *s = *slot_of;

	*slot_of = NULL;
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->context_count; i++)
		SSL_CTX_free(s->contexts[i]);
	free(s->contexts);
	tls_names_free(&s->names);
	free(s);
}

struct ssl_st *
tls_server_ssl(struct tls_server *s)
{
	SSL *ssl = SSL_new(s->contexts[0]);

	if (ssl == NULL)
		return NULL;
	SSL_set_accept_state(ssl);
	tls_server_ref(s);
	SSL_set_ex_data(ssl, slot, s);
	return ssl;
}
