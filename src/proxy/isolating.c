/* isolating -- see isolating.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/isolating.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "observe/isolation.h"
#include "proxy/exchange.h"
#include "proxy/reading.h"
#include "proxy/request.h"
#include "proxy/worker.h"

static const struct isolation_rules *
rules_of(const struct request *r)
{
	return &r->snapshot->config->rules.isolation;
}

static bool
is_wanted(const struct request *r, enum isolation_kind kind)
{
	return (rules_of(r)->on >> kind & 1) != 0;
}

/* --- cases --------------------------------------------------------------- */

static void
copy_id(char out[RECORD_ID_MAX + 1], const struct identity *id)
{
	text_copy(out, RECORD_ID_MAX + 1, id->id, id->found ? id->len : 0);
}

static void
report(const struct request *r, struct isolation_case *c)
{
	c->ts_us = r->start_us;
	memcpy(c->pair, r->pair, sizeof c->pair);
	copy_id(c->user, &r->user);
	if (c->session[0] == '\0')
		copy_id(c->session, &r->session);
	isolation_report(r->course->board->isolation, c);
}

/* --- sessions -------------------------------------------------------------- */

/* Versions that the bucket did not give say nothing: a route, an override, a
 * latch move users on purpose. */
static void
see(const struct request *r, const char *session, size_t len)
{
	struct isolation_case c = { .version = (uint8_t)r->decision.version,
		.leg = LEG_PRIMARY };
	unsigned news = isolation_see(r->course->board->isolation, session, len,
	    r->user.id, r->user.len, r->decision.why == WHY_BUCKET ||
	    r->decision.why == WHY_STICKY,
	    r->decision.version);

	if (news == 0)
		return;
	text_copy(c.session, sizeof c.session, session, len);
	c.kind = (news & SESSION_OTHER_USER) != 0 ? ISOLATION_TWO_USERS :
	    ISOLATION_FLIP;
	if ((news & SESSION_LOST) != 0)
		metric_add(r->course->stats, METRIC_ISOLATION_LOST, 1);
	else if (is_wanted(r, c.kind))
		report(r, &c);
}

static bool
sees_sessions(const struct request *r)
{
	return r->user.found && (is_wanted(r, ISOLATION_TWO_USERS) ||
	    is_wanted(r, ISOLATION_FLIP));
}

void
isolating_request(struct request *r)
{
	if (rules_of(r)->is_on && r->session.found && sees_sessions(r))
		see(r, r->session.id, r->session.len);
}

/* --- answers --------------------------------------------------------------- */

static void
accuse(const struct exchange *x, enum named named, const char *id, size_t len)
{
	struct isolation_case c = { .kind = ISOLATION_FOREIGN_ANSWER,
		.version = (uint8_t)x->version, .leg = (uint8_t)x->leg,
		.named = (uint8_t)named };

	text_copy(c.answer, sizeof c.answer, id, len);
	if (is_wanted(x->request, ISOLATION_FOREIGN_ANSWER))
		report(x->request, &c);
}

/* The answer names an id.  true = another one than its request's. */
static bool
is_foreign(const struct exchange *x, enum named named, const char *id,
    size_t len)
{
	const struct request *r = x->request;
	const struct identity *own = named == NAMED_USER ? &r->user : &r->session;

	if (len == 0 || len > IDENTITY_MAX)
		return false;
	/* An address is nobody's name. */
	if (own->found && own->source == SOURCE_CLIENT)
		return false;
	if (own->found)
		return own->len != len || memcmp(own->id, id, len) != 0;
	/* A session begins with this answer; of a shadow's nobody will hear. */
	if (named == NAMED_SESSION && x->leg == LEG_PRIMARY && sees_sessions(r))
		see(r, id, len);
	return false;
}

static void
on_found(void *arg, const struct json_found *f)
{
	struct isolating *i = arg;
	const struct exchange *x = i->exchange;
	enum named named = rules_of(x->request)->marks[f->mark];

	if (i->told[named] || f->cut ||
	    (f->kind != JSON_STRING && f->kind != JSON_NUMBER) ||
	    !is_foreign(x, named, f->text, f->len))
		return;
	i->told[named] = true;
	accuse(x, named, f->text, f->len);
}

static void
look_at_head(const struct exchange *x, const struct head *h)
{
	const struct isolation_rules *rules = rules_of(x->request);

	for (enum named n = 0; n < NAMED_COUNT; n++) {
		const char *name = rules->places[n].header;
		const struct field *f = name == NULL ? NULL :
		    head_find_name(h, name, strlen(name));

		if (f != NULL && is_foreign(x, n, head_value(h, f), f->value_len))
			accuse(x, n, head_value(h, f), f->value_len);
	}
}

void
isolating_begin(struct exchange *x, const struct head *h)
{
	const struct isolation_rules *rules = rules_of(x->request);

	if (!rules->is_on || x->leg == LEG_CONTROL)
		return;
	look_at_head(x, h);
	if (rules->tree == NULL || !reading_is_possible(x))
		return;
	if (reading_is_coded(x)) {
		metric_add(x->request->course->stats, METRIC_ISOLATION_UNREAD, 1);
		return;
	}
	x->isolating = mem_zalloc(sizeof *x->isolating);
	x->isolating->exchange = x;
	x->isolating->is_stream = x->streamed;
	json_scan_init(&x->isolating->scan, rules->tree);
}

/* --- bodies ---------------------------------------------------------------- */

static void
feed(struct isolating *i, const char *bytes, size_t len)
{
	(void)json_scan_feed(&i->scan, bytes, len, on_found, i);
}

static void
feed_data(struct isolating *i, const struct sse_piece *p)
{
	if (!i->in_event)
		json_scan_init(&i->scan, rules_of(i->exchange->request)->tree);
	else if (p->first)
		feed(i, "\n", 1);
	i->in_event = true;
	feed(i, p->bytes, p->len);
}

void
isolating_feed(struct isolating *i, const char *bytes, size_t len)
{
	struct sse_piece p;
	size_t used = 0;

	if (!i->is_stream) {
		feed(i, bytes, len);
		return;
	}
	while (sse_scan_next(&i->sse, bytes, len, &used, &p)) {
		if (p.field == SSE_NO_FIELD)
			i->in_event = false;
		else if (p.field == SSE_DATA)
			feed_data(i, &p);
	}
}
