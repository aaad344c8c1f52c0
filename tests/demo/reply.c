/* reply -- see reply.h.
 * SPDX-License-Identifier: MIT
 */
#include "reply.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/mem.h"

#define HANG_MS 120000
#define FLUSH_MS 20
/* Of the whole delay: until the first event of a stream. */
#define FIRST_EVENT_PERCENT 40

struct reply {
	TAILQ_ENTRY(reply) link;
	struct replies *all;          /* borrowed */
	struct evhttp_request *req;   /* ours until its end is sent */
	struct event *timer;          /* owns */
	struct event *gone;           /* owns; a hang's watch for the client, or NULL */
	json_t *body;                 /* owns; object or array of events, or NULL */
	size_t sent;                  /* events of body that are on their way */
	unsigned gap_ms;              /* between two events */
};

void
replies_init(struct replies *r, struct event_base *base)
{
	r->base = base;
	TAILQ_INIT(&r->pending);
}

/* The request is not touched: it is evhttp's again, or gone. */
static void
reply_free(struct reply **ref)
{
	struct reply *p = *ref;

	TAILQ_REMOVE(&p->all->pending, p, link);
	event_free(p->timer);
	if (p->gone != NULL)
		event_free(p->gone);
	json_decref(p->body);
	free(p);
	*ref = NULL;
}

void
replies_fini(struct replies *r)
{
	struct reply *p;

	while ((p = TAILQ_FIRST(&r->pending)) != NULL) {
		if (evhttp_request_get_connection(p->req) == NULL)
			evhttp_request_free(p->req);
		reply_free(&p);
	}
}

static void
reply_wait(struct reply *p, unsigned ms)
{
	struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	event_add(p->timer, &tv);
}

static struct reply *
reply_new(struct replies *r, struct evhttp_request *req, json_t *body,
    event_callback_fn on_time, unsigned delay_ms)
{
	struct reply *p = mem_zalloc(sizeof *p);

	p->all = r;
	p->req = req;
	p->body = body;
	p->timer = evtimer_new(r->base, on_time, p);
	TAILQ_INSERT_TAIL(&r->pending, p, link);
	reply_wait(p, delay_ms);
	return p;
}

/* --- answers ------------------------------------------------------------ */

static void
set_type(struct evhttp_request *req, const char *type)
{
	evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", type);
}

void
reply_now(struct evhttp_request *req, int status, json_t *body)
{
	struct evbuffer *bytes = evbuffer_new();
	char *text = json_dumps(body, JSON_COMPACT);
	char length[24];

	/* evhttp 2.1 would send the body after the head of a HEAD answer. */
	if (evhttp_request_get_command(req) == EVHTTP_REQ_HEAD) {
		snprintf(length, sizeof length, "%zu", strlen(text));
		evhttp_add_header(evhttp_request_get_output_headers(req),
		    "Content-Length", length);
	} else {
		evbuffer_add(bytes, text, strlen(text));
	}
	set_type(req, "application/json");
	evhttp_send_reply(req, status, NULL, bytes);
	evbuffer_free(bytes);
	free(text);
	json_decref(body);
}

void
reply_error(struct evhttp_request *req, int status, const char *type,
    const char *message)
{
	reply_now(req, status, json_pack("{s:{s:s, s:s, s:n, s:n}}", "error",
	    "message", message, "type", type, "param", "code"));
}

static void
on_whole(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct reply *p = arg;

	reply_now(p->req, HTTP_OK, json_incref(p->body));
	reply_free(&p);
}

void
reply_whole(struct replies *r, struct evhttp_request *req, unsigned delay_ms,
    json_t *body)
{
	reply_new(r, req, body, on_whole, delay_ms);
}

static void
send_event(struct evhttp_request *req, const char *data)
{
	struct evbuffer *bytes = evbuffer_new();

	evbuffer_add_printf(bytes, "data: %s\n\n", data);
	evhttp_send_reply_chunk(req, bytes);
	evbuffer_free(bytes);
}

static void
on_stream(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct reply *p = arg;
	char *text;

	if (p->sent == 0) {
		set_type(p->req, "text/event-stream; charset=utf-8");
		evhttp_add_header(evhttp_request_get_output_headers(p->req),
		    "Cache-Control", "no-cache");
		evhttp_send_reply_start(p->req, HTTP_OK, NULL);
	}
	if (p->sent < json_array_size(p->body)) {
		text = json_dumps(json_array_get(p->body, p->sent++), JSON_COMPACT);
		send_event(p->req, text);
		free(text);
		reply_wait(p, p->gap_ms);
		return;
	}
	send_event(p->req, "[DONE]");
	evhttp_send_reply_end(p->req);
	reply_free(&p);
}

void
reply_stream(struct replies *r, struct evhttp_request *req, unsigned delay_ms,
    json_t *events)
{
	unsigned first_ms = delay_ms * FIRST_EVENT_PERCENT / 100;
	struct reply *p = reply_new(r, req, events, on_stream, first_ms);

	p->gap_ms = (unsigned)((delay_ms - first_ms) / (json_array_size(events) + 1));
}

/* --- failures ----------------------------------------------------------- */

static evutil_socket_t
reply_fd(const struct reply *p)
{
	struct evhttp_connection *c = evhttp_request_get_connection(p->req);

	return c == NULL ? -1 : bufferevent_getfd(evhttp_connection_get_bufferevent(c));
}

/* Close, and with it free, connection and request. */
static void
hang_up(struct reply *p)
{
	struct evhttp_connection *c = evhttp_request_get_connection(p->req);
	struct evhttp_request *req = p->req;

	/* First: the watch on the descriptor must go before the descriptor. */
	reply_free(&p);
	if (c != NULL)
		evhttp_connection_free(c);
	else
		evhttp_request_free(req);
}

static void
on_hang_up(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	hang_up(arg);
}

void
reply_hang(struct replies *r, struct evhttp_request *req)
{
	struct reply *p = reply_new(r, req, NULL, on_hang_up, HANG_MS);

	/* evhttp does not read while an answer is due, so it would not notice
	 * that the client has given up, and a run with many timeouts would
	 * collect descriptors. */
	p->gone = event_new(r->base, reply_fd(p), EV_CLOSED, on_hang_up, p);
	event_add(p->gone, NULL);
}

static void
on_reset(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct reply *p = arg;
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	/* Failing is fine: then it is an ordinary close. */
	(void)setsockopt(reply_fd(p), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	hang_up(p);
}

void
reply_reset(struct replies *r, struct evhttp_request *req, unsigned delay_ms)
{
	reply_new(r, req, NULL, on_reset, delay_ms);
}

static void
on_garbage(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	static const char noise[] = "HTTP/1.1 2x0 \001\002 what?\r\n: :\r\n\r\n\377\376";
	struct reply *p = arg;

	/* Past evhttp, straight to the socket: its own write callback would
	 * take this for the end of the answer.  The buffer has room for it. */
	(void)send(reply_fd(p), noise, sizeof noise - 1, MSG_NOSIGNAL);
	event_free(p->timer);
	p->timer = evtimer_new(p->all->base, on_hang_up, p);
	reply_wait(p, FLUSH_MS);
}

void
reply_garbage(struct replies *r, struct evhttp_request *req, unsigned delay_ms)
{
	reply_new(r, req, NULL, on_garbage, delay_ms);
}
