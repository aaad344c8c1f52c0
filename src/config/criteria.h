/* criteria -- who or what a request must be for an override to decide it.
 * SPDX-License-Identifier: MIT
 *
 * Plain conditions on the request and the three ways to combine them, as data;
 * held against a request by policy/criteria.h.  Owned by the config, or by a
 * named override, and immutable with it.
 */
#ifndef CONFIG_CRITERIA_H
#define CONFIG_CRITERIA_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/text_set.h"
#include "config/version.h"

enum criterion_kind {
	CRITERION_USERS = 0, /* the user is one of them */
	CRITERION_TENANTS,   /* so is the tenant */
	CRITERION_HEADER,    /* a header field, with a value or any */
	CRITERION_COOKIE,
	CRITERION_JSON,      /* a place of a JSON body, likewise */
	CRITERION_ADDRESSES, /* the client is in one of the networks */
	CRITERION_PATH,      /* the path is of the pattern */
	CRITERION_ALL,       /* all of the items hold */
	CRITERION_ANY,
	CRITERION_NOT,       /* the one item does not */
};

/* What it, or an item of it, must know of a request, as bits. */
enum criterion_use {
	CRITERION_USES_BODY = 1 << 0,
	CRITERION_USES_TENANT = 1 << 1,
};

struct criterion {
	enum criterion_kind kind;
	unsigned uses;            /* enum criterion_use */
	char *name;               /* header (lower case), cookie, JSON Pointer, pattern */
	char *equals;             /* NULL = present is enough */
	char **methods;           /* with a path; NULL = every method */
	struct text_set ids;      /* users, tenants */
	struct network *networks;
	size_t network_count;
	struct criterion *items;
	size_t item_count;
};

/* In the order written; the first that matches decides (policy/decide.h says
 * where overrides set at run time stand). */
struct override {
	struct criterion when;    /* first: the keys' offsets serve both */
	enum version version;
	int64_t expires_us;       /* wall clock: matches nobody from then on; 0 = never */
};

#endif
