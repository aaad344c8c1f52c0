/* target -- what the text of "store" means.
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "store/sqlite.h"
#include "store/store.h"

struct target {
	enum store_kind kind;
	const char *path;     /* of the local file; borrows from the settings, or
	                         SQLITE_IN_MEMORY */
	const char *conninfo; /* of PostgreSQL, else NULL; borrows likewise */
};

bool target_of(const struct settings *settings, struct target *out,
    struct err *err) MUST_CHECK;

#endif
