/* mailbox -- how another thread gets a word into a loop.
 * SPDX-License-Identifier: MIT
 *
 * A bell only: the sender stores what it has to say in an atomic of its own
 * and rings; the loop's callback reads it.  Rings that come close together
 * may be heard as one.
 */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "net/loop.h"

struct mailbox {
	struct event rung;
	struct loop *loop; /* borrows */
	int fd;            /* owns: eventfd */
	void (*heard)(void *arg);
	void *arg;
};

bool mailbox_init(struct mailbox *m, struct loop *l,
    void (*heard)(void *arg), void *arg, struct err *err) MUST_CHECK;
void mailbox_fini(struct mailbox *m);
/* Any thread. */
void mailbox_ring(struct mailbox *m);

#endif
