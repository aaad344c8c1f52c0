/* version -- the two things that understudy compares.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VERSION_H
#define CONFIG_VERSION_H

enum version {
	VERSION_LEGACY = 0, /* what users rely on */
	VERSION_ENHANCED,   /* what should replace it */
	VERSION_COUNT
};

/* Who is called: the endpoints of each version, and perhaps a second legacy. */
enum backend_id {
	BACKEND_LEGACY = VERSION_LEGACY,
	BACKEND_ENHANCED = VERSION_ENHANCED,
	BACKEND_CONTROL, /* answers as legacy does, to no user; may be absent */
	BACKEND_COUNT
};

/* The role of one exchange within its pair. */
enum leg {
	LEG_PRIMARY = 0, /* a client waits for it */
	LEG_SHADOW,      /* nobody waits; only compared and counted */
	LEG_CONTROL,     /* legacy once more: how it differs from itself */
	LEG_COUNT
};

/* "legacy", "enhanced" */
const char *version_name(enum version v);
/* Likewise, and "control". */
const char *backend_name(enum backend_id b);
/* "primary", "shadow", "control" */
const char *leg_name(enum leg leg);
/* The other one. */
enum version version_other(enum version v);

#endif
