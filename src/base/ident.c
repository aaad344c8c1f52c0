/* ident -- see ident.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/ident.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/text.h"

void
ident_source_init(struct ident_source *s)
{
	/* Early in a boot the kernel makes us wait, and a signal may end it. */
	while (getrandom(s, sizeof *s, 0) != (ssize_t)sizeof *s)
		if (errno != EINTR)
			abort(); /* names would repeat: nothing is safe then */
}

/* SplitMix64's mixer (Steele, Lea, Flood, 2014): a bijection, so a counter
 * never repeats behind it. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
ident_next(struct ident_source *s, char out[IDENT_TEXT_LEN + 1])
{
	uint64_t name[2] = { s->high, mix(s->counter++) };

	text_hex(name, sizeof name, out);
}
