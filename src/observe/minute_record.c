/* minute_record -- see minute_record.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/minute_record.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

static void
write_latency(const struct hist *h, struct buf *out)
{
	char separator = '{';

	for (unsigned octave = 0; octave < HIST_OCTAVES; octave++) {
		unsigned first = octave << HIST_SUB_BITS;

		/* What is in an empty one is no number. */
		if (h->octaves[octave] == 0)
			continue;
		for (unsigned i = first; i < first + (1u << HIST_SUB_BITS); i++) {
			if (h->slots[i] == 0)
				continue;
			buf_printf(out, "%c\"%" PRIu64 "\":%" PRIu32, separator,
			    hist_value_us(i), h->slots[i]);
			separator = ',';
		}
	}
	buf_puts(out, separator == '{' ? "{}" : "}");
}

struct minute_record *
minute_record_new(const struct tally *t)
{
	struct minute_record *r = mem_zalloc(sizeof *r);

	r->requests = t->requests;
	r->failures = t->failures;
	r->primary = t->primary_requests;
	r->shadow = t->shadow_requests;
	r->fallbacks = t->fallbacks;
	r->compared = t->compared;
	r->different = t->different;
	r->latency_us_sum = t->latency_us_sum;
	r->answered = hist_total(&t->latency);
	r->p50_us = hist_quantile_us(&t->latency, 0.50);
	r->p95_us = hist_quantile_us(&t->latency, 0.95);
	r->p99_us = hist_quantile_us(&t->latency, 0.99);
	write_latency(&t->latency, &r->latency);
	return r;
}

void
minute_record_free(struct minute_record **r)
{
	if (*r == NULL)
		return;
	buf_fini(&(*r)->latency);
	free(*r);
	*r = NULL;
}
