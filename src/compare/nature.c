/* nature -- see nature.h.
 * SPDX-License-Identifier: MIT
 */
#include "compare/nature.h"

#include <string.h>

#define SIGHTINGS_MAX (2 * (DIFF_SET_MAX + DIFF_TEXTS_MAX))

static struct noise_place
place_of(const char *path, enum diff_kind kind, bool is_text)
{
	struct noise_place p = { .kind = (uint8_t)kind, .is_text = is_text };

	memcpy(p.path, path, strnlen(path, sizeof p.path - 1));
	return p;
}

static const struct text_note *
note_at(const struct diff_set *set, const char *path)
{
	for (unsigned i = 0; i < set->text_count; i++)
		if (strcmp(set->texts[i].path, path) == 0)
			return &set->texts[i];
	return NULL;
}

/* --- the verdict ------------------------------------------------------------- */

/* An ellipsis stands for the rest. */
static bool
is_cut(const char *path)
{
	size_t len = strlen(path);

	return len >= 3 && memcmp(path + len - 3, "\xe2\x80\xa6", 3) == 0;
}

static bool
is_learned(const struct difference *d, const struct finding *f,
    const struct sample *s, struct noise_board *board)
{
	struct noise_place place = place_of(d->path, d->kind, d->is_text);
	const struct text_note *note = d->is_text ?
	    note_at(&f->diffs, d->path) : NULL;

	if (board == NULL || !f->is_whole || d->kind == DIFF_LIMIT ||
	    is_cut(d->path) || (d->is_text && note == NULL))
		return false;
	return noise_ask(board, s->route, &place,
	    note == NULL ? -1 : note->similarity) == NOISE_YES;
}

static bool
is_noise(const struct difference *d, const struct finding *f,
    const struct sample *s, struct noise_board *board)
{
	const struct noise_pin *pin = noise_pin_of(&s->config->rules.noise,
	    d->path);

	if (pin != NULL)
		return pin->as == PIN_NOISE;
	return is_learned(d, f, s, board);
}

/* Returns how many are not noise. */
static unsigned
put_noise_last(const struct sample *s, struct noise_board *board,
    struct finding *f)
{
	struct difference *entries = f->diffs.entries, moved;
	unsigned real = 0;

	for (unsigned i = 0; i < f->diffs.count; i++) {
		if (is_noise(&entries[i], f, s, board))
			continue;
		moved = entries[i];
		memmove(&entries[real + 1], &entries[real],
		    (i - real) * sizeof entries[0]);
		entries[real++] = moved;
	}
	return real;
}

void
nature_settle(const struct sample *s, struct noise_board *board,
    struct finding *f)
{
	if (f->verdict == VERDICT_DIFFERENT &&
	    put_noise_last(s, board, f) == 0 && !f->diffs.crowded && !f->is_cut)
		f->verdict = VERDICT_NOISE;
}

/* --- learning ------------------------------------------------------------------ */

/* Of one pair with its control leg. */
struct sightings {
	struct sighting list[SIGHTINGS_MAX];
	size_t count;
};

static struct sighting *
sighting_at(struct sightings *all, const struct noise_place *place)
{
	for (size_t i = 0; i < all->count; i++)
		if (memcmp(&all->list[i].place, place, sizeof *place) == 0)
			return &all->list[i];
	all->list[all->count] = (struct sighting){ .place = *place };
	return &all->list[all->count++];
}

static void
see_values(struct sightings *all, const struct diff_set *set, bool is_control)
{
	for (unsigned i = 0; i < set->count; i++) {
		const struct difference *d = &set->entries[i];
		struct noise_place place = place_of(d->path, d->kind, false);
		struct sighting *s;

		if (d->is_text)
			continue;
		s = sighting_at(all, &place);
		s->control |= is_control;
		s->enhanced |= !is_control;
	}
}

/* How alike the texts at a path are: noted, or equal if nothing else is said
 * of it.  Negative: there are no two texts. */
static double
likeness_at(const struct diff_set *set, const char *path)
{
	const struct text_note *note = note_at(set, path);

	if (note != NULL)
		return note->similarity;
	for (unsigned i = 0; i < set->count; i++)
		if (strcmp(set->entries[i].path, path) == 0)
			return -1;
	return 1;
}

static void
see_texts(struct sightings *all, const struct diff_set *in,
    const struct diff_set *enhanced, const struct diff_set *control)
{
	for (unsigned i = 0; i < in->text_count; i++) {
		const char *path = in->texts[i].path;
		struct noise_place place = place_of(path, DIFF_VALUE, true);
		double e = likeness_at(enhanced, path);
		double c = likeness_at(control, path);
		struct sighting *s;

		if (e < 0 || c < 0 || enhanced->texts_crowded ||
		    control->texts_crowded)
			continue;
		s = sighting_at(all, &place);
		s->enhanced_likeness = e;
		s->control_likeness = c;
	}
}

/* What is not among the differences is taken for the same, so all must be. */
static bool
says_all(const struct finding *f)
{
	return f->is_whole && !f->diffs.crowded;
}

void
nature_learn(const struct sample *s, const struct finding *f,
    struct redactor *redactor, struct arena *a, struct noise_board *board)
{
	struct sightings all = { .count = 0 };
	struct finding control;

	if (board == NULL || !s->has_control || !says_all(f))
		return;
	arena_reset(a);
	judge_answers(&s->answers[VERSION_LEGACY], &s->control,
	    &s->config->rules.compare, redactor, a, &control);
	if (!says_all(&control))
		return;
	see_values(&all, &f->diffs, false);
	see_values(&all, &control.diffs, true);
	see_texts(&all, &f->diffs, &f->diffs, &control.diffs);
	see_texts(&all, &control.diffs, &f->diffs, &control.diffs);
	noise_learn(board, s->route, all.list, all.count, s->ts_us);
}
