/* multipart -- a body of several parts, one after another (RFC 2046, 5.1).
 * SPDX-License-Identifier: MIT
 *
 * Finds the parts and reads what their few fields say; what is in them is for
 * content.h.  Boundaries are found whatever their case: a sample's
 * Content-Type is in lower case.  Lines may end in CRLF or LF.  Pure; borrows
 * the body.
 */
#ifndef COMPARE_MULTIPART_H
#define COMPARE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "compare/room.h"

/* RFC 2046: a boundary has at most 70 characters. */
#define MULTIPART_BOUNDARY_MAX 70
#define MULTIPART_TEXT_MAX 160

struct multipart {
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	size_t boundary_len;
	struct bytes left; /* behind the last delimiter that was read */
	bool closed;       /* the closing delimiter was read */
};

struct part {
	char type[MULTIPART_TEXT_MAX]; /* Content-Type in lower case; "" = none */
	char name[MULTIPART_TEXT_MAX]; /* of Content-Disposition; "" = none */
	char filename[MULTIPART_TEXT_MAX];
	bool encoded;       /* by a Content-Transfer-Encoding that says so */
	struct bytes body;
};

/* Go to the first part.  false: the type names no boundary, or the body has
 * none. */
bool multipart_init(struct multipart *m, const char *type, struct bytes body)
    MUST_CHECK;
/* The next part.  false: there is no more; only if m->closed did the body say
 * so. */
bool multipart_next(struct multipart *m, struct part *out);

#endif
