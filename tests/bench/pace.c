/* pace -- see pace.h.
 * SPDX-License-Identifier: MIT
 */
#include "pace.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define EVENTS 128
/* Connections that are being opened at once: less than any listen queue. */
#define OPENING_MAX 32
/* After the last request was due, answers are waited for this long. */
#define GRACE_NS (2 * NS_PER_S)
#define SLOW_PAUSE_NS (NS_PER_S / 20)
#define NEVER UINT64_MAX

static void
die(const char *what)
{
	fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* --- what connections tell -------------------------------------------------- */

static void
rest(struct connection *c)
{
	TAILQ_INSERT_TAIL(&c->pace->idle, c, link);
}

static void
ask(struct connection *c, uint64_t due_ns)
{
	c->due_ns = due_ns;
	connection_ask(c);
}

void
pace_on_open(struct connection *c)
{
	struct pace *p = c->pace;

	p->opened++;
	p->opening--;
	switch (p->load) {
	case LOAD_CLOSED:
	case LOAD_RATE:
		rest(c);
		return;
	case LOAD_FRESH:
	case LOAD_EVENTS:
	case LOAD_HOLD:
	case LOAD_SLOW:
		connection_ask(c);
		return;
	}
}

static void
open_one(struct connection *c, uint64_t due_ns)
{
	c->due_ns = due_ns;
	c->pace->opening++;
	connection_open(c);
}

void
pace_on_answer(struct connection *c)
{
	struct pace *p = c->pace;
	uint64_t now = now_ns();

	p->answered++;
	if (p->load != LOAD_EVENTS)
		hist_add(&p->latency, (now - c->due_ns) / 1000);
	switch (p->load) {
	case LOAD_CLOSED:
		ask(c, now);
		return;
	case LOAD_RATE:
		rest(c);
		return;
	case LOAD_FRESH:
		connection_close(c);
		open_one(c, now_ns());
		return;
	case LOAD_EVENTS:
		connection_close(c);
		return;
	case LOAD_HOLD:
	case LOAD_SLOW:
		return;
	}
}

void
pace_on_failure(struct connection *c, const char *what)
{
	struct pace *p = c->pace;

	if (p->failed++ == 0)
		fprintf(stderr, "pace: connection %td: %s\n", c - p->all, what);
	if (c->state < CONNECTION_IDLE)
		p->opening--;
	if (c->state == CONNECTION_IDLE && (p->load == LOAD_RATE ||
	    p->load == LOAD_CLOSED))
		TAILQ_REMOVE(&p->idle, c, link);
	connection_close(c);
}

void
pace_on_event(struct connection *c, uint64_t sent_ns)
{
	struct pace *p = c->pace;
	uint64_t now = now_ns(), us = now > sent_ns ? (now - sent_ns) / 1000 : 0;

	hist_add(c->events++ == 0 ? &p->latency : &p->later, us);
}

/* --- the schedule ------------------------------------------------------------ */

static uint64_t
due_ns(const struct pace *p, uint64_t number)
{
	return p->start_ns + (uint64_t)((double)number * (double)NS_PER_S / p->rate);
}

/* Requests of the whole run, with LOAD_RATE. */
static uint64_t
total(const struct pace *p)
{
	return (uint64_t)(p->seconds * p->rate);
}

static void
open_some(struct pace *p)
{
	while (p->scheduled < p->connections && p->opening < OPENING_MAX &&
	    (p->load != LOAD_HOLD || p->scheduled - p->answered < OPENING_MAX))
		open_one(&p->all[p->scheduled++], now_ns());
}

static bool
can_ask(const struct pace *p)
{
	return p->scheduled < total(p) && !TAILQ_EMPTY(&p->idle) &&
	    p->scheduled < p->answered + p->failed + p->inflight;
}

static void
begin_requests(struct pace *p)
{
	uint64_t now = now_ns();

	while (can_ask(p) && due_ns(p, p->scheduled) <= now) {
		struct connection *c = TAILQ_FIRST(&p->idle);

		TAILQ_REMOVE(&p->idle, c, link);
		ask(c, due_ns(p, p->scheduled++));
	}
}

static void
begin_streams(struct pace *p)
{
	while (p->scheduled < p->connections &&
	    due_ns(p, p->scheduled) <= now_ns()) {
		struct connection *c = &p->all[p->scheduled];

		open_one(c, due_ns(p, p->scheduled++));
	}
}

static void
read_slowly(struct pace *p)
{
	uint64_t now = now_ns();

	open_some(p);
	if (now < p->next_read_ns)
		return;
	p->next_read_ns = now + SLOW_PAUSE_NS;
	for (unsigned i = 0; i < p->connections; i++)
		connection_read_some(&p->all[i], p->slow_bytes);
}

static void
begin_due(struct pace *p)
{
	struct connection *c;

	switch (p->load) {
	case LOAD_CLOSED:
		while ((c = TAILQ_FIRST(&p->idle)) != NULL) {
			TAILQ_REMOVE(&p->idle, c, link);
			ask(c, now_ns());
		}
		return;
	case LOAD_RATE:
		begin_requests(p);
		return;
	case LOAD_EVENTS:
		begin_streams(p);
		return;
	case LOAD_FRESH:
	case LOAD_HOLD:
		open_some(p);
		return;
	case LOAD_SLOW:
		read_slowly(p);
		return;
	}
}

static uint64_t
next_due_ns(const struct pace *p)
{
	switch (p->load) {
	case LOAD_CLOSED:
	case LOAD_FRESH:
	case LOAD_HOLD:
		return NEVER;
	case LOAD_RATE:
		return can_ask(p) ? due_ns(p, p->scheduled) : NEVER;
	case LOAD_EVENTS:
		return p->scheduled < p->connections ? due_ns(p, p->scheduled) :
		    NEVER;
	case LOAD_SLOW:
		return p->next_read_ns;
	}
	return NEVER;
}

static bool
is_over(const struct pace *p)
{
	uint64_t ended = p->answered + p->failed, now = now_ns();

	switch (p->load) {
	case LOAD_CLOSED:
	case LOAD_FRESH:
	case LOAD_SLOW:
		return now >= p->end_ns;
	case LOAD_RATE:
		return ended >= total(p) || now >= p->end_ns + GRACE_NS;
	case LOAD_EVENTS:
	case LOAD_HOLD:
		return ended >= p->connections || now >= p->end_ns;
	}
	return true;
}

/* --- running ------------------------------------------------------------------- */

static void
wait_until(struct pace *p, uint64_t ns)
{
	struct epoll_event events[EVENTS];
	uint64_t now = now_ns(), most = now + NS_PER_S / 10, pause;
	struct timespec timeout;
	int count;

	ns = ns < most ? ns : most;
	pause = ns > now ? ns - now : 0;
	timeout = (struct timespec){ .tv_nsec = (long)pause };
	count = epoll_pwait2(p->epoll_fd, events, EVENTS, &timeout, NULL);
	if (count == -1 && errno != EINTR)
		die("epoll_pwait2");
	for (int i = 0; i < count; i++)
		connection_on_ready(events[i].data.ptr);
}

/* What is kept open is opened before the first gate. */
static void
open_all(struct pace *p)
{
	uint64_t end = now_ns() + 30 * NS_PER_S;

	if (p->load != LOAD_CLOSED && p->load != LOAD_RATE)
		return;
	while (p->opened + p->failed < p->connections && now_ns() < end) {
		open_some(p);
		wait_until(p, NEVER);
	}
	p->scheduled = 0;
}

static void
gate(const char *line)
{
	char byte;

	printf("%s\n", line);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
}

static void
run(struct pace *p)
{
	p->start_ns = now_ns();
	p->end_ns = p->start_ns + (uint64_t)(p->seconds * (double)NS_PER_S);
	while (!is_over(p)) {
		uint64_t until;

		begin_due(p);
		until = next_due_ns(p);
		wait_until(p, until < p->end_ns || now_ns() >= p->end_ns ? until :
		    p->end_ns);
	}
}

/* Who is still waiting has waited at least until now. */
static uint64_t
count_unanswered(struct pace *p)
{
	uint64_t now = now_ns(), count = 0;

	if (p->load != LOAD_RATE)
		return 0;
	for (unsigned i = 0; i < p->connections; i++)
		if (p->all[i].state > CONNECTION_IDLE) {
			hist_add(&p->latency, (now - p->all[i].due_ns) / 1000);
			count++;
		}
	for (uint64_t i = p->scheduled; i < total(p); i++, count++)
		hist_add(&p->latency, (now - due_ns(p, i)) / 1000);
	return count;
}

static void
add_quantiles(const struct hist *h, const char *name)
{
	static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999 };
	static const char *const names[] = { "p50", "p90", "p99", "p999" };

	printf(",\"%s_count\":%" PRIu64, name, hist_total(h));
	for (size_t i = 0; i < 4; i++)
		printf(",\"%s_%s_us\":%" PRIu64, name, names[i],
		    hist_quantile_us(h, quantiles[i]));
}

static void
report(struct pace *p)
{
	double seconds = (double)(now_ns() - p->start_ns) / (double)NS_PER_S;
	uint64_t unanswered = count_unanswered(p);

	printf("{\"event\":\"done\",\"requests\":%" PRIu64 ",\"failed\":%" PRIu64
	    ",\"unanswered\":%" PRIu64 ",\"resumed\":%" PRIu64 ",\"seconds\":%.6f",
	    p->answered, p->failed, unanswered, p->resumed, seconds);
	add_quantiles(&p->latency, "latency");
	add_quantiles(&p->later, "later");
	gate("}");
}

/* --- getting ready --------------------------------------------------------------- */

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct pace *p = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(p->session);
	p->session = session;
	return 1; /* it is ours now */
}

static void
prepare_tls(struct pace *p)
{
	p->tls_ctx = SSL_CTX_new(TLS_client_method());
	if (p->tls_ctx == NULL)
		die("TLS");
	SSL_CTX_set_min_proto_version(p->tls_ctx, TLS1_3_VERSION);
	SSL_CTX_set_mode(p->tls_ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_app_data(p->tls_ctx, p);
	if (!p->resume)
		return;
	SSL_CTX_set_session_cache_mode(p->tls_ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(p->tls_ctx, on_session);
}

static void
prepare_request(struct pace *p)
{
	static const char open[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"", end[] = "\"}]}";
	const size_t frame = sizeof open - 1 + sizeof end - 1;
	size_t body = p->body_bytes > frame ? p->body_bytes : frame;
	size_t space = 512 + body;
	int len;

	p->request = malloc(space);
	if (p->request == NULL)
		die("memory");
	if (p->body_bytes == 0) {
		len = snprintf(p->request, space, "GET %s HTTP/1.1\r\n"
		    "Host: bench.example\r\n\r\n", p->path);
		p->request_len = (size_t)len;
		return;
	}
	len = snprintf(p->request, space, "POST %s HTTP/1.1\r\n"
	    "Host: bench.example\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n", p->path, body);
	p->request_len = (size_t)len + body;
	memset(p->request + len, 'x', body);
	memcpy(p->request + len, open, sizeof open - 1);
	memcpy(p->request + p->request_len - (sizeof end - 1), end, sizeof end - 1);
}

static void
prepare(struct pace *p)
{
	struct rlimit limit;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->all = calloc(p->connections, sizeof *p->all);
	if (p->epoll_fd == -1 || p->all == NULL)
		die("memory");
	TAILQ_INIT(&p->idle);
	for (unsigned i = 0; i < p->connections; i++) {
		p->all[i].pace = p;
		p->all[i].fd = -1;
	}
	if (p->tls)
		prepare_tls(p);
	prepare_request(p);
}

/* --- options ------------------------------------------------------------------------ */

static const char *const loads[] = { "closed", "rate", "fresh", "events", "hold",
	"slow" };

static const struct option long_options[] = {
	{ "load", required_argument, NULL, 'l' },
	{ "port", required_argument, NULL, 'p' },
	{ "connections", required_argument, NULL, 'c' },
	{ "rate", required_argument, NULL, 'r' },
	{ "inflight", required_argument, NULL, 'i' },
	{ "seconds", required_argument, NULL, 's' },
	{ "body", required_argument, NULL, 'b' },
	{ "slow", required_argument, NULL, 'o' },
	{ "path", required_argument, NULL, 'a' },
	{ "tls", no_argument, NULL, 't' },
	{ "resume", no_argument, NULL, 'u' },
	{ 0 },
};

static void
usage(void)
{
	fputs("usage: pace --port N [--load closed|rate|fresh|events|hold|slow]\n"
	    "            [--connections N] [--rate PER_SECOND] [--inflight N]\n"
	    "            [--seconds S] [--body BYTES] [--slow BYTES] [--path PATH]\n"
	    "            [--tls [--resume]]\n", stderr);
	exit(2);
}

static enum load
load_of(const char *name)
{
	for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
		if (strcmp(name, loads[i]) == 0)
			return (enum load)i;
	usage();
	return LOAD_CLOSED;
}

static void
take_option(struct pace *p, int letter, const char *value)
{
	switch (letter) {
	case 'l': p->load = load_of(value); return;
	case 'p': p->port = (unsigned)strtoul(value, NULL, 10); return;
	case 'c': p->connections = (unsigned)strtoul(value, NULL, 10); return;
	case 'r': p->rate = (unsigned)strtoul(value, NULL, 10); return;
	case 'i': p->inflight = (unsigned)strtoul(value, NULL, 10); return;
	case 's': p->seconds = strtod(value, NULL); return;
	case 'b': p->body_bytes = strtoul(value, NULL, 10); return;
	case 'o': p->slow_bytes = strtoul(value, NULL, 10); return;
	case 'a': p->path = value; return;
	case 't': p->tls = true; return;
	case 'u': p->resume = true; return;
	default: usage();
	}
}

int
main(int argc, char **argv)
{
	static struct pace p = { .connections = 32, .rate = 1000, .seconds = 1,
		.inflight = UINT32_MAX, .slow_bytes = 4096,
		.path = "/v1/chat/completions" };
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take_option(&p, letter, optarg);
	if (p.port == 0 || p.connections == 0 || p.rate == 0)
		usage();
	prepare(&p);
	open_all(&p);
	gate("{\"event\":\"ready\"}");
	run(&p);
	report(&p);
	return p.answered > 0 || p.load == LOAD_SLOW ? 0 : 1;
}
