/* target -- the request target taken apart.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9112 section 3.2.  Slices of the head's bytes; nothing is decoded, so
 * what is forwarded is what came.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "http/head.h"

enum target_form {
	TARGET_ORIGIN = 0, /* "/path?query" */
	TARGET_ABSOLUTE,   /* "http://host/path": forwarded as origin form, and
			    * its authority replaces Host (RFC 9112 3.2.2) */
	TARGET_ASTERISK,   /* "*", only with OPTIONS */
};

struct target {
	enum target_form form;
	/* "/..."; "*" for the asterisk.  An absolute form without a path has
	 * "/", but "*" with OPTIONS (RFC 9112 3.2.4); these two are static,
	 * not slices of the head. */
	const char *path;
	size_t path_len;
	const char *query;     /* behind the "?", or NULL */
	size_t query_len;
	const char *authority; /* absolute form only */
	size_t authority_len;
};

/* false: not a target of a form allowed for this method; *why says it.
 * Fragments, user names in the authority and CONNECT are refused. */
bool target_parse(const struct head *h, struct target *out,
    const char **why) MUST_CHECK;

/* Let slices of one head's bytes point into a copy of them. */
void target_move(struct target *t, const struct head *from, const char *base);

/* Is this a host with an optional port, as Host and an authority have it?
 * A name that is not empty (no comma: it would look like two), or an IP
 * literal in brackets; a port up to 65535 or an empty one; no user name. */
bool target_is_authority(const char *text, size_t len);

#endif
