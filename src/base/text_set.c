/* text_set -- see text_set.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/text_set.h"

#include <string.h>

#include "base/fingerprint.h"

static uint32_t
place_of(const char *text, size_t len)
{
	return (uint32_t)fingerprint(fingerprint_seed(), text, len);
}

void
text_set_make(struct text_set *s, char *const *texts, struct arena *a)
{
	uint32_t places = 4;

	*s = (struct text_set){ .texts = texts };
	while (texts[s->count] != NULL)
		s->count++;
	while (places < 2 * s->count)
		places *= 2;
	s->mask = places - 1;
	s->places = arena_zalloc(a, places * sizeof s->places[0]);
	for (size_t i = 0; i < s->count; i++) {
		uint32_t p = place_of(texts[i], strlen(texts[i]));

		while (s->places[p & s->mask] != 0)
			p++;
		s->places[p & s->mask] = (uint32_t)i + 1;
	}
}

bool
text_set_has(const struct text_set *s, const char *text, size_t len)
{
	if (s->count == 0)
		return false;
	for (uint32_t p = place_of(text, len);; p++) {
		uint32_t there = s->places[p & s->mask];

		if (there == 0)
			return false;
		if (strlen(s->texts[there - 1]) == len &&
		    memcmp(s->texts[there - 1], text, len) == 0)
			return true;
	}
}
