/* alert_book -- what a target was told, so that it is not told twice.
 * SPDX-License-Identifier: MIT
 *
 * Trouble is known by its name and epoch.  While it lasts a second beginning
 * says nothing new; when it is over and begins again soon, the beginning is
 * held back until the target's `repeat` has passed, and forgotten if it ends
 * before that: then its end is not told either.  What is graver than what was
 * told (held for a shared cause, and now done) is told at once.  Pure, time is
 * an argument.
 */
#ifndef CONTROL_ALERT_BOOK_H
#define CONTROL_ALERT_BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "control/alert.h"

/* As many rules as there may be, and some; the oldest is forgotten. */
#define ALERT_BOOK_ROWS 128

enum alert_told { TOLD_OPEN = 0, TOLD_HELD, TOLD_OVER };

struct alert_book {
	struct told_row {
		char name[ALERT_NAME_MAX + 1];
		uint64_t epoch;
		uint64_t at_ns;         /* its beginning was told the last time */
		enum severity severity; /* of that beginning */
		enum alert_told state;
	} rows[ALERT_BOOK_ROWS];
	size_t count;
};

enum alert_answer {
	ALERT_SEND = 0,
	ALERT_HOLD,    /* send it at *due_ns_out, unless it is over before */
	ALERT_SKIP,    /* there is nothing to say */
	ALERT_CANCEL,  /* of an end: take the beginning that is held back away */
};

/* A beginning or an end; anything else is sent. */
enum alert_answer alert_book_ask(struct alert_book *b, const struct alert *a,
    uint64_t repeat_ns, uint64_t now_ns, uint64_t *due_ns_out);
/* What was held back is sent now. */
void alert_book_release(struct alert_book *b, const struct alert *a,
    uint64_t now_ns);

#endif
