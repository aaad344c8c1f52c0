/* version -- names of the versions and of the legs; contract in version.h.
 * SPDX-License-Identifier: MIT
 */
#include "config/version.h"

#include <assert.h>

const char *
version_name(enum version v)
{
	assert(v < VERSION_COUNT);
	return v == VERSION_LEGACY ? "legacy" : "enhanced";
}

const char *
backend_name(enum backend_id b)
{
	return b == BACKEND_CONTROL ? "control" : version_name((enum version)b);
}

const char *
leg_name(enum leg leg)
{
	static const char *const names[LEG_COUNT] = { "primary", "shadow",
		"control" };

	assert(leg < LEG_COUNT);
	return names[leg];
}

enum version
version_other(enum version v)
{
	return v == VERSION_LEGACY ? VERSION_ENHANCED : VERSION_LEGACY;
}
