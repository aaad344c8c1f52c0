/* predecessor -- see predecessor.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/predecessor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/successor.h"
#include "base/buf.h"
#include "base/log.h"

/* It saves its last decision (a busy disk may take 5 s) and answers. */
#define PATIENCE_MS 20000

static bool
is_alive(const struct inherited *in)
{
	return getppid() == in->predecessor;
}

static bool
say_serving(const struct inherited *in, const struct sockets *sockets)
{
	struct buf text = { 0 };
	size_t count = 0;
	int *fds = sockets_list(sockets, &count);
	bool ok;

	buf_puts(&text, HANDOVER_SERVING);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, " %d", fds[i]);
	free(fds);
	ok = send(in->channel, text.bytes, text.len, MSG_NOSIGNAL) ==
	    (ssize_t)text.len;
	buf_fini(&text);
	return ok;
}

/* 1 it is ours; 0 hung up; -1 nothing was said. */
static int
listen_to(int channel, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = channel, .events = POLLIN };
	char text[64];
	ssize_t len;

	while (poll(&poll_fd, 1, timeout_ms) == -1 && errno == EINTR)
		continue;
	len = recv(channel, text, sizeof text, MSG_DONTWAIT);
	if (len == (ssize_t)strlen(HANDOVER_YOURS) &&
	    memcmp(text, HANDOVER_YOURS, strlen(HANDOVER_YOURS)) == 0)
		return 1;
	return len == -1 && errno == EAGAIN ? -1 : 0;
}

bool
predecessor_relieve(struct inherited *in, const struct sockets *sockets,
    struct err *err)
{
	int heard;

	if (in->channel == -1)
		return true;
	heard = say_serving(in, sockets) ? listen_to(in->channel, PATIENCE_MS) :
	    0;
	if (heard == -1) {
		/* From here on it cannot say so any more; what it said in the
		 * last moment still holds, for it will stop. */
		(void)shutdown(in->channel, SHUT_RD);
		heard = listen_to(in->channel, 0);
	}
	close(in->channel);
	in->channel = -1;
	if (heard == 1 || !is_alive(in)) {
		log_event(LOG_INFO, "upgrade", "process %d has handed over%s",
		    (int)in->predecessor, heard == 1 ? "" : " by its end");
		return true;
	}
	return err_set(err, "process %d goes on by itself", (int)in->predecessor);
}
