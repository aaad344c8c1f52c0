/* named_override -- an override by a criterion that was set at run time.
 * SPDX-License-Identifier: MIT
 *
 * Read from the JSON that the API was given and the store keeps, by the same
 * key table as those of the rules.  Immutable; shared by count.
 */
#ifndef CONFIG_NAMED_OVERRIDE_H
#define CONFIG_NAMED_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/criteria.h"

/* Bytes of a criterion as JSON, and of a name. */
#define NAMED_OVERRIDE_TEXT_MAX 4096
#define NAMED_OVERRIDE_NAME_MAX 63

struct named_override {
	_Atomic unsigned refs;
	const char *name;
	const char *criterion;  /* as JSON, on one line */
	struct override override;
	struct arena arena;     /* owns all of the above points to */
};

/* An override set or removed: of a user, or by a criterion. */
struct override_change {
	const char *user;      /* NULL: by a criterion */
	const char *name;      /* of that override */
	const char *criterion; /* as JSON */
	enum version version;
	int64_t expires_us;    /* 0 = never */
	bool remove;
};

/* NULL: err says what is wrong with the name or the criterion. */
struct named_override *named_override_new(const char *name,
    const char *criterion, enum version version, int64_t expires_us,
    struct err *err) MUST_CHECK;
struct named_override *named_override_ref(struct named_override *o);
void named_override_unref(struct named_override **o);

#endif
