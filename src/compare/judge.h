/* judge -- one sample to one verdict.
 * SPDX-License-Identifier: MIT
 *
 * Pure: the whole comparison of two answers, without threads or I/O.
 * judge_answers() takes any two (of a pair, of legacy and its control, of two
 * files), judge_sample() a pair.  The first of these that decides, does:
 *
 *   outcome   one version failed where the other answered: different at
 *             "outcome"; no whole answer, or two failures: incomparable
 *   status    different at "status"
 *   headers   those that the rules choose, at "header:NAME"; what differs
 *             makes the pair different, but the body is compared as well
 *   bytes     equal bodies in one coding: same, without parsing
 *   capture   a body over limits.capture: incomparable
 *   coding    what cannot be unpacked: incomparable; equal after: same
 *   form      one JSON, the other text (and so on): different at "body"; what
 *             cannot be read (content.h): incomparable
 *   content   whatever became a tree by json_diff.h at JSON Pointers; text at
 *             "text", the same if as alike as rules.text_similarity asks;
 *             other bytes at "body"
 *
 * What cannot be compared is incomparable with a reason, never the same.
 */
#ifndef COMPARE_JUDGE_H
#define COMPARE_JUDGE_H

#include "base/arena.h"
#include "compare/difference.h"
#include "observe/record.h"
#include "observe/sample.h"

/* A cap for the scratch memory of one sample: room for two bodies of
 * DECODE_MAX with ordinary structure.  Over it: incomparable, "too large".
 * As much again is allowed for the moment that one event or one pair of
 * strings is looked at. */
#define JUDGE_SCRATCH_MAX ((size_t)64 << 20)

/* What was found of two answers. */
struct finding {
	enum verdict verdict;
	char reason[80];        /* of incomparable, "" otherwise */
	bool is_whole;          /* contents were compared to their end: what is not
	                           among the differences is the same */
	bool is_cut;            /* a bound ended that: there may be more */
	struct diff_set diffs;
};

/* Fill *out completely; left is legacy's or what stands in for it.  redactor
 * says what may not be kept of differences; NULL: all may.  a is scratch
 * memory, reset by the caller; it bounds what a comparison may cost by its
 * cap. */
void judge_answers(const struct answer *left, const struct answer *right,
    const struct compare_rules *rules, struct redactor *redactor,
    struct arena *a, struct finding *out);

/* Of a pair, by its own rules: the redactor gets them too. */
void judge_sample(const struct sample *s, struct redactor *redactor,
    struct arena *a, struct finding *out);
/* The record of a pair and what was found of it. */
void judge_record(const struct sample *s, struct redactor *redactor,
    const struct finding *f, struct comparison_record *out);

#endif
