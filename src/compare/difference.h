/* difference -- the differences that a comparison has found, bounded.
 * SPDX-License-Identifier: MIT
 *
 * All are counted; the first DIFF_SET_MAX of different (path, kind) are kept
 * with their values shortened.  Items of one array share a path, so a hundred
 * of them cost one entry.  What is decided over every difference (is all of it
 * noise?) must look at `crowded` too: it says that there were more places than
 * entries.  A record keeps the first RECORD_DIFFS_MAX of them.
 *
 * What must not be kept (redact.h) never gets in here: it is taken out of
 * paths, and of values while they are still whole.  Pure.
 */
#ifndef COMPARE_DIFFERENCE_H
#define COMPARE_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/record.h"

#define DIFF_SET_MAX 64
#define DIFF_TEXTS_MAX 16
#define DIFF_SEEN 128

struct redactor;

/* A value as it is shown; text "" and len 0 if absent. */
struct shown {
	const char *text; /* borrows; any bytes */
	size_t len;
};

/* How alike the texts at a path were, whether that was enough or not. */
struct text_note {
	char path[sizeof ((struct difference *)0)->path];
	double similarity;  /* of the least alike, 0..1 */
};

struct diff_set {
	struct redactor *redactor; /* borrows; NULL = all may be kept */
	/* The texts that the next values are parts of; len 0: they are whole. */
	struct shown legacy_whole, enhanced_whole;
	uint32_t found;     /* all differences */
	uint8_t count;      /* of entries */
	bool crowded;       /* a place found no entry any more */
	double similarity;  /* of the least alike texts, 0..1; -1 = none compared */
	uint8_t text_count; /* of texts */
	bool texts_crowded; /* a path found no note any more */
	struct text_note texts[DIFF_TEXTS_MAX];
	struct difference entries[DIFF_SET_MAX];
	/* Marks of what has an entry, by its path as it was: spares going through
	 * a path that comes again.  Only with a redactor. */
	uint64_t seen[DIFF_SEEN];
};

void diff_set_init(struct diff_set *set);
/* What must not be kept, from now on; NULL = all may be. */
void difference_set_redactor(struct diff_set *set, struct redactor *redactor);
/* The values of the next differences are parts of these texts; of none any
 * more with len 0. */
void difference_set_wholes(struct diff_set *set, struct shown legacy,
    struct shown enhanced);

/* path is NUL-terminated and fits struct difference. */
void difference_add(struct diff_set *set, const char *path,
    enum diff_kind kind, struct shown legacy, struct shown enhanced);

/* The same of two texts, of kind DIFF_VALUE: another difference than of two
 * values there that are no texts. */
void difference_add_text(struct diff_set *set, const char *path,
    struct shown legacy, struct shown enhanced);

/* Two texts were compared at path: remember how alike they are.  Of several
 * at one path, and of all, the least alike pair counts. */
void difference_note_text(struct diff_set *set, const char *path,
    double similarity);

#endif
