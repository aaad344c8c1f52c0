/* rollout_core -- the inside of struct rollout, for its own files.
 * SPDX-License-Identifier: MIT
 *
 *   rollout.c         start, stop, operator's and config's changes
 *   rollout_overrides.c  overrides that operators set
 *   rollout_kept.c    what waits for the disk
 *   rollout_watch.c   the tick: windows, judgements, trips, alerts
 *   rollout_plan.c    stages that open by themselves
 *   rollout_starts.c  numbers as the stage began
 *   rollout_alerts.c  what people are told, and when that is over
 *   rollout_remote.c  the states of other instances
 *   rollout_isolation.c  users and sessions that were mixed up
 *
 * Nobody else includes this.  Control thread only.
 */
#ifndef CONTROL_ROLLOUT_CORE_H
#define CONTROL_ROLLOUT_CORE_H

#include "control/plan.h"
#include "control/rollout.h"
#include "control/rollout_alerts.h"
#include "control/rollout_isolation.h"
#include "control/rollout_smoke.h"
#include "control/watch.h"

/* Trips and adopted states that the disk did not take are seldom more than
 * one, since a trip latches and operators are refused meanwhile; alerts come
 * with every rule. */
#define UNSAVED_MAX 64

struct unsaved {
	bool has_state;                /* else the event changes nothing */
	struct rollout_state state;
	struct log_entry event;
};

struct rollout {
	struct rollout_ports ports;
	struct config *config;         /* owns a reference */
	struct user_overrides *users;  /* owns a reference */
	struct roster *roster;         /* owns a reference; of config */
	struct rollout_state state;
	struct snapshot *snapshot;     /* owns a reference */
	enum refusal refusal;          /* of the last operator's change */
	bool is_frozen;                /* another process decides */
	uint64_t follow_ns;            /* frozen: read again at this moment */

	/* watch: now_ns is of the last tick */
	struct watch watch;
	struct signal_board *signals;  /* owns a reference; NULL: none is asked for */
	struct route_board *routes;    /* owns a reference; NULL: there are none */
	uint64_t plan_ns;              /* look at the plan at this moment */
	struct rollout_smoke smoke;
	bool starts_due, starts_kept;  /* to be written; some are in the file */
	bool breaker_told;             /* it would trip, and only tells */
	int64_t starts_us;             /* of the stage that those are of */
	uint64_t starts_ns;            /* after a failure, not before then */
	uint64_t overrides_ns;         /* look for some that are over then */
	struct isolation_told isolation[VERSION_COUNT][ISOLATION_KIND_COUNT];

	/* in force or told but not on disk, the oldest first */
	struct unsaved unsaved[UNSAVED_MAX];
	size_t unsaved_count;
	char unsaved_why[256];         /* "" = the last try did not fail */
	uint64_t retry_ns;             /* after a failure, not before then */
	unsigned operator_patience_ms; /* a change may wait so long for the file */
	/* alerts */
	struct trouble troubles[TROUBLES_MAX]; /* not over yet */
	size_t trouble_count;
	uint64_t store_ns;             /* look at the store at this moment */
	uint64_t store_bad_ns;         /* it fails since then; 0 = it does not */

	/* remote */
	bool waiting;                  /* no state known, PostgreSQL silent */
	bool latch_shared;             /* our latch has been seen in PostgreSQL */
	uint64_t remote_ns;            /* ask again at this moment */
	bool overrides_due;            /* to be read from the local file again */
};

/* Its name where there are several; "" = it is the only one. */
const char *rollout_label(const struct rollout *r);
/* Put a change in force: state, snapshot, log line.  Nothing is written. */
void rollout_take(struct rollout *r, const struct change *c);
/* Make a snapshot of what holds now and give it out. */
void rollout_publish(struct rollout *r);
/* Write first, then put in force; the way of operators and config. */
bool rollout_commit(struct rollout *r, struct change *c, struct err *err)
    MUST_CHECK;

/* May an operator change anything now, and has he said why?  Clears refusal. */
bool rollout_check_operator(struct rollout *r, const char *reason,
    struct err *err) MUST_CHECK;
/* Note why; returns false. */
bool rollout_refuse(struct rollout *r, enum refusal why);
bool rollout_refuse_unwritten(struct rollout *r, struct err *err);

/* Writes may take seconds: nobody waits for the guard yet.  Quick: he does. */
void rollout_be_patient(struct rollout *r);
void rollout_be_quick(struct rollout *r);
/* A change that is not in force yet, with the override that it is about. */
struct rollout_write {
	struct change *change;
	const struct override_change *override; /* NULL = it is about none */
};
/* Write it after all that is kept: epochs reach the file in their order. */
bool rollout_write(struct rollout *r, const struct rollout_write *w,
    struct err *err) MUST_CHECK;
/* In force already; write, and keep trying if that fails. */
void rollout_save_or_keep(struct rollout *r, const struct change *c);
/* Told already (an alert): this tick writes it down, or a later one. */
void rollout_note(struct rollout *r, const struct log_entry *event);
/* Write what is kept; false: something still is. */
bool rollout_save_kept(struct rollout *r, struct err *err) MUST_CHECK;
/* The same, if it is time to try. */
void rollout_write_kept(struct rollout *r);
/* There is something to carry to PostgreSQL. */
void rollout_poke(struct rollout *r);
/* Close the latch, then put the trip in force and on disk.  name: the rule,
 * "breaker", or "rollback" by hand. */
void rollout_trip(struct rollout *r, const char *name, const char *actor,
    const char *sentence, const char *evidence);
/* Traffic was moved on purpose (or is about to begin): windows start now; or,
 * within the stage, only what is counted of all of it. */
void rollout_cut(struct rollout *r);
void rollout_recount(struct rollout *r);
/* The rules of config, with the memories of rules that stayed; those before
 * are still there. */
void rollout_watch_config(struct rollout *r);

/* Frozen: read what the other process has written down, and let it hold here,
 * for whoever is still served; nothing is written.  A latch is closed, never
 * opened. */
bool rollout_look_on(struct rollout *r, struct err *err) MUST_CHECK;

/* Numbers as the stage began: from the local file, and every tick to it. */
void rollout_load_starts(struct rollout *r);
void rollout_write_starts(struct rollout *r);
/* Every tick: remove an override that is over for long. */
void rollout_overrides_tick(struct rollout *r);
/* Every tick: open the next stage that is due. */
void rollout_plan_tick(struct rollout *r);

/* At start: the state that holds, from both stores.  *found_out false: none
 * yet, make the first.  Sets waiting if that cannot be known. */
bool rollout_remote_start(struct rollout *r, bool *found_out,
    struct err *err) MUST_CHECK;
/* Every tick. */
void rollout_remote_tick(struct rollout *r, uint64_t now_ns);

#endif
