/* body_tree -- a request's JSON body as a tree, made when somebody asks.
 * SPDX-License-Identifier: MIT
 *
 * Its arena begins on the stack of whoever has it: a body of usual size stays
 * there; a long one takes memory up to BODY_TREE_MAX, and one over it has no
 * tree.  Not to be zeroed whole: the space is large and seldom touched.
 */
#ifndef POLICY_BODY_TREE_H
#define POLICY_BODY_TREE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

#define BODY_TREE_MAX (1u << 20)
#define BODY_TREE_ON_STACK 16384

struct body_tree {
	struct arena arena;
	bool is_parsed;
	const struct json *root; /* NULL = not JSON, or too large */
	alignas(16) char space[BODY_TREE_ON_STACK];
};

void body_tree_init(struct body_tree *t);
void body_tree_fini(struct body_tree *t);
/* The text is the same at every call; NULL: it is no JSON. */
const struct json *body_tree_root(struct body_tree *t, const char *text,
    size_t len);

#endif
