/* client_answers -- what a client is answered by ourselves.
 * SPDX-License-Identifier: MIT
 *
 * Contracts in client.h.
 */
#include <stdio.h>

#include "base/text.h"
#include "http/writer.h"
#include "proxy/access.h"
#include "proxy/admission.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/request.h"
#include "proxy/worker.h"

/* A whole answer of our own; what follows is by c->keep_alive and the state. */
static void
answer(struct client *c, unsigned status, enum outcome why,
    const char *message, bool head_only, const char *version)
{
	struct worker *w = c->worker;
	const struct own_answer a = {
		.status = status,
		.word = outcome_info(why)->name,
		.message = message,
		.keep_alive = c->keep_alive,
		.head_only = head_only,
		.retry_after_s = admission_retry_after(w, status),
		.date = worker_date(w),
		.request_id = c->request == NULL ? NULL : c->request->id,
		.version = version,
	};
	char *space = worker_scratch(w);
	size_t len = write_own_answer(&a, space, w->scratch_bytes);

	c->ends_by_close = false;
	stream_write(&c->stream, space, len);
	client_answer_done(c);
}

void
client_answer_own(struct client *c, enum outcome why, const char *detail,
    const char *version)
{
	const struct outcome_row *row = outcome_info(why);
	const struct request *r = c->request;
	char message[256];

	snprintf(message, sizeof message, "%s%s%s", row->text,
	    detail[0] != '\0' ? ": " : "", detail);

	c->keep_alive = r != NULL && client_may_keep(c);
	answer(c, row->status, why, message,
	    r == NULL ? c->asks_head : head_method_is(&r->head, "HEAD"),
	    worker_settings(c->worker)->version_header ? version : NULL);
}

void
client_refuse(struct client *c, enum outcome why, const char *detail)
{
	struct worker *w = c->worker;
	struct exchange *x = c->exchange;
	bool committed = x != NULL && x->committed;

	if (x == NULL) {
		metric_add(w->stats, outcome_info(why)->blame == BLAME_SELF ?
		    METRIC_REQUESTS_SHED : METRIC_REQUESTS_BAD, 1);
		stat_add(&w->stats->refused[why], 1);
		access_client(c, why, outcome_info(why)->status, detail);
	} else {
		text_copy(x->error, sizeof x->error, detail, strlen(detail));
		exchange_cancel(x, why);
	}
	if (committed) {
		client_close(c);
		return;
	}
	c->state = CLIENT_LINGER; /* not to be kept, whatever it said */
	client_answer_own(c, why, detail, NULL);
}

void
client_turn_away(struct client *c, enum outcome why, const struct head *h,
    const struct framing *framing)
{
	const struct outcome_row *row = outcome_info(why);

	c->keep_alive = framing->keep_alive && admission_keeps_clients(c->worker) &&
	    (framing->kind == BODY_NONE ||
	    (framing->kind == BODY_LENGTH && framing->length == 0));
	c->state = c->keep_alive ? CLIENT_WAIT : CLIENT_LINGER;
	access_client(c, why, row->status, "");
	answer(c, row->status, why, row->text, head_method_is(h, "HEAD"), NULL);
}

void
client_turn_out(struct client *c, enum outcome why, unsigned status)
{
	stat_add(&c->worker->stats->refused[why], 1);
	access_client(c, why, status, "");
	/* With more of its body to come it is read until it has understood. */
	c->keep_alive = client_may_keep(c);
	if (c->state != CLIENT_WAIT)
		c->state = CLIENT_LINGER;
	answer(c, status, why, outcome_info(why)->text,
	    head_method_is(&c->request->head, "HEAD"), NULL);
}
