/* secure -- see secure.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/secure.h"

#include <sys/socket.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/writer.h"
#include "net/tls.h"
#include "net/tls_link.h"
#include "net/tls_sessions.h"
#include "proxy/client.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* --- clients -------------------------------------------------------------- */

void
secure_client(struct client *c, const struct listen *from)
{
	/* Without a server (which only a test's config can lack) nothing may
	 * be spoken in the clear: no SSL fails the stream. */
	stream_secure(&c->stream, from->tls.server == NULL ? NULL :
	    tls_server_ssl(from->tls.server));
	patience_for_head(c);
}

void
secure_client_done(void *client)
{
	struct client *c = client;
	struct worker *w = c->worker;

	metric_add(w->stats, METRIC_TLS_HANDSHAKES, 1);
	if (tls_is_resumed(c->stream.tls))
		metric_add(w->stats, METRIC_TLS_RESUMED, 1);
	/* From now on it is a client between two requests. */
	patience_for_request(c);
}

static enum metric
metric_of(enum tls_fault_kind kind)
{
	switch (kind) {
	case TLS_FAULT_PLAIN:
		return METRIC_TLS_FAILED_PLAIN;
	case TLS_FAULT_CERTIFICATE:
		return METRIC_TLS_FAILED_CERTIFICATE;
	case TLS_FAULT_PROTOCOL:
		return METRIC_TLS_FAILED_PROTOCOL;
	case TLS_FAULT_NONE:
	case TLS_FAULT_CLOSED:
		break;
	}
	return METRIC_TLS_FAILED_CLOSED;
}

/* Nothing of TLS was said on this connection yet. */
static void
answer_plain(struct client *c)
{
	const struct outcome_row *row = outcome_info(OUTCOME_CLIENT_NO_TLS);
	struct worker *w = c->worker;
	const struct own_answer a = { .status = row->status,
		.word = row->name, .message = row->text,
		.date = worker_date(w) };
	char *space = worker_scratch(w);
	size_t len = write_own_answer(&a, space, w->scratch_bytes);

	stat_add(&w->stats->refused[OUTCOME_CLIENT_NO_TLS], 1);
	(void)send(c->stream.fd, space, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* What is unread at the close would make it a reset. */
	(void)recv(c->stream.fd, w->loop.read_buffer, LOOP_READ_BYTES,
	    MSG_DONTWAIT);
	(void)shutdown(c->stream.fd, SHUT_WR);
}

void
secure_client_failed(struct client *c)
{
	enum tls_fault_kind kind = c->stream.tls->fault;
	bool late = kind == TLS_FAULT_NONE && !c->worker->draining;
	char ip[IP_TEXT_MAX];

	metric_add(c->worker->stats, late ? METRIC_TLS_FAILED_TIMEOUT :
	    metric_of(kind), 1);
	(void)ip_format(&c->ip, ip);
	log_event(LOG_DEBUG, "tls", "%s: %s", ip,
	    late ? "TLS handshake not done within timeouts.head" :
	    kind == TLS_FAULT_NONE ? "stopped within the TLS handshake" :
	    stream_why(&c->stream));
	if (kind == TLS_FAULT_PLAIN)
		answer_plain(c);
}

void
secure_request(struct request *r, const struct stream *s)
{
	r->secure = s->tls != NULL;
	if (r->secure && s->tls->peer != NULL)
		r->client_subject = mem_strdup(s->tls->peer);
}

/* --- backends --------------------------------------------------------------- */

void
secure_upstream(struct worker *w, struct stream *s,
    const struct backend *backend, const struct endpoint *endpoint,
    const struct location *at)
{
	struct tls_client *client = backend->tls.client;
	struct ssl_st *ssl;

	if (!endpoint->tls)
		return;
	ssl = client == NULL ? NULL : tls_client_ssl(client, endpoint->host);
	if (ssl != NULL)
		tls_sessions_use(&w->sessions, tls_sessions_place(client,
		    endpoint->host, (const struct sockaddr *)&at->addr,
		    at->addr_len), ssl);
	stream_secure(s, ssl);
}

void
secure_upstream_done(struct worker *w, const struct stream *s)
{
	if (s->tls == NULL)
		return;
	metric_add(w->stats, METRIC_UPSTREAM_TLS_HANDSHAKES, 1);
	if (tls_is_resumed(s->tls))
		metric_add(w->stats, METRIC_UPSTREAM_TLS_RESUMED, 1);
}

void
secure_upstream_failed(struct worker *w, const struct stream *s,
    const char *url)
{
	static struct log_limit limit;
	unsigned long held;

	if (s->tls == NULL || !s->tls->handshaking || s->tls->why == NULL)
		return;
	metric_add(w->stats, METRIC_UPSTREAM_TLS_FAILED, 1);
	if (log_limit_pass(&limit, &held))
		log_event(LOG_WARN, "tls", "%s: %s (%lu more held back)", url,
		    stream_why(s), held);
}
