/* sample -- two captured answers to one request, or three, on their way to judgement.
 * SPDX-License-Identifier: MIT
 *
 * Made by a worker when both legs have ended, owned by whoever holds it,
 * handed over a bounded ring.  Bodies are blobs, decoded of their transfer
 * coding, not of their content coding.
 */
#ifndef OBSERVE_SAMPLE_H
#define OBSERVE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/compiler.h"
#include "base/ident.h"
#include "config/config.h"
#include "config/route_board.h"
#include "observe/outcome.h"
#include "observe/record.h"

/* All that is captured: bodies of requests and answers that run, and samples
 * on their way, so that neither slow backends nor a slow comparison fill the
 * memory.  Shared by all threads; the limit is the caller's, as it may change
 * with a reload. */
struct sample_budget {
	_Atomic uint64_t used_bytes;
};

/* false: that would be over the limit; nothing was taken. */
bool sample_budget_take(struct sample_budget *b, uint64_t bytes,
    uint64_t limit_bytes) MUST_CHECK;
void sample_budget_give(struct sample_budget *b, uint64_t bytes);

struct answer {
	enum outcome outcome;
	uint16_t status;              /* 0 = no answer */
	char content_type[160];       /* lower case, "" if none; a boundary fits */
	char content_encoding[32];    /* lower case, "" if none */
	struct blob *body;            /* owns a reference; NULL = empty */
	struct blob *headers;         /* owns a reference; lines "name:value\n" of
	                               * those that the rules choose; NULL = none */
	bool truncated;               /* body is over the capture cap */
	bool no_room;                 /* or was given up for want of room */
	uint64_t latency_us;
	/* From the leg's beginning to its head and to its first byte of body, and
	 * the longest time between two arrivals of body; 0 = not known. */
	uint64_t first_byte_us, first_content_us, longest_gap_us;
	/* Of one that was kept (kept.h): what the body already is, "" = as it
	 * came; and that there is not all of it. */
	char form[16];
	bool is_part;
};

struct sample {
	struct config *config;        /* owns a reference: the rules in force */
	struct sample_budget *budget; /* borrows; NULL = not counted */
	uint64_t budget_bytes;        /* given back by sample_free() */
	int64_t ts_us;
	uint64_t epoch;
	const char *rollout;          /* interned; NULL or "" = of none */
	char pair[IDENT_TEXT_LEN + 1];
	char stage[64];
	char method[16];
	char path[RECORD_PATH_MAX];
	char route[64];
	struct route_counts *counts;  /* owns a reference; NULL = of no route that
	                               * is counted */
	struct answer answers[VERSION_COUNT]; /* by enum version */
	bool has_control;
	struct answer control;        /* legacy's, asked once more */
};

/* What a header that the rules choose had to say (several fields of a name
 * joined by ", "); false: the answer had none.  name is in lower case. */
bool answer_header(const struct answer *a, const char *name,
    const char **value_out, size_t *len_out) MUST_CHECK;

struct sample *sample_new(struct config *config) MUST_CHECK;
void sample_free(struct sample **s);

/* Where samples go; plugged in by app. */
struct sample_sink {
	/* Take *s over and return true, or refuse (full) and leave it with
	 * the caller.  Any thread; must not block. */
	bool (*offer)(void *arg, struct sample *s);
	void *arg;
};

#endif
