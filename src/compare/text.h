/* text -- two texts to one finding: how alike, and what must not differ.
 * SPDX-License-Identifier: MIT
 *
 * The one entrance for whoever compares texts: bodies of plain text, strings
 * of JSON documents, contents of folded streams.  The similarity says whether
 * the same is spoken of; the flags say what no rephrasing may change.  Each
 * flag is a difference of its own kind, also where the texts are alike.
 */
#ifndef COMPARE_TEXT_H
#define COMPARE_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "compare/difference.h"
#include "config/text_rules.h"
#include "observe/record.h"

struct text_flag {
	enum diff_kind kind;            /* DIFF_LANGUAGE and those after it */
	struct shown legacy, enhanced;  /* borrow from texts, scratch or static */
};

struct text_finding {
	double similarity; /* 0..1 */
	bool alike;        /* as alike as was wanted, and all read; flags aside */
	unsigned flag_count;
	struct text_flag flags[TEXT_FLAG_COUNT]; /* at most one of a kind */
};

/* Compare two texts; wanted is the least similarity that is enough, 1 = only
 * equal bytes.  They are the same if alike without a flag.  false: scratch is
 * full, nothing was found.  Pure; symmetric but for which side is which. */
bool text_judge(struct shown legacy, struct shown enhanced, double wanted,
    const struct text_rules *rules, struct arena *scratch,
    struct text_finding *out) MUST_CHECK;

#endif
