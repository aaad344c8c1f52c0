/* dialects -- how the answers of an API are read, whatever it is.
 * SPDX-License-Identifier: MIT
 *
 * A dialect says by which signs it is known, what in an answer means failure,
 * its end or content, and how the events of a stream add up to one message.
 * All of it is data: rules/dialects.json is built in, and "dialects" of a rule
 * file adds to it or replaces one of the same name.  The first that is known
 * reads the answer; what is known by none is read by "plain", the last.
 *
 * Signs are used where an answer passes (observe/signs.h), the folding where
 * two are compared (compare/message.h).  Immutable; any thread.
 */
#ifndef CONFIG_DIALECTS_H
#define CONFIG_DIALECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/pointer_tree.h"

#define DIALECTS_MAX 16
/* Things to look at in all signs of one dialect; bytes of a word. */
#define DIALECT_TESTS_MAX 32
#define DIALECT_WORD_MAX 63

/* What is said when all that is given holds.  Of words any will do; "*" in one
 * stands for any run of bytes, once. */
struct sign {
	char **on;       /* kinds of event; NULL = any */
	char *at;        /* JSON Pointer: there, and not null, false, 0 or empty */
	char **is;       /* then: one of these texts; NULL = anything */
	char **data;     /* the event's data is one of these; NULL = any */
	uint32_t needs;  /* bits of the dialect's tests */
};

/* One thing that signs look at. */
struct dialect_test {
	enum { TEST_AT = 0, TEST_KIND, TEST_DATA } what;
	char **words;    /* any of them; NULL (of TEST_AT): anything not empty */
};

struct sign_list {
	struct sign *signs;
	size_t count;
	uint32_t needs;  /* of any of them */
	bool always;     /* one needs nothing */
};

/* The value at `from` of an event goes to `to` of the message. */
enum fold_how {
	FOLD_LAST = 0, /* objects by member; of all others the last that is not null */
	FOLD_JOIN,     /* strings and arrays continue; the rest as FOLD_LAST */
	FOLD_GUESS,    /* likewise, but a string that every event repeats is one */
	FOLD_SKIP,     /* not at all */
};

/* One segment of `to`. */
struct fold_step {
	enum { STEP_NAME = 0, STEP_ANY, STEP_INDEX, STEP_END } kind;
	const char *text; /* name; or of STEP_INDEX the pointer to the number */
	size_t len;
	unsigned depth;   /* of STEP_ANY: of its "*" in `from`; the first is 0 */
};

struct fold_take {
	char *from;            /* JSON Pointer */
	char *to;              /* the same, with {/POINTER} and -; NULL = as from */
	enum fold_how how;
	struct fold_step *steps;
	size_t step_count;
};

/* What is taken of events of some kinds; the first such group counts. */
struct fold_group {
	char **on;                       /* NULL = any */
	struct fold_take *takes;
	size_t take_count;
	const struct pointer_node *tree; /* of their `from`s */
};

struct dialect {
	char *name;
	char *kind;                /* where an event says its kind; NULL = by its name */
	struct sign_list known_by, failed_by, ended_by, content;
	char **tokens_in, **tokens_out;
	size_t tokens_in_count, tokens_out_count;
	struct fold_group *fold;
	size_t fold_count;
	char **whole, **once;      /* names of members whose strings do not go on */
	char **json, **drop;       /* pointers of the message */
	size_t json_count, drop_count;
	struct dialect_test *tests;
	size_t test_count;
	const struct pointer_node *settle; /* of json, then of drop */
};

/* What a place of an answer is looked at for. */
struct dialect_use {
	uint8_t dialect;           /* index */
	uint8_t test;              /* of USE_TEST: index */
	enum { USE_TEST = 0, USE_KIND, USE_TOKENS_IN, USE_TOKENS_OUT } what;
};

struct dialects {
	struct dialect *list;      /* "plain" is the last */
	size_t count;
	const struct pointer_node *places; /* of all signs; marks index uses */
	struct dialect_use *uses;
};

/* Those of rules/dialects.json.  Never freed. */
const struct dialects *dialects_shipped(void);

/* Ready to use; what was read of a file, "plain" last.  NULL: err says which
 * is too much ('"NAME" ...').  The arena has no cap. */
const struct dialects *dialects_make(struct dialect *list, size_t count,
    struct arena *a, struct err *err) MUST_CHECK;

/* Is the text one of the words?  NULL words: no. */
bool dialect_word_is(char *const *words, const char *text, size_t len);
bool dialect_is_plain(const struct dialect *d);

#endif
