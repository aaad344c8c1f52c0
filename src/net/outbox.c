/* outbox -- see outbox.h.
 * SPDX-License-Identifier: MIT
 */
#include "net/outbox.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "net/socket_io.h"

/* Fewer are cheaper one by one. */
#define BURST_LEAST 3

bool
outbox_has_room(const struct outbox *o, size_t len)
{
	return o->count < OUTBOX_ITEMS && o->used_bytes + len <= OUTBOX_BYTES;
}

int
outbox_put(struct outbox *o, struct stream *owner, int fd,
    const struct iovec *slices, int count, size_t len)
{
	char *to = o->bytes + o->used_bytes;

	static_assert(OUTBOX_ITEMS <= BURST_SENDS, "it goes as one");
	o->owners[o->count] = owner;
	o->items[o->count] = (struct burst_send){ .fd = fd, .bytes = to,
		.len = len };
	o->used_bytes += len;
	for (int i = 0; i < count; i++)
		to = mempcpy(to, slices[i].iov_base, slices[i].iov_len);
	return o->count++;
}

/* Those that were taken out again leave no gap. */
static void
close_ranks(struct outbox *o)
{
	int kept = 0;

	for (int i = 0; i < o->count; i++) {
		if (o->owners[i] == NULL)
			continue;
		o->owners[kept] = o->owners[i];
		o->items[kept++] = o->items[i];
	}
	o->count = kept;
}

static int
send_as_burst(struct outbox *o)
{
	int done;

	if (o->count < BURST_LEAST)
		return 0;
	if (!o->burst_was_asked)
		o->burst = burst_new();
	o->burst_was_asked = true;
	if (o->burst == NULL)
		return 0;
	done = burst_send(o->burst, o->items, o->count);
	if (done < o->count)
		burst_free(&o->burst);
	return done;
}

void
outbox_send(struct outbox *o)
{
	close_ranks(o);
	for (int i = send_as_burst(o); i < o->count; i++) {
		struct burst_send *item = &o->items[i];

		item->sent = socket_send(item->fd, item->bytes, item->len);
		if (item->sent == -1)
			item->sent = -errno;
	}
}

void
outbox_fini(struct outbox *o)
{
	burst_free(&o->burst);
}
