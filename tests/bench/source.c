/* source -- a backend that sends for a long time: what the bench streams.
 * SPDX-License-Identifier: MIT
 *
 * By the path of a request it answers with
 *   /events/COUNT/MS  a chunked event stream: at once, and then every MS
 *                     milliseconds, an event that carries the time of its
 *                     sending, CLOCK_MONOTONIC: "data: @NANOSECONDS"
 *   /bytes/COUNT      that many bytes, as fast as they are taken
 * All streams of a run have the same interval, so those that are due next
 * form a queue.  One thread, epoll; listens on the loopback address only;
 * never installed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX_BYTES 4096
#define EVENTS 64
#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

struct connection {
	TAILQ_ENTRY(connection) link; /* in source->due while events_left > 0 */
	int fd;                       /* owns */
	char head[HEAD_MAX_BYTES];
	size_t head_len;
	unsigned events_left;
	uint64_t interval_ns, due_ns;
	uint64_t bytes_left;
};

struct source {
	int epoll_fd, listen_fd;
	TAILQ_HEAD(, connection) due;
};

static void
die(const char *what)
{
	fprintf(stderr, "source: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void
end(struct source *s, struct connection *c)
{
	if (c->events_left > 0)
		TAILQ_REMOVE(&s->due, c, link);
	close(c->fd);
	free(c);
}

/* --- event streams ---------------------------------------------------------- */

/* The head goes out with the first event, the last chunk with the last.
 * They are small: a connection that does not take them is broken. */
static bool
send_event(struct connection *c, const char *head)
{
	char text[512], event[64];
	int event_len = snprintf(event, sizeof event, "data: @%" PRIu64 "\n\n",
	    now_ns());
	int len = snprintf(text, sizeof text, "%s%x\r\n%s\r\n%s", head,
	    (unsigned)event_len, event, c->events_left == 1 ? "0\r\n\r\n" : "");

	return send(c->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool
begin_events(struct source *s, struct connection *c, unsigned count, unsigned ms)
{
	c->events_left = count;
	c->interval_ns = ms * NS_PER_MS;
	c->due_ns = now_ns() + c->interval_ns;
	if (count == 0)
		return false;
	TAILQ_INSERT_TAIL(&s->due, c, link);
	if (!send_event(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	    "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"))
		return false;
	if (--c->events_left == 0)
		TAILQ_REMOVE(&s->due, c, link);
	return true;
}

static void
send_due(struct source *s)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&s->due)) != NULL && c->due_ns <= now_ns()) {
		if (!send_event(c, "")) {
			end(s, c);
			continue;
		}
		TAILQ_REMOVE(&s->due, c, link);
		c->due_ns += c->interval_ns;
		if (--c->events_left > 0)
			TAILQ_INSERT_TAIL(&s->due, c, link);
	}
}

/* --- bytes ------------------------------------------------------------------- */

static void
watch(struct source *s, struct connection *c, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.ptr = c };

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &event) == -1)
		die("epoll_ctl");
}

static bool
send_bytes(struct source *s, struct connection *c)
{
	static char bytes[262144];

	while (c->bytes_left > 0) {
		ssize_t sent = send(c->fd, bytes, c->bytes_left < sizeof bytes ?
		    c->bytes_left : sizeof bytes, MSG_NOSIGNAL);

		if (sent == -1)
			return errno == EAGAIN || errno == EINTR;
		c->bytes_left -= (uint64_t)sent;
	}
	watch(s, c, EPOLLIN);
	return true;
}

static bool
begin_bytes(struct source *s, struct connection *c, uint64_t count)
{
	char head[256];
	int len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/octet-stream\r\n"
	    "Content-Length: %" PRIu64 "\r\n\r\n", count);

	c->bytes_left = count;
	if (send(c->fd, head, (size_t)len, MSG_NOSIGNAL | MSG_MORE) != len)
		return false;
	watch(s, c, EPOLLIN | EPOLLOUT);
	return send_bytes(s, c);
}

/* --- requests ------------------------------------------------------------------ */

/* false: the connection is done with. */
static bool
answer(struct source *s, struct connection *c)
{
	unsigned count, ms;
	uint64_t bytes;

	if (sscanf(c->head, "GET /events/%u/%u ", &count, &ms) == 2)
		return begin_events(s, c, count, ms);
	if (sscanf(c->head, "GET /bytes/%" SCNu64 " ", &bytes) == 1)
		return begin_bytes(s, c, bytes);
	return false;
}

/* No body, no pipelining: a request is a head. */
static bool
serve(struct source *s, struct connection *c, uint32_t what)
{
	ssize_t got;

	if (c->bytes_left > 0 && what & EPOLLOUT && !send_bytes(s, c))
		return false;
	if (!(what & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return true;
	got = recv(c->fd, c->head + c->head_len, sizeof c->head - 1 - c->head_len, 0);
	if (got == -1)
		return errno == EAGAIN || errno == EINTR;
	c->head_len += (size_t)got;
	c->head[c->head_len] = '\0';
	if (got == 0 || c->head_len == sizeof c->head - 1)
		return false;
	if (strstr(c->head, "\r\n\r\n") == NULL)
		return true;
	c->head_len = 0;
	return c->events_left == 0 && c->bytes_left == 0 && answer(s, c);
}

static void
accept_all(struct source *s)
{
	int fd, on = 1;

	while ((fd = accept4(s->listen_fd, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		struct connection *c = calloc(1, sizeof *c);
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

		if (c == NULL)
			die("memory");
		c->fd = fd;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
			die("epoll_ctl");
	}
}

static void
wait_for_events(struct source *s)
{
	struct epoll_event events[EVENTS];
	struct connection *c = TAILQ_FIRST(&s->due);
	uint64_t now = now_ns();
	struct timespec pause = { 0 };
	int count;

	if (c != NULL && c->due_ns > now)
		pause = (struct timespec){ (time_t)((c->due_ns - now) / NS_PER_S),
			(long)((c->due_ns - now) % NS_PER_S) };
	count = epoll_pwait2(s->epoll_fd, events, EVENTS, c != NULL ? &pause : NULL,
	    NULL);
	if (count == -1 && errno != EINTR)
		die("epoll_pwait2");
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == NULL)
			accept_all(s);
		else if (!serve(s, events[i].data.ptr, events[i].events))
			end(s, events[i].data.ptr);
	}
}

/* --- the program ------------------------------------------------------------------ */

static unsigned
listen_on_any(struct source *s)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	socklen_t len = sizeof addr;

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(s->listen_fd, (struct sockaddr *)&addr, sizeof addr) == -1 ||
	    listen(s->listen_fd, SOMAXCONN) == -1 ||
	    getsockname(s->listen_fd, (struct sockaddr *)&addr, &len) == -1 ||
	    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->listen_fd, &event) == -1)
		die("listen");
	return ntohs(addr.sin_port);
}

int
main(void)
{
	static struct source s;
	struct rlimit limit;

	TAILQ_INIT(&s.due);
	prctl(PR_SET_TIMERSLACK, 1);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	printf("{\"event\":\"ready\",\"port\":%u}\n", listen_on_any(&s));
	fflush(stdout);
	for (;;) {
		wait_for_events(&s);
		send_due(&s);
	}
}
