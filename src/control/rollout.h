/* rollout -- the state of the migration and everything that changes it.
 * SPDX-License-Identifier: MIT
 *
 * Owned by the control thread.  Every change (operator, config, guard) goes
 * through one function that makes the next epoch, writes state and event to
 * the local file, publishes a new snapshot to the workers and pokes the
 * recorder.  A trip closes the latch first and writes afterwards: traffic
 * is on legacy even if the disk is full.  A latch beats config and
 * operators until rollout_rearm().
 *
 * What a change means is decided in change.h (pure); what the numbers say, in
 * guard.h (pure).
 */
#ifndef CONTROL_ROLLOUT_H
#define CONTROL_ROLLOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/snapshot.h"
#include "control/alert.h"
#include "control/change.h"
#include "control/guard.h"
#include "control/plan.h"
#include "control/probe_row.h"
#include "control/smoke.h"
#include "observe/stats.h"
#include "observe/window.h"
#include "policy/latch.h"
#include "store/recorder.h"
#include "store/store.h"

/* What the rollout is connected to; all borrowed, outlive it. */
struct rollout_ports {
	struct store *store;
	struct recorder *recorder;     /* may be NULL (unit tests) */
	struct stats_board *board;
	struct latch *latch;
	/* Give every worker this snapshot (each takes its own reference). */
	void (*publish)(void *arg, struct snapshot *s);
	/* The endpoints of that config as they are now; gives a reference.  NULL:
	 * snapshots have none (unit tests). */
	struct roster *(*enlist)(void *arg, const struct config *config);
	/* What is known of probes; fills at most PROBE_RULES_MAX rows.  NULL: of
	 * none anything (unit tests). */
	size_t (*probes)(void *arg, struct probe_row *out);
	/* Run the checks (a bit each) that the snapshot's rules name, at enhanced;
	 * never waits.  NULL: nobody does (unit tests). */
	void (*smoke)(void *arg, struct snapshot *s, uint32_t which,
	    uint64_t serial);
	/* How the run that was asked for last fares; beside smoke. */
	void (*smoked)(void *arg, struct smoke_run *out);
	/* Let people know; never waits.  NULL: nobody does (unit tests). */
	void (*tell)(void *arg, const struct alert *a);
	void *arg;
	/* Another process still decides: begin frozen, with its state as it
	 * stands in the local file, until rollout_catch_up(). */
	bool has_predecessor;
};

struct rollout;

/* Takes a reference on config.  Loads state and overrides (local file, and
 * PostgreSQL's if it answers and its epoch is higher), applies a changed
 * rollout section of the config, publishes the first snapshot.  With a
 * PostgreSQL that does not answer and no state in the local file, traffic
 * is held on legacy (epoch 0) until it does: it may know of a latch. */
bool rollout_start(struct config *config, const struct rollout_ports *ports,
    struct rollout **out, struct err *err) MUST_CHECK;
void rollout_stop(struct rollout **r);

/* The snapshot in force; borrowed until the next change. */
struct snapshot *rollout_snapshot(struct rollout *r);

/* Operator's changes.  reason must not be empty; actor like
 * "operator:alice".  When the local file cannot be written they fail and
 * change nothing.  What is already so succeeds and makes no new epoch. */

/* Exactly one member of change is asked for.  While latched, stage and
 * percent changes fail and say to rearm. */
bool rollout_set(struct rollout *r, const struct rollout_change *change,
    const char *actor, const char *reason, struct err *err) MUST_CHECK;
/* By hand: latch now.  Already latched is fine (and no new epoch).  If it
 * cannot be written down it is done all the same, and kept trying. */
bool rollout_rollback(struct rollout *r, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
/* Clear the latch.  The stage and percent from before the trip stand again
 * only if resume is true; else the rollout is at its first stage, 0%. */
bool rollout_rearm(struct rollout *r, bool resume, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
/* Moves within the plan.  An operator may advance a paused plan: pausing is
 * for what happens by itself. */
bool rollout_advance(struct rollout *r, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
/* From 100%: enhanced alone. */
bool rollout_complete(struct rollout *r, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
bool rollout_back(struct rollout *r, const char *actor, const char *reason,
    struct err *err) MUST_CHECK;
bool rollout_pause(struct rollout *r, bool pause, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
bool rollout_override(struct rollout *r, const struct override_change *wish,
    const char *actor, const char *reason, struct err *err) MUST_CHECK;
/* A new config (SIGHUP, API).  Takes a reference.  Applies its rollout
 * section only if that changed, never through a latch; else a "reload" event. */
bool rollout_reload(struct rollout *r, struct config *next,
    const char *actor, const char *reason, struct err *err) MUST_CHECK;
/* An operator did what leaves the rollout as it is: a row of its log. */
void rollout_remark(struct rollout *r, const char *kind, const char *to,
    const char *actor, const char *reason);
/* Other endpoints, the same config: give out a snapshot with them. */
void rollout_enlist(struct rollout *r);
/* Why the last of the functions above failed. */
enum refusal rollout_refusal(const struct rollout *r);

/* Another process is about to decide for us (or is not, after all).  Frozen:
 * all is written down, the tick reads what the other has decided, and operators
 * are refused. */
void rollout_freeze(struct rollout *r, bool freeze);
/* The predecessor decides no more: read its state again, and apply our config. */
void rollout_catch_up(struct rollout *r);

/* Every few milliseconds: push the windows, judge breaker and rules, act;
 * write down a trip that a worker's breaker made; adopt a newer state of
 * another instance.  now_ns: clock_ns(). */
void rollout_tick(struct rollout *r, uint64_t now_ns);
/* Mirroring ends for the day, or begins again: other shares, the same stage. */
void rollout_mirrors(struct rollout *r);

/* For the status page.  Readings are those of the last tick. */
struct rule_status {
	const struct guard_rule *rule;
	struct guard_reading reading;
};
size_t rollout_rules(struct rollout *r, struct rule_status *out, size_t max);
/* What is waited for before the next stage, as of the last tick. */
void rollout_plan(struct rollout *r, struct plan_report *out);
void rollout_smoke_totals(const struct rollout *r, struct smoke_totals *out);
struct guard_reading rollout_breaker(const struct rollout *r);
/* What a version did in the last span_ns (or since the last move, if later). */
void rollout_recent(const struct rollout *r, enum version v,
    uint64_t span_ns, struct tally *out, uint64_t *covered_ns_out);
/* Why a trip is in force but not yet on disk; NULL when all is written. */
const char *rollout_unsaved(const struct rollout *r);
/* Is PostgreSQL still waited for? */
bool rollout_is_waiting(const struct rollout *r);

#endif
