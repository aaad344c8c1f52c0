/* forward -- see forward.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/forward.h"

#include <assert.h>

#include "http/writer.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/rewriting.h"
#include "proxy/worker.h"

/* The traceparent in place of the client's; NULL: the client's is good.  A
 * trace is begun once for a request: its legs are two calls of one parent. */
static const char *
own_traceparent(const struct request *r, char space[TRACE_PARENT_LEN + 1])
{
	if (r->trace_passes)
		return NULL;
	if (r->trace_id[0] == '\0')
		return "";
	trace_begin(r->trace_id, r->snapshot->config->settings.trace ==
	    TRACE_BEGIN_SAMPLED, space);
	return space;
}

void
forward_head(struct exchange *x)
{
	struct request *r = x->request;
	const struct framing *f = &r->framing;
	char traceparent[TRACE_PARENT_LEN + 1];
	bool whole = r->body_whole && !r->body_lost && r->body != NULL;
	bool rewritten = x->rewritten.len > 0;
	struct rewriting rewriting;
	const struct forward forward = {
		.prefix = x->upstream->endpoint->prefix,
		.host = r->snapshot->config->settings.backends[x->backend].host,
		.default_host = x->upstream->endpoint->authority,
		.trusted = r->from.is_trusted,
		.peer_ip = r->peer_ip,
		.proto = r->secure ? "https" : "http",
		.client_subject = r->client_subject,
		.traceparent = own_traceparent(r, traceparent),
		.request_id = r->id,
		.body = rewritten ? BODY_LENGTH : f->kind,
		.length = rewritten ? x->rewritten.len : f->length,
		.send_expect = f->expects_100 && !whole && !r->continue_sent &&
		    r->body_bytes == 0 && x->leg == LEG_PRIMARY,
		.leg = x->leg == LEG_PRIMARY ? NULL : leg_name(x->leg),
		.websocket = f->asks_websocket,
		.trailers = !rewritten && request_passes_trailers(r),
		.edits = rewriting_head(x, &rewriting),
		.te_trailers = request_wants_trailers(r),
	};
	char *space = worker_scratch(x->worker);
	size_t len = write_request_head(&r->head, &r->target, &forward, space,
	    x->worker->scratch_bytes);

	/* The scratch holds the largest head that is let in, and our fields. */
	assert(len > 0);
	x->head_bytes = len;
	stream_write(&x->upstream->stream, space, len);
}

static void
find_body(const struct exchange *x, const char **bytes_out, size_t *len_out)
{
	const struct blob *body = x->request->body;
	bool rewritten = x->rewritten.len > 0;

	*bytes_out = rewritten ? x->rewritten.bytes : body->bytes;
	*len_out = rewritten ? x->rewritten.len : body->len;
}

void
forward_begin(struct exchange *x)
{
	struct request *r = x->request;
	bool rewritten = rewriting_body(x);

	x->send_chunked = !rewritten && r->framing.kind == BODY_CHUNKED;
	forward_head(x);
	x->req = r->framing.kind == BODY_NONE ? HALF_ENDED : HALF_BODY;
	x->fed_bytes = 0;
	x->feeds = r->body_whole && (rewritten || r->body != NULL);
	if (x->feeds) {
		forward_more(x);
		return;
	}
	if (r->body != NULL)
		exchange_send_body(x, r->body->bytes, r->body->len);
	if (r->body_whole)
		exchange_send_end(x);
}

void
forward_more(struct exchange *x)
{
	struct stream *s = &x->upstream->stream;
	const char *bytes;
	size_t len, n;

	if (!x->feeds)
		return;
	find_body(x, &bytes, &len);
	while (x->fed_bytes < len && !x->request_broken &&
	    stream_unsent(s) < STREAM_HIGH_BYTES) {
		n = stream_room(s);
		if (n > len - x->fed_bytes)
			n = len - x->fed_bytes;
		exchange_send_body(x, bytes + x->fed_bytes, n);
		x->fed_bytes += n;
		/* The last piece may leave together with the end. */
		if (x->fed_bytes < len)
			stream_flush_gathered(&x->worker->loop);
	}
	if (x->fed_bytes < len)
		return;
	x->feeds = false;
	exchange_send_end(x);
}
