/* access -- see access.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/access.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/decide.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/leg.h"
#include "proxy/pool.h"
#include "proxy/request.h"

/* A share of idents: their last digits are the mixed ones. */
#define DRAW_DIGITS 8
#define WHOLE 100000 /* thousandths of a percent */

static bool
is_drawn(const char ident[IDENT_TEXT_LEN + 1], uint32_t share)
{
	uint64_t draw = 0;

	for (int i = IDENT_TEXT_LEN - DRAW_DIGITS; i < IDENT_TEXT_LEN; i++)
		draw = draw << 4 | (unsigned)text_hex_digit(ident[i]);
	return draw * WHOLE >> 4 * DRAW_DIGITS < share;
}

static bool
is_wanted(const struct worker *w, const char *ident, enum outcome outcome)
{
	const struct access_settings *s = &worker_settings(w)->access_log;

	return s->sample >= WHOLE || (s->failures && outcome != OUTCOME_DONE) ||
	    is_drawn(ident, s->sample);
}

static void
copy_text(char *out, size_t space, const char *text)
{
	text_copy(out, space, text, strlen(text));
}

static void
fill_request(struct access_record *rec, const struct request *r)
{
	const struct head *h = &r->head;

	rec->ts_us = r->start_us;
	rec->client = r->from.client;
	memcpy(rec->pair, r->pair, sizeof rec->pair);
	memcpy(rec->trace_id, r->trace_id, sizeof rec->trace_id);
	copy_text(rec->id, sizeof rec->id, r->id);
	rec->rollout = r->snapshot->config->rollout_count > 1 ?
	    r->snapshot->rollout : NULL;
	copy_text(rec->stage, sizeof rec->stage, r->snapshot->state.stage);
	text_copy(rec->method, sizeof rec->method, h->base + h->method_off,
	    h->method_len);
	text_copy(rec->path, sizeof rec->path, r->target.path,
	    r->target.path_len);
	if (r->decided && r->decision.route != NULL)
		copy_text(rec->route, sizeof rec->route,
		    r->decision.route->path);
}

static enum access_phase
phase_of(const struct exchange *x)
{
	if (x->res == HALF_ENDED)
		return ACCESS_END;
	if (x->res == HALF_BODY)
		return ACCESS_RELAY;
	if (x->upstream == NULL || !x->upstream->connected)
		return ACCESS_CONNECT;
	if (x->req != HALF_ENDED || stream_unsent(&x->upstream->stream) > 0)
		return ACCESS_SEND;
	return ACCESS_WAIT;
}

/* What the client is sent by this leg or for its failure. */
static unsigned
status_of(const struct exchange *x)
{
	if (x->client == NULL || x->falls_back)
		return 0;
	return x->committed ? x->status : outcome_info(x->outcome)->status;
}

static void
fill_end(struct access_record *rec, enum outcome outcome,
    enum access_phase phase, unsigned status, const char *detail)
{
	rec->outcome = (uint8_t)outcome;
	rec->phase = (uint8_t)phase;
	rec->status = (uint16_t)status;
	copy_text(rec->error, sizeof rec->error, detail);
}

static uint64_t
since_us(uint64_t start_ns, uint64_t moment_ns)
{
	return moment_ns == 0 ? 0 : (moment_ns - start_ns) / NS_PER_US;
}

static void
fill_leg(struct access_record *rec, const struct exchange *x)
{
	const struct upstream *u = x->upstream;

	rec->has_leg = true;
	rec->leg = (uint8_t)x->leg;
	rec->version = (uint8_t)x->version;
	fill_end(rec, x->outcome, phase_of(x), status_of(x), x->error);
	rec->upstream_status = x->status;
	rec->decision = why_word(x->why);
	rec->retried = x->retried;
	rec->falls_back = x->falls_back;
	rec->begin_us = since_us(x->request->start_ns, x->start_ns);
	rec->first_byte_us = since_us(x->start_ns, x->first_byte_ns);
	rec->first_content_us = since_us(x->start_ns, x->first_content_ns);
	rec->latency_us = leg_latency_us(x);
	rec->request_bytes = x->request_bytes;
	rec->response_bytes = x->response_bytes;
	if (u == NULL)
		return;
	rec->reused = u->reused;
	copy_text(rec->upstream, sizeof rec->upstream, u->endpoint->url);
}

static void
offer(struct worker *w, const struct access_record *rec)
{
	if (!w->access.put(w->access.arg, rec))
		metric_add(w->stats, METRIC_ACCESS_DROPPED, 1);
}

void
access_leg(const struct exchange *x)
{
	struct worker *w = x->worker;
	struct access_record rec;

	if ((x->leg != LEG_PRIMARY && !worker_settings(w)->access_log.shadows) ||
	    !is_wanted(w, x->request->pair, x->outcome))
		return;
	memset(&rec, 0, sizeof rec);
	fill_request(&rec, x->request);
	fill_leg(&rec, x);
	offer(w, &rec);
}

void
access_client(const struct client *c, enum outcome why, unsigned status,
    const char *detail)
{
	const struct request *r = c->request;
	struct worker *w = c->worker;
	struct access_record rec;

	if (!access_is_on(w))
		return;
	if (r == NULL) {
		access_refused(w, &c->ip, why, ACCESS_HEAD, status, detail);
		return;
	}
	if (!is_wanted(w, r->pair, why))
		return;
	memset(&rec, 0, sizeof rec);
	fill_request(&rec, r);
	fill_end(&rec, why, ACCESS_BODY, status, detail);
	offer(w, &rec);
}

void
access_refused(struct worker *w, const struct ip *peer, enum outcome why,
    enum access_phase phase, unsigned status, const char *detail)
{
	struct access_record rec = { .client = *peer,
		.ts_us = clock_wall_us() };
	char ident[IDENT_TEXT_LEN + 1];

	ident_next(&w->idents, ident);
	if (!is_wanted(w, ident, why))
		return;
	fill_end(&rec, why, phase, status, detail);
	offer(w, &rec);
}
