/* rules -- what the migration needs: rules/NAME.json.
 * SPDX-License-Identifier: MIT
 *
 * Owned by the config and immutable with it.
 */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/compare_rules.h"
#include "config/criteria.h"
#include "config/dialects.h"
#include "config/guard_rules.h"
#include "config/isolation_rules.h"
#include "config/redact_rules.h"
#include "config/mirror_rules.h"
#include "config/noise_rules.h"
#include "config/plan_rules.h"
#include "config/probe_rules.h"
#include "config/route_rules.h"
#include "config/signal_rules.h"
#include "config/smoke_rules.h"
#include "config/version.h"

/* Where a user or session id is looked for. */
enum source_kind {
	SOURCE_HEADER = 0, /* {"header": "x-user-id"} */
	SOURCE_COOKIE,     /* {"cookie": "uid"} */
	SOURCE_QUERY,      /* {"query": "user"} */
	SOURCE_PATH,       /* {"path": "/presence/{user}"}: leading segments */
	SOURCE_JWT_CLAIM,  /* {"jwt_claim": "sub"}: of a bearer token; not verified */
	SOURCE_BODY,       /* {"body": "/userId"}: JSON Pointer */
	SOURCE_CLIENT,     /* {"client": "address"}: where it asks from */
	SOURCE_COUNT
};

struct source {
	enum source_kind kind;
	char *name; /* header (lower case), cookie, parameter, claim, template, pointer,
	             * "address" */
	size_t name_len;
};

struct source_chain {
	struct source *sources;
	size_t count;
	bool needs_body; /* one of them is SOURCE_BODY */
};

/* Which failures of enhanced are answered by legacy. */
enum fallback_on {
	FALLBACK_CONNECT = 1 << 0,
	FALLBACK_TIMEOUT = 1 << 1,
	FALLBACK_5XX = 1 << 2,
	FALLBACK_INVALID = 1 << 3, /* broken or cut before anything reached the client */
};

/* What keeps the version it began with, whatever the bucket says later. */
enum sticky_by { STICKY_OFF = 0, STICKY_SESSION };

struct rules {
	struct source_chain identity;
	struct source_chain session;
	struct source_chain tenant;
	struct route *routes;    /* none = every request takes part */
	size_t route_count;
	struct route_counting counting; /* by their paths */
	char *name;              /* as tools and people call the rollout */
	char *salt;
	bool enabled;
	struct smoke_rules smoke;
	struct stage *stages;    /* at least one */
	size_t stage_count;
	enum advancing advance;    /* of stages that do not say it */
	struct calendar calendar;
	size_t stage;            /* index of the stage the file asks for */
	bool percent_given;      /* "percent" in the rollout beats the stage's */
	uint32_t percent;
	enum sticky_by sticky;   /* a session keeps its version */
	uint64_t sticky_ms;      /* after it was last seen */
	uint32_t sticky_max;     /* room for so many */
	struct override *overrides;
	size_t override_count;
	unsigned override_uses;  /* enum criterion_use, of all of them */
	unsigned fallback;       /* enum fallback_on bits */
	struct compare_rules compare;
	struct redact_rules redact;
	struct dialect *dialects; /* those that the file adds or replaces */
	size_t dialect_count;
	bool inspect;             /* answers are looked into as they pass */
	bool given;               /* by any file */
	const struct dialects *reads; /* all of them; never NULL */
	struct mirror_rules mirror;
	struct rewrite rewrites[VERSION_COUNT];
	struct noise_rules noise;
	struct signal_rules signals;
	struct probe_rules probes;
	struct guard_rule *guards;
	size_t guard_count;
	size_t start_count;       /* conditions of the stage's start */
	struct breaker breaker;
	struct isolation_rules isolation;
};

#endif
