/* divergence -- where the versions differ, counted by field.
 * SPDX-License-Identifier: MIT
 *
 * Compare threads add, the admin API reads; one mutex, off the hot path.
 * Bounded: at most DIVERGENCE_MAX (route, path, kind) entries, texts apart from
 * other values, and DIVERGENCE_ROUTES_MAX routes; what comes when it is full is
 * counted in one entry whose path is "other", and in one nameless route.
 */
#ifndef OBSERVE_DIVERGENCE_H
#define OBSERVE_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "observe/record.h"

#define DIVERGENCE_MAX 2000
#define DIVERGENCE_ROUTES_MAX 1024
/* Of one pair; more are left out. */
#define DIVERGENCE_PAIR_MAX 64

struct divergence_row {
	char route[64];
	char path[160];
	enum diff_kind kind;
	bool is_text;           /* of two texts, less alike than wanted */
	uint64_t count;         /* pairs that differ there */
	uint64_t compared;      /* pairs of the route that were compared */
	int64_t first_us, last_us;
	char pair[IDENT_TEXT_LEN + 1]; /* the newest example */
	char legacy[80], enhanced[80];
};

struct divergence;

struct divergence *divergence_new(void) MUST_CHECK;
void divergence_free(struct divergence **d);
/* Any thread: a pair was judged, and this is all that was found of it (the
 * record keeps only some). */
void divergence_add(struct divergence *d, const struct comparison_record *r,
    const struct difference *found, unsigned count);
/* The most frequent first; returns how many rows were filled. */
size_t divergence_top(struct divergence *d, struct divergence_row *rows,
    size_t max);

#endif
