/* unsent -- bytes that a socket did not take, kept until it does.
 * SPDX-License-Identifier: MIT
 *
 * Exactly as large as its content: a slow reader's memory is what it has not
 * taken.  Our-sized, although a peer fills it: a feeder stops at
 * STREAM_HIGH_BYTES plus one read.
 */
#ifndef NET_UNSENT_H
#define NET_UNSENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct unsent {
	uint32_t at, len, space; /* bytes[at..len) wait */
	char *bytes;             /* owns; NULL = nothing was kept */
};

/* Keep what lies behind the first `sent` bytes of the slices, `total` long. */
void unsent_keep(struct unsent *u, const struct iovec *slices, int count,
    size_t total, size_t sent);
/* Forget it, and give the memory back. */
void unsent_drop(struct unsent *u);

#endif
