/* test_tls_end -- the last word of a TLS stream, when there is no room for it.
 * SPDX-License-Identifier: MIT
 *
 * Ciphers without certificates: who it is does not matter here.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"

#define NO_CERTIFICATE "AECDH-AES128-SHA:@SECLEVEL=0"

static struct stage {
	struct loop loop;
	struct stream s;
	SSL_CTX *ctx;
	SSL *peer;
	int fd;        /* peer's */
	bool connected, failed;
	unsigned drained;
} st;

static void
on_nothing(void *arg)
{
	(void)arg;
}

static void
on_drained(void *arg)
{
	((struct stage *)arg)->drained++;
}

static void
on_connected(void *arg)
{
	((struct stage *)arg)->connected = true;
}

static void
on_failed(void *arg)
{
	((struct stage *)arg)->failed = true;
}

static const struct stream_ops ops = { on_nothing, on_drained, on_connected,
	on_failed, NULL };

static SSL *
ssl_new(void)
{
	SSL *ssl = SSL_new(st.ctx);

	cr_assert_not_null(ssl);
	return ssl;
}

static void
stage_open(void)
{
	struct err err = { "" };
	SSL *ours;
	int fds[2];

	st = (struct stage){ .fd = -1 };
	st.ctx = SSL_CTX_new(TLS_method());
	SSL_CTX_set_max_proto_version(st.ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(st.ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	cr_assert_eq(SSL_CTX_set_cipher_list(st.ctx, NO_CERTIFICATE), 1);
	cr_assert(loop_init(&st.loop, &err), "%s", err.text);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
	    0);
	st.fd = fds[1];
	st.peer = ssl_new();
	SSL_set_fd(st.peer, st.fd);
	SSL_set_connect_state(st.peer);
	ours = ssl_new();
	SSL_set_accept_state(ours);
	stream_open(&st.s, &st.loop, fds[0], &ops, &st);
	stream_secure(&st.s, ours);
	while (SSL_do_handshake(st.peer) != 1 || !st.connected) {
		cr_assert(!st.failed, "%s", stream_why(&st.s));
		if (!st.connected)
			loop_run_once(&st.loop);
	}
	stream_pause(&st.s, PAUSE_BUSY);
}

static void
stage_close(void)
{
	stream_close(&st.s);
	SSL_free(st.peer);
	close(st.fd);
	loop_fini(&st.loop);
	SSL_CTX_free(st.ctx);
}

static void
write_one(void)
{
	stream_write(&st.s, "x", 1);
	stream_flush_gathered(&st.loop);
}

/* How many writes of a byte leave before the socket is full. */
static unsigned
room(void)
{
	unsigned n = 0;

	stage_open();
	while (write_one(), stream_unsent(&st.s) == 0)
		n++;
	stage_close();
	return n;
}

/* What SSL_get_error() says when nothing more can be read. */
static int
read_all(void)
{
	char byte;
	int n;

	while ((n = SSL_read(st.peer, &byte, 1)) == 1)
		continue;
	return SSL_get_error(st.peer, n);
}

Test(tls_end, is_said_once_there_is_room, .timeout = 20)
{
	unsigned n = room();

	cr_assert_gt(n, 10u);
	stage_open();
	for (unsigned i = 0; i < n; i++)
		write_one();
	cr_assert_eq(stream_unsent(&st.s), 0u, "all has left, and fills it");
	cr_expect(!stream_finish(&st.s), "no room for the alert");
	cr_expect_eq(read_all(), SSL_ERROR_WANT_READ, "not a FIN either");
	while (st.drained == 0)
		loop_run_once(&st.loop);
	cr_expect(stream_finish(&st.s));
	cr_expect_eq(read_all(), SSL_ERROR_ZERO_RETURN, "a close_notify");
	stage_close();
}

Test(tls_end, is_said_at_once_where_there_is, .timeout = 20)
{
	stage_open();
	write_one();
	cr_expect(stream_finish(&st.s));
	cr_expect_eq(read_all(), SSL_ERROR_ZERO_RETURN);
	cr_expect_eq(st.drained, 0u);
	stage_close();
}
