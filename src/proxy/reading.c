/* reading -- see reading.h.
 * SPDX-License-Identifier: MIT
 */
#include "proxy/reading.h"

#include <string.h>

#include "http/head.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* --- whether --------------------------------------------------------------- */

static bool
takes_part(const struct request *r)
{
	const struct rules *rules = &r->snapshot->config->rules;

	return rules->given && (rules->route_count == 0 ||
	    (r->decision.route != NULL && r->decision.route->rollout));
}

/* "application/json; charset=utf-8", "application/problem+json" */
static bool
is_json(const char *type)
{
	size_t len = strcspn(type, "; \t");

	return (len == 16 && memcmp(type, "application/json", 16) == 0) ||
	    (len > 5 && memcmp(type + len - 5, "+json", 5) == 0);
}

bool
reading_is_possible(const struct exchange *x)
{
	return x->framing.kind != BODY_NONE &&
	    (x->streamed || is_json(x->content_type));
}

bool
reading_is_coded(const struct exchange *x)
{
	return x->content_encoding[0] != '\0' &&
	    strcmp(x->content_encoding, "identity") != 0;
}

void
reading_init(struct reading *r, const struct dialects *dialects,
    bool is_stream)
{
	memset(r, 0, offsetof(struct reading, name));
	r->judges = true;
	r->is_stream = is_stream;
	signs_init(&r->signs, dialects);
	signs_begin(&r->signs, UINT16_MAX);
	r->signals.rules = NULL;
}

void
reading_find(struct reading *r, const struct signal_rules *rules,
    bool scans_body)
{
	signal_scan_init(&r->signals, rules);
	r->finds = scans_body && rules->places != NULL;
	if (r->finds)
		signal_scan_begin(&r->signals);
}

static void
find_headers(struct reading *r, const struct signal_rules *rules,
    const struct head *h)
{
	for (size_t i = 0; rules->has_header && i < rules->count; i++) {
		const char *name = rules->list[i].header;
		const struct field *f = name == NULL ? NULL :
		    head_find_name(h, name, strlen(name));

		if (f != NULL)
			signal_scan_header(&r->signals, i, head_value(h, f),
			    f->value_len);
	}
}

void
reading_begin(struct exchange *x, const struct head *h)
{
	const struct rules *rules = &x->request->snapshot->config->rules;
	bool is_readable = reading_is_possible(x);
	bool judges = is_readable && rules->inspect && x->status >= 200 &&
	    x->status <= 299;
	bool finds = is_readable && rules->signals.places != NULL;
	struct reading *r;

	if (!(judges || rules->signals.count > 0) || !takes_part(x->request))
		return;
	if ((judges || finds) && reading_is_coded(x)) {
		metric_add(x->worker->stats, METRIC_ANSWERS_UNREAD, 1);
		judges = finds = false;
	}
	if (!judges && rules->signals.count == 0)
		return;
	r = spare_take(&x->worker->spare_readings, sizeof *r);
	reading_init(r, rules->reads, x->streamed);
	r->judges = judges;
	if (rules->signals.count > 0) {
		reading_find(r, &rules->signals, finds);
		find_headers(r, &rules->signals, h);
	}
	x->reading = r;
}

void
reading_glance(struct exchange *x, const struct head *h)
{
	const struct signal_rules *rules =
	    &x->request->snapshot->config->rules.signals;

	if (!rules->has_header || !takes_part(x->request))
		return;
	x->reading = spare_take(&x->worker->spare_readings,
	    sizeof *x->reading);
	reading_init(x->reading, x->request->snapshot->config->rules.reads,
	    false);
	x->reading->judges = false;
	reading_find(x->reading, rules, false);
	find_headers(x->reading, rules, h);
}

void
reading_drop(struct exchange *x)
{
	if (x->reading == NULL)
		return;
	spare_give(&x->worker->spare_readings, x->reading);
	x->reading = NULL;
}

/* --- while it passes ---------------------------------------------------------- */

/* Once a dialect is known nobody else is asked. */
static uint16_t
asked(const struct reading *r)
{
	return r->all.known != 0 ? r->all.known : UINT16_MAX;
}

static void
add_said(struct reading *r, const struct said *s)
{
	r->all.known |= s->known;
	r->all.failed |= s->failed;
	r->all.ended |= s->ended;
	r->all.content |= s->content;
}

/* len counts what did not fit as well. */
static void
gather(char *out, size_t space, size_t *len, const struct sse_piece *p)
{
	size_t room = *len < space ? space - *len : 0;

	memcpy(out + (*len < space ? *len : 0), p->bytes, p->len < room ? p->len :
	    room);
	*len += p->len;
}

static void
end_event(struct reading *r)
{
	bool fits = r->name_len > 0 && r->name_len <= DIALECT_WORD_MAX;
	size_t len = r->data_len < sizeof r->data ? r->data_len : sizeof r->data;
	struct said said;

	if (r->in_event && r->judges) {
		r->name[fits ? r->name_len : 0] = '\0';
		(void)signs_end(&r->signs, r->name_len == 0 ? "message" : r->name,
		    r->data, len, &said);
		add_said(r, &said);
		r->events++;
	}
	if (r->in_event && r->finds)
		signal_scan_end(&r->signals);
	r->in_event = false;
	r->name_len = r->data_len = 0;
}

static void
scan(struct reading *r, const char *bytes, size_t len)
{
	if (r->judges)
		signs_feed(&r->signs, bytes, len);
	if (r->finds)
		signal_scan_feed(&r->signals, bytes, len);
}

static void
add_data(struct reading *r, const struct sse_piece *p)
{
	static const struct sse_piece line_end = { .bytes = "\n", .len = 1 };

	if (!r->in_event) {
		signs_begin(&r->signs, asked(r));
		if (r->finds)
			signal_scan_begin(&r->signals);
		r->in_event = true;
	} else if (p->first) {
		scan(r, line_end.bytes, line_end.len);
		gather(r->data, sizeof r->data, &r->data_len, &line_end);
	}
	scan(r, p->bytes, p->len);
	gather(r->data, sizeof r->data, &r->data_len, p);
}

static void
feed_stream(struct reading *r, const char *bytes, size_t len)
{
	struct sse_piece p;
	size_t used = 0;

	while (sse_scan_next(&r->sse, bytes, len, &used, &p)) {
		switch (p.field) {
		case SSE_NO_FIELD:
			end_event(r);
			break;
		case SSE_DATA:
			add_data(r, &p);
			break;
		case SSE_EVENT:
			if (p.first)
				r->name_len = 0;
			gather(r->name, sizeof r->name - 1, &r->name_len, &p);
			break;
		case SSE_ID:
			break;
		}
	}
}

void
reading_feed(struct reading *r, const char *bytes, size_t len)
{
	r->has_bytes = r->has_bytes || len > 0;
	if (!r->judges && !r->finds)
		return;
	if (r->is_stream)
		feed_stream(r, bytes, len);
	else
		scan(r, bytes, len);
}

/* --- at its end ------------------------------------------------------------------ */

/* The first dialect that is known reads the answer, else "plain", the last. */
static size_t
dialect_of(const struct reading *r)
{
	return r->all.known != 0 ? (size_t)__builtin_ctz(r->all.known) :
	    r->signs.dialects->count - 1;
}

static enum outcome
judge(const struct reading *r)
{
	size_t i = dialect_of(r);
	const struct dialect *d = &r->signs.dialects->list[i];
	uint16_t bit = (uint16_t)(1u << i);

	if ((r->all.failed & bit) != 0)
		return OUTCOME_ANSWER_ERROR;
	if (r->is_stream && d->ended_by.count > 0 && (r->all.ended & bit) == 0)
		return OUTCOME_ANSWER_CUT;
	if (d->content.count > 0 && (r->all.content & bit) == 0)
		return OUTCOME_ANSWER_EMPTY;
	return OUTCOME_DONE;
}

static enum outcome
judge_document(struct reading *r)
{
	struct said said;

	switch (signs_end(&r->signs, NULL, "", 0, &said)) {
	case JSON_SCAN_MORE:
		return OUTCOME_ANSWER_CUT;
	case JSON_SCAN_BAD:
		return OUTCOME_DONE;
	case JSON_SCAN_END:
		break;
	}
	add_said(r, &said);
	return judge(r);
}

enum outcome
reading_judge(struct reading *r)
{
	if (!r->has_bytes || (r->is_stream && r->events == 0))
		return OUTCOME_ANSWER_EMPTY;
	return r->is_stream ? judge(r) : judge_document(r);
}

enum outcome
reading_end(struct exchange *x)
{
	return x->reading == NULL || !x->reading->judges ? OUTCOME_DONE :
	    reading_judge(x->reading);
}

const struct signal_values *
reading_signals(struct exchange *x)
{
	struct reading *r = x->reading;

	if (r == NULL || r->signals.rules == NULL)
		return NULL;
	if (r->finds && !r->is_stream)
		signal_scan_end(&r->signals);
	r->finds = false;
	signal_scan_settle(&r->signals, x->status != 0);
	return &r->signals.values;
}

uint64_t
reading_tokens(const struct reading *r)
{
	size_t i = dialect_of(r);
	uint64_t sum = 0;

	if (!r->judges)
		return 0;
	if (r->signs.tokens_in[i] != UINT32_MAX)
		sum += r->signs.tokens_in[i];
	if (r->signs.tokens_out[i] != UINT32_MAX)
		sum += r->signs.tokens_out[i];
	return sum;
}
