/* intake -- what was read and not yet used.
 * SPDX-License-Identifier: MIT
 *
 * Nearly always nothing: bytes are read into the loop's buffer and used up
 * within the callback.  Only a head that came in pieces or a pipelined
 * request is kept, in memory of its own that is given back when it is used.
 */
#ifndef PROXY_INTAKE_H
#define PROXY_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "net/stream.h"

struct intake {
	char *bytes; /* owns; NULL while empty */
	uint32_t len, space;
};

void intake_fini(struct intake *in);
/* One read of at most this much.  *bytes_out is all that is there now: what
 * was kept and what came; good until intake_keep() or the end of the
 * callback. */
enum io intake_read(struct intake *in, struct stream *s, size_t most,
    char **bytes_out, size_t *len_out, size_t *fresh_out) MUST_CHECK;
/* The first used of these bytes are done with; keep the rest. */
void intake_keep(struct intake *in, struct loop *l, char *bytes, size_t len,
    size_t used);

#endif
