/* reading -- what an answer says of itself while it passes.
 * SPDX-License-Identifier: MIT
 *
 * An answer may come whole, with a status of 200, and be none: an error in its
 * JSON or as an event, a stream without its end, a message without content.
 * The dialects (config/dialects.h) say by which signs that is seen.  Every leg
 * is read, mirrored or not, so that such an answer is a failure of its version
 * in every count; after the bytes were passed on, and without keeping them.
 * By the way the signals of the rules are read (observe/signals.h).
 *
 * Not judged: without rules or with "inspect": false, of routes that do not
 * take part, other statuses than 2xx, other types than JSON and event streams,
 * and what has a content coding; that is counted
 * (understudy_answers_unread_total).  What is not JSON though it says so is not
 * judged.  Signals are read of every status.
 */
#ifndef PROXY_READING_H
#define PROXY_READING_H

#include <stddef.h>
#include <stdint.h>

#include "config/dialects.h"
#include "http/sse_scan.h"
#include "observe/outcome.h"
#include "observe/signal_scan.h"
#include "observe/signs.h"

struct exchange;
struct head;

struct reading {
	bool judges;             /* by the signs; else only signals are read */
	bool finds;              /* signals in the body */
	bool is_stream;
	bool has_bytes;          /* any of the body */
	bool in_event;           /* data of it was fed to the signs */
	struct said all;         /* what all events have said, or the document */
	uint64_t events;
	struct sse_scan sse;
	size_t name_len, data_len; /* more than there is room for: cut */
	char name[DIALECT_WORD_MAX + 2];
	char data[DIALECT_WORD_MAX + 2];
	struct signs signs;
	struct signal_scan signals; /* rules NULL: there are none */
};

/* Pure: one answer, whoever it is of. */
void reading_init(struct reading *r, const struct dialects *dialects,
    bool is_stream);
/* OUTCOME_DONE, or how it failed all the same; nothing may be fed after. */
enum outcome reading_judge(struct reading *r);

/* Could anybody look into its body: is there one, of JSON or events?  And has it
 * a content coding that hides it? */
bool reading_is_possible(const struct exchange *x);
bool reading_is_coded(const struct exchange *x);
/* Signals too.  Not before reading_init(); scans_body: they stand in it. */
void reading_find(struct reading *r, const struct signal_rules *rules,
    bool scans_body);

/* The head of the answer is there: x->reading, if it is to be read. */
void reading_begin(struct exchange *x, const struct head *h);
/* The head of an answer whose body nobody will read, because legacy answers
 * instead: its signals that stand in headers. */
void reading_glance(struct exchange *x, const struct head *h);
/* Some of its body, decoded of its transfer coding. */
void reading_feed(struct reading *r, const char *bytes, size_t len);
/* It came to its end: reading_judge(), of what is not judged OUTCOME_DONE. */
enum outcome reading_end(struct exchange *x);
/* What the signals of an answer are that has ended, well or not; nothing may
 * be fed after.  NULL: nobody asks. */
const struct signal_values *reading_signals(struct exchange *x);
/* Tokens that the answer says were used; 0 = it does not say.  After its end. */
uint64_t reading_tokens(const struct reading *r);
/* Give the memory back; NULL is fine. */
void reading_drop(struct exchange *x);

#endif
