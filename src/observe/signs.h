/* signs -- what one document, or one event of a stream, says of its answer.
 * SPDX-License-Identifier: MIT
 *
 * Holds the signs of all dialects (config/dialects.h) against a JSON document
 * as it comes, without keeping it: of which dialect it is, and whether that
 * dialect sees failure, an end or content in it.  What is not JSON is known by
 * its event's name and the text of its data only.
 *
 * Pure; one thread; no memory is allocated.
 */
#ifndef OBSERVE_SIGNS_H
#define OBSERVE_SIGNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json_scan.h"
#include "config/dialects.h"

/* Bit i: in the eyes of the dialect i. */
struct said {
	uint16_t known, failed, ended, content;
};

struct signs {
	const struct dialects *dialects; /* borrows */
	uint16_t asked;                  /* bit i: the dialect i is wanted */
	uint16_t kinds;                  /* and has found a kind */
	uint32_t seen[DIALECTS_MAX];     /* bits of its tests */
	/* The last that were found; UINT32_MAX = none. */
	uint32_t tokens_in[DIALECTS_MAX], tokens_out[DIALECTS_MAX];
	enum json_scan_state state;
	struct json_scan scan;
};

void signs_init(struct signs *s, const struct dialects *dialects);
/* A document begins; asked: bits of the dialects that are of interest. */
void signs_begin(struct signs *s, uint16_t asked);
void signs_feed(struct signs *s, const char *bytes, size_t len);
/* It has ended, and so it was: *out.  event: the name of the event that it was
 * the data of, NULL of a whole answer; data: what the data begins with, at
 * least DIALECT_WORD_MAX + 1 bytes of it if there are as many.  JSON_SCAN_MORE:
 * it is cut short. */
enum json_scan_state signs_end(struct signs *s, const char *event,
    const char *data, size_t len, struct said *out);

#endif
