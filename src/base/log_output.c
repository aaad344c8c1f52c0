/* log_output -- see log_output.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"

/* A line takes so many with it that wait: whoever logs has other work. */
#define TAKEN_ALONG 16

enum kind {
	KIND_OURS = 0, /* opened again: O_NONBLOCK is nobody else's business */
	KIND_SOCKET,   /* each call says that it does not wait */
	KIND_POLLED,   /* could not be opened again: asked before each write */
};

struct line {
	size_t len, at; /* bytes[at..len) wait */
	char bytes[];
};

static struct {
	struct ring *waiting; /* owns; of struct line *; NULL = writes may block */
	enum kind kind;
	int fd;               /* owns if KIND_OURS */
	_Atomic bool is_held; /* by the one thread that writes */
	struct line *first;   /* owns; its; begun, or next to be */
	_Atomic unsigned long lost;
} out = { .fd = STDERR_FILENO };

/* --- one write -------------------------------------------------------------- */

/* The rest of a line that was written in part follows at once: without its
 * end the next line would be lost with it. */
static void
write_all(const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nowhere to complain to */
		line += n;
		len -= (size_t)n;
	}
}

static ssize_t
write_polled(const char *bytes, size_t len)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };

	errno = EAGAIN;
	if (poll(&p, 1, 0) != 1)
		return -1;
	return write(out.fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
}

/* How many bytes are dealt with: all of them, if they cannot be written at
 * all; fewer, if whoever reads them is behind. */
static size_t
write_some(const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = out.kind == KIND_SOCKET ? send(out.fd, bytes + at,
		    len - at, MSG_DONTWAIT | MSG_NOSIGNAL) :
		    out.kind == KIND_POLLED ? write_polled(bytes + at, len - at) :
		    write(out.fd, bytes + at, len - at);

		if (n > 0)
			at += (size_t)n;
		else if (n == -1 && errno == EAGAIN)
			return at;
		else if (n == 0 || errno != EINTR)
			return len; /* nowhere to complain to */
	}
	return at;
}

/* --- what waits --------------------------------------------------------------- */

static struct line *
line_new(const char *bytes, size_t len)
{
	struct line *l = mem_alloc(sizeof *l + len);

	l->len = len;
	l->at = 0;
	memcpy(l->bytes, bytes, len);
	return l;
}

static void
keep(const char *bytes, size_t len)
{
	struct line *l = line_new(bytes, len);

	if (ring_put(out.waiting, &l))
		return;
	free(l);
	atomic_fetch_add(&out.lost, 1);
}

static bool
hold(void)
{
	return !atomic_exchange_explicit(&out.is_held, true,
	    memory_order_acquire);
}

static void
release(void)
{
	atomic_store_explicit(&out.is_held, false, memory_order_release);
}

/* Held.  true: nothing waits any more. */
static bool
write_waiting(size_t most)
{
	while (out.first != NULL || ring_take(out.waiting, &out.first)) {
		struct line *l = out.first;

		if (most-- == 0)
			return false;
		l->at += write_some(l->bytes + l->at, l->len - l->at);
		if (l->at < l->len)
			return false;
		out.first = NULL;
		free(l);
	}
	return true;
}

/* Held, and nothing waits.  false: not a byte of it has left. */
static bool
write_new(const char *line, size_t len)
{
	size_t at = write_some(line, len);

	if (at == 0)
		return false;
	if (at < len)
		out.first = line_new(line + at, len - at);
	return true;
}

/* --- from outside --------------------------------------------------------------- */

/* Another thread's bug: what it was about may be what waits here. */
static void
on_abort(int number)
{
	(void)log_output_flush(0);
	(void)number;
}

void
log_output_unblock(void)
{
	struct stat st;
	int fd;

	if (out.waiting != NULL || fstat(STDERR_FILENO, &st) == -1 ||
	    S_ISREG(st.st_mode))
		return;
	out.kind = KIND_SOCKET;
	if (!S_ISSOCK(st.st_mode)) {
		fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC |
		    O_NOCTTY);
		out.kind = fd == -1 ? KIND_POLLED : KIND_OURS;
		out.fd = fd == -1 ? STDERR_FILENO : fd;
	}
	out.waiting = ring_new(LOG_OUTPUT_LINES, sizeof(struct line *));
	signal(SIGABRT, on_abort);
}

void
log_output_line(const char *line, size_t len)
{
	bool done = false;

	if (out.waiting == NULL) {
		write_all(line, len);
		return;
	}
	if (hold()) {
		done = write_waiting(TAKEN_ALONG) && write_new(line, len);
		release();
	}
	if (!done)
		keep(line, len);
}

bool
log_output_flush(unsigned patience_ms)
{
	uint64_t end_ns = clock_ns() + patience_ms * NS_PER_MS, now_ns;
	bool done = out.waiting == NULL;

	while (!done) {
		struct pollfd p = { .fd = out.fd, .events = POLLOUT };

		if (hold()) {
			done = write_waiting(SIZE_MAX);
			release();
		}
		now_ns = clock_ns();
		if (done || now_ns >= end_ns)
			break;
		(void)poll(&p, 1, (int)((end_ns - now_ns) / NS_PER_MS) + 1);
	}
	return done;
}

unsigned long
log_output_take_lost(void)
{
	return atomic_exchange(&out.lost, 0);
}
