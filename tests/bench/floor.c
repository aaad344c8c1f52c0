/* floor -- a relay that only moves bytes: what no proxy can cost less than.
 * SPDX-License-Identifier: MIT
 *
 * Each client gets a connection to the backend of its own; what one side
 * sends is written to the other as it came.  No HTTP, no pool, no
 * back-pressure: a peer that does not take what it is sent is cut off, for
 * with the bench's kilobytes that does not happen.  Two reads and two writes
 * a request, one epoll_wait for many: the difference to a proxy is what
 * understanding HTTP costs.  Listens on the loopback address only; never
 * installed.
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
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64

/* One of the two sides of a relayed connection. */
struct side {
	int fd;             /* owns; -1 = closed */
	struct side *other; /* of the same pair, freed with it */
};

struct floor {
	int epoll_fd, listen_fd;
	struct sockaddr_in backend;
	struct side *closed[EVENTS]; /* to be freed after this turn's events */
	int closed_count;
	char bytes[65536];
};

static void
die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
watch(struct floor *f, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	if (epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		die("epoll_ctl");
}

static void
set_nodelay(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* The connection is made while we wait: on the loopback that is no time. */
static void
accept_one(struct floor *f)
{
	int fd = accept4(f->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct side *sides;

	if (fd == -1)
		return;
	sides = calloc(2, sizeof *sides);
	if (sides == NULL)
		die("memory");
	sides[0] = (struct side){ .fd = fd, .other = &sides[1] };
	sides[1] = (struct side){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.other = &sides[0] };
	if (connect(sides[1].fd, (struct sockaddr *)&f->backend, sizeof f->backend) == -1)
		die("connect");
	set_nodelay(sides[0].fd);
	set_nodelay(sides[1].fd);
	watch(f, sides[0].fd, &sides[0]);
	watch(f, sides[1].fd, &sides[1]);
}

static void
end_pair(struct floor *f, struct side *s)
{
	struct side *first = s < s->other ? s : s->other;

	if (s->fd == -1)
		return;
	close(s->fd);
	close(s->other->fd);
	s->fd = s->other->fd = -1;
	f->closed[f->closed_count++] = first;
}

static void
relay(struct floor *f, struct side *s)
{
	ssize_t got;

	if (s->fd == -1)
		return;
	got = recv(s->fd, f->bytes, sizeof f->bytes, MSG_DONTWAIT);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 || send(s->other->fd, f->bytes, (size_t)got,
	    MSG_NOSIGNAL | MSG_DONTWAIT) != got)
		end_pair(f, s);
}

static void
run(struct floor *f)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int count = epoll_wait(f->epoll_fd, events, EVENTS, -1);

		if (count == -1 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == NULL)
				accept_one(f);
			else
				relay(f, events[i].data.ptr);
		}
		while (f->closed_count > 0)
			free(f->closed[--f->closed_count]);
	}
}

static unsigned
listen_on(struct floor *f)
{
	struct sockaddr_in addr = f->backend;
	socklen_t len = sizeof addr;

	addr.sin_port = 0;
	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	f->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(f->listen_fd, (struct sockaddr *)&addr, sizeof addr) == -1 ||
	    listen(f->listen_fd, SOMAXCONN) == -1 ||
	    getsockname(f->listen_fd, (struct sockaddr *)&addr, &len) == -1)
		die("listen");
	watch(f, f->listen_fd, NULL);
	return ntohs(addr.sin_port);
}

static const struct option long_options[] = {
	{ "backend", required_argument, NULL, 'b' },
	{ 0 },
};

int
main(int argc, char **argv)
{
	static struct floor f;
	unsigned long port = 0;

	if (getopt_long(argc, argv, "", long_options, NULL) == 'b')
		port = strtoul(optarg, NULL, 10);
	if (port == 0) {
		fputs("usage: floor --backend PORT\n", stderr);
		return 2;
	}
	f.backend = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	printf("{\"event\":\"ready\",\"port\":%u}\n", listen_on(&f));
	fflush(stdout);
	run(&f);
}
