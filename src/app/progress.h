/* progress -- how far a long command has come, on standard error.
 * SPDX-License-Identifier: MIT
 *
 * On a terminal a bar that is drawn over itself and gone at the end; elsewhere
 * a line for each tenth, so that a log stays short.  Time is an argument.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out;            /* borrows */
	const char *command;  /* borrows: "rejudge" */
	const char *noun;     /* borrows: "pairs" */
	uint64_t total;
	size_t width;         /* of the terminal; 0: it is none */
	uint64_t drawn_ns;    /* when the bar was; 0 = not yet */
	unsigned tenth;       /* that was said last */
};

/* By what out is. */
void progress_init(struct progress *p, FILE *out, const char *command,
    const char *noun, uint64_t total);
/* So many are done.  More than total: it has grown meanwhile. */
void progress_show(struct progress *p, uint64_t done, uint64_t now_ns);
/* Take the bar away. */
void progress_end(struct progress *p);

#endif
