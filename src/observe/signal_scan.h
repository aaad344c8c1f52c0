/* signal_scan -- the signals of an answer, read while it passes.
 * SPDX-License-Identifier: MIT
 *
 * A JSON document, or each event of a stream, is walked through once
 * (json_scan.h) and nothing of it is kept but the last value of each signal.
 *
 * Pure; one thread; no memory is allocated.
 */
#ifndef OBSERVE_SIGNAL_SCAN_H
#define OBSERVE_SIGNAL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_scan.h"
#include "config/signal_rules.h"
#include "observe/signals.h"

struct signal_scan {
	const struct signal_rules *rules; /* borrows */
	bool whole;                   /* a document, or an event, has ended well */
	struct signal_values values;
	struct json_scan scan;
};

void signal_scan_init(struct signal_scan *s, const struct signal_rules *rules);
/* A header field of the answer that signal i asks for. */
void signal_scan_header(struct signal_scan *s, size_t i, const char *value,
    size_t len);
/* A document begins, goes on, has ended. */
void signal_scan_begin(struct signal_scan *s);
void signal_scan_feed(struct signal_scan *s, const char *bytes, size_t len);
void signal_scan_end(struct signal_scan *s);
/* Nothing more will come of this answer: what is not there is absent. */
void signal_scan_settle(struct signal_scan *s, bool has_answer);

#endif
