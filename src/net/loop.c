/* loop -- see loop.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/loop.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/outbox.h"
#include "net/stream.h"
#include "net/stream_send.h"

static void
on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct loop *l = arg;

	loop_enter(l);
	wheel_turn(&l->wheel, l->now_ns);
	if (l->wheel.armed == 0) {
		event_del(&l->tick);
		l->ticking = false;
	}
	stream_flush_gathered(l);
}

/* While there is much to tell nobody sleeps, and the other events are looked
 * at a bit later. */
#define BUSY_TOLD 4
#define BUSY_ROUNDS 4

static void
on_told(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct loop *l = arg;
	int told;

	for (int round = 0; round < BUSY_ROUNDS; round++) {
		if (round > 0)
			loop_drain_deferred(l);
		told = watch_tell(&l->watches);
		stream_send_posted(l);
		if (told < BUSY_TOLD)
			break;
	}
}

bool
loop_init(struct loop *l, struct err *err)
{
	struct event_config *config = event_config_new();

	*l = (struct loop){ .now_ns = clock_ns() };
	TAILQ_INIT(&l->deferred);
	wheel_init(&l->wheel, l->now_ns);
	if (config != NULL) {
		/* Each event and base belongs to one thread, so no locks.  Not
		 * EPOLL_USE_CHANGELIST: it puts the removal of an event off
		 * until after its descriptor is closed, when the number may be
		 * another thread's (found by the thread sanitizer). */
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		l->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (l->base == NULL)
		return err_set(err, "event loop: libevent cannot wait for events");
	if (!watch_set_init(&l->watches, err)) {
		event_base_free(l->base);
		l->base = NULL;
		return false;
	}
	event_assign(&l->told, l->base, l->watches.fd, EV_READ | EV_PERSIST,
	    on_told, l);
	event_add(&l->told, NULL);
	event_assign(&l->tick, l->base, -1, EV_PERSIST, on_tick, l);
	l->read_buffer = mem_alloc(LOOP_READ_BYTES);
	l->outbox = mem_zalloc(sizeof *l->outbox);
	return true;
}

void
loop_fini(struct loop *l)
{
	if (l->base == NULL)
		return;
	if (l->ticking)
		event_del(&l->tick);
	event_del(&l->told);
	watch_set_fini(&l->watches);
	event_base_free(l->base);
	l->base = NULL;
	free(l->read_buffer);
	l->read_buffer = NULL;
	outbox_fini(l->outbox);
	free(l->outbox);
	l->outbox = NULL;
}

void
loop_drain_deferred(struct loop *l)
{
	struct deferred *d;

	while ((d = TAILQ_FIRST(&l->deferred)) != NULL) {
		loop_undefer(l, d);
		d->run(d->arg);
		stream_flush_gathered(l);
	}
}

void
loop_run_once(struct loop *l)
{
	/* Work may have been put off before the first turn. */
	loop_drain_deferred(l);
	event_base_loop(l->base, watch_turn(&l->watches) ?
	    EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
	watch_tell_due(&l->watches);
	loop_enter(l);
	loop_drain_deferred(l);
}

void
loop_enter(struct loop *l)
{
	l->now_ns = clock_ns();
}

int64_t
loop_wall_us(struct loop *l)
{
	if (l->wall_ns == 0 || l->now_ns - l->wall_ns > NS_PER_MS) {
		l->wall_ns = l->now_ns;
		l->wall_us = clock_wall_us();
	}
	return l->wall_us + (int64_t)((l->now_ns - l->wall_ns) / NS_PER_US);
}

void
loop_defer(struct loop *l, struct deferred *d)
{
	if (d->link.tqe_prev != NULL)
		return;
	TAILQ_INSERT_TAIL(&l->deferred, d, link);
}

void
loop_undefer(struct loop *l, struct deferred *d)
{
	if (d->link.tqe_prev == NULL)
		return;
	TAILQ_REMOVE(&l->deferred, d, link);
	d->link.tqe_prev = NULL;
}

void
loop_arm(struct loop *l, struct wheel_entry *e, uint64_t after_ms)
{
	const struct timeval slot = { .tv_usec = WHEEL_SLOT_NS / NS_PER_US };

	if (!l->ticking) {
		/* The wheel stood still; nothing was armed, so skip the gap. */
		if (l->wheel.armed == 0)
			l->wheel.turned_ns = l->now_ns - l->now_ns % WHEEL_SLOT_NS;
		event_add(&l->tick, &slot);
		l->ticking = true;
	}
	wheel_arm(&l->wheel, e, l->now_ns + after_ms * NS_PER_MS);
}

void
loop_disarm(struct loop *l, struct wheel_entry *e)
{
	wheel_disarm(&l->wheel, e);
}
