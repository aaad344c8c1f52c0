/* fresh -- see fresh.h.
 * SPDX-License-Identifier: MIT
 */
#include "control/fresh.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool
is_behind(const struct rate *now, const struct rate *before)
{
	return now->events < before->events || now->n < before->n;
}

static struct rate
less(const struct rate *now, const struct rate *before)
{
	return (struct rate){ now->events - before->events,
		now->n - before->n };
}

static void
drop_oldest(struct fresh *f, unsigned count)
{
	f->count -= count;
	memmove(f->starts, f->starts + count, f->count * sizeof f->starts[0]);
}

/* Counters that have begun at zero again, as signals do with other rules. */
static bool
has_gone_back(const struct fresh *f, const struct sides *now)
{
	return is_behind(&now->own, &f->newest.own) ||
	    is_behind(&now->legacy, &f->newest.legacy);
}

void
fresh_renew(struct fresh *f, const struct sides *now, uint64_t spell)
{
	unsigned old = 0;

	if (has_gone_back(f, now)) {
		f->count = 0;
		f->newest = *now;
	}
	while (old < f->count && f->starts[old].spell + 1 < spell)
		old++;
	drop_oldest(f, old);
	if (now->own.events + now->legacy.events < FRESH_EVENTS +
	    f->newest.own.events + f->newest.legacy.events)
		return;
	if (f->count == FRESH_MAX)
		drop_oldest(f, 1);
	f->newest = *now;
	f->starts[f->count++] = (struct fresh_start){ .at = *now,
		.number = ++f->begun, .spell = spell };
}

struct sides
fresh_since(const struct fresh_start *s, const struct sides *now)
{
	return (struct sides){ less(&now->own, &s->at.own),
		less(&now->legacy, &s->at.legacy) };
}

double
fresh_ln_weight(const struct fresh_start *s)
{
	double j = (double)s->number;

	return FRESH_LN_STAGE - log(j) - log(j + 1);
}
