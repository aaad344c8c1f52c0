/* stream_parts -- what the files of stream share; nobody else includes it.
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_STREAM_PARTS_H
#define NET_STREAM_PARTS_H

#include <stdbool.h>

struct stream;

/* ops->failed is told between two turns; only the first one counts. */
void stream_fail(struct stream *s, int error);
/* The kernel tells of room only when a write has found none. */
void stream_want_writable(struct stream *s, bool on);
/* The kernel has told of what was not read, and does not tell again.  Not
 * read here and now: others have their turn first. */
void stream_read_later(struct stream *s);

/* Send what was kept, and tell what room there is. */
void stream_send_unsent(struct stream *s);
/* What was written since the last flush is lost. */
void stream_forget_gathered(struct stream *s);
/* What it has posted leaves before anything else happens to it. */
void stream_settle(struct stream *s);
/* The same where ops->kept may be told. */
void stream_settle_first(struct stream *s);

#endif
