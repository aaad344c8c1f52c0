/* mailbox -- see mailbox.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/stream.h"

static void
on_rung(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct mailbox *m = arg;
	uint64_t rings;

	loop_enter(m->loop);
	if (read(fd, &rings, sizeof rings) == -1 && errno != EAGAIN)
		return;
	m->heard(m->arg);
	stream_flush_gathered(m->loop);
}

bool
mailbox_init(struct mailbox *m, struct loop *l, void (*heard)(void *arg),
    void *arg, struct err *err)
{
	*m = (struct mailbox){ .loop = l, .heard = heard, .arg = arg };
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd == -1)
		return err_set(err, "mailbox: eventfd: %s", strerror(errno));
	event_assign(&m->rung, l->base, m->fd, EV_READ | EV_PERSIST, on_rung, m);
	event_add(&m->rung, NULL);
	return true;
}

void
mailbox_fini(struct mailbox *m)
{
	if (m->loop == NULL || m->fd == -1)
		return;
	event_del(&m->rung);
	close(m->fd);
	m->fd = -1;
}

void
mailbox_ring(struct mailbox *m)
{
	const uint64_t one = 1;

	/* EAGAIN means that the bell has been ringing unheard 2^64 times. */
	if (write(m->fd, &one, sizeof one) == -1)
		return;
}
