/* leg -- what an ended exchange leaves behind: counters and a record.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROXY_LEG_H
#define PROXY_LEG_H

#include <stdint.h>

#include "observe/outcome.h"

struct answer;
struct exchange;

/* From the leg's beginning to now: a fallback does not answer for the time
 * that enhanced took to fail, nor a shadow for the client's upload.  Of a
 * tunnel: until it stood. */
uint64_t leg_latency_us(const struct exchange *x);
/* When it came, for the comparison. */
void leg_time_answer(const struct exchange *x, struct answer *out);
/* Count it with this outcome, feed the breaker. */
void leg_count(struct exchange *x, enum outcome outcome);
/* It failed, and legacy answers. */
void leg_count_fallback(struct exchange *x);
/* Count it, unless it is a tunnel, which was counted when it stood; hand its
 * record to the sink.  x->outcome is set; the connection may still be
 * attached. */
void leg_write_down(struct exchange *x);

#endif
