/* tree -- JSON trees made of what is not JSON.
 * SPDX-License-Identifier: MIT
 *
 * Forms, the parts of a multipart body and lines of documents are put into
 * the same trees that JSON is read into, so that one comparison, one set of
 * rules and one kind of path serve them all.  Nodes live in the arena and
 * borrow their texts; every function says by NULL or false that it is full.
 */
#ifndef COMPARE_TREE_H
#define COMPARE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"

struct json *tree_new(struct arena *a, enum json_kind kind) MUST_CHECK;
struct json *tree_string(struct arena *a, const char *text, size_t len)
    MUST_CHECK;

/* An array or object that is being filled. */
struct tree_list {
	struct json *whole; /* in the arena */
	struct json *last;  /* its last child so far, or NULL */
};

bool tree_list_init(struct tree_list *l, struct arena *a,
    enum json_kind kind) MUST_CHECK;
/* child becomes the list's; it is nobody's child yet. */
void tree_list_add(struct tree_list *l, struct json *child);

/* Something with a name that may come several times. */
struct tree_field {
	const char *name; /* borrows */
	size_t name_len;
	size_t position;  /* among the fields */
	struct json *value;
};

/* An object of the fields: a name that comes once has its value, one that
 * comes several times an array of them, in their order.  Sorts the fields. */
struct json *tree_of_fields(struct arena *a, struct tree_field *fields,
    size_t count) MUST_CHECK;

#endif
