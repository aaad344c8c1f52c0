/* grown -- a JSON tree that grows by merging other trees into it.
 * SPDX-License-Identifier: MIT
 *
 * message.h uses it to make one document of the many in a stream.  Values
 * are copied into one arena; strings may be continued in place.  What costs a
 * search is bounded: at most GROWN_MERGED_MAX members are merged into one
 * object and as many indexed items into one array.  A function that reaches
 * this or the arena's cap says so by false or NULL and by too_large; the tree
 * is not whole then.  Pure; one thread.
 */
#ifndef COMPARE_GROWN_H
#define COMPARE_GROWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/json.h"

#define GROWN_MERGED_MAX 256
/* Largest "index" that is believed. */
#define GROWN_INDEX_MAX 1000000

/* A node of the tree. */
struct grown;

struct growth {
	struct arena *arena; /* borrows; the tree lives in it */
	bool too_large;      /* a bound was reached */
	/* Names of members whose strings do not go on: the last one holds; they
	 * go on unless the same comes again.  Borrow; end with NULL. */
	char *const *whole, *const *once;
	/* What this turn has done, see grown_turn(): strings that were joined,
	 * the last of them, and what else would not have been the same had the
	 * turn been taken twice. */
	uint64_t turn;
	unsigned joined, added;
	const struct json *last_joined; /* borrows from the caller's tree */
	struct grown *last_into;
};

enum join {
	JOIN_DELTA = 0, /* deltas by contract: every string continues */
	JOIN_GUESS,     /* an unknown dialect: a repeated string may be a label */
};

struct grown *grown_new(struct growth *gr, enum json_kind kind) MUST_CHECK;

/* What is merged from now on is one turn. */
void grown_turn(struct growth *gr);

/* Make it an empty array or object, unless it is that kind already. */
void grown_become(struct growth *gr, struct grown *g, enum json_kind kind);

/* The member of that name, or the item (an object) of that index in the
 * order of indexes: found, or made (a member as null). */
struct grown *grown_member(struct growth *gr, struct grown *object,
    const char *name, size_t len) MUST_CHECK;
struct grown *grown_item(struct growth *gr, struct grown *array,
    int64_t index) MUST_CHECK;
/* Null or an empty string? */
bool grown_is_empty(const struct json *value);
/* What an item's "index" says; -1 if it has none that could be one. */
int64_t grown_index_of(const struct json *item);

/* Add a copy behind the last item. */
bool grown_add_item(struct growth *gr, struct grown *array,
    const struct json *value) MUST_CHECK;

/* Add a null behind the last item. */
struct grown *grown_new_item(struct growth *gr, struct grown *array)
    MUST_CHECK;

/* Take a value over: objects member by member, anything else in the place of
 * what is there, null not at all. */
bool grown_put(struct growth *gr, struct grown *into,
    const struct json *value) MUST_CHECK;

/* Merge: strings continue, objects by member, arrays by "index" or else
 * behind each other; numbers and booleans are replaced.  Nulls and empty
 * strings make no member. */
bool grown_join(struct growth *gr, struct grown *into,
    const struct json *value, enum join how) MUST_CHECK;
/* The string goes on with these bytes. */
bool grown_append(struct growth *gr, struct grown *string, const char *text,
    size_t len) MUST_CHECK;

/* The finished tree: strings joined by JOIN_GUESS from pieces that were all
 * alike become that piece.  Nothing may be merged after. */
struct json *grown_settle(struct grown *root);

#endif
