/* greeting -- see greeting.h.
 * SPDX-License-Identifier: MIT
 *
 * Bytes are looked at in the socket (MSG_PEEK) and taken when they are known
 * to be the header's.  A start of one is known to be: it is taken at once and
 * kept, or the event would fire for it again and again.
 */
#include "proxy/greeting.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/proxy_header.h"
#include "proxy/access.h"
#include "proxy/admission.h"
#include "proxy/door.h"
#include "proxy/worker.h"

_Static_assert(PROXY_HEADER_MAX <= LOOP_READ_BYTES, "it is read at once");

struct greeting {
	struct worker *worker;       /* borrows */
	TAILQ_ENTRY(greeting) link;  /* in worker->greetings, while fd is open */
	struct event readable;
	struct wheel_entry timer;
	struct deferred burial;
	int fd;                      /* owns; -1 = given on or closed */
	unsigned listen;
	struct ip peer;
	char *kept;                  /* owns: what has been taken; mostly NULL */
	size_t kept_len;
};

static void
on_burial(void *arg)
{
	struct greeting *g = arg;

	free(g->kept);
	free(g);
}

/* Leave the socket alone; whose it is now is the caller's matter. */
static int
detach(struct greeting *g)
{
	struct worker *w = g->worker;
	int fd = g->fd;

	g->fd = -1;
	event_del(&g->readable);
	loop_disarm(&w->loop, &g->timer);
	TAILQ_REMOVE(&w->greetings, g, link);
	loop_defer(&w->loop, &g->burial);
	worker_check_drained(w);
	return fd;
}

static void
hang_up(struct greeting *g)
{
	close(detach(g));
	admission_leave(g->worker, &g->peer, false);
}

static const struct listen *
listen_of(const struct greeting *g)
{
	return &worker_settings(g->worker)->listen[g->listen];
}

/* A load balancer that is not set up for it fails every time: the operator
 * is to know why. */
static void
say_refusal(const struct greeting *g, enum outcome why, const char *detail)
{
	static struct log_limit limit;
	char peer[IP_TEXT_MAX];
	unsigned long held;

	if (!log_limit_pass(&limit, &held))
		return;
	ip_format(&g->peer, peer);
	log_event(LOG_WARN, "proxy_header", "a connection from %s to %s was "
	    "closed: %s%s%s (%lu more held back)", peer,
	    listen_of(g)->address.text, outcome_info(why)->text,
	    detail[0] != '\0' ? "; it " : "", detail, held);
}

static void
refuse(struct greeting *g, enum outcome why, const char *detail)
{
	struct worker *w = g->worker;

	stat_add(&w->stats->refused[why], 1);
	if (access_is_on(w))
		access_refused(w, &g->peer, why, ACCESS_GREETING, 0, detail);
	say_refusal(g, why, detail);
	hang_up(g);
}

/* Take bytes off the socket that were looked at before: they are there. */
static bool
take(const struct greeting *g, char *space, size_t len)
{
	return recv(g->fd, space, len, 0) == (ssize_t)len;
}

static void
keep(struct greeting *g, char *bytes, size_t fresh)
{
	size_t len = g->kept_len + fresh;

	if (!take(g, bytes + g->kept_len, fresh)) {
		hang_up(g);
		return;
	}
	g->kept = mem_realloc(g->kept, len);
	memcpy(g->kept + g->kept_len, bytes + g->kept_len, fresh);
	g->kept_len = len;
}

static void
finish(struct greeting *g, char *bytes, const struct proxy_header *h)
{
	struct worker *w = g->worker;
	struct ip ip = h->has_source ? h->source : g->peer;
	unsigned listen = g->listen;

	if (take(g, bytes + g->kept_len, h->len - g->kept_len))
		door_let_in(w, detach(g), &ip, listen);
	else
		hang_up(g);
}

/* The bytes are in the loop's buffer: what was kept, and what is fresh in
 * the socket. */
static void
look(struct greeting *g, char *bytes, size_t fresh)
{
	const char *why = "";
	struct proxy_header h;

	switch (proxy_header_parse(bytes, g->kept_len + fresh, &h, &why)) {
	case PROXY_HEADER_OK:
		finish(g, bytes, &h);
		break;
	case PROXY_HEADER_MORE:
		keep(g, bytes, fresh);
		break;
	case PROXY_HEADER_BAD:
		refuse(g, OUTCOME_GREETING_BAD, why);
		break;
	}
}

static void
read_on(struct greeting *g)
{
	char *bytes = g->worker->loop.read_buffer;
	ssize_t fresh;

	if (g->kept_len > 0)
		memcpy(bytes, g->kept, g->kept_len);
	fresh = recv(g->fd, bytes + g->kept_len,
	    PROXY_HEADER_MAX - g->kept_len, MSG_PEEK);
	if (fresh > 0)
		look(g, bytes, (size_t)fresh);
	else if (fresh == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	else if (g->kept_len > 0)
		refuse(g, OUTCOME_GREETING_BAD, "ends within its header");
	else
		hang_up(g); /* somebody wanted to know whether we listen */
}

static void
on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct greeting *g = arg;
	struct loop *l = &g->worker->loop;

	loop_enter(l);
	read_on(g);
	stream_flush_gathered(l);
}

static void
on_timer(void *arg)
{
	refuse(arg, OUTCOME_GREETING_TIMEOUT, "");
}

void
greeting_new(struct worker *w, int fd, const struct ip *peer,
    unsigned listen)
{
	struct greeting *g = mem_zalloc(sizeof *g);
	const struct listen *l;

	g->worker = w;
	g->fd = fd;
	g->peer = *peer;
	g->listen = listen;
	g->timer = (struct wheel_entry){ .fire = on_timer, .arg = g };
	g->burial = (struct deferred){ .run = on_burial, .arg = g };
	event_assign(&g->readable, w->loop.base, fd, EV_READ | EV_PERSIST,
	    on_readable, g);
	event_add(&g->readable, NULL);
	TAILQ_INSERT_TAIL(&w->greetings, g, link);
	loop_arm(&w->loop, &g->timer, worker_settings(w)->client_head_ms);
	l = listen_of(g);
	if (l->proxy_network_count > 0 &&
	    !networks_have(l->proxy_networks, l->proxy_network_count, peer))
		refuse(g, OUTCOME_GREETING_UNTRUSTED, "");
}

void
greeting_drain(struct worker *w)
{
	struct greeting *g, *next;

	for (g = TAILQ_FIRST(&w->greetings); g != NULL; g = next) {
		next = TAILQ_NEXT(g, link);
		read_on(g);
		if (g->fd != -1 && g->kept_len == 0)
			hang_up(g);
	}
}

void
greeting_end(struct worker *w)
{
	struct greeting *g;

	while ((g = TAILQ_FIRST(&w->greetings)) != NULL)
		hang_up(g);
}
