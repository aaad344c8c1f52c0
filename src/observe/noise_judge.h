/* noise_judge -- is a place where answers differ noise, by what was counted?
 * SPDX-License-Identifier: MIT
 *
 * The arithmetic of noise.h, apart from where the numbers are kept.  Pure.
 *
 * In each pair with a control leg, at each place, legacy's answer is compared
 * with enhanced's and with its own second one.  What counts are the pairs in
 * which only one of these two differs from it (paired test):
 *
 *   real     enhanced differs alone more often than control does: the
 *            sequential test at 1/2, wrong once in 10,000 places
 *   noise    enhanced surely differs less than NOISE_RATIO times as often as
 *            control, wrong once in 1,000 places
 *   unknown  neither: too little was seen, or too little between the two
 *
 * Both may be looked at after every pair.  Real goes before noise.
 *
 * Texts hardly ever say the same, so what counts there is how alike they are.
 * The floor is what nearly all of legacy's own second answers reach: the lower
 * bound of their 5 % quantile.  A text of enhanced's that reaches it is as
 * like legacy as legacy is.  "Differs" is said of those under the floor, and
 * judged as above; under the bottom, far below anything seen, a text is never
 * noise.
 */
#ifndef OBSERVE_NOISE_JUDGE_H
#define OBSERVE_NOISE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/evidence.h"
#include "config/noise_rules.h"

#define NOISE_RATIO 2.0
#define NOISE_ALPHA 0.001
#define REAL_ALPHA 0.0001

enum noise_state { NOISE_UNKNOWN = 0, NOISE_REAL, NOISE_YES,
	NOISE_STATE_COUNT };
/* "unknown", "real", "noise" */
const char *noise_state_name(enum noise_state s);

/* first = enhanced alone, second = control alone. */
enum noise_state noise_judge(struct paired seen);
/* The least and the most times that enhanced may differ as often as control;
 * 0 and INFINITY while nothing is known. */
double noise_ratio_lower(struct paired seen);
double noise_ratio_upper(struct paired seen);

/* How alike legacy's second answers were to the first, in hundredths. */
#define LIKENESS_BINS 101
struct likeness {
	uint32_t bins[LIKENESS_BINS];
	uint32_t total;
};
struct noise_floor {
	bool known;
	double floor, bottom; /* 0..1; bottom <= floor */
};
void likeness_add(struct likeness *l, double similarity);
/* Let older ones count half: what was seen lately is what holds. */
void likeness_fade(struct likeness *l);
struct noise_floor likeness_floor(const struct likeness *l);

/* What the rules pin the path to, if they do: the first pin that is the path
 * or lies above it. */
const struct noise_pin *noise_pin_of(const struct noise_rules *rules,
    const char *path);

#endif
