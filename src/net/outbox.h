/* outbox -- what the callbacks of one turn have to send, sent at its end.
 * SPDX-License-Identifier: MIT
 *
 * Small pieces, one for each stream, in the order they were put in.  That
 * they leave together saves the kernel's door (burst.h) and waking the peers
 * one by one.  Knows sockets and bytes, not what becomes of what a socket did
 * not take: that is stream.c.
 */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "net/burst.h"

/* Then it is sent, and begun anew: what it copies should stay in the nearest
 * cache, and the peers should have something to do meanwhile. */
#define OUTBOX_ITEMS 12
#define OUTBOX_BYTES (32 * 1024)
/* More than so much is sent at once and not copied. */
#define OUTBOX_PIECE 4096

struct stream;

struct outbox {
	struct stream *owners[OUTBOX_ITEMS]; /* NULL: taken out again */
	struct burst_send items[OUTBOX_ITEMS];
	int count;
	size_t used_bytes;
	struct burst *burst;   /* owns; NULL: not asked for yet, or there is none */
	bool burst_was_asked;
	char bytes[OUTBOX_BYTES];
};

bool outbox_has_room(const struct outbox *o, size_t len);
/* Copies the slices.  Returns its number. */
int outbox_put(struct outbox *o, struct stream *owner, int fd,
    const struct iovec *slices, int count, size_t len);
/* Send all that is in it, each as far as it goes: items[].sent tells. */
void outbox_send(struct outbox *o);
void outbox_fini(struct outbox *o);

#endif
