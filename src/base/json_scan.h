/* json_scan -- values at chosen places of a JSON document, as it comes.
 * SPDX-License-Identifier: MIT
 *
 * For who must look into a document without keeping it: bytes are fed cut
 * anywhere, and what stands at the places of a pointer tree is told as soon as
 * it has ended.  No memory is allocated, and the work is a walk over the
 * bytes: what lies between the places is only held against the grammar.
 *
 * The grammar is that of json.h (RFC 8259, as deep as JSON_DEPTH_MAX), except
 * that strings are not held against UTF-8 and halves of surrogate pairs pass
 * (as "?" where they are told).  Whatever json.h reads, this finds the same
 * values in.  Members of the same name are told one after the other.
 *
 * Pure; one thread.  Copying a scan copies where it is.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/json.h"
#include "base/pointer_tree.h"

/* Bytes of a text that are told; no name of a pointer is longer. */
#define JSON_SCAN_TEXT_MAX POINTER_NAME_MAX

struct json_found {
	uint16_t mark;       /* the pointer, as the tree has it */
	enum json_kind kind;
	bool empty;          /* a string without a byte, a container without a
	                      * child */
	bool cut;            /* the text goes on */
	const char *text;    /* string: decoded; number: as written; not ended by
	                      * NUL, borrows until the callback returns */
	size_t len;
};

/* A value has ended that stands at a place; once for each of its marks. */
typedef void (*json_scan_callback)(void *arg, const struct json_found *found);

enum json_scan_state {
	JSON_SCAN_MORE = 0, /* the document is not over */
	JSON_SCAN_END,      /* it is, and white space may follow */
	JSON_SCAN_BAD,      /* not JSON, or too deep: nothing more is found */
};

struct json_scan {
	const struct pointer_node *root; /* borrows; of the tree */
	const struct pointer_node *node; /* of the value that comes or is read */
	uint8_t at;                      /* enum place, see json_scan.c */
	uint8_t word;                    /* of true, false, null: which, and */
	uint8_t word_at;                 /* how far */
	uint8_t digits;                  /* hex digits that are still to come */
	bool is_name;                    /* the string is a member's name */
	bool keeps;                      /* its text is wanted */
	bool cut;                        /* and did not fit */
	unsigned depth;                  /* containers around the value */
	uint32_t code, high;             /* of \u; a pair's first half, or 0 */
	uint64_t objects[JSON_DEPTH_MAX / 64]; /* bit: the container is an object */
	struct {
		const struct pointer_node *node;
		uint64_t children;
	} levels[POINTER_SEGMENTS_MAX + 1];    /* the outermost containers */
	uint32_t len;
	char text[JSON_SCAN_TEXT_MAX];   /* of a string or number that is wanted */
};

void json_scan_init(struct json_scan *s, const struct pointer_node *tree);
enum json_scan_state json_scan_feed(struct json_scan *s, const char *bytes,
    size_t len, json_scan_callback on_found, void *arg);
/* No more will come: JSON_SCAN_MORE says that the document was cut short.
 * May find one more value, a number. */
enum json_scan_state json_scan_finish(struct json_scan *s,
    json_scan_callback on_found, void *arg) MUST_CHECK;

#endif
