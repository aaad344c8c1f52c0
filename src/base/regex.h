/* regex -- an operator's regular expressions over a peer's texts (PCRE2).
 * SPDX-License-Identifier: MIT
 *
 * A pattern is compiled once, just in time where the machine and the service
 * manager allow it (MemoryDenyWriteExecute does not: then it is interpreted),
 * is immutable from then on, and may be matched by any thread.  A match is
 * bounded in steps, depth and memory, since the text is a peer's and may have
 * been made for the pattern; over a bound is an answer of its own, never "no".
 * Who asks where it matches looks through longer texts: there the steps grow
 * with the text.
 * UTF-8; bytes that are none match nothing.  "\d", "\w" and "\s" are ASCII.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stddef.h>

#include "base/compiler.h"

/* Of one match: steps and nested ones, memory in KiB. */
#define REGEX_STEPS_MAX 10000
#define REGEX_STEPS_PER_BYTE 64 /* of regex_find(), on top */
#define REGEX_HEAP_MAX_KIB 1024

struct regex;

enum regex_span {
	REGEX_WHOLE = 0, /* must match the text from its beginning to its end */
	REGEX_ANYWHERE,
};

enum regex_result {
	REGEX_NO = 0,
	REGEX_YES,
	REGEX_LIMIT, /* given up at a bound */
};

#define REGEX_WHY_MAX 128

/* NULL: the pattern is none; why says in words what is wrong, *offset_out
 * behind which byte it was seen. */
struct regex *regex_new(const char *pattern, size_t len, enum regex_span span,
    char why[REGEX_WHY_MAX], size_t *offset_out) MUST_CHECK;
void regex_free(struct regex **r);

/* What a thread needs for its matches, of any pattern. */
struct regex_room;
struct regex_room *regex_room_new(void) MUST_CHECK;
void regex_room_free(struct regex_room **room);

enum regex_result regex_match(const struct regex *r, struct regex_room *room,
    const char *text, size_t len);

struct regex_hit {
	size_t begin, end; /* offsets in the text; may be equal */
};
/* Where the first match that begins at from or later is; what stands before
 * from is seen, by a look-behind for instance. */
enum regex_result regex_find(const struct regex *r, struct regex_room *room,
    const char *text, size_t len, size_t from, struct regex_hit *out);

#endif
