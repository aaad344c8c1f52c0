/* understudy-demo-chat -- a chat backend to try a migration on.
 * SPDX-License-Identifier: MIT
 *
 * Speaks OpenAI's chat completions (whole and streamed) and a small chat API
 * of the kind products write for themselves, both with words made up from
 * the user's message (phrase.h).  Two of these, --flavour legacy and
 * --flavour enhanced, are the two versions of deploy/quickstart; told by
 * POST /demo/fault, one fails while traffic runs.  Built on evhttp, one
 * thread, no state beyond counters.  A demo and test part: never installed,
 * and listens on the loopback address only.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/ident.h"
#include "base/text.h"
#include "fault.h"
#include "phrase.h"
#include "reply.h"

#define BODY_MAX_BYTES (8 << 20)
#define MODEL_DEFAULT "demo-chat-1"
#define WORDS_PER_EVENT 3

struct options {
	unsigned port;          /* 0 = any */
	enum flavour flavour;
	unsigned latency_ms;
	unsigned jitter_ms;     /* at most so much more, evenly spread */
	uint32_t differing_bp;  /* enhanced: so many of 10000 messages its own way */
};

struct demo {
	struct options options;
	struct fault fault;
	struct replies replies;
	struct ident_source idents;
	uint64_t requests;      /* on the chat routes */
};

/* --- making answers ------------------------------------------------------ */

static unsigned
draw_delay_ms(const struct demo *d)
{
	uint32_t drawn;

	evutil_secure_rng_get_bytes(&drawn, sizeof drawn);
	return d->options.latency_ms + drawn % (d->options.jitter_ms + 1);
}

/* A message's content is a string or an array of parts; of those the first
 * text counts.  Borrowed from message; never NULL. */
static const char *
message_text(const json_t *message)
{
	const json_t *content = json_object_get(message, "content");
	const json_t *part;
	const char *text = json_string_value(content);
	size_t i;

	json_array_foreach(content, i, part)
		if (text == NULL)
			text = json_string_value(json_object_get(part, "text"));
	return text == NULL ? "" : text;
}

static const char *
last_user_text(const json_t *messages)
{
	const json_t *message;
	const char *text = "", *role;
	size_t i;

	json_array_foreach(messages, i, message) {
		role = json_string_value(json_object_get(message, "role"));
		if (role != NULL && strcmp(role, "user") == 0)
			text = message_text(message);
	}
	return text;
}

/* The members that every object of one completion shares. */
static json_t *
completion_object(struct demo *d, const json_t *request, const char *id,
    const char *object)
{
	const char *model = json_string_value(json_object_get(request, "model"));

	return json_pack("{s:s, s:s, s:I, s:s, s:s}", "id", id, "object", object,
	    "created", (json_int_t)(clock_wall_us() / 1000000),
	    "model", model == NULL ? MODEL_DEFAULT : model, "system_fingerprint",
	    d->options.flavour == FLAVOUR_LEGACY ? "fp_legacy_1" : "fp_enhanced_2");
}

/* Not tokens of any real model: about four bytes each, as people reckon. */
static json_t *
usage_object(const json_t *request, const struct phrase *p)
{
	const json_t *message;
	json_int_t prompt = 3;
	size_t i;

	json_array_foreach(json_object_get(request, "messages"), i, message)
		prompt += (json_int_t)(strlen(message_text(message)) / 4 + 4);
	return json_pack("{s:I, s:I, s:I}", "prompt_tokens", prompt,
	    "completion_tokens", (json_int_t)p->word_count,
	    "total_tokens", prompt + (json_int_t)p->word_count);
}

static json_t *
completion_whole(struct demo *d, const json_t *request, const char *id,
    const struct phrase *p)
{
	json_t *out = completion_object(d, request, id, "chat.completion");
	json_t *message = json_pack("{s:s, s:s, s:n}", "role", "assistant",
	    "content", p->text, "refusal");

	if (p->quirk == QUIRK_FIELD)
		json_object_set_new(message, "annotations", json_array());
	if (p->quirk == QUIRK_TYPE)
		json_object_set_new(message, "refusal", json_string(""));
	json_object_set_new(out, "choices", json_pack("[{s:i, s:o, s:n, s:s}]",
	    "index", 0, "message", message, "logprobs",
	    "finish_reason", p->finish_reason));
	json_object_set_new(out, "usage", usage_object(request, p));
	return out;
}

/* One chunk of a stream; takes delta. */
static json_t *
completion_chunk(struct demo *d, const json_t *request, const char *id,
    json_t *delta, const char *finish_reason)
{
	json_t *out = completion_object(d, request, id, "chat.completion.chunk");

	json_object_set_new(out, "choices", json_pack("[{s:i, s:o, s:n, s:s?}]",
	    "index", 0, "delta", delta, "logprobs", "finish_reason", finish_reason));
	return out;
}

static json_t *
completion_events(struct demo *d, const json_t *request, const char *id,
    const struct phrase *p)
{
	json_t *events = json_array();
	json_t *usage = NULL;
	const char *text = p->text;

	json_array_append_new(events, completion_chunk(d, request, id,
	    json_pack("{s:s, s:s}", "role", "assistant", "content", ""), NULL));
	for (size_t len; (len = phrase_piece(text, WORDS_PER_EVENT)) != 0; text += len)
		json_array_append_new(events, completion_chunk(d, request, id,
		    json_pack("{s:s%}", "content", text, len), NULL));
	json_array_append_new(events, completion_chunk(d, request, id, json_object(),
	    p->finish_reason));
	if (json_is_true(json_object_get(json_object_get(request, "stream_options"),
	    "include_usage"))) {
		usage = completion_object(d, request, id, "chat.completion.chunk");
		json_object_set_new(usage, "choices", json_array());
		json_object_set_new(usage, "usage", usage_object(request, p));
		json_array_append_new(events, usage);
	}
	return events;
}

/* --- routes -------------------------------------------------------------- */

/* Fail as told; false: this request is to be answered, after *delay_ms. */
static bool
misbehave(struct demo *d, struct evhttp_request *req, unsigned *delay_ms)
{
	switch (fault_next(&d->fault)) {
	case FAULT_NONE:
		return false;
	case FAULT_SLOW:
		*delay_ms += d->fault.slow_ms;
		return false;
	case FAULT_ERROR500:
		reply_error(req, HTTP_INTERNAL, "server_error",
		    "the demo backend was told to fail");
		return true;
	case FAULT_HANG:
		reply_hang(&d->replies, req);
		return true;
	case FAULT_RESET:
		reply_reset(&d->replies, req, *delay_ms);
		return true;
	case FAULT_GARBAGE:
		reply_garbage(&d->replies, req, *delay_ms);
		return true;
	case FAULT_COUNT:
		break;
	}
	abort();
}

static unsigned
word_limit(const json_t *request)
{
	json_int_t limit = json_integer_value(json_object_get(request,
	    "max_completion_tokens"));

	if (limit <= 0)
		limit = json_integer_value(json_object_get(request, "max_tokens"));
	return limit <= 0 || limit > PHRASE_TEXT_MAX ? 0 : (unsigned)limit;
}

static void
serve_completions(struct demo *d, struct evhttp_request *req,
    const json_t *request)
{
	const json_t *messages = json_object_get(request, "messages");
	unsigned delay_ms = draw_delay_ms(d);
	char id[IDENT_TEXT_LEN + 1], name[IDENT_TEXT_LEN + 16];
	struct phrase p;

	d->requests++;
	if (json_array_size(messages) == 0) {
		reply_error(req, HTTP_BADREQUEST, "invalid_request_error",
		    "\"messages\" must be an array with at least one message");
		return;
	}
	if (misbehave(d, req, &delay_ms))
		return;
	phrase_make(d->options.flavour, last_user_text(messages),
	    d->options.differing_bp, word_limit(request), &p);
	ident_next(&d->idents, id);
	snprintf(name, sizeof name, "chatcmpl-%s", id);
	if (json_is_true(json_object_get(request, "stream")))
		reply_stream(&d->replies, req, delay_ms,
		    completion_events(d, request, name, &p));
	else
		reply_whole(&d->replies, req, delay_ms,
		    completion_whole(d, request, name, &p));
}

static void
serve_api_chat(struct demo *d, struct evhttp_request *req,
    const json_t *request)
{
	const char *message = json_string_value(json_object_get(request, "message"));
	const char *conversation = json_string_value(json_object_get(request,
	    "conversationId"));
	unsigned delay_ms = draw_delay_ms(d);
	char id[IDENT_TEXT_LEN + 1];
	json_t *out, *suggestions = json_array();
	struct phrase p;

	d->requests++;
	if (message == NULL) {
		json_decref(suggestions);
		reply_error(req, HTTP_BADREQUEST, "invalid_request_error",
		    "\"message\" must be a string");
		return;
	}
	if (misbehave(d, req, &delay_ms)) {
		json_decref(suggestions);
		return;
	}
	phrase_make(d->options.flavour, message, d->options.differing_bp, 0, &p);
	for (unsigned i = 0; i < p.suggestion_count; i++)
		json_array_append_new(suggestions, json_string(p.suggestions[i]));
	ident_next(&d->idents, id);
	out = json_pack("{s:s, s:I, s:s?, s:s, s:o, s:s}", "id", id,
	    "created", (json_int_t)(clock_wall_us() / 1000000),
	    "conversationId", conversation, "reply", p.text,
	    "suggestions", suggestions, "mood", p.mood);
	if (p.quirk == QUIRK_TYPE)
		json_object_set_new(out, "mood", json_integer(1));
	reply_whole(&d->replies, req, delay_ms, out);
}

static void
serve_models(struct demo *d UNUSED, struct evhttp_request *req,
    const json_t *request UNUSED)
{
	reply_now(req, HTTP_OK, json_pack("{s:s, s:[{s:s, s:s, s:i, s:s}]}",
	    "object", "list", "data", "id", MODEL_DEFAULT, "object", "model",
	    "created", 1700000000, "owned_by", "understudy-demo"));
}

static void
serve_health(struct demo *d, struct evhttp_request *req,
    const json_t *request UNUSED)
{
	reply_now(req, HTTP_OK, json_pack("{s:s, s:s, s:I, s:o}", "status", "ok",
	    "flavour", flavour_name(d->options.flavour),
	    "requests", (json_int_t)d->requests, "fault", fault_json(&d->fault)));
}

static void
serve_fault(struct demo *d, struct evhttp_request *req, const json_t *request)
{
	struct err err;

	if (!fault_set(&d->fault, request, &err))
		reply_error(req, HTTP_BADREQUEST, "invalid_request_error", err.text);
	else
		reply_now(req, HTTP_OK, fault_json(&d->fault));
}

static const struct route {
	enum evhttp_cmd_type method;
	const char *path;
	void (*serve)(struct demo *d, struct evhttp_request *req,
	    const json_t *request); /* request: the body; NULL for GET */
} routes[] = {
	{ EVHTTP_REQ_POST, "/v1/chat/completions", serve_completions },
	{ EVHTTP_REQ_POST, "/api/chat", serve_api_chat },
	{ EVHTTP_REQ_GET, "/v1/models", serve_models },
	{ EVHTTP_REQ_GET, "/health", serve_health },
	{ EVHTTP_REQ_POST, "/demo/fault", serve_fault },
};

/* NULL: the body is not a JSON object.  The caller owns the result. */
static json_t *
read_body(struct evhttp_request *req)
{
	struct evbuffer *bytes = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(bytes);
	json_t *body;

	if (len == 0)
		return NULL;
	body = json_loadb((const char *)evbuffer_pullup(bytes, -1), len, 0, NULL);
	if (!json_is_object(body)) {
		json_decref(body);
		return NULL;
	}
	return body;
}

static void
run_route(struct demo *d, struct evhttp_request *req, const struct route *route)
{
	json_t *body;

	if (route->method == EVHTTP_REQ_GET) {
		route->serve(d, req, NULL);
		return;
	}
	body = read_body(req);
	if (body == NULL)
		reply_error(req, HTTP_BADREQUEST, "invalid_request_error",
		    "the body must be a JSON object");
	else
		route->serve(d, req, body);
	json_decref(body);
}

/* Nagle would hold back each event of a stream until the one before it is
 * acknowledged: up to 40 ms that no real chat backend has. */
static void
set_nodelay(struct evhttp_request *req)
{
	struct evhttp_connection *c = evhttp_request_get_connection(req);
	int on = 1;

	(void)setsockopt(bufferevent_getfd(evhttp_connection_get_bufferevent(c)),
	    IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct demo *d = arg;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	bool known = false;

	set_nodelay(req);
	if (method == EVHTTP_REQ_HEAD)
		method = EVHTTP_REQ_GET;
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (path == NULL || strcmp(path, routes[i].path) != 0)
			continue;
		known = true;
		if (routes[i].method == method) {
			run_route(d, req, &routes[i]);
			return;
		}
	}
	reply_error(req, known ? HTTP_BADMETHOD : HTTP_NOTFOUND,
	    "invalid_request_error", known ? "not with this method" : "no such route");
}

/* --- the program ---------------------------------------------------------- */

static void
print_help(void)
{
	printf("usage: understudy-demo-chat [OPTION]...\n"
	    "A chat backend to try understudy on; listens on 127.0.0.1.\n\n"
	    "  --port N         listen there (default 0: any free port)\n"
	    "  --flavour NAME   legacy (default) or enhanced\n"
	    "  --latency MS     time of an answer (default 40)\n"
	    "  --jitter MS      at most so much more (default 20)\n"
	    "  --differing N    enhanced: percent of messages it answers in its own\n"
	    "                   way (default 6)\n"
	    "  --help\n\n"
	    "Prints {\"event\":\"ready\",\"port\":N} and serves until SIGTERM:\n"
	    "  POST /v1/chat/completions  OpenAI's, \"stream\" too\n"
	    "  POST /api/chat             {\"userId\", \"conversationId\", \"message\"}\n"
	    "  GET  /v1/models, /health\n"
	    "  POST /demo/fault           {\"mode\": \"none|error500|hang|slow|reset|\n"
	    "                             garbage\", \"share\": 0..1, \"ms\": N}\n");
}

enum option_letter {
	OPTION_PORT = 'p', OPTION_FLAVOUR = 'f', OPTION_LATENCY = 'l',
	OPTION_JITTER = 'j', OPTION_DIFFERING = 'd', OPTION_HELP = 'h',
};

static const struct option long_options[] = {
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "flavour", required_argument, NULL, OPTION_FLAVOUR },
	{ "latency", required_argument, NULL, OPTION_LATENCY },
	{ "jitter", required_argument, NULL, OPTION_JITTER },
	{ "differing", required_argument, NULL, OPTION_DIFFERING },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

/* The number behind an option, or the end of the program. */
static unsigned
number_or_exit(const char *text, unsigned max)
{
	uint64_t n;

	if (!text_u64(text, &n) || n > max) {
		fprintf(stderr, "understudy-demo-chat: \"%s\" is not a number from 0 "
		    "to %u\n", text, max);
		exit(2);
	}
	return (unsigned)n;
}

static void
read_options(int argc, char **argv, struct options *o)
{
	int letter;

	*o = (struct options){ .latency_ms = 40, .jitter_ms = 20, .differing_bp = 600 };
	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == OPTION_PORT) {
			o->port = number_or_exit(optarg, 65535);
		} else if (letter == OPTION_LATENCY) {
			o->latency_ms = number_or_exit(optarg, 600000);
		} else if (letter == OPTION_JITTER) {
			o->jitter_ms = number_or_exit(optarg, 600000);
		} else if (letter == OPTION_DIFFERING) {
			o->differing_bp = 100 * number_or_exit(optarg, 100);
		} else if (letter == OPTION_HELP) {
			print_help();
			exit(0);
		} else if (letter != OPTION_FLAVOUR ||
		    !flavour_parse(optarg, &o->flavour)) {
			/* An unknown option was named by getopt_long. */
			if (letter == OPTION_FLAVOUR)
				fputs("understudy-demo-chat: --flavour is legacy or "
				    "enhanced\n", stderr);
			exit(2);
		}
	}
}

static unsigned
bound_port(struct evhttp_bound_socket *bound)
{
	struct sockaddr_in addr = { 0 };
	socklen_t len = sizeof addr;

	if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&addr,
	    &len) != 0)
		return 0;
	return ntohs(addr.sin_port);
}

static void
on_signal(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	event_base_loopbreak(arg);
}

/* Serve until a signal; false: the port is taken. */
static bool
serve(struct demo *d, struct event_base *base, struct evhttp *http)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http,
	    "127.0.0.1", (ev_uint16_t)d->options.port);
	struct event *term, *interrupt;

	if (bound == NULL) {
		fprintf(stderr, "understudy-demo-chat: 127.0.0.1:%u: %s\n",
		    d->options.port, strerror(errno));
		return false;
	}
	evhttp_set_max_body_size(http, BODY_MAX_BYTES);
	evhttp_set_gencb(http, on_request, d);
	term = evsignal_new(base, SIGTERM, on_signal, base);
	interrupt = evsignal_new(base, SIGINT, on_signal, base);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	printf("{\"event\":\"ready\",\"port\":%u,\"flavour\":\"%s\"}\n",
	    bound_port(bound), flavour_name(d->options.flavour));
	fflush(stdout);
	event_base_dispatch(base);
	event_free(term);
	event_free(interrupt);
	return true;
}

/* The default clock of an event base steps by 4 ms: too coarse for the gaps
 * in a stream. */
static struct event_base *
precise_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

int
main(int argc, char **argv)
{
	struct demo d = { .requests = 0 };
	struct event_base *base;
	struct evhttp *http;
	bool ok;

	read_options(argc, argv, &d.options);
	signal(SIGPIPE, SIG_IGN);
	base = precise_base();
	http = evhttp_new(base);
	fault_init(&d.fault);
	ident_source_init(&d.idents);
	replies_init(&d.replies, base);
	ok = serve(&d, base, http);
	replies_fini(&d.replies);
	evhttp_free(http);
	event_base_free(base);
	return ok ? 0 : 1;
}
