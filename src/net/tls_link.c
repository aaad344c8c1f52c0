/* tls_link -- see tls_link.h.
 * SPDX-License-Identifier: MIT
 *
 * OpenSSL's errors are a queue of the thread that SSL_get_error() looks at:
 * it is emptied after every failure, so that it is empty before every call.
 */
#include "net/tls_link.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Slices are put together up to this size: what a record holds at most. */
#define RECORD_BYTES 16384

static _Thread_local char record[RECORD_BYTES];

struct tls *
tls_new(SSL *ssl, int fd)
{
	struct tls *t = mem_zalloc(sizeof *t);

	t->ssl = ssl;
	t->handshaking = true;
	t->wants = TLS_WANT_READ;
	if (SSL_set_fd(ssl, fd) != 1) {
		/* Memory; the first use will fail. */
		ERR_clear_error();
	}
	return t;
}

void
tls_free(struct tls **slot)
{
	struct tls *t = *slot;

	*slot = NULL;
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	free(t->why);
	free(t->peer);
	free(t);
}

/* --- what went wrong --------------------------------------------------------- */

static void
explain_verify(struct tls *t, long result)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	const char *text = X509_verify_cert_error_string(result);

	if (result == X509_V_ERR_HOSTNAME_MISMATCH)
		t->why = mem_printf("certificate verify failed: %s (wanted %s)",
		    text, X509_VERIFY_PARAM_get0_host(param, 0));
	else if (result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
		char *ip = X509_VERIFY_PARAM_get1_ip_asc(param);

		t->why = mem_printf("certificate verify failed: %s (wanted %s)",
		    text, ip != NULL ? ip : "?");
		OPENSSL_free(ip);
	} else {
		t->why = mem_printf("certificate verify failed: %s", text);
	}
}

static enum tls_fault_kind
kind_of(unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_HTTP_REQUEST:
		return TLS_FAULT_PLAIN;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return TLS_FAULT_CLOSED;
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return TLS_FAULT_CERTIFICATE;
	default: /* exception: OpenSSL's list is open */
		return TLS_FAULT_PROTOCOL;
	}
}

static void
explain(struct tls *t, int code, int saved_errno)
{
	unsigned long error = ERR_peek_last_error();
	long verify = SSL_get_verify_result(t->ssl);
	const char *reason = ERR_reason_error_string(error);

	if (t->why != NULL)
		return;
	if (code == SSL_ERROR_SYSCALL || error == 0) {
		t->fault = TLS_FAULT_CLOSED;
		t->why = mem_strdup(saved_errno != 0 ? strerror(saved_errno) :
		    "connection closed");
		return;
	}
	t->fault = kind_of(error);
	if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
	    verify != X509_V_OK)
		explain_verify(t, verify);
	else if (t->fault == TLS_FAULT_CLOSED)
		t->why = mem_strdup(t->handshaking ?
		    "closed during the TLS handshake" :
		    "closed without a TLS close_notify");
	else
		t->why = mem_printf("%s: %s", t->handshaking ?
		    "TLS handshake failed" : "TLS failed",
		    reason != NULL ? reason : "no reason given");
}

/* What a call that returned result <= 0 waits for, or how it failed. */
static enum tls_io
judge(struct tls *t, int result)
{
	int saved = errno;
	int code = SSL_get_error(t->ssl, result);

	switch (code) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default: /* exception: the rest is one to us */
		explain(t, code, saved);
		ERR_clear_error();
		return TLS_BROKEN;
	}
}

/* --- who is it ------------------------------------------------------------------- */

/* A name longer than this is not one that an operator has given out. */
#define SUBJECT_MAX_BYTES 1024

static void
take_peer(struct tls *t)
{
	const X509 *certificate = SSL_get0_peer_certificate(t->ssl);
	BIO *text;
	char *bytes;
	long len;

	if (certificate == NULL || !SSL_is_server(t->ssl) ||
	    SSL_get_verify_result(t->ssl) != X509_V_OK)
		return;
	text = BIO_new(BIO_s_mem());
	/* Escapes everything but printable ASCII. */
	if (text != NULL && X509_NAME_print_ex(text,
	    X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(text, &bytes);
		if (len > 0 && len <= SUBJECT_MAX_BYTES)
			t->peer = mem_strndup(bytes, (size_t)len);
	}
	BIO_free(text);
}

bool
tls_is_resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl) == 1;
}

/* --- moving bytes --------------------------------------------------------------- */

enum tls_io
tls_handshake(struct tls *t)
{
	int result;

	errno = 0;
	result = SSL_do_handshake(t->ssl);
	if (result == 1) {
		t->handshaking = false;
		take_peer(t);
		return TLS_DONE;
	}
	t->wants = judge(t, result);
	/* A close_notify instead of a handshake. */
	if (t->wants == TLS_END) {
		t->fault = TLS_FAULT_CLOSED;
		t->why = mem_strdup("closed during the TLS handshake");
		t->wants = TLS_BROKEN;
	}
	return t->wants;
}

/* On until the socket is empty: nobody tells of what is left there. */
enum tls_io
tls_read(struct tls *t, char *space, size_t len, size_t *got_out,
    bool *more_out)
{
	enum tls_io io = t->end;
	size_t got;

	*got_out = 0;
	while (io == TLS_DONE && *got_out < len) {
		errno = 0;
		if (SSL_read_ex(t->ssl, space + *got_out, len - *got_out,
		    &got) == 1)
			*got_out += got;
		else
			io = judge(t, 0);
	}
	if (io == TLS_END || io == TLS_BROKEN)
		t->end = io;
	t->read_wants_write = io == TLS_WANT_WRITE;
	*more_out = *got_out > 0 && io != TLS_WANT_READ;
	return *got_out > 0 ? TLS_DONE : io;
}

/* The next bytes to write: a large slice as it is, small ones put together. */
static const char *
next_record(const struct iovec **slices, int *count, size_t *skip,
    size_t *len_out)
{
	const struct iovec *v = *slices;
	size_t len = 0;

	if (*count == 1 || v->iov_len - *skip >= RECORD_BYTES) {
		*len_out = v->iov_len - *skip;
		return (const char *)v->iov_base + *skip;
	}
	for (int i = 0; i < *count && len < RECORD_BYTES; i++) {
		size_t from = i == 0 ? *skip : 0;
		size_t n = v[i].iov_len - from;

		if (n > RECORD_BYTES - len)
			n = RECORD_BYTES - len;
		memcpy(record + len, (const char *)v[i].iov_base + from, n);
		len += n;
	}
	*len_out = len;
	return record;
}

static void
step_over(const struct iovec **slices, int *count, size_t *skip, size_t n)
{
	*skip += n;
	while (*count > 0 && *skip >= (*slices)->iov_len) {
		*skip -= (*slices)->iov_len;
		(*slices)++;
		(*count)--;
	}
}

enum tls_io
tls_write(struct tls *t, const struct iovec *slices, int count,
    size_t *sent_out)
{
	size_t skip = 0;

	*sent_out = 0;
	t->write_wants_read = false;
	step_over(&slices, &count, &skip, 0);
	while (count > 0) {
		size_t len, taken = 0;
		const char *bytes = next_record(&slices, &count, &skip, &len);

		errno = 0;
		if (SSL_write_ex(t->ssl, bytes, len, &taken) != 1) {
			enum tls_io io = judge(t, 0);

			t->write_wants_read = io == TLS_WANT_READ;
			return io == TLS_END ? TLS_BROKEN : io;
		}
		*sent_out += taken;
		step_over(&slices, &count, &skip, taken);
	}
	return TLS_DONE;
}

bool
tls_has_bytes(const struct tls *t)
{
	return SSL_has_pending(t->ssl) != 0;
}

bool
tls_is_quiet(struct tls *t)
{
	size_t got;
	char byte;

	errno = 0;
	return t->end == TLS_DONE &&
	    SSL_peek_ex(t->ssl, &byte, 1, &got) != 1 &&
	    judge(t, 0) == TLS_WANT_READ;
}

/* OpenSSL counts its alert as sent as soon as it has been made. */
bool
tls_say_end(struct tls *t)
{
	int result;

	if (t->handshaking || t->why != NULL || t->said_end)
		return true;
	errno = 0;
	result = SSL_shutdown(t->ssl);
	t->said_end = result >= 0 ||
	    SSL_get_error(t->ssl, result) != SSL_ERROR_WANT_WRITE;
	ERR_clear_error();
	return t->said_end;
}
