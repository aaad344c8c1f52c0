/* place_rules -- what the rules say of each place of a document, as one tree.
 * SPDX-License-Identifier: MIT
 *
 * The pointers of "ignore", "only", "presence" and "fields" are merged into
 * one tree of their segments when the configuration is read; immutable from then on and
 * read by any thread.  Who walks a document walks the tree beside it
 * (compare/place.h) and pays nothing where no rule is left.
 *
 * The most specific rule decides: the longest pointer; of two that are as
 * long, the one that has a name where the other has "*", the first such
 * segment counting.  Of the same pointer in several lists "ignore" decides,
 * then "presence".  What is looked at holds for what is below as well; how it
 * is compared ("fields") only for the very place.
 */
#ifndef CONFIG_PLACE_RULES_H
#define CONFIG_PLACE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"

struct compare_rules;
struct field_rule;

enum place_view {
	VIEW_UNSAID = 0, /* only in the tree: as the place above */
	VIEW_SKIP,       /* not looked at, nor what is below */
	VIEW_PRESENCE,   /* only whether it is there */
	VIEW_COMPARE,
};

/* A pointer up to one of its segments. */
struct place_node {
	const char *name;            /* of the segment, decoded */
	size_t len;
	struct place_node **names;   /* children by name: by length, then bytes */
	size_t name_count;
	struct place_node *any;      /* the child "*" or NULL */
	enum place_view view;
	const struct field_rule *field; /* borrows from the rules; NULL = unsaid */
	bool reveals;                /* somewhere below is more than VIEW_SKIP */
	bool has_index;              /* a child could be the index of an item */
	struct place_node *sibling;  /* while the tree is built */
};

struct place_rules {
	struct place_node root; /* its view is never VIEW_UNSAID */
	size_t node_count;
};

/* NULL: the rules say nothing of any place.  The memory is the arena's, which
 * has no cap and outlives the result. */
const struct place_rules *place_rules_make(const struct compare_rules *rules,
    struct arena *a) MUST_CHECK;

#endif
