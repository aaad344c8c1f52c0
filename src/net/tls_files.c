/* tls_files -- see tls_files.h.
 * SPDX-License-Identifier: MIT
 *
 * Nothing of a private key's content is ever part of a text: paths and
 * OpenSSL's reasons are.
 */
#include "net/tls_files.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Mozilla's "intermediate", without finite-field key exchange: forward
 * secrecy and authenticated encryption only.  TLS 1.3 has its own. */
static const char ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char groups[] = "X25519:P-256:P-384";

bool
tls_fault(const struct tls_report *report, const char *key, size_t index,
    const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	report->fault(report->arg, key, index, text);
	return false;
}

static void PRINTF_LIKE(2, 3)
warn(const struct tls_report *report, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	report->warning(report->arg, text);
}

const char *
tls_reason(void)
{
	unsigned long error, last = 0;
	const char *reason;

	/* The last that is more than "it was the other library". */
	while ((error = ERR_get_error()) != 0)
		if (last == 0 || (ERR_GET_REASON(error) & ERR_RFLAG_COMMON) == 0)
			last = error;
	reason = ERR_SYSTEM_ERROR(last) ? strerror(ERR_GET_REASON(last)) :
	    ERR_reason_error_string(last);
	return reason != NULL ? reason : "OpenSSL gives no reason";
}

bool
tls_file_opens(const char *path, const char *key, size_t index,
    const struct tls_report *report)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return tls_fault(report, key, index, "\"%s\" cannot be read (%s); "
		    "correct the path or the permissions", path, strerror(errno));
	fclose(f);
	return true;
}

/* --- certificates --------------------------------------------------------- */

static void
warn_of_dates(const char *path, const X509 *certificate,
    const struct tls_report *report)
{
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		warn(report, "the certificate in %s has expired: clients will "
		    "refuse it; renew it and reload", path);
	else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
		warn(report, "the certificate in %s is not valid yet: clients will "
		    "refuse it", path);
}

static bool
load_certificate(SSL_CTX *ctx, const char *path, size_t index,
    const struct tls_report *report)
{
	if (!tls_file_opens(path, "certificate", index, report))
		return false;
	if (SSL_CTX_use_certificate_chain_file(ctx, path) != 1)
		return tls_fault(report, "certificate", index, "\"%s\" cannot be "
		    "used (%s); give a PEM file with the certificate first and "
		    "its chain behind it", path, tls_reason());
	warn_of_dates(path, SSL_CTX_get0_certificate(ctx), report);
	return true;
}

/* --- keys ----------------------------------------------------------------- */

/* OpenSSL's own would ask on the terminal. */
static int
on_password(char *space, int len, int writing, void *arg)
{
	(void)space;
	(void)len;
	(void)writing;
	*(bool *)arg = true;
	return -1;
}

static EVP_PKEY *
read_key(const char *path, bool *is_encrypted)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = NULL;

	if (file != NULL)
		key = PEM_read_bio_PrivateKey(file, NULL, on_password, is_encrypted);
	BIO_free(file);
	return key;
}

static void
warn_of_mode(const char *path, const struct tls_report *report)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		warn(report, "the private key in %s can be read by everybody on "
		    "this machine; chmod o-r it", path);
}

static bool
load_key(SSL_CTX *ctx, const struct tls_identity *id, size_t index,
    const struct tls_report *report)
{
	bool is_encrypted = false, ok = true;
	EVP_PKEY *key;

	if (!tls_file_opens(id->key, "key", index, report))
		return false;
	key = read_key(id->key, &is_encrypted);
	if (key == NULL && is_encrypted)
		ok = tls_fault(report, "key", index, "\"%s\" is encrypted and nobody "
		    "is there to be asked for its password; store it unencrypted, "
		    "readable by understudy only", id->key);
	else if (key == NULL)
		ok = tls_fault(report, "key", index, "\"%s\" holds no private key "
		    "(%s); give a PEM file", id->key, tls_reason());
	else if (X509_check_private_key(SSL_CTX_get0_certificate(ctx), key) != 1)
		ok = tls_fault(report, "key", index, "\"%s\" is not the key of the "
		    "certificate \"%s\" (%s); give the two that belong together",
		    id->key, id->certificate, tls_reason());
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		ok = tls_fault(report, "key", index, "\"%s\" cannot be used (%s)",
		    id->key, tls_reason());
	ERR_clear_error();
	EVP_PKEY_free(key);
	if (ok)
		warn_of_mode(id->key, report);
	return ok;
}

bool
tls_identity_load(SSL_CTX *ctx, const struct tls_identity *identity,
    size_t index, const struct tls_report *report)
{
	bool opens;

	if (load_certificate(ctx, identity->certificate, index, report))
		return load_key(ctx, identity, index, report);
	/* Both faults at once. */
	opens = tls_file_opens(identity->key, "key", index, report);
	(void)opens;
	return false;
}

/* --- what holds for both sides ---------------------------------------------- */

SSL_CTX *
tls_context_new(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_RENEGOTIATION);
	/* A buffer is given back while it is empty: an idle connection holds
	 * none.  What is to be written may move between two tries. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* A record's head and body by one read(2). */
	SSL_CTX_set_read_ahead(ctx, 1);
	if (SSL_CTX_set_cipher_list(ctx, ciphers) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, groups) != 1)
		ERR_clear_error(); /* a reduced OpenSSL: its own choice */
	return ctx;
}
