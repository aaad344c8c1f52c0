/* admin_answers -- what each route of the admin API answers.
 * SPDX-License-Identifier: MIT
 *
 * Beside the route table: the statuses of each route and the shapes of its
 * answers, in the notation of answer_shape.h.  docs/openapi.json and docs/api.md
 * are made from it, and the system tests hold every answer that they get against
 * the former.
 */
#ifndef CONTROL_ADMIN_ANSWERS_H
#define CONTROL_ADMIN_ANSWERS_H

#include <stddef.h>

#include "base/buf.h"

struct admin_answer {
	const char *method, *path;   /* of the route */
	int status;
	const char *shape;           /* NULL: the answer is no JSON but */
	const char *type;            /* of this media type; else NULL */
	const char *refuses;         /* of the first row of a route: statuses that
	                              * the handler refuses with, "404 503"; else
	                              * NULL */
};
/* The rows of a route stand together.  Count in *count_out. */
const struct admin_answer *admin_answers(size_t *count_out);

/* What shapes call `$name`. */
struct answer_name {
	const char *name, *about;
	const char *shape;           /* NULL: one of these words, */
	const char *(*word)(size_t i); /* of which there are */
	size_t word_count;
};
const struct answer_name *answer_names(size_t *count_out);
/* Append the shape as it is written: with words, 'one'|'other'. */
void answer_name_write(const struct answer_name *name, struct buf *out);

/* The section of docs/api.md. */
void admin_write_answers(struct buf *out);

#endif
