/* watch -- see watch.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* As much as a busy worker finds at once; the rest is told the next time. */
#define TOLD_AT_ONCE 64

bool
watch_set_init(struct watch_set *s, struct err *err)
{
	LIST_INIT(&s->asked);
	LIST_INIT(&s->due);
	s->telling = 0;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->fd == -1)
		return err_set(err, "event loop: epoll: %s", strerror(errno));
	return true;
}

void
watch_set_fini(struct watch_set *s)
{
	close(s->fd);
	s->fd = -1;
}

static bool
control(struct watch_set *s, struct watch *w, int how, int fd)
{
	struct epoll_event e = { .data.ptr = w,
		.events = EPOLLET | EPOLLIN | EPOLLPRI | EPOLLRDHUP };

	if (w->minds_room)
		e.events |= EPOLLOUT;
	return epoll_ctl(s->fd, how, fd, &e) == 0;
}

bool
watch_begin(struct watch_set *s, struct watch *w, int fd, bool room,
    void (*ready)(struct watch *w, unsigned what))
{
	*w = (struct watch){ .ready = ready, .minds_room = room };
	w->is_on = control(s, w, EPOLL_CTL_ADD, fd);
	return w->is_on;
}

bool
watch_room(struct watch_set *s, struct watch *w, int fd)
{
	if (w->minds_room)
		return true;
	w->minds_room = true;
	return control(s, w, EPOLL_CTL_MOD, fd);
}

static void
leave_due(struct watch *w)
{
	if (w->is_due)
		LIST_REMOVE(w, link);
	w->is_due = false;
}

/* Not by closing alone: while a child between its fork() and exec() holds the
 * socket, too, it is told of. */
void
watch_end(struct watch_set *s, struct watch *w, int fd)
{
	leave_due(w);
	if (w->is_on)
		(void)epoll_ctl(s->fd, EPOLL_CTL_DEL, fd, NULL);
	w->is_on = false;
}

void
watch_again(struct watch_set *s, struct watch *w)
{
	if (w->is_due || !w->is_on)
		return;
	LIST_INSERT_HEAD(&s->asked, w, link);
	w->is_due = true;
}

bool
watch_turn(struct watch_set *s)
{
	struct watch *first = LIST_FIRST(&s->asked);

	if (first == NULL)
		return false;
	LIST_INIT(&s->asked);
	LIST_FIRST(&s->due) = first;
	first->link.le_prev = &LIST_FIRST(&s->due);
	return true;
}

static unsigned
what_of(uint32_t events)
{
	unsigned what = 0;

	if ((events & EPOLLIN) != 0)
		what |= WATCH_READ;
	if ((events & EPOLLOUT) != 0)
		what |= WATCH_WRITE;
	/* A read stops in front of an urgent byte, too. */
	if ((events & (EPOLLRDHUP | EPOLLPRI)) != 0)
		what |= WATCH_READ | WATCH_END;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		what |= WATCH_READ | WATCH_WRITE | WATCH_END;
	if ((events & EPOLLERR) != 0)
		what |= WATCH_FAILED;
	return what;
}

int
watch_tell(struct watch_set *s)
{
	struct epoll_event told[TOLD_AT_ONCE];
	int count = epoll_wait(s->fd, told, TOLD_AT_ONCE, 0);

	s->telling = count;
	for (int i = 0; i < count; i++) {
		struct watch *w = told[i].data.ptr;

		if (!w->is_on)
			continue; /* ended by one before it */
		leave_due(w);
		w->ready(w, what_of(told[i].events));
	}
	s->telling = 0;
	return count;
}

void
watch_tell_due(struct watch_set *s)
{
	struct watch *w;

	while ((w = LIST_FIRST(&s->due)) != NULL) {
		leave_due(w);
		w->ready(w, 0);
	}
}
