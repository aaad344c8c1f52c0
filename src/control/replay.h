/* replay -- a rollout under a virtual clock.
 * SPDX-License-Identifier: MIT
 *
 * Legs and pairs go in, in the order of their time, real ones from a store or
 * invented ones; the guard (watch.h), the breaker and the plan (plan.h) look
 * at them as the live ones do, and every decision comes out with its numbers.
 * The state follows the decisions: who invents legs asks it for the share.
 *
 * Approvals that a plan waits for are given at once if the options say so.
 * There is one worker.  Probes are not replayed: what asks for one is unknown.
 * Of isolation what can be seen of sessions is.
 *
 * No I/O, no threads, no clock but the one that is given.
 */
#ifndef CONTROL_REPLAY_H
#define CONTROL_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "config/config.h"
#include "config/snapshot.h"
#include "control/plan.h"
#include "observe/signals.h"

/* One leg at its end; control legs are not for this. */
struct replay_leg {
	enum version version;
	bool is_shadow;
	bool by_bucket;       /* nothing but the bucket decided the version */
	bool counts;          /* its outcome is the version's: not the client's, ours */
	bool failure;
	bool answered;        /* with a status: its latency counts */
	bool falls_back;      /* enhanced failed, legacy answers */
	uint64_t latency_us;
	uint64_t first_byte_us, first_content_us; /* 0 = never */
	uint32_t bucket;      /* BUCKET_NONE without identity */
	unsigned route;       /* replay_route() of the path of its route */
	struct signal_values signals; /* of the signals of these rules */
};

/* A request as it comes in: whose session it says it is. */
struct replay_request {
	const char *session, *user; /* anything that tells them apart */
	enum version version;       /* that is to serve it */
	bool by_bucket;             /* as of a leg */
};

/* What was decided.  kind: "advance", "trip", "alert", "resolved", "held",
 * "observed", "pause", "back". */
struct replay_event {
	int64_t at_us;
	const char *kind;
	const char *name;     /* the rule, "breaker", or the stage that opens */
	const char *text;     /* one sentence, with the numbers */
};

struct replay_options {
	int64_t start_us;     /* wall clock */
	unsigned tick_ms;     /* the guard looks so often; 0 = as live */
	unsigned idle_ms;     /* likewise while nothing happens; 0 = 1 s */
	unsigned plan_ms;     /* the plan is looked at so often; 0 = as live */
	bool approve;         /* stages that wait for an operator open */
	bool traffic_only;    /* and gates over signals and probes, while they wait,
	                         count as done: the legs say nothing of them */
	void (*on_event)(void *arg, const struct replay_event *e); /* may be NULL */
	void *arg;
};

struct replay;

/* config is borrowed.  Begins as a first start would: at the stage that the
 * rules ask for. */
struct replay *replay_new(const struct config *config,
    const struct replay_options *options) MUST_CHECK;
void replay_free(struct replay **r);

/* For legs and pairs: 0 = no condition is over that route.  Of a record, whose
 * field has less room than a path, its beginning. */
unsigned replay_route(const struct config *config, const char *path);

/* Time passes until that moment of the wall clock; never back. */
void replay_until(struct replay *r, int64_t at_us);
/* These happen now. */
void replay_add_leg(struct replay *r, const struct replay_leg *leg);
void replay_add_pair(struct replay *r, unsigned route, bool different);
void replay_add_request(struct replay *r, const struct replay_request *request);
/* Look now, whatever time it is. */
void replay_look(struct replay *r);
/* Open that stage, as an operator would.  false: there is none of the name. */
bool replay_set_stage(struct replay *r, const char *stage) MUST_CHECK;

const struct rollout_state *replay_state(const struct replay *r);
/* What the next stage waits for now. */
void replay_plan(struct replay *r, struct plan_report *out);

#endif
