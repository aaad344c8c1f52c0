/* stream_room -- what a stream may be given, and what its peer has taken.
 * SPDX-License-Identifier: MIT
 *
 * Contract in stream.h.
 */
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "net/stream.h"

/* The kernel counts what a piece occupies, and that is a bit more than the
 * piece: an eighth is left to it. */
static size_t
socket_room(const struct stream *s)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof info;
	uint32_t queued;

	if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == -1)
		return 0;
	/* TCP counts what waits in the one, a local socket in the other. */
	queued = info[SK_MEMINFO_WMEM_QUEUED];
	if (queued < info[SK_MEMINFO_WMEM_ALLOC])
		queued = info[SK_MEMINFO_WMEM_ALLOC];
	if (queued >= info[SK_MEMINFO_SNDBUF])
		return 0;
	return (info[SK_MEMINFO_SNDBUF] - queued) / 8 * 7;
}

size_t
stream_room(const struct stream *s)
{
	size_t unsent = stream_unsent(s), room;

	if (unsent > 0)
		return unsent < STREAM_HIGH_BYTES ? STREAM_HIGH_BYTES - unsent :
		    1;
	/* Only who moves much asks the kernel. */
	if (!s->flows)
		return STREAM_READ_BYTES;
	room = socket_room(s);
	if (room > LOOP_READ_BYTES)
		return LOOP_READ_BYTES;
	return room > STREAM_READ_BYTES ? room : STREAM_READ_BYTES;
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
