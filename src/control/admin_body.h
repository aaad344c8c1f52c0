/* admin_body -- the JSON object that a change comes with.
 * SPDX-License-Identifier: MIT
 *
 * A handler lists the members it knows; everything else about the body is
 * judged here: syntax, unknown members, missing ones, wrong types.  Each
 * fault names its member.  Pure.
 */
#ifndef CONTROL_ADMIN_BODY_H
#define CONTROL_ADMIN_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

enum member_kind { MEMBER_TEXT = 0, MEMBER_NUMBER, MEMBER_BOOL,
	MEMBER_OBJECT };

struct member {
	const char *name;
	enum member_kind kind;
	bool required;
	const json_t *value; /* found; NULL = absent; borrows from the root */
};

/* An empty body is {}.  true: *root_out owns what the values borrow from,
 * drop it with json_decref(). */
bool body_read(const char *body, size_t len, struct member *members,
    size_t count, json_t **root_out, struct err *err) MUST_CHECK;
/* A reason for the log: some text, not too long, no control characters. */
bool body_check_reason(const char *reason, struct err *err) MUST_CHECK;

#endif
