/* change -- what a wish would make of the rollout state.
 * SPDX-License-Identifier: MIT
 *
 * Pure: each function takes the state as it is and yields the state as it
 * would be, with the event that will tell of it.  Nothing is written,
 * published or latched here; rollout.c does that with the result, all of it
 * or none.  Control thread in practice, any thread in principle.
 */
#ifndef CONTROL_CHANGE_H
#define CONTROL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "config/snapshot.h"
#include "store/store.h"

/* Why an operator's change was refused. */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_INVALID, /* it makes no sense: unknown stage, no reason */
	REFUSAL_LATCHED, /* another move must come first: rearm, resume, complete */
	REFUSAL_MISSING, /* there is nothing to remove */
	REFUSAL_STORE,   /* the local file could not be written */
};

/* Operator's wish; exactly one of the three. */
struct rollout_change {
	const char *stage;        /* NULL = no change */
	bool has_percent;
	uint32_t percent;         /* thousandths of a percent */
	bool has_enabled;
	bool enabled;
};

/* Who wants it, why, and when. */
struct change_origin {
	const char *actor;        /* "operator:alice", "guard", "config" */
	const char *reason;
	int64_t now_us;           /* wall clock */
};

struct change {
	bool differs;             /* false: already so; next and event are empty */
	struct rollout_state next;
	struct log_entry event;
};

/* The very first state, as the config asks for it: epoch 1. */
void change_first(const struct config *config, int64_t now_us,
    struct change *out);
/* The config's rollout section, if it is another than the one last applied.
 * Through a latch only `enabled` is applied; stage and percent are noted as
 * seen, so that they cannot come alive by a later restart. */
void change_by_config(const struct config *config,
    const struct rollout_state *now, const struct change_origin *by,
    struct change *out);
/* Stage, percent or enabled.  false: *refusal_out and err say why.  Of what
 * is done while latched the state keeps the latch's reason and actor. */
bool change_by_operator(const struct rules *rules,
    const struct rollout_state *now, const struct rollout_change *wish,
    const struct change_origin *by, struct change *out,
    enum refusal *refusal_out, struct err *err) MUST_CHECK;
/* Latch: kind "trip" (guard) or "rollback" (by hand), with its evidence (a
 * JSON object or ""). */
void change_latch(const struct rollout_state *now, const char *kind,
    const struct change_origin *by, const char *evidence,
    struct change *out);
/* Clear the latch; see rollout_rearm(). */
void change_rearm(const struct rules *rules, const struct rollout_state *now,
    bool resume, const struct change_origin *by, struct change *out);
/* Pause or resume the plan; a NULL-free no-op if it is so already.  evidence: a
 * JSON object or "".  A latch's reason stays, as above. */
void change_pause(const struct rollout_state *now, bool pause,
    const struct change_origin *by, const char *evidence, struct change *out);
/* One stage back, and paused: to the stage before the present one, or, of a
 * stage that the plan does not know, to the first.  At the first stage only
 * the percentage goes to that stage's.  Never to a higher percentage. */
void change_back(const struct rules *rules, const struct rollout_state *now,
    const struct change_origin *by, const char *evidence,
    struct change *out);
/* The next stage of the plan.  false: latched, paused and not forced, or there
 * is none. */
bool change_advance(const struct rules *rules,
    const struct rollout_state *now, bool force,
    const struct change_origin *by, const char *evidence, struct change *out,
    enum refusal *refusal_out, struct err *err) MUST_CHECK;
/* From 100% to the stage that is complete, which no other move opens.  false:
 * latched, not at 100%, switched off, or the plan has none. */
bool change_complete(const struct rules *rules,
    const struct rollout_state *now, const struct change_origin *by,
    struct change *out, enum refusal *refusal_out, struct err *err) MUST_CHECK;
/* A user's override: was and wanted may be NULL (none). */
void change_override(const struct rollout_state *now, const char *user,
    const char *was, const char *wanted, const struct change_origin *by,
    struct change *out);
/* Another instance's state, taken over as it is. */
void change_adopt(const struct rollout_state *now,
    const struct rollout_state *remote, int64_t now_us, struct change *out);

/* Does next start a new chapter, so that failures from before must not count
 * against it: another stage, switched on again, rearmed? */
bool change_starts_afresh(const struct rollout_state *was,
    const struct rollout_state *next);
/* Or are only the requests shared out otherwise? */
bool change_moves_shares(const struct rollout_state *was,
    const struct rollout_state *next);

/* An event that changes nothing: "alert", "reload". */
void change_note(const struct rollout_state *now, const char *kind,
    const struct change_origin *by, const char *evidence,
    struct log_entry *out);

#endif
