/* json -- a strict JSON reader (RFC 8259) into a tree in an arena.
 * SPDX-License-Identifier: MIT
 *
 * One parser for configuration (every value knows its byte offset, so an
 * error can name the line), for the identity in a request's body and for
 * comparison (numbers keep their text, so large integers stay exact; object
 * members keep their order).  Depth and memory are bounded by the caller.
 * Pure; strings are decoded to UTF-8 and may hold NUL (use the length).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"

struct buf;

enum json_kind {
	JSON_NULL = 0,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON_KIND_COUNT
};

struct json {
	enum json_kind kind;
	uint32_t key_len;
	const char *key;    /* borrows from arena or text: member's name, else NULL */
	const char *text;   /* string: decoded; number, word: as written; borrows
	                     * from arena or text and is not NUL-terminated */
	size_t len;         /* of text */
	size_t offset;      /* of the value's first byte in the input */
	size_t key_offset;  /* of the member's name in the input */
	size_t count;       /* array, object: children */
	struct json *first; /* array, object: first child, else NULL */
	struct json *next;  /* next sibling */
};

struct json_fault {
	size_t offset;       /* where the text stops being JSON */
	const char *message; /* static, lower case */
};

/* Arrays and objects inside one another. */
#define JSON_DEPTH_MAX 128

/* Parse exactly one document.  NULL: *fault says why (also when the arena's
 * cap is reached).  The tree borrows from the text, which must outlive it.
 * Object members with the same name are a fault (at the second one) when
 * refuse_duplicates is set, else all are kept. */
struct json *json_parse(struct arena *a, const char *text, size_t len,
    bool refuse_duplicates, struct json_fault *fault) MUST_CHECK;

/* The first member of that name; NULL if none or not an object. */
const struct json *json_member(const struct json *object, const char *name);
/* RFC 6901: "" is the root, "/a/0/b~1c".  NULL if absent or
 * if it is no pointer. */
const struct json *json_at(const struct json *root, const char *pointer);
/* Text equals a C string? */
bool json_text_is(const struct json *value, const char *text);
/* The number as a double; 0 for other kinds. */
double json_number(const struct json *value);
/* As JSON text, without spaces; members keep their order. */
void json_write(const struct json *value, struct buf *out);
/* "object", "string", ... */
const char *json_kind_name(enum json_kind kind);
/* 1-based line and column of an offset. */
void json_place(const char *text, size_t offset, size_t *line_out,
    size_t *column_out);

#endif
