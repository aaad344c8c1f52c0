/* listener -- see listener.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG 1024
/* Connections taken per wake-up, so that one listener cannot starve the
 * exchanges of its worker. */
#define ACCEPT_BATCH 64

void
listener_format(const struct sockaddr_storage *addr, char *out, size_t space)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (addr->ss_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const void *)addr;

		inet_ntop(AF_INET6, &a->sin6_addr, host, sizeof host);
		snprintf(out, space, "[%s]:%u", host, ntohs(a->sin6_port));
	} else {
		const struct sockaddr_in *a = (const void *)addr;

		inet_ntop(AF_INET, &a->sin_addr, host, sizeof host);
		snprintf(out, space, "%s:%u", host, ntohs(a->sin_port));
	}
}

int
listener_bind(struct sockaddr_storage *addr, socklen_t addr_len,
    struct err *err)
{
	char text[80];
	int on = 1;
	int fd = socket(addr->ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const char *doing = "socket";

	listener_format(addr, text, sizeof text);
	if (fd == -1)
		goto fail;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	doing = "SO_REUSEPORT";
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1)
		goto fail;
	doing = "bind";
	if (bind(fd, (const struct sockaddr *)addr, addr_len) == -1)
		goto fail;
	doing = "listen";
	if (listen(fd, BACKLOG) == -1)
		goto fail;
	doing = "getsockname";
	if (getsockname(fd, (struct sockaddr *)addr, &addr_len) == -1)
		goto fail;
	return fd;
fail:
	err_set(err, "listen on %s: %s: %s", text, doing, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

/* Out of descriptors: the connection stays in the kernel's queue and the
 * event would fire for ever, so look again in a moment. */
static void
back_off(struct listener *s)
{
	static struct log_limit limit;
	const struct timeval pause = { .tv_usec = 100000 };
	unsigned long held;

	if (log_limit_pass(&limit, &held))
		log_event(LOG_ERROR, "accept", "accepting a connection: %s; "
		    "raise the limit of open files (%lu more held back)",
		    strerror(errno), held);
	event_del(&s->acceptable);
	event_add(&s->retry, &pause);
}

static bool
accept_one(struct listener *s)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	int fd = accept4(s->fd, (struct sockaddr *)&peer, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd != -1) {
		s->accepted(s->arg, s, fd, (const struct sockaddr *)&peer);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == ENOBUFS)
		back_off(s);
	/* A peer that went away while it waited is no reason to stop. */
	return errno == ECONNABORTED || errno == EINTR;
}

static void
on_acceptable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct listener *s = arg;

	loop_enter(s->loop);
	for (int i = 0; i < ACCEPT_BATCH && accept_one(s); i++)
		continue;
}

static void
on_retry(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct listener *s = arg;

	event_add(&s->acceptable, NULL);
}

void
listener_start(struct listener *s, struct loop *l, int fd,
    void (*accepted)(void *arg, const struct listener *from, int fd,
    const struct sockaddr *peer), void *arg)
{
	*s = (struct listener){ .loop = l, .fd = fd, .accepted = accepted,
		.arg = arg };
	event_assign(&s->acceptable, l->base, fd, EV_READ | EV_PERSIST,
	    on_acceptable, s);
	event_assign(&s->retry, l->base, -1, 0, on_retry, s);
	event_add(&s->acceptable, NULL);
}

void
listener_stop(struct listener *s)
{
	if (s->fd == -1)
		return;
	while (accept_one(s))
		continue;
	listener_release(s);
}

void
listener_release(struct listener *s)
{
	if (s->fd == -1)
		return;
	event_del(&s->acceptable);
	event_del(&s->retry);
	close(s->fd);
	s->fd = -1;
}
