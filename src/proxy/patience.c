/* patience -- see patience.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/patience.h"

#include "base/clock.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/worker.h"

static const struct settings *
settings_of(const struct client *c)
{
	return worker_settings(c->worker);
}

static void
arm(struct client *c, uint64_t after_ms)
{
	loop_arm(&c->worker->loop, &c->patience.timer, after_ms);
}

/* Bytes that make a span at that rate good. */
static uint64_t
wanted(const struct client *c, uint32_t rate)
{
	return (uint64_t)rate * settings_of(c)->rate_span_ms / 1000;
}

/* --- the body ------------------------------------------------------------- */

static void
begin_span(struct client *c)
{
	struct patience *p = &c->patience;

	p->mark = c->request->body_bytes;
	p->span_end_ns = c->worker->loop.now_ns +
	    settings_of(c)->rate_span_ms * NS_PER_MS;
	p->excused = (c->stream.paused & PAUSE_PEER_FULL) != 0;
}

static uint64_t
idle_end_ns(const struct client *c)
{
	return c->patience.moved_ns + settings_of(c)->client_idle_ms * NS_PER_MS;
}

/* Until it has been idle too long or the span ends, whichever is first. */
static void
arm_body(struct client *c)
{
	uint64_t now_ns = c->worker->loop.now_ns, end_ns = idle_end_ns(c);

	if (settings_of(c)->body_rate > 0 && c->patience.span_end_ns < end_ns)
		end_ns = c->patience.span_end_ns;
	arm(c, end_ns > now_ns ? (end_ns - now_ns) / NS_PER_MS + 1 : 0);
}

static bool
is_excused(const struct client *c)
{
	const struct request *r = c->request;

	return c->patience.excused ||
	    (c->exchange != NULL && c->exchange->committed) ||
	    /* it waits for somebody's 100 */
	    (r->framing.expects_100 && r->body_bytes == 0);
}

/* Has it neither sent nor taken anything for too long?  Who is held back can
 * do no more than take what it is owed. */
static bool
stands_still(struct client *c)
{
	struct patience *p = &c->patience;
	uint64_t now_ns = c->worker->loop.now_ns;
	uint64_t taken = stream_taken(&c->stream);

	if (taken != p->taken || (p->held && stream_unsent(&c->stream) == 0)) {
		p->taken = taken;
		p->moved_ns = now_ns;
	}
	p->held = (c->stream.paused & PAUSE_PEER_FULL) != 0;
	return now_ns >= idle_end_ns(c);
}

static void
judge_body(struct client *c)
{
	const struct settings *s = settings_of(c);
	struct patience *p = &c->patience;

	if (stands_still(c)) {
		client_refuse(c, OUTCOME_CLIENT_IDLE, "");
		return;
	}
	if (s->body_rate > 0 && c->worker->loop.now_ns >= p->span_end_ns) {
		uint64_t came = c->request->body_bytes - p->mark;

		if (!is_excused(c) && came < wanted(c, s->body_rate)) {
			metric_add(c->worker->stats, METRIC_CLIENTS_SLOW, 1);
			client_refuse(c, OUTCOME_CLIENT_SLOW_BODY, "");
			return;
		}
		begin_span(c);
	}
	arm_body(c);
}

/* --- output ----------------------------------------------------------------- */

static void
arm_output(struct client *c)
{
	const struct settings *s = settings_of(c);

	c->patience.mark = stream_taken(&c->stream);
	arm(c, s->send_rate > 0 ? s->rate_span_ms : s->client_idle_ms);
}

/* Slow is allowed where no rate is asked for; standing still is not. */
static void
judge_output(struct client *c)
{
	const struct settings *s = settings_of(c);
	uint64_t taken = stream_taken(&c->stream) - c->patience.mark;
	uint64_t least = s->send_rate > 0 ? wanted(c, s->send_rate) : 1;

	if (taken >= least) {
		arm_output(c);
		return;
	}
	metric_add(c->worker->stats, METRIC_CLIENTS_SLOW, 1);
	client_give_up(c, s->send_rate > 0 ? OUTCOME_CLIENT_SLOW_READER :
	    OUTCOME_CLIENT_IDLE);
}

/* --- the deadline ------------------------------------------------------------- */

static void
on_timer(void *arg)
{
	struct client *c = arg;

	if (stream_unsent(&c->stream) > 0 && c->state != CLIENT_BODY &&
	    c->state != CLIENT_TUNNEL) {
		judge_output(c);
		return;
	}
	switch (c->state) {
	case CLIENT_HEAD:
		client_refuse(c, OUTCOME_CLIENT_HEAD_TIMEOUT, "");
		break;
	case CLIENT_BODY:
		judge_body(c);
		break;
	case CLIENT_IDLE:
		client_idle_over(c);
		break;
	case CLIENT_LINGER:
		client_give_up(c, OUTCOME_CLIENT_IDLE);
		break;
	case CLIENT_WAIT:
	case CLIENT_TUNNEL: /* timeouts.tunnel watches both sides */
		break;
	}
}

void
patience_init(struct client *c)
{
	c->patience.timer = (struct wheel_entry){ .fire = on_timer, .arg = c };
}

void
patience_end(struct client *c)
{
	loop_disarm(&c->worker->loop, &c->patience.timer);
}

void
patience_for_request(struct client *c)
{
	if (stream_unsent(&c->stream) > 0)
		arm_output(c);
	else
		arm(c, worker_idle_ms(c->worker));
}

void
patience_for_head(struct client *c)
{
	arm(c, settings_of(c)->client_head_ms);
}

void
patience_for_body(struct client *c)
{
	c->patience.taken = stream_taken(&c->stream);
	c->patience.held = false;
	begin_span(c);
	patience_body_came(c);
}

void
patience_for_answer(struct client *c)
{
	wheel_rest(&c->patience.timer);
	patience_output_kept(c);
}

void
patience_for_close(struct client *c, uint32_t after_ms)
{
	arm(c, after_ms);
}

void
patience_body_came(struct client *c)
{
	c->patience.moved_ns = c->worker->loop.now_ns;
	arm_body(c);
}

void
patience_excuse(struct client *c)
{
	c->patience.excused = c->patience.held = true;
}

void
patience_output_kept(struct client *c)
{
	if (stream_unsent(&c->stream) > 0 && !wheel_is_armed(&c->patience.timer))
		arm_output(c);
}

void
patience_output_empty(struct client *c)
{
	/* What is kept later has a span of its own. */
	if (c->state == CLIENT_WAIT)
		wheel_rest(&c->patience.timer);
}
