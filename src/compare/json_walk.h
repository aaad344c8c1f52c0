/* json_walk -- one walk through two documents: where it is, what it found.
 * SPDX-License-Identifier: MIT
 *
 * Private to json_diff.c and the files it is made of: json_note.c writes down
 * differences, json_measure.c says how much of a value counts, and what
 * json_items.h declares matches the items of arrays.
 *
 * A trial is a part of the walk that only counts: two items are compared to
 * see whether they should be matched.  It stops as soon as it has found
 * enough, and takes its steps from a budget in proportion to both documents,
 * so that the whole stays linear whatever is matched with what.  Without a
 * step left nothing more is tried, and items are compared by their places.
 */
#ifndef COMPARE_JSON_WALK_H
#define COMPARE_JSON_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "compare/difference.h"
#include "compare/place.h"
#include "compare/string_rules.h"
#include "config/compare_rules.h"

/* Looking at a value is a step; at a long text, one more for each of these. */
#define WALK_STEP_BYTES 16

/* One step of the path: a member's name, or "*". */
struct json_name {
	const char *text; /* borrows */
	size_t len;
};

struct walk {
	const struct json *legacy, *enhanced; /* borrow: the documents */
	struct diff_set *out;  /* borrows; NULL = a trial: only count */
	struct place *place;   /* borrows; NULL = no rule speaks of a place */
	struct arena *arena;   /* borrows */
	struct arena *scratch; /* borrows; NULL within a string's JSON */
	const struct compare_rules *rules; /* borrows; NULL as scratch is */
	struct string_tools tools;
	bool as_texts;         /* the two strings were compared as texts */
	uint64_t found;
	uint64_t enough;       /* a trial ends when so many are found */
	uint64_t steps_left;   /* for trials */
	bool has_steps;        /* they were counted out */
	bool met_texts;        /* texts were found alike in a trial */
	bool arena_full;
	unsigned level;
	struct json_name names[PLACE_LEVELS]; /* level of them */
};

static inline void
walk_enter_member(struct walk *w, const struct json *member)
{
	if (w->place != NULL)
		place_enter(w->place, w->level, member->key, member->key_len);
	w->names[w->level++] = (struct json_name){ member->key,
		member->key_len };
}

/* An item that no rule can name by its index. */
#define WALK_ANY_ITEM SIZE_MAX

static inline void
walk_enter_item(struct walk *w, size_t index)
{
	if (w->place != NULL)
		place_enter_item(w->place, w->level, index);
	w->names[w->level++] = (struct json_name){ "*", 1 };
}

static inline void
walk_leave(struct walk *w)
{
	w->level--;
}

static inline enum place_view
walk_view(const struct walk *w)
{
	return w->place == NULL ? VIEW_COMPARE :
	    place_view(w->place, w->level);
}

/* How the value there is compared; NULL = no rule says. */
static inline const struct field_rule *
walk_field(const struct walk *w)
{
	return w->place == NULL ? NULL : place_field(w->place, w->level);
}

/* Is anything below looked at, whatever walk_view() says? */
static inline bool
walk_reveals(const struct walk *w)
{
	return w->place != NULL && place_reveals(w->place, w->level);
}

static inline void
walk_spend(struct walk *w, uint64_t steps)
{
	w->steps_left -= steps < w->steps_left ? steps : w->steps_left;
}

/* Is there nothing more to be found, or no way to go on? */
static inline bool
walk_is_over(const struct walk *w)
{
	return w->arena_full || (w->out == NULL &&
	    (w->found >= w->enough || w->steps_left == 0));
}

/* Compare two values at the walk's place; no more than is looked at there. */
void walk_values(struct walk *w, const struct json *legacy,
    const struct json *enhanced);
/* The same where one of them may be NULL: missing, or extra. */
void walk_pair(struct walk *w, const struct json *legacy,
    const struct json *enhanced);
/* json_array.c */
void walk_arrays(struct walk *w, const struct json *legacy,
    const struct json *enhanced);

/* json_note.c: a difference at the place where the walk is; a value that is
 * NULL is absent. */
void walk_note(struct walk *w, enum diff_kind kind, const struct json *legacy,
    const struct json *enhanced);
/* The same of texts that are no values of the documents. */
void walk_note_texts(struct walk *w, enum diff_kind kind,
    struct shown legacy, struct shown enhanced);
/* Two texts there were compared, and are so much alike. */
void walk_note_likeness(struct walk *w, double similarity);

/* json_measure.c: count out the steps of all trials, once. */
void walk_allow_trials(struct walk *w);
/* How many differences it would make at most if the value at the walk's place
 * were not there: its scalars and empty containers that are looked at; 0 =
 * nobody would mind. */
uint64_t walk_weigh(struct walk *w, const struct json *value);
/* The same of its children alone. */
uint64_t walk_weigh_below(struct walk *w, const struct json *value);
/* Equal for values that are the same, as far as that can be hashed: not for
 * those within a tolerance, and alike texts.  0 = nobody looks at it. */
uint64_t walk_hash(struct walk *w, const struct json *value);
/* Some order of all values as they are written, whatever the rules. */
int json_order(const struct json *a, const struct json *b);

#endif
