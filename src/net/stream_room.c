/* stream_room -- what a stream may be given, and what its peer has taken.
 * SPDX-License-Identifier: MIT
 *
 * Contract in stream.h.
 */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "net/stream.h"

size_t
stream_room(const struct stream *s)
{
	size_t unsent = stream_unsent(s);

	if (unsent == 0)
		return LOOP_READ_BYTES;
	return unsent < STREAM_HIGH_BYTES ? STREAM_HIGH_BYTES - unsent : 1;
}

/* The kernel asks for more only when a third of its buffer, which may be
 * megabytes, is empty: a slow reader would look like one that stands still
 * (case regress_proxy.slow_is_not_still). */
uint64_t
stream_taken(const struct stream *s)
{
	uint64_t left = stream_left(s);
	int queued = 0;

	if (stream_unsent(s) > 0 && !s->connecting && s->error == 0 &&
	    ioctl(s->fd, SIOCOUTQ, &queued) == -1)
		queued = 0;
	/* TLS queues more bytes than it was given. */
	return left > (uint64_t)queued ? left - (uint64_t)queued : 0;
}
