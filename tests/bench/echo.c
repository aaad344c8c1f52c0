/* echo -- a backend that costs as little as it can: what the bench loads.
 * SPDX-License-Identifier: MIT
 *
 * Answers every request with the same 200, a JSON body of --size bytes, on
 * connections that stay open.  A bench measures the proxy in front of it, so
 * all this must do is keep out of the way: one thread, epoll, one read and
 * one write a request, nothing allocated after a connection is there.
 * Understands Content-Length only, looks at nothing else of a request, and
 * is no example of how to read HTTP.  Listens on the loopback address only;
 * never installed.
 *
 * With --fault it is a backend that nobody should have to wait for: "hang"
 * reads and never answers, "reset" resets the connection when a request is
 * there, "slow" answers --delay milliseconds late, give or take what is drawn
 * within SPREAD_NS: else each late answer would come at the same moment between
 * two requests of a load that asks by the clock, and a figure would say which
 * moment that happened to be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX_BYTES 16384
#define EVENTS 64
#define NS_PER_MS UINT64_C(1000000)
#define SPREAD_NS NS_PER_MS

enum fault { FAULT_NONE = 0, FAULT_HANG, FAULT_RESET, FAULT_SLOW };

struct connection {
	TAILQ_ENTRY(connection) link; /* in echo->late */
	bool is_late;
	uint64_t due_ns;             /* of the late answer */
	int fd;                      /* owns */
	char head[HEAD_MAX_BYTES];   /* of the request that is being read */
	size_t head_len;
	size_t body_left_bytes;      /* to be read and thrown away */
	unsigned answers_owed;
	size_t answer_sent_bytes;    /* of the first one owed */
	bool waits_to_write;
};

struct echo {
	int epoll_fd, listen_fd;
	char *answer;                /* head and body; owns, for ever */
	size_t answer_len;
	enum fault fault;
	unsigned delay_ms;
	TAILQ_HEAD(late_list, connection) late; /* by due_ns */
	uint64_t drawn;
};

static void
die(const char *what)
{
	fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *
zalloc(size_t len)
{
	void *space = calloc(1, len);

	if (space == NULL)
		die("memory");
	return space;
}

static void
make_answer(struct echo *e, size_t body_len)
{
	static const char open[] = "{\"id\":\"echo-1\",\"content\":\"", end[] = "\"}";
	const size_t frame = sizeof open - 1 + sizeof end - 1;
	size_t space = 256 + frame + body_len;
	char *body;
	int len;

	if (body_len < frame)
		body_len = frame;
	e->answer = zalloc(space);
	len = snprintf(e->answer, space, "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body_len);
	body = e->answer + len;
	memset(body, 'x', body_len);
	memcpy(body, open, sizeof open - 1);
	memcpy(body + body_len - (sizeof end - 1), end, sizeof end - 1);
	e->answer_len = (size_t)len + body_len;
}

/* --- one connection -------------------------------------------------------- */

static void
watch(struct echo *e, struct connection *c, bool writing)
{
	struct epoll_event event = { .events = writing ? EPOLLOUT : EPOLLIN,
		.data.ptr = c };

	c->waits_to_write = writing;
	if (epoll_ctl(e->epoll_fd, EPOLL_CTL_MOD, c->fd, &event) == -1)
		die("epoll_ctl");
}

/* false: the connection is done with. */
static bool
send_answers(struct echo *e, struct connection *c)
{
	while (c->answers_owed > 0) {
		ssize_t sent = send(c->fd, e->answer + c->answer_sent_bytes,
		    e->answer_len - c->answer_sent_bytes, MSG_NOSIGNAL);

		if (sent == -1)
			return errno == EAGAIN || errno == EINTR;
		c->answer_sent_bytes += (size_t)sent;
		if (c->answer_sent_bytes < e->answer_len)
			continue;
		c->answer_sent_bytes = 0;
		c->answers_owed--;
	}
	return true;
}

/* The value of Content-Length within a head; 0 if there is none. */
static size_t
body_length(const char *head, const char *end)
{
	static const char name[] = "\r\nContent-Length:";

	for (const char *at = head;
	    (at = memchr(at, '\r', (size_t)(end - at))) != NULL; at++)
		if ((size_t)(end - at) >= sizeof name - 1 &&
		    strncasecmp(at, name, sizeof name - 1) == 0)
			return strtoul(at + sizeof name - 1, NULL, 10);
	return 0;
}

/* Take what was read.  false: a head that is too long. */
static bool
take(struct connection *c)
{
	while (c->head_len > 0) {
		size_t used = c->body_left_bytes < c->head_len ?
		    c->body_left_bytes : c->head_len;
		const char *end;

		if (c->body_left_bytes == 0) {
			end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
			if (end == NULL)
				return c->head_len < sizeof c->head;
			c->body_left_bytes = body_length(c->head, end);
			used = (size_t)(end - c->head) + 4;
		} else {
			c->body_left_bytes -= used;
		}
		if (c->body_left_bytes == 0)
			c->answers_owed++;
		c->head_len -= used;
		memmove(c->head, c->head + used, c->head_len);
	}
	return true;
}

/* A body is thrown away in larger pieces than a head is read.
 * 1: something came; 0: not yet; -1: nothing more will. */
static int
read_some(struct connection *c)
{
	static char waste[262144];
	bool body = c->body_left_bytes > sizeof c->head;
	ssize_t got = body ? recv(c->fd, waste, c->body_left_bytes < sizeof waste ?
	    c->body_left_bytes - 1 : sizeof waste, 0) :
	    recv(c->fd, c->head + c->head_len, sizeof c->head - c->head_len, 0);

	if (got == 0)
		return -1;
	if (got == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (body)
		c->body_left_bytes -= (size_t)got;
	else
		c->head_len += (size_t)got;
	return 1;
}

/* --- faults ---------------------------------------------------------------- */

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * NS_PER_MS + (uint64_t)t.tv_nsec;
}

/* Within SPREAD_NS; of xorshift64 (Marsaglia, 2003). */
static uint64_t
draw_ns(struct echo *e)
{
	e->drawn ^= e->drawn << 13;
	e->drawn ^= e->drawn >> 7;
	e->drawn ^= e->drawn << 17;
	return e->drawn % SPREAD_NS;
}

static void
answer_later(struct echo *e, struct connection *c)
{
	struct connection *before;

	if (c->is_late)
		return;
	c->is_late = true;
	c->due_ns = now_ns() + e->delay_ms * NS_PER_MS - SPREAD_NS / 2 + draw_ns(e);
	TAILQ_FOREACH_REVERSE(before, &e->late, late_list, link)
		if (before->due_ns <= c->due_ns)
			break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&e->late, c, link);
	else
		TAILQ_INSERT_AFTER(&e->late, before, c, link);
}

/* false: the connection is done with. */
static bool
misbehave(struct echo *e, struct connection *c)
{
	struct linger at_once = { .l_onoff = 1 };

	switch (e->fault) {
	case FAULT_NONE:
	case FAULT_HANG:
		return true;
	case FAULT_RESET:
		(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof at_once);
		return false;
	case FAULT_SLOW:
		answer_later(e, c);
		return true;
	}
	return true;
}

static void
end(struct echo *e, struct connection *c)
{
	if (c->is_late)
		TAILQ_REMOVE(&e->late, c, link);
	close(c->fd);
	free(c);
}

static void
answer_late_ones(struct echo *e)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&e->late)) != NULL && c->due_ns <= now_ns()) {
		TAILQ_REMOVE(&e->late, c, link);
		c->is_late = false;
		if (!send_answers(e, c))
			end(e, c);
	}
}

/* --- serving ----------------------------------------------------------------- */

/* false: the connection is done with. */
static bool
serve(struct echo *e, struct connection *c)
{
	if (c->answers_owed == 0 || e->fault != FAULT_NONE) {
		int more = read_some(c);

		if (more <= 0)
			return more == 0;
		if (!take(c))
			return false;
	}
	if (c->answers_owed > 0 && e->fault != FAULT_NONE)
		return misbehave(e, c);
	if (!send_answers(e, c))
		return false;
	if ((c->answers_owed > 0) != c->waits_to_write)
		watch(e, c, c->answers_owed > 0);
	return true;
}

/* --- the program ----------------------------------------------------------- */

static void
accept_one(struct echo *e)
{
	int fd = accept4(e->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
	struct epoll_event event = { .events = EPOLLIN };
	struct connection *c;

	if (fd == -1)
		return;
	c = zalloc(sizeof *c);
	c->fd = fd;
	event.data.ptr = c;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (epoll_ctl(e->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		die("epoll_ctl");
}

static unsigned
listen_on(struct echo *e, unsigned port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	socklen_t len = sizeof addr;
	int on = 1;

	e->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	e->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)setsockopt(e->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(e->listen_fd, (struct sockaddr *)&addr, sizeof addr) == -1 ||
	    listen(e->listen_fd, SOMAXCONN) == -1 ||
	    getsockname(e->listen_fd, (struct sockaddr *)&addr, &len) == -1 ||
	    epoll_ctl(e->epoll_fd, EPOLL_CTL_ADD, e->listen_fd, &event) == -1)
		die("listen");
	return ntohs(addr.sin_port);
}

/* Until the first late answer is due, to the nanosecond: what is due must not
 * wait for the next request and come in its way. */
static struct timespec *
patience(const struct echo *e, struct timespec *out)
{
	const struct connection *first = TAILQ_FIRST(&e->late);
	uint64_t now = now_ns(), left;

	if (first == NULL)
		return NULL;
	left = first->due_ns > now ? first->due_ns - now : 0;
	*out = (struct timespec){ (time_t)(left / (1000 * NS_PER_MS)),
		(long)(left % (1000 * NS_PER_MS)) };
	return out;
}

static void
run(struct echo *e)
{
	struct epoll_event events[EVENTS];
	struct timespec left;

	for (;;) {
		int count;

		/* Before the events: it may end connections. */
		answer_late_ones(e);
		count = epoll_pwait2(e->epoll_fd, events, EVENTS, patience(e, &left),
		    NULL);
		if (count == -1 && errno != EINTR)
			die("epoll_pwait2");
		for (int i = 0; i < count; i++) {
			struct connection *c = events[i].data.ptr;

			if (c == NULL) {
				accept_one(e);
			} else if (!serve(e, c)) {
				end(e, c);
			}
		}
	}
}

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "size", required_argument, NULL, 's' },
	{ "fault", required_argument, NULL, 'f' },
	{ "delay", required_argument, NULL, 'd' },
	{ 0 },
};

static enum fault
fault_of(const char *name)
{
	return strcmp(name, "hang") == 0 ? FAULT_HANG :
	    strcmp(name, "reset") == 0 ? FAULT_RESET :
	    strcmp(name, "slow") == 0 ? FAULT_SLOW : FAULT_NONE;
}

int
main(int argc, char **argv)
{
	struct echo e = { .drawn = UINT64_C(88172645463325252) };
	unsigned long port = 0, size = 1024;
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == 'p') {
			port = strtoul(optarg, NULL, 10);
		} else if (letter == 's') {
			size = strtoul(optarg, NULL, 10);
		} else if (letter == 'f') {
			e.fault = fault_of(optarg);
		} else if (letter == 'd') {
			e.delay_ms = (unsigned)strtoul(optarg, NULL, 10);
		} else {
			fputs("usage: echo [--port N] [--size BYTES]"
			    " [--fault hang|reset|slow] [--delay MS]\n", stderr);
			return 2;
		}
	}
	TAILQ_INIT(&e.late);
	/* Timers wake 50 us late by default. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	make_answer(&e, size);
	printf("{\"event\":\"ready\",\"port\":%u}\n", listen_on(&e, (unsigned)port));
	fflush(stdout);
	run(&e);
}
