/* noise -- what legacy differs in from itself, learned by field.
 * SPDX-License-Identifier: MIT
 *
 * A pair with a control leg shows, at each place (route, path, kind), whether
 * enhanced, control, both or neither differ from legacy.  The board counts
 * that; noise_judge.h says what it means.  Compare threads learn and ask, the
 * control thread reads and keeps it in the local file; one mutex, off the hot
 * path.
 *
 * Bounded: NOISE_ROUTES_MAX routes, NOISE_ROWS_MAX places; what comes when it
 * is full is counted in one row whose path is "other", and never is noise.  A
 * row that has seen NOISE_FADE pairs with a difference counts all of them
 * half, so that what was true a long time ago is outlived.
 */
#ifndef OBSERVE_NOISE_H
#define OBSERVE_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "observe/noise_judge.h"
#include "observe/record.h"

#define NOISE_ROUTES_MAX 1024
#define NOISE_ROWS_MAX 2000
#define NOISE_FADE 4096

/* A place of a route's answers.  Texts that are too little alike are another
 * place than values that are not equal, at the same path. */
struct noise_place {
	char path[sizeof ((struct difference *)0)->path];
	uint8_t kind;                 /* enum diff_kind */
	bool is_text;
};

/* What one pair with a control leg showed there. */
struct sighting {
	struct noise_place place;
	bool enhanced, control;       /* who differs from legacy; not of texts */
	double enhanced_likeness, control_likeness; /* to legacy, of texts: 0..1 */
};

struct noise_row {
	char route[64];
	struct noise_place place;
	uint64_t pairs;               /* with a control leg, that it is known of */
	struct paired seen;           /* first = enhanced alone; texts: under the floor */
	struct likeness likeness;     /* texts: of control to legacy */
	int64_t first_us, last_us;
	enum noise_state state;       /* by the above: noise_row_settle() */
	struct noise_floor floor;     /* likewise */
};

struct noise_board;

struct noise_board *noise_board_new(void) MUST_CHECK;
void noise_board_free(struct noise_board **b);

/* Any thread: one pair of that route had a control leg; where answers
 * differed (the places with texts: wherever texts were compared). */
void noise_learn(struct noise_board *b, const char *route,
    const struct sighting *sightings, size_t count, int64_t ts_us);
/* Any thread: is a difference there noise?  likeness: of a text, else -1. */
enum noise_state noise_ask(struct noise_board *b, const char *route,
    const struct noise_place *place, double likeness);

/* Pairs learned from since the start. */
uint64_t noise_pairs(struct noise_board *b);
/* Rows by state. */
void noise_count(struct noise_board *b, uint64_t counts[NOISE_STATE_COUNT]);
/* A copy of a place's row.  false: nothing is known of it. */
bool noise_find(struct noise_board *b, const char *route,
    const struct noise_place *place, struct noise_row *out) MUST_CHECK;
/* Copies, most pairs with a difference first; returns how many. */
size_t noise_top(struct noise_board *b, struct noise_row *rows, size_t max);

/* For keeping: copies of rows that changed since they were last taken, and
 * of all once after noise_keep_again(). */
size_t noise_take_changed(struct noise_board *b, struct noise_row *rows,
    size_t max);
void noise_keep_again(struct noise_board *b);
/* A row as it was kept; state and floor are found anew.  What is known of
 * the place already is replaced.  Of one route, those with most pairs first. */
void noise_restore(struct noise_board *b, const struct noise_row *row);

#endif
