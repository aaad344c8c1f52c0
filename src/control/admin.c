/* admin -- evhttp around admin_answer().
 * SPDX-License-Identifier: MIT
 */
#include "control/admin.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/admin_call.h"
#include "control/admin_tls.h"
#include "control/admin_listen.h"
#include "control/tokens.h"

#define HEAD_MAX (16 * 1024)
#define IDLE_S 10
/* After an accept() that found no descriptor free. */
#define ACCEPT_PAUSE_MS 200

struct admin {
	struct admin_scene scene;
	struct tokens *tokens;           /* owns; NULL = none needed */
	struct address address;          /* a copy; owns its text */
	char *name;                      /* owns; as bound */
	bool has_socket;                 /* a Unix socket's file is ours to remove */
	struct evhttp *http;             /* owns, with all connections */
	struct evhttp_bound_socket *bound; /* borrows from http; NULL = retired */
	struct evconnlistener *listener; /* borrows from http; likewise */
	bool is_paused;
	struct event *resume;            /* owns; timer: accept again */
};

/* --- one request -------------------------------------------------------- */

static const char *
method_name(enum evhttp_cmd_type type)
{
	switch (type) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	case EVHTTP_REQ_TRACE:
		return "TRACE";
	case EVHTTP_REQ_CONNECT:
		return "CONNECT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	}
	return "";
}

static void
fill_call(struct evhttp_request *req, struct admin_call *call)
{
	const struct evkeyvalq *fields = evhttp_request_get_input_headers(req);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;

	*call = (struct admin_call){
		.method = method_name(evhttp_request_get_command(req)),
		.path = path != NULL ? path : "",
		.query = uri != NULL ? evhttp_uri_get_query(uri) : NULL,
		.authorization = evhttp_find_header(fields, "Authorization"),
		.host = evhttp_find_header(fields, "Host"),
		.origin = evhttp_find_header(fields, "Origin"),
		.body_len = evbuffer_get_length(body),
	};
	if (call->body_len > 0)
		call->body = (const char *)evbuffer_pullup(body, -1);
}

/* evhttp leaves a body unread where it thinks that a method has none (HEAD,
 * TRACE); what is left would be taken for the next request. */
static bool
may_leave_body(struct evhttp_request *req)
{
	const struct evkeyvalq *fields = evhttp_request_get_input_headers(req);
	const char *length = evhttp_find_header(fields, "Content-Length");
	const char *coding = evhttp_find_header(fields, "Transfer-Encoding");

	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
	case EVHTTP_REQ_POST:
	case EVHTTP_REQ_PUT:
	case EVHTTP_REQ_DELETE:
		return coding != NULL && strcmp(coding, "chunked") != 0;
	case EVHTTP_REQ_HEAD:
	case EVHTTP_REQ_OPTIONS:
	case EVHTTP_REQ_TRACE:
	case EVHTTP_REQ_CONNECT:
	case EVHTTP_REQ_PATCH:
		break;
	}
	return length != NULL || coding != NULL;
}

static void
set_fields(struct evhttp_request *req, const struct admin *a,
    const struct admin_call *call)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(req);
	char length[24];

	snprintf(length, sizeof length, "%zu", call->reply.len);
	evhttp_add_header(fields, "Content-Type", call->content_type != NULL ?
	    call->content_type : "application/json");
	evhttp_add_header(fields, "Content-Length", length);
	evhttp_add_header(fields, "Cache-Control", "no-store");
	evhttp_add_header(fields, "X-Content-Type-Options", "nosniff");
	/* understudyctl asks for it: a backend behind the other listener may
	 * answer 200 to a rollback. */
	evhttp_add_header(fields, "X-Understudy-Admin", "1");
	if (call->allow[0] != '\0')
		evhttp_add_header(fields, "Allow", call->allow);
	if (call->wants_token)
		evhttp_add_header(fields, "WWW-Authenticate",
		    "Bearer realm=\"understudy\"");
	if (may_leave_body(req) || a->listener == NULL)
		evhttp_add_header(fields, "Connection", "close");
}

static const char *
status_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} rows[] = {
		{ 200, "OK" }, { 202, "Accepted" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 422, "Unprocessable Content" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].status == status)
			return rows[i].words;
	return "Error";
}

/* A token has been checked: it need not lie about in freed memory. */
static void
wipe_token(struct evhttp_request *req)
{
	struct evkeyvalq *fields = evhttp_request_get_input_headers(req);
	struct evkeyval *field;

	TAILQ_FOREACH(field, fields, next)
		if (strcasecmp(field->key, "Authorization") == 0)
			explicit_bzero(field->value, strlen(field->value));
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct admin *a = arg;
	struct admin_call call;
	struct evbuffer *body = evbuffer_new();

	assert(body != NULL);
	/* Answers are of this moment: a trip of a worker's breaker that the
	 * next tick would write down is written down before it is told. */
	for (size_t i = 0; i < a->scene.ports.rollout_count; i++)
		rollout_tick(a->scene.ports.rollouts[i].rollout, clock_ns());
	fill_call(req, &call);
	admin_answer(&a->scene, &call);
	wipe_token(req);
	set_fields(req, a, &call);
	if (strcmp(call.method, "HEAD") != 0)
		evbuffer_add(body, call.reply.bytes, call.reply.len);
	evhttp_send_reply(req, call.status, status_words(call.status), body);
	evbuffer_free(body);
	buf_fini(&call.reply);
}

/* --- the listener ------------------------------------------------------- */

/* exception: a global, because libevent calls the error callback with evhttp's
 * argument instead of ours.  There is one admin listener in a process. */
static struct admin *listening;

/* Without a pause a full descriptor table turns the control loop, guard and
 * all, into a busy loop around accept(). */
static void
on_accept_error(struct evconnlistener *listener, void *arg UNUSED)
{
	static struct log_limit limit;
	const struct timeval pause = { .tv_usec = ACCEPT_PAUSE_MS * 1000 };
	unsigned long suppressed;

	if (log_limit_pass(&limit, &suppressed))
		log_event(LOG_WARN, "admin", "accept: %s (%lu like it before)",
		    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()),
		    suppressed);
	evconnlistener_disable(listener);
	event_add(listening->resume, &pause);
}

static void
on_resume(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct admin *a = arg;

	if (a->listener != NULL && !a->is_paused)
		evconnlistener_enable(a->listener);
}

static void
set_limits(struct evhttp *http)
{
	evhttp_set_max_headers_size(http, HEAD_MAX);
	evhttp_set_max_body_size(http, ADMIN_BODY_MAX);
	evhttp_set_timeout(http, IDLE_S);
	/* All that evhttp knows, so that the route table says 405 with Allow
	 * instead of evhttp a bare 501. */
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
	    EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
	    EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
	    EVHTTP_REQ_PATCH);
	/* A body over the limit is answered 413 and read away, or the reset
	 * would overtake the answer. */
	evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
}

static struct bufferevent *
on_connection(struct event_base *base, void *arg)
{
	const struct admin *a = arg;

	return admin_tls_accept(base, &a->scene.ports);
}

/* Takes fd over, also when it fails. */
static bool
serve(struct admin *a, struct event_base *base, int fd, struct err *err)
{
	a->resume = evtimer_new(base, on_resume, a);
	a->http = evhttp_new(base);
	if (a->resume != NULL && a->http != NULL)
		a->bound = evhttp_accept_socket_with_handle(a->http, fd);
	if (a->bound == NULL) {
		close(fd);
		return err_set(err, "%s: out of memory", a->address.text);
	}
	set_limits(a->http);
	evhttp_set_bevcb(a->http, on_connection, a);
	evhttp_set_gencb(a->http, on_request, a);
	a->listener = evhttp_bound_socket_get_listener(a->bound);
	evconnlistener_set_error_cb(a->listener, on_accept_error);
	listening = a;
	return true;
}

static bool
name_and_serve(struct admin *a, struct event_base *base, int fd,
    struct err *err)
{
	struct buf name = { 0 };
	bool ok = admin_listen_name(fd, &a->address, &name, err);

	a->has_socket = true;
	if (!ok)
		close(fd);
	else
		ok = serve(a, base, fd, err);
	if (ok)
		a->name = mem_strdup(name.bytes);
	buf_fini(&name);
	return ok;
}

/* --- start and stop ----------------------------------------------------- */

bool
admin_start(struct event_base *base, const struct config *config,
    const struct admin_ports *ports, int fd, struct admin **out,
    struct err *err)
{
	struct admin *a = mem_zalloc(sizeof *a);

	a->address = config->settings.admin;
	a->address.text = mem_strdup(a->address.text);
	a->scene = (struct admin_scene){
		.ports = *ports,
		.is_local = a->address.is_loopback,
		.is_unix = a->address.addr.ss_family == AF_UNIX,
		.started_ns = clock_ns(),
	};
	if (!admin_reload_tokens(a, config, err)) {
		close(fd);
		admin_stop(&a);
		return false;
	}
	if (!name_and_serve(a, base, fd, err)) {
		admin_stop(&a);
		return false;
	}
	*out = a;
	return true;
}

bool
admin_reload_tokens(struct admin *a, const struct config *config,
    struct err *err)
{
	const char *path = config->settings.admin_tokens;
	struct tokens *next = NULL;

	if (a == NULL)
		return true;
	if (path == NULL && !a->address.is_loopback)
		return err_set(err, "%s: without a token file it must be loopback "
		    "or a Unix socket", a->address.text);
	if (path != NULL && !tokens_load(path, &next, err))
		return false;
	tokens_free(&a->tokens);
	a->tokens = next;
	a->scene.tokens = next;
	return true;
}

const char *
admin_address(const struct admin *a)
{
	return a->name;
}

void
admin_pause(struct admin *a, bool pause)
{
	if (a == NULL || a->listener == NULL)
		return;
	a->is_paused = pause;
	if (pause)
		evconnlistener_disable(a->listener);
	else
		evconnlistener_enable(a->listener);
}

void
admin_retire(struct admin *a, bool is_taken)
{
	if (a == NULL || a->bound == NULL)
		return;
	if (is_taken)
		a->has_socket = false;
	evhttp_del_accept_socket(a->http, a->bound);
	a->bound = NULL;
	a->listener = NULL;
}

void
admin_stop(struct admin **ap)
{
	struct admin *a = *ap;

	if (a == NULL)
		return;
	if (a->http != NULL)
		evhttp_free(a->http);
	if (a->resume != NULL)
		event_free(a->resume);
	if (a->has_socket)
		admin_listen_clean(&a->address);
	if (listening == a)
		listening = NULL;
	tokens_free(&a->tokens);
	free(a->name);
	free(a->address.text);
	free(a);
	*ap = NULL;
}
