/* noise_judge -- see noise_judge.h.
 * SPDX-License-Identifier: MIT
 */
#include "observe/noise_judge.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The floor is under all but this share of legacy's own answers, surely. */
#define FLOOR_QUANTILE 0.05
#define FLOOR_ALPHA 0.05
/* The bottom lies as far under the floor as so many times from the floor to
 * the median: of what is spread like a bell, one in two million is lower. */
#define BOTTOM_DEPTH 2

const char *
noise_state_name(enum noise_state s)
{
	static const char *const names[NOISE_STATE_COUNT] = { "unknown", "real",
		"noise" };

	assert((unsigned)s < NOISE_STATE_COUNT);
	return names[s];
}

/* --- counts ---------------------------------------------------------------- */

enum noise_state
noise_judge(struct paired seen)
{
	if (ln_evidence(seen.first_only, seen.second_only, 0.5) >=
	    -log(REAL_ALPHA))
		return NOISE_REAL;
	return ln_paired_evidence(seen, NOISE_RATIO) >= -log(NOISE_ALPHA) ?
	    NOISE_YES : NOISE_UNKNOWN;
}

double
noise_ratio_upper(struct paired seen)
{
	return paired_ratio_upper(seen, NOISE_ALPHA);
}

double
noise_ratio_lower(struct paired seen)
{
	struct paired turned = { seen.second_only, seen.first_only, seen.both };

	return 1 / paired_ratio_upper(turned, NOISE_ALPHA);
}

/* --- texts ------------------------------------------------------------------ */

void
likeness_add(struct likeness *l, double similarity)
{
	int bin = (int)(similarity * (LIKENESS_BINS - 1));

	if (bin < 0)
		bin = 0;
	if (bin >= LIKENESS_BINS)
		bin = LIKENESS_BINS - 1;
	l->bins[bin]++;
	l->total++;
}

void
likeness_fade(struct likeness *l)
{
	l->total = 0;
	for (int i = 0; i < LIKENESS_BINS; i++) {
		l->bins[i] /= 2;
		l->total += l->bins[i];
	}
}

/* The value of that rank from below, from 1: the lower rim of its bin. */
static double
value_at(const struct likeness *l, uint64_t rank)
{
	uint64_t below = 0;
	int bin = 0;

	while (bin < LIKENESS_BINS - 1 && below + l->bins[bin] < rank)
		below += l->bins[bin++];
	return bin / (double)(LIKENESS_BINS - 1);
}

struct noise_floor
likeness_floor(const struct likeness *l)
{
	struct noise_floor f = { 0 };
	uint64_t rank;
	double median;

	if (!quantile_lower_rank(l->total, FLOOR_QUANTILE, FLOOR_ALPHA, &rank))
		return f;
	f.known = true;
	f.floor = value_at(l, rank);
	median = value_at(l, (l->total + 1) / 2);
	f.bottom = f.floor - BOTTOM_DEPTH * (median - f.floor);
	if (f.bottom < 0)
		f.bottom = 0;
	return f;
}

/* --- pins --------------------------------------------------------------------- */

static size_t
segment_len(const char *at)
{
	return at[0] == '/' ? 1 + strcspn(at + 1, "/") : strlen(at);
}

static bool
covers(const char *pin, const char *path)
{
	while (*pin != '\0') {
		size_t a = segment_len(pin), b = segment_len(path);
		bool is_any = a == 2 && memcmp(pin, "/*", 2) == 0 &&
		    path[0] == '/';

		if (!is_any && (a != b || memcmp(pin, path, a) != 0))
			return false;
		pin += a;
		path += b;
	}
	return true;
}

const struct noise_pin *
noise_pin_of(const struct noise_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->pin_count; i++)
		if (covers(rules->pins[i].path, path))
			return &rules->pins[i];
	return NULL;
}
