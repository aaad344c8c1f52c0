/* relay_evhttp -- the other choice: evhttp in front, evhttp behind.
 * SPDX-License-Identifier: MIT
 *
 * A relay as one would write it with libevent's own HTTP server and client,
 * so that anyone can repeat the comparison of docs/why-llhttp.md.  It is
 * meant to be a fair one: connections are kept on both sides, bodies move
 * from buffer to buffer without a copy, no locks, no logs.  It does less than
 * understudy: whole bodies only, no decision, no record, no deadline of its
 * own.  One thread; never installed; the loopback address only.
 *
 * A relayed request lives from on_request() to on_answer(), which evhttp
 * calls once for each.  The client's request may lose its connection before:
 * evhttp then keeps it until the reply, and throws that away.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define IDLE_MAX 64
#define BODY_MAX_BYTES (8 << 20)

/* A connection to the backend. */
struct upstream {
	SLIST_ENTRY(upstream) link;         /* in relay->idle while nobody uses it */
	struct evhttp_connection *connection; /* owns */
	struct relay *relay;                /* borrows */
};

struct relay {
	struct event_base *base;
	SLIST_HEAD(, upstream) idle;
	unsigned idle_count;
	ev_uint16_t backend_port;
};

/* One request on its way. */
struct exchange {
	struct relay *relay;                /* borrows */
	struct evhttp_request *client;      /* borrows, until the reply */
	struct upstream *upstream;          /* borrows */
};

static void *
zalloc(size_t len)
{
	void *space = calloc(1, len);

	if (space == NULL)
		abort();
	return space;
}

/* --- connections to the backend -------------------------------------------- */

static struct upstream *
upstream_acquire(struct relay *relay)
{
	struct upstream *u = SLIST_FIRST(&relay->idle);

	if (u != NULL) {
		SLIST_REMOVE_HEAD(&relay->idle, link);
		relay->idle_count--;
		return u;
	}
	u = zalloc(sizeof *u);
	u->relay = relay;
	u->connection = evhttp_connection_base_new(relay->base, NULL, "127.0.0.1",
	    relay->backend_port);
	if (u->connection == NULL)
		abort();
	return u;
}

/* evhttp opens a kept connection again by itself if it was closed. */
static void
upstream_return(struct upstream *u)
{
	struct relay *relay = u->relay;

	if (relay->idle_count >= IDLE_MAX) {
		evhttp_connection_free_on_completion(u->connection);
		free(u);
		return;
	}
	relay->idle_count++;
	SLIST_INSERT_HEAD(&relay->idle, u, link);
}

/* --- one request ------------------------------------------------------------ */

static bool
is_hop_by_hop(const char *name)
{
	static const char *const names[] = { "Connection", "Keep-Alive",
		"Proxy-Connection", "Transfer-Encoding", "Content-Length", "TE",
		"Trailer", "Upgrade" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void
copy_fields(struct evkeyvalq *to, const struct evkeyvalq *from)
{
	const struct evkeyval *field;

	TAILQ_FOREACH(field, from, next)
		if (!is_hop_by_hop(field->key))
			evhttp_add_header(to, field->key, field->value);
	evhttp_add_header(to, "Via", "1.1 relay");
}

static void
on_answer(struct evhttp_request *answer, void *arg)
{
	struct exchange *x = arg;
	struct evhttp_request *client = x->client;

	if (answer == NULL || evhttp_request_get_response_code(answer) == 0) {
		evhttp_send_error(client, 502, NULL);
	} else {
		copy_fields(evhttp_request_get_output_headers(client),
		    evhttp_request_get_input_headers(answer));
		evhttp_send_reply(client, evhttp_request_get_response_code(answer),
		    evhttp_request_get_response_code_line(answer),
		    evhttp_request_get_input_buffer(answer));
	}
	upstream_return(x->upstream);
	free(x);
}

static void
add_own_fields(struct evhttp_request *request, struct evhttp_request *client)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(request);
	char *address;
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(client), &address,
	    &port);
	evhttp_add_header(fields, "X-Forwarded-For", address);
	evhttp_add_header(fields, "X-Forwarded-Proto", "http");
	evhttp_add_header(fields, "Connection", "keep-alive");
}

static void
on_request(struct evhttp_request *client, void *arg)
{
	struct exchange *x = zalloc(sizeof *x);
	struct evhttp_request *request = evhttp_request_new(on_answer, x);

	x->relay = arg;
	x->client = client;
	x->upstream = upstream_acquire(x->relay);
	if (request == NULL)
		abort();
	copy_fields(evhttp_request_get_output_headers(request),
	    evhttp_request_get_input_headers(client));
	add_own_fields(request, client);
	evbuffer_add_buffer(evhttp_request_get_output_buffer(request),
	    evhttp_request_get_input_buffer(client));
	/* A failure frees request, with no callback. */
	if (evhttp_make_request(x->upstream->connection, request,
	    evhttp_request_get_command(client), evhttp_request_get_uri(client)) != 0) {
		evhttp_send_error(client, 502, NULL);
		upstream_return(x->upstream);
		free(x);
		return;
	}
}

/* --- the program ------------------------------------------------------------ */

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

/* Until a signal ends the process. */
static bool
serve(struct relay *relay, ev_uint16_t port)
{
	struct evhttp *http = evhttp_new(relay->base);
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", port);

	if (bound == NULL) {
		fprintf(stderr, "relay_evhttp: 127.0.0.1:%u: %s\n", port,
		    strerror(errno));
		return false;
	}
	evhttp_set_max_body_size(http, BODY_MAX_BYTES);
	evhttp_set_default_content_type(http, NULL);
	evhttp_set_gencb(http, on_request, relay);
	printf("{\"event\":\"ready\",\"port\":%u}\n", bound_port(bound));
	fflush(stdout);
	return event_base_dispatch(relay->base) == 0;
}

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "backend", required_argument, NULL, 'b' },
	{ 0 },
};

int
main(int argc, char **argv)
{
	struct relay relay = { .idle = SLIST_HEAD_INITIALIZER(relay.idle) };
	struct event_config *config = event_config_new();
	unsigned long port = 0;
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == 'p')
			port = strtoul(optarg, NULL, 10);
		else if (letter == 'b')
			relay.backend_port = (ev_uint16_t)strtoul(optarg, NULL, 10);
	}
	if (relay.backend_port == 0) {
		fputs("usage: relay_evhttp --backend PORT [--port N]\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	/* evhttp turns reading and writing on and off ten times a request:
	 * collect that into what differs at the end of a turn. */
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	relay.base = event_base_new_with_config(config);
	event_config_free(config);
	return serve(&relay, (ev_uint16_t)port) ? 0 : 1;
}
