/* refusal -- does a text say that it will not answer?
 * SPDX-License-Identifier: MIT
 */
#include "compare/refusal.h"

#include <string.h>

#include "base/regex.h"

static bool
begins_at(const struct words *phrase, const struct words *w, size_t i)
{
	if (phrase->count == 0 || w->count - i < phrase->count)
		return false;
	for (size_t k = 0; k < phrase->count; k++)
		if (w->items[i + k].hash != phrase->items[k].hash)
			return false;
	return true;
}

static void
find_phrase(const struct words *phrase, const struct words *w,
    struct refusal *out)
{
	for (size_t i = 0; i < w->count && i < REFUSAL_WORDS && out->len == 0; i++) {
		const struct word *first = &w->items[i];
		const struct word *last;

		if (!begins_at(phrase, w, i))
			continue;
		last = &w->items[i + phrase->count - 1];
		out->at = first->at;
		out->len = last->at + last->len - first->at;
	}
}

static void
find_pattern(const struct regex *pattern, struct regex_room *room,
    const struct words *w, struct refusal *out)
{
	size_t len = w->len < REFUSAL_BYTES ? w->len : REFUSAL_BYTES;

	if (out->len == 0 &&
	    regex_match(pattern, room, w->text, len) != REGEX_NO)
		*out = (struct refusal){ 0, len };
}

static void
find_patterns(struct regex *const *patterns, const struct words *a,
    const struct words *b, struct refusal *a_out, struct refusal *b_out)
{
	struct regex_room *room;

	if (patterns == NULL || *patterns == NULL)
		return;
	room = regex_room_new();
	for (; *patterns != NULL; patterns++) {
		find_pattern(*patterns, room, a, a_out);
		find_pattern(*patterns, room, b, b_out);
	}
	regex_room_free(&room);
}

bool
refusal_find(const struct text_rules *rules, const struct words *a,
    const struct words *b, struct arena *scratch, struct refusal *a_out,
    struct refusal *b_out)
{
	*a_out = *b_out = (struct refusal){ 0 };
	for (char **p = rules->refusals; p != NULL && *p != NULL; p++) {
		struct words phrase;

		if (!words_read(&phrase, *p, strlen(*p), scratch))
			return false;
		find_phrase(&phrase, a, a_out);
		find_phrase(&phrase, b, b_out);
	}
	find_patterns(rules->refusal_patterns, a, b, a_out, b_out);
	return true;
}
