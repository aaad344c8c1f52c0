/* tunnel -- see tunnel.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/tunnel.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/leg.h"
#include "proxy/pool.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* Whatever either side sent, and whatever either side took. */
static uint64_t
progress_of(const struct exchange *x)
{
	return x->request_bytes + x->response_bytes +
	    stream_taken(&x->client->stream) +
	    stream_taken(&x->upstream->stream);
}

static void
arm(struct exchange *x)
{
	const struct settings *s = &x->request->snapshot->config->settings;
	bool halved = x->tunnel.up.ended || x->tunnel.down.ended;

	x->timer_mark = progress_of(x);
	loop_arm(&x->worker->loop, &x->timer,
	    halved ? s->client_idle_ms : s->tunnel_ms);
}

static void
end(struct exchange *x, const char *how)
{
	snprintf(x->error, sizeof x->error, "%s", how);
	exchange_cancel(x, OUTCOME_TUNNELLED);
}

/* The row says how it ended and how long it took: its latency cannot. */
enum outcome
tunnel_ended(struct exchange *x, enum outcome why)
{
	double seconds = (double)(x->worker->loop.now_ns - x->first_byte_ns) /
	    NS_PER_S;
	char how[64];

	snprintf(how, sizeof how, "%s", x->error[0] != '\0' ? x->error :
	    outcome_info(why)->name);
	snprintf(x->error, sizeof x->error, "%s after %.1f s", how, seconds);
	metric_add(x->worker->stats, METRIC_TUNNELS_OPEN, -1);
	return OUTCOME_TUNNELLED;
}

static void
end_and_close(struct exchange *x, const char *how)
{
	struct client *c = x->client;

	end(x, how);
	client_close(c);
}

/* Tell a sink that its source has ended, once it has all of its bytes. */
static void
pass_end(struct flow *f, struct stream *sink)
{
	if (!f->ended || f->closed || stream_unsent(sink) > 0)
		return;
	f->closed = stream_finish(sink);
}

/* After anything that may have moved bytes. */
static void
settle(struct exchange *x)
{
	struct tunnel *t = &x->tunnel;

	stream_flush_gathered(&x->worker->loop);
	pass_end(&t->up, &x->upstream->stream);
	pass_end(&t->down, &x->client->stream);
	if (t->up.closed && t->down.closed)
		end_and_close(x, "closed by both");
}

/* The slice leaves, or is kept by the sink; a full sink stops its source. */
static void
carry(const char *bytes, size_t len, struct stream *source,
    struct stream *sink)
{
	stream_write(sink, bytes, len);
	stream_flush_gathered(sink->loop);
	if (stream_unsent(sink) >= STREAM_HIGH_BYTES)
		stream_pause(source, PAUSE_PEER_FULL);
}

static void
note_end(struct exchange *x, struct flow *f, struct stream *source)
{
	f->ended = true;
	stream_pause(source, PAUSE_ENDED);
	arm(x);
}

bool
tunnel_has_bytes(const struct client *c)
{
	return c->request != NULL && c->request->framing.asks_websocket &&
	    c->intake.len > 0;
}

void
tunnel_begin(struct exchange *x, const char *bytes, size_t len)
{
	struct client *c = x->client;
	struct worker *w = x->worker;

	assert(!x->tunnel.stands && c != NULL && x->leg == LEG_PRIMARY);
	x->tunnel.stands = true;
	x->res = HALF_BODY;
	c->state = CLIENT_TUNNEL;
	metric_add(w->stats, METRIC_TUNNELS, 1);
	metric_add(w->stats, METRIC_TUNNELS_OPEN, 1);
	leg_count(x, OUTCOME_TUNNELLED);
	x->response_bytes += len;
	carry(bytes, len, &x->upstream->stream, &c->stream);
	x->request_bytes += c->intake.len;
	carry(c->intake.bytes, c->intake.len, &c->stream, &x->upstream->stream);
	intake_fini(&c->intake);
	stream_resume(&c->stream, PAUSE_BUSY);
	arm(x);
}

void
tunnel_on_client_readable(struct exchange *x)
{
	struct stream *s = &x->client->stream;
	char *buffer = x->worker->loop.read_buffer;
	size_t got, most = stream_room(&x->upstream->stream);

	switch (stream_read(s, buffer, most, &got)) {
	case IO_AGAIN:
		return;
	case IO_OK:
		x->request_bytes += got;
		metric_add(x->worker->stats, METRIC_CLIENT_BYTES_IN,
		    (int64_t)got);
		carry(buffer, got, s, &x->upstream->stream);
		return;
	case IO_EOF:
		note_end(x, &x->tunnel.up, s);
		settle(x);
		return;
	case IO_FAIL:
		end_and_close(x, "reset by the client");
		return;
	}
}

/* The client still gets what the backend had said before it broke. */
static void
break_off(struct exchange *x)
{
	struct client *c = x->client;

	end(x, "reset by the backend");
	client_cut(c);
}

void
tunnel_on_backend_readable(struct exchange *x)
{
	struct stream *s = &x->upstream->stream;
	char *buffer = x->worker->loop.read_buffer;
	size_t got, most = stream_room(&x->client->stream);

	switch (stream_read(s, buffer, most, &got)) {
	case IO_AGAIN:
		return;
	case IO_OK:
		x->response_bytes += got;
		carry(buffer, got, s, &x->client->stream);
		return;
	case IO_EOF:
		note_end(x, &x->tunnel.down, s);
		settle(x);
		return;
	case IO_FAIL:
		break_off(x);
		return;
	}
}

/* Writing to it failed.  It may have said something before. */
void
tunnel_on_backend_failed(struct exchange *x)
{
	struct stream *s = &x->upstream->stream;
	char *buffer = x->worker->loop.read_buffer;
	size_t got;

	while (!x->tunnel.down.ended &&
	    stream_unsent(&x->client->stream) < STREAM_HIGH_BYTES &&
	    stream_read(s, buffer, stream_room(&x->client->stream), &got) ==
	    IO_OK) {
		x->response_bytes += got;
		carry(buffer, got, s, &x->client->stream);
	}
	break_off(x);
}

void
tunnel_on_drained(struct exchange *x)
{
	if (stream_unsent(&x->upstream->stream) <= STREAM_LOW_BYTES)
		stream_resume(&x->client->stream, PAUSE_PEER_FULL);
	if (stream_unsent(&x->client->stream) <= STREAM_LOW_BYTES)
		stream_resume(&x->upstream->stream, PAUSE_PEER_FULL);
	settle(x);
}

void
tunnel_on_timer(struct exchange *x)
{
	if (progress_of(x) != x->timer_mark)
		arm(x);
	else
		end_and_close(x, "silent for too long");
}
