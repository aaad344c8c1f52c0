/* connection -- one connection of pace.  See pace.h.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pace.h"

/* A client with a small window fills the proxy's side soon. */
#define SLOW_WINDOW_BYTES 16384
#define FAILED (-1)
#define AGAIN (-2)

static char scratch[262144];

/* --- bytes ---------------------------------------------------------------- */

static void
watch(struct connection *c, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.ptr = c };

	if (c->watched == what)
		return;
	epoll_ctl(c->pace->epoll_fd, c->watched == 0 ? EPOLL_CTL_ADD :
	    EPOLL_CTL_MOD, c->fd, &event);
	c->watched = what;
}

static void
watch_no_more(struct connection *c)
{
	epoll_ctl(c->pace->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	c->watched = 0;
}

static ssize_t
tls_result(struct connection *c, int rc)
{
	if (rc > 0)
		return rc;
	switch (SSL_get_error(c->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		watch(c, EPOLLIN);
		return AGAIN;
	case SSL_ERROR_WANT_WRITE:
		watch(c, EPOLLIN | EPOLLOUT);
		return AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return FAILED;
	}
}

static ssize_t
plain_result(ssize_t rc)
{
	if (rc == -1)
		return errno == EAGAIN || errno == EINTR ? AGAIN : FAILED;
	return rc;
}

static ssize_t
take_bytes(struct connection *c, char *into, size_t space)
{
	if (c->ssl != NULL)
		return tls_result(c, SSL_read(c->ssl, into, (int)space));
	return plain_result(recv(c->fd, into, space, 0));
}

static ssize_t
give_bytes(struct connection *c, const char *from, size_t len)
{
	if (c->ssl != NULL)
		return tls_result(c, SSL_write(c->ssl, from, (int)len));
	return plain_result(send(c->fd, from, len, MSG_NOSIGNAL));
}

/* --- opening and closing ---------------------------------------------------- */

static int
open_socket(const struct pace *p)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)p->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, window = SLOW_WINDOW_BYTES;

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (p->load == LOAD_SLOW)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) == -1 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

void
connection_open(struct connection *c)
{
	struct pace *p = c->pace;

	c->fd = open_socket(p);
	if (c->fd == -1) {
		pace_on_failure(c, "connect");
		return;
	}
	c->state = CONNECTION_CONNECTING;
	if (p->tls) {
		c->ssl = SSL_new(p->tls_ctx);
		SSL_set_fd(c->ssl, c->fd);
		SSL_set_connect_state(c->ssl);
		if (p->resume && p->session != NULL)
			SSL_set_session(c->ssl, p->session);
	}
	watch(c, EPOLLIN | EPOLLOUT);
}

void
connection_close(struct connection *c)
{
	if (c->ssl != NULL) {
		/* Without it OpenSSL takes the session for a broken one. */
		if (c->state > CONNECTION_HANDSHAKE)
			SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		c->ssl = NULL;
	}
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	c->watched = 0;
	c->state = CONNECTION_CLOSED;
}

static bool
shake_hands(struct connection *c)
{
	ssize_t rc = tls_result(c, SSL_do_handshake(c->ssl));

	if (rc == AGAIN)
		return false;
	if (rc <= 0) {
		pace_on_failure(c, "TLS handshake");
		return false;
	}
	if (SSL_session_reused(c->ssl))
		c->pace->resumed++;
	return true;
}

static bool
finish_opening(struct connection *c)
{
	socklen_t len = sizeof(int);
	int fault = 0;

	if (c->state == CONNECTION_CONNECTING) {
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &fault, &len);
		if (fault != 0) {
			pace_on_failure(c, strerror(fault));
			return false;
		}
		c->state = CONNECTION_HANDSHAKE;
	}
	if (c->ssl != NULL && !shake_hands(c))
		return false;
	watch(c, EPOLLIN);
	c->state = CONNECTION_IDLE;
	return true;
}

/* --- asking ------------------------------------------------------------------ */

static void
send_rest(struct connection *c)
{
	const struct pace *p = c->pace;

	while (c->sent_bytes < p->request_len) {
		ssize_t sent = give_bytes(c, p->request + c->sent_bytes,
		    p->request_len - c->sent_bytes);

		if (sent == AGAIN) {
			if (c->ssl == NULL)
				watch(c, EPOLLIN | EPOLLOUT);
			return;
		}
		if (sent <= 0) {
			pace_on_failure(c, "send");
			return;
		}
		c->sent_bytes += (size_t)sent;
	}
	watch(c, EPOLLIN);
	c->state = CONNECTION_HEAD;
}

void
connection_ask(struct connection *c)
{
	c->sent_bytes = c->head_len = 0;
	c->events = 0;
	c->in_stamp = false;
	c->tail = 0;
	c->state = CONNECTION_SENDING;
	send_rest(c);
}

/* --- an answer ---------------------------------------------------------------- */

/* "data: @123\n": sent at 123 ns.  And the end of a chunked body. */
static void
take_events(struct connection *c, const char *bytes, size_t len)
{
	static const char last_chunk[] = "\r\n0\r\n\r\n";

	for (size_t i = 0; i < len; i++) {
		char b = bytes[i];

		if (b == '@') {
			c->in_stamp = true;
			c->stamp = 0;
		} else if (c->in_stamp && b >= '0' && b <= '9') {
			c->stamp = c->stamp * 10 + (uint64_t)(b - '0');
		} else if (c->in_stamp) {
			c->in_stamp = false;
			pace_on_event(c, c->stamp);
		}
		if (b == last_chunk[c->tail])
			c->tail++;
		else
			c->tail = b == '\r';
		if (c->tail == sizeof last_chunk - 1) {
			c->state = CONNECTION_IDLE;
			return;
		}
	}
}

static void
take_body(struct connection *c, const char *bytes, size_t len)
{
	if (c->pace->load == LOAD_EVENTS) {
		take_events(c, bytes, len);
		return;
	}
	c->body_left_bytes -= len < c->body_left_bytes ? len : c->body_left_bytes;
	if (c->body_left_bytes == 0)
		c->state = CONNECTION_IDLE;
}

static bool
take_head(struct connection *c, const char *bytes, size_t len)
{
	static const char name[] = "\ncontent-length:";
	size_t fits = sizeof c->head - 1 - c->head_len, before = c->head_len, rest;
	const char *end, *field;

	fits = len < fits ? len : fits;
	memcpy(c->head + before, bytes, fits);
	c->head_len += fits;
	c->head[c->head_len] = '\0';
	end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
	if (end == NULL)
		return c->head_len < sizeof c->head - 1;
	if (strncmp(c->head, "HTTP/1.1 200", 12) != 0)
		return false;
	field = strcasestr(c->head, name);
	c->body_left_bytes = field != NULL && field < end ?
	    strtoull(field + sizeof name - 1, NULL, 10) : 0;
	c->state = CONNECTION_BODY;
	rest = len - ((size_t)(end - c->head) + 4 - before);
	take_body(c, bytes + len - rest, rest);
	return true;
}

static void
read_answer(struct connection *c, size_t most)
{
	ssize_t got = take_bytes(c, scratch, most);

	if (got == AGAIN)
		return;
	if (got <= 0) {
		pace_on_failure(c, "the answer is cut off");
		return;
	}
	if (c->state == CONNECTION_BODY) {
		take_body(c, scratch, (size_t)got);
	} else if (c->state != CONNECTION_HEAD || !take_head(c, scratch, (size_t)got)) {
		pace_on_failure(c, "not a good answer");
		return;
	}
	if (c->state == CONNECTION_IDLE)
		pace_on_answer(c);
}

void
connection_read_some(struct connection *c, size_t bytes)
{
	if (c->state == CONNECTION_HEAD || c->state == CONNECTION_BODY)
		read_answer(c, bytes < sizeof scratch ? bytes : sizeof scratch);
}

/* TLS may hold more than the socket shows. */
static void
read_all(struct connection *c)
{
	do
		read_answer(c, sizeof scratch);
	while (c->ssl != NULL && SSL_pending(c->ssl) > 0 &&
	    (c->state == CONNECTION_HEAD || c->state == CONNECTION_BODY));
}

static void
on_idle(struct connection *c)
{
	/* TLS 1.3 sends its tickets when it likes. */
	ssize_t got = take_bytes(c, scratch, sizeof scratch);

	if (got != AGAIN)
		pace_on_failure(c, got == 0 ? "closed while idle" : "unasked");
}

void
connection_on_ready(struct connection *c)
{
	switch (c->state) {
	case CONNECTION_CLOSED:
		return;
	case CONNECTION_CONNECTING:
	case CONNECTION_HANDSHAKE:
		if (finish_opening(c))
			pace_on_open(c);
		return;
	case CONNECTION_IDLE:
		on_idle(c);
		return;
	case CONNECTION_SENDING:
		send_rest(c);
		return;
	case CONNECTION_HEAD:
	case CONNECTION_BODY:
		if (c->pace->load == LOAD_SLOW && c->state == CONNECTION_BODY)
			watch_no_more(c);
		else
			read_all(c);
		return;
	}
}
