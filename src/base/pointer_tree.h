/* pointer_tree -- a set of JSON Pointers as one tree of their segments.
 * SPDX-License-Identifier: MIT
 *
 * Who walks a document, or reads one as it comes (json_scan.h), walks the
 * tree beside it: one step down the document is one step down the tree, and
 * NULL means that no pointer leads there.  The segment "*" stands for any
 * member or item.  What "*" says is worked into the nodes beside it when the
 * tree is made, so a step needs one search and never has two answers.
 *
 * Immutable once made; any thread.
 */
#ifndef BASE_POINTER_TREE_H
#define BASE_POINTER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"

/* Segments of a pointer, bytes of a segment, pointers, nodes. */
#define POINTER_SEGMENTS_MAX 16
#define POINTER_NAME_MAX 128
#define POINTERS_MAX 4096
#define POINTER_NODES_MAX 65536

struct pointer_node {
	const char *name;             /* of the segment, decoded; "" of the root */
	size_t len;
	struct pointer_node **names;  /* children by name: by length, then bytes */
	size_t name_count;
	struct pointer_node *any;     /* for every other name and index; or NULL */
	const uint16_t *marks;        /* which pointers end here; of two the one
	                               * that names a segment where the other has
	                               * "*" first, the first such segment counting */
	size_t mark_count;
	bool has_index;               /* a child by name could be an item's */
};

/* The tree of these pointers (RFC 6901, "" is the root); a mark is an index
 * into them.  NULL: a bound above was reached.  The arena has no cap, and
 * lives as long as the tree. */
const struct pointer_node *pointer_tree_make(const char *const *pointers,
    size_t count, struct arena *a) MUST_CHECK;

/* What a segment stands for ("~1" is "/", "~0" is "~"), as it is in a document;
 * out has room for len bytes and gets no NUL.  Its length. */
size_t pointer_unescape(const char *segment, size_t len, char *out);

/* One step down; NULL: nowhere. */
const struct pointer_node *pointer_child(const struct pointer_node *n,
    const char *name, size_t len);
const struct pointer_node *pointer_item(const struct pointer_node *n,
    uint64_t index);

#endif
