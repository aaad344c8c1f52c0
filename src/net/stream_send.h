/* stream_send -- sent at the end of the turn, together with what others send.
 * SPDX-License-Identifier: MIT
 *
 * Many small sends as one call are cheaper than one by one (outbox.h), where
 * the kernel has told of many sockets at once.  What was posted counts as
 * sent for stream_unsent(), and for stream_left() it does not.  It leaves
 * before anything else happens to its stream; if it was not all taken then,
 * ops->kept tells.
 */
#ifndef NET_STREAM_SEND_H
#define NET_STREAM_SEND_H

struct loop;

/* Like stream_flush_gathered(), at the end of the turn; at once where that is
 * as good. */
void stream_post_gathered(struct loop *l);
/* The turn ends. */
void stream_send_posted(struct loop *l);

#endif
