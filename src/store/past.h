/* past -- legs, comparisons and the rollout log, read back from a store.
 * SPDX-License-Identifier: MIT
 *
 * Reads beside a running understudy and changes nothing: a SQLite file is
 * opened read-only, PostgreSQL is asked in a read-only transaction.  Each kind
 * comes in the order of its requests' time, the legs of a pair one after the
 * other; what is written while reading may or may not be seen.  A word that
 * this program does not know becomes the _COUNT of its enum.
 *
 * One thread at a time.
 */
#ifndef STORE_PAST_H
#define STORE_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "observe/record.h"

struct past;

struct past_options {
	const char *store;           /* as in the configuration; copied */
	int64_t since_us, until_us;  /* wall clock; 0 = from the first, to the last */
	const char *rollout;         /* only what is of it; NULL = all; copied */
};

struct past_leg {
	int64_t ts_us;               /* of its request */
	char pair[IDENT_TEXT_LEN + 1];
	enum leg leg;
	enum version version;
	enum outcome outcome;
	char decision[16];           /* the word of enum why */
	uint32_t bucket;             /* UINT32_MAX: none */
	uint16_t status;
	uint64_t latency_us, first_byte_us, first_content_us;
	char user[33], session[33];  /* hashed; "" = none */
	char signals[RECORD_SIGNALS_MAX];
	char route[64];              /* the rule's path pattern, "" = none */
};

struct past_pair {
	int64_t ts_us;
	enum verdict verdict;
	uint64_t latency_us;         /* of the later answer */
	char route[64];              /* as of a leg */
};

struct past_event {
	int64_t ts_us;
	char kind[32], actor[64], to[96], reason[512];
};

bool past_open(const struct past_options *options, struct past **out,
    struct err *err) MUST_CHECK;
void past_close(struct past **p);

/* Is anything recorded of the rollout that was asked for, at whatever time? */
bool past_knows_rollout(struct past *p, bool *out, struct err *err) MUST_CHECK;
/* How many legs and comparisons there are to read. */
bool past_count(struct past *p, uint64_t *out, struct err *err) MUST_CHECK;
/* The next of its kind; *found_out false behind the last. */
bool past_next_leg(struct past *p, struct past_leg *out, bool *found_out,
    struct err *err) MUST_CHECK;
bool past_next_pair(struct past *p, struct past_pair *out, bool *found_out,
    struct err *err) MUST_CHECK;
bool past_next_event(struct past *p, struct past_event *out, bool *found_out,
    struct err *err) MUST_CHECK;

#endif
