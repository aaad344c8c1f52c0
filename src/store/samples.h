/* samples -- kept answers read back from a store of either kind.
 * SPDX-License-Identifier: MIT
 *
 * Reads beside a running understudy and changes nothing: a SQLite file is
 * opened read-only, PostgreSQL is asked in a read-only transaction.  Bodies
 * are decrypted on the way.  Pairs come in the order of their time, one at a
 * time; what is kept while reading may or may not be seen.
 *
 * One thread at a time.
 */
#ifndef STORE_SAMPLES_H
#define STORE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/keep.h"
#include "observe/kept.h"

struct samples;

struct samples_options {
	const char *store;           /* as in the configuration; copied */
	const struct keep_key *keys; /* borrow until samples_close() */
	size_t key_count;
	const char *pair;            /* only this one; NULL = all; copied */
	const char *route;           /* only of this one; NULL = all; copied */
	int64_t since_us, until_us;  /* wall clock; 0 = from the first, to the last */
	/* If not NULL: give up at this clock_ns() once it is not 0; borrowed. */
	const _Atomic uint64_t *give_up_ns;
};

bool samples_open(const struct samples_options *options,
    struct samples **out, struct err *err) MUST_CHECK;
void samples_close(struct samples **s);

/* How many pairs there are to read. */
bool samples_count(struct samples *s, uint64_t *out, struct err *err)
    MUST_CHECK;
/* The next one, the caller's to free; NULL behind the last.  A pair under a
 * key that is not there is an error. */
bool samples_next(struct samples *s, struct kept_sample **out,
    struct err *err) MUST_CHECK;

/* The differences that were recorded of a pair: paths and kinds by name, at
 * most RECORD_DIFFS_MAX. */
struct samples_difference {
	char path[160];
	char kind[16];
};
bool samples_differences(struct samples *s, const struct kept_sample *k,
    struct samples_difference out[RECORD_DIFFS_MAX], unsigned *count_out,
    struct err *err) MUST_CHECK;

#endif
