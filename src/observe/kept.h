/* kept -- the answers of a pair as they are kept: redacted, cut, written down.
 * SPDX-License-Identifier: MIT
 *
 * Made by a compare thread of a pair that differs (compare/keep.h), owned by
 * whoever holds it, handed to the recorder by pointer, written to the table
 * samples; and read back from there, for a person to look at or to be judged
 * again.
 */
#ifndef OBSERVE_KEPT_H
#define OBSERVE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/ident.h"
#include "config/config.h"
#include "observe/outcome.h"
#include "observe/record.h"

/* Whose answer; the first two are those of enum version. */
enum kept_side {
	KEPT_LEGACY = VERSION_LEGACY,
	KEPT_ENHANCED = VERSION_ENHANCED,
	KEPT_CONTROL, /* legacy's, asked once more */
	KEPT_SIDE_COUNT
};
/* "control" */
const char *kept_side_name(enum kept_side side);
/* false: there is none of that name. */
bool kept_side_parse(const char *name, enum kept_side *out) MUST_CHECK;

#define KEPT_KEY_ID_LEN 16

struct kept_answer {
	bool there;
	enum outcome outcome;
	uint16_t status;            /* 0 = no answer */
	char content_type[160];
	char content_encoding[32];  /* that was taken off the body, "" if none */
	char form[16];              /* what body is: "json", "message", ... (keep.h) */
	char left_out[64];          /* why there is no body; "" = nothing is missing */
	bool cut;                   /* the body goes on */
	uint64_t body_bytes;        /* as it came, without its coding */
	uint64_t latency_us;
	uint64_t first_byte_us, first_content_us, longest_gap_us; /* 0 = not known */
	struct buf fields;          /* owns; lines "name:value" of chosen headers */
	struct buf body;            /* owns */
	char key_id[KEPT_KEY_ID_LEN + 1]; /* that both are encrypted under; "" = not */
};

struct kept_sample {
	struct config *config;      /* owns a reference; NULL once read back */
	int64_t ts_us;
	uint64_t epoch;
	uint64_t rules_mark;        /* of the rules it was judged by */
	uint8_t verdict;            /* enum verdict */
	const char *rollout;        /* interned; NULL once read back */
	char pair[IDENT_TEXT_LEN + 1];
	char stage[64];
	char method[16];
	char path[RECORD_PATH_MAX];
	char route[64];             /* "" if none */
	struct kept_answer answers[KEPT_SIDE_COUNT];
};

/* config may be NULL; a reference is taken. */
struct kept_sample *kept_sample_new(struct config *config) MUST_CHECK;
void kept_sample_free(struct kept_sample **k);
/* Of memory, about. */
size_t kept_sample_bytes(const struct kept_sample *k);

#endif
