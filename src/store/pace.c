/* pace -- see pace.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/pace.h"

#include <stddef.h>

#include "base/clock.h"

#define BREAK_OF_BURST 3
/* Whoever was not let run for a while need not rest for it. */
#define BREAK_MAX_NS (3 * PACE_BURST_NS)

void
pace_begin(struct pace *p)
{
	p->burst_ns = clock_ns();
}

void
pace_keep(struct pace *p)
{
	uint64_t now, break_ns;

	if (p == NULL)
		return;
	now = clock_ns();
	if (now < p->burst_ns + PACE_BURST_NS)
		return;
	break_ns = (now - p->burst_ns) * BREAK_OF_BURST;
	if (!p->is_urgent(p->arg))
		clock_nap(break_ns < BREAK_MAX_NS ? break_ns : BREAK_MAX_NS);
	p->burst_ns = clock_ns();
}
