/* rollout -- start, stop, and the changes that people and config ask for.
 * SPDX-License-Identifier: MIT
 */
#include "control/rollout_core.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "observe/sticky.h"

static struct change_origin
origin(const char *actor, const char *reason)
{
	return (struct change_origin){ actor, reason, clock_wall_us() };
}

const char *
rollout_label(const struct rollout *r)
{
	return r->config->rollout_count > 1 ? r->config->rules.name : "";
}

/* --- what every change goes through ------------------------------------- */

static void
log_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json_string(b, value, strlen(value));
}

static void
log_change(const struct rollout *r, const struct change *c)
{
	const struct log_entry *e = &c->event;
	bool is_trip = strcmp(e->kind, "trip") == 0;
	struct buf extra = { 0 };

	buf_printf(&extra, "\"epoch\":%" PRIu64, e->epoch);
	if (rollout_label(r)[0] != '\0')
		log_text(&extra, "rollout", rollout_label(r));
	log_text(&extra, "actor", e->actor);
	log_text(&extra, "from", e->from);
	log_text(&extra, "to", e->to);
	log_text(&extra, "reason", e->reason);
	if (e->evidence[0] != '\0')
		buf_printf(&extra, ",\"evidence\":%s", e->evidence);
	if (is_trip)
		log_event_with(LOG_ERROR, e->kind, extra.bytes,
		    "all traffic%s%s is on legacy: %s",
		    rollout_label(r)[0] != '\0' ? " of " : "", rollout_label(r),
		    e->reason);
	else
		log_event_with(LOG_INFO, e->kind, extra.bytes, "%s: %s", e->to,
		    e->reason);
	buf_fini(&extra);
}

void
rollout_publish(struct rollout *r)
{
	struct rollout_state state = r->state;
	struct snapshot *s;

	if (r->waiting)
		state.enabled = false;
	s = snapshot_new(r->config, r->users, r->roster, &state);
	s->signals = signal_board_ref(r->signals);
	s->routes = route_board_ref(r->routes);
	r->ports.publish(r->ports.arg, s);
	snapshot_unref(&r->snapshot);
	r->snapshot = s;
}

void
rollout_take(struct rollout *r, const struct change *c)
{
	bool is_turned = c->next.latched != r->state.latched;

	if (c->next.stage_us != r->state.stage_us ||
	    strcmp(c->next.stage, r->state.stage) != 0)
		rollout_smoke_forget(r);
	if (change_starts_afresh(&r->state, &c->next)) {
		rollout_cut(r);
		r->starts_due = true;
	} else if (change_moves_shares(&r->state, &c->next)) {
		rollout_recount(r);
	}
	r->state = c->next;
	rollout_publish(r);
	/* Nobody comes back to enhanced because he was there before a latch. */
	if (is_turned)
		sticky_forget(r->ports.board->sticky);
	log_change(r, c);
	rollout_alert_change(r, c);
}

bool
rollout_refuse(struct rollout *r, enum refusal why)
{
	r->refusal = why;
	return false;
}

bool
rollout_refuse_unwritten(struct rollout *r, struct err *err)
{
	err_wrap(err, "nothing was changed, since it cannot be written down");
	return rollout_refuse(r, REFUSAL_STORE);
}

static bool
write_change(struct rollout *r, struct change *c, struct err *err)
{
	const struct rollout_write w = { .change = c };

	return rollout_write(r, &w, err) || rollout_refuse_unwritten(r, err);
}

bool
rollout_commit(struct rollout *r, struct change *c, struct err *err)
{
	if (!c->differs)
		return true;
	if (!write_change(r, c, err))
		return false;
	rollout_take(r, c);
	return true;
}

static void
enlist(struct rollout *r)
{
	struct roster *old = r->roster;

	if (r->ports.enlist == NULL)
		return;
	r->roster = r->ports.enlist(r->ports.arg, r->config);
	roster_unref(&old);
}

void
rollout_enlist(struct rollout *r)
{
	struct roster *before = roster_ref(r->roster);

	enlist(r);
	if (!roster_is_same(before, r->roster))
		rollout_publish(r);
	roster_unref(&before);
}

/* --- start and stop ----------------------------------------------------- */

/* A state of its own (the first), the config's new wish, or what was. */
static bool
start_state(struct rollout *r, bool found, struct err *err)
{
	const struct change_origin by = origin("config",
	    r->state.latched ? "the configuration changed before this start; "
	    "only `enabled` is taken through the latch" :
	    "the configuration changed before this start");
	struct change c = { .differs = false };

	if (!found && !r->waiting)
		change_first(r->config, by.now_us, &c);
	else if (!r->waiting)
		change_by_config(r->config, &r->state, &by, &c);
	if (c.differs)
		return rollout_commit(r, &c, err);
	rollout_publish(r);
	return true;
}

/* Everything about the state that stands in a store. */
static bool
settle(struct rollout *r, struct err *err)
{
	bool found;

	/* In this order: the state of PostgreSQL brings its overrides into the
	 * local file. */
	if (!rollout_remote_start(r, &found, err) ||
	    !store_load_overrides(r->ports.store, r->users, err))
		return false;
	/* Before any worker sees a snapshot. */
	if (r->state.latched)
		latch_set(r->ports.latch, LATCH_STATE);
	rollout_alert_recall(r);
	return start_state(r, found, err);
}

bool
rollout_look_on(struct rollout *r, struct err *err)
{
	struct user_overrides *users;
	struct rollout_state state;
	bool found;

	if (!store_load_state(r->ports.store, &state, &found, err))
		return false;
	if (!found || (state.epoch == r->state.epoch &&
	    state.latched == r->state.latched))
		return true;
	if (state.latched)
		latch_set(r->ports.latch, LATCH_STATE);
	users = user_overrides_new();
	if (!store_load_overrides(r->ports.store, users, err)) {
		user_overrides_unref(&users);
		return false;
	}
	user_overrides_unref(&r->users);
	r->users = users;
	r->state = state;
	rollout_publish(r);
	return true;
}

static bool
start_frozen(struct rollout *r, struct err *err)
{
	r->is_frozen = true;
	if (!rollout_look_on(r, err))
		return false;
	/* It has no state yet itself: all is on legacy there, too. */
	r->waiting = r->snapshot == NULL;
	if (r->waiting)
		rollout_publish(r);
	return true;
}

bool
rollout_start(struct config *config, const struct rollout_ports *ports,
    struct rollout **out, struct err *err)
{
	struct rollout *r = mem_zalloc(sizeof *r);

	r->ports = *ports;
	r->config = config_ref(config);
	r->users = user_overrides_new();
	enlist(r);
	watch_init(&r->watch);
	rollout_watch_config(r);
	rollout_cut(r);
	rollout_be_patient(r);
	if (!(ports->has_predecessor ? start_frozen(r, err) : settle(r, err))) {
		rollout_stop(&r);
		return err_wrap(err, "rollout");
	}
	if (!r->is_frozen)
		rollout_load_starts(r);
	rollout_be_quick(r);
	*out = r;
	return true;
}

void
rollout_stop(struct rollout **rp)
{
	struct rollout *r = *rp;
	struct err err = { "" };

	if (r == NULL)
		return;
	rollout_be_patient(r);
	if (!r->is_frozen)
		rollout_write_starts(r);
	if (!rollout_save_kept(r, &err))
		log_event(LOG_ERROR, "store", "epoch %" PRIu64 " is lost, it could "
		    "not be written down: %s", r->state.epoch, err.text);
	snapshot_unref(&r->snapshot);
	user_overrides_unref(&r->users);
	roster_unref(&r->roster);
	config_unref(&r->config);
	watch_fini(&r->watch);
	signal_board_unref(&r->signals);
	route_board_unref(&r->routes);
	free(r);
	*rp = NULL;
}

struct snapshot *
rollout_snapshot(struct rollout *r)
{
	return r->snapshot;
}

/* --- operators ---------------------------------------------------------- */

enum refusal
rollout_refusal(const struct rollout *r)
{
	return r->refusal;
}

static bool
check_reason(struct rollout *r, const char *reason, struct err *err)
{
	r->refusal = REFUSAL_NONE;
	if (r->is_frozen) {
		err_set(err, "another process has taken over; ask again, on a "
		    "new connection");
		return rollout_refuse(r, REFUSAL_STORE);
	}
	if (reason != NULL && reason[0] != '\0')
		return true;
	err_set(err, "reason: must say why");
	return rollout_refuse(r, REFUSAL_INVALID);
}

bool
rollout_check_operator(struct rollout *r, const char *reason, struct err *err)
{
	if (!check_reason(r, reason, err))
		return false;
	if (!r->waiting)
		return true;
	err_set(err, "PostgreSQL has not answered yet, so the state of the "
	    "rollout is not known; all traffic is on legacy until it does");
	return rollout_refuse(r, REFUSAL_STORE);
}

bool
rollout_set(struct rollout *r, const struct rollout_change *wish,
    const char *actor, const char *reason, struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	if (!rollout_check_operator(r, reason, err))
		return false;
	if (!change_by_operator(&r->config->rules, &r->state, wish, &by, &c,
	    &r->refusal, err))
		return false;
	return rollout_commit(r, &c, err);
}

/* A rollback by hand is a trip by another judge: refusing it because a disk
 * is full would keep users on what the operator wants them off. */
bool
rollout_rollback(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	if (!check_reason(r, reason, err))
		return false;
	if (!r->state.latched)
		rollout_trip(r, "rollback", actor, reason, "");
	return true;
}

bool
rollout_rearm(struct rollout *r, bool resume, const char *actor,
    const char *reason, struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	if (!rollout_check_operator(r, reason, err))
		return false;
	if (!r->state.latched) {
		err_set(err, "the rollout is not latched; there is nothing to "
		    "rearm");
		return rollout_refuse(r, REFUSAL_LATCHED);
	}
	change_rearm(&r->config->rules, &r->state, resume, &by, &c);
	if (!rollout_commit(r, &c, err))
		return false;
	r->latch_shared = false;
	/* After the snapshot, so that no worker sees an open latch beside the
	 * state from before it. */
	atomic_store(&r->ports.latch->cause, LATCH_OPEN);
	return true;
}

bool
rollout_advance(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	return rollout_check_operator(r, reason, err) &&
	    change_advance(&r->config->rules, &r->state, true, &by, "", &c,
	    &r->refusal, err) && rollout_commit(r, &c, err);
}

bool
rollout_complete(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	return rollout_check_operator(r, reason, err) &&
	    change_complete(&r->config->rules, &r->state, &by, &c, &r->refusal,
	    err) && rollout_commit(r, &c, err);
}

bool
rollout_back(struct rollout *r, const char *actor, const char *reason,
    struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	if (!rollout_check_operator(r, reason, err))
		return false;
	if (r->state.latched) {
		err_set(err, "the rollout is latched on legacy; there is no way "
		    "further back");
		return rollout_refuse(r, REFUSAL_LATCHED);
	}
	change_back(&r->config->rules, &r->state, &by, "", &c);
	return rollout_commit(r, &c, err);
}

bool
rollout_pause(struct rollout *r, bool pause, const char *actor,
    const char *reason, struct err *err)
{
	const struct change_origin by = origin(actor, reason);
	struct change c;

	if (!rollout_check_operator(r, reason, err))
		return false;
	change_pause(&r->state, pause, &by, "", &c);
	return rollout_commit(r, &c, err);
}

void
rollout_remark(struct rollout *r, const char *kind, const char *to,
    const char *actor, const char *reason)
{
	const struct change_origin by = origin(actor, reason);
	struct log_entry event;

	change_note(&r->state, kind, &by, "", &event);
	text_copy(event.to, sizeof event.to, to, strlen(to));
	rollout_note(r, &event);
	rollout_write_kept(r);
}

/* --- a new config ------------------------------------------------------- */

static void
swap_config(struct rollout *r, struct config *next)
{
	struct config *old = r->config;

	r->config = config_ref(next);
	enlist(r);
	rollout_watch_config(r);
	rollout_smoke_forget(r);
	config_unref(&old);
}

static void
plan_reload(struct rollout *r, const struct config *next, const char *actor,
    const char *reason, struct change *c)
{
	char *why = mem_printf("the configuration's rollout section changed "
	    "(read again by %s)%s: %s", actor, r->state.latched ? "; only "
	    "`enabled` is taken through the latch" : "", reason);
	const struct change_origin by = origin("config", why);

	change_by_config(next, &r->state, &by, c);
	free(why);
}

bool
rollout_reload(struct rollout *r, struct config *next, const char *actor,
    const char *reason, struct err *err)
{
	struct change c = { .differs = false };

	r->refusal = REFUSAL_NONE;
	if (r->is_frozen) {
		err_set(err, "another process has taken over");
		return rollout_refuse(r, REFUSAL_STORE);
	}
	if (!r->waiting)
		plan_reload(r, next, actor, reason, &c);
	if (c.differs && !write_change(r, &c, err))
		return false;
	swap_config(r, next);
	if (c.differs) {
		rollout_take(r, &c);
		return true;
	}
	rollout_publish(r);
	if (!r->waiting)
		rollout_remark(r, "reload", "", actor, reason);
	return true;
}

/* --- handing over ------------------------------------------------------- */

void
rollout_freeze(struct rollout *r, bool freeze)
{
	struct err err = { "" };

	if (freeze && !r->is_frozen) {
		/* The last look: a trip that a worker's breaker has just made
		 * is written down for who comes. */
		rollout_tick(r, clock_ns());
		rollout_be_patient(r);
		if (!rollout_save_kept(r, &err))
			log_event(LOG_ERROR, "store", "epoch %" PRIu64 " is not "
			    "written down, the next process will not know of it: "
			    "%s", r->state.epoch, err.text);
		rollout_be_quick(r);
	}
	r->is_frozen = freeze;
}

void
rollout_catch_up(struct rollout *r)
{
	struct user_overrides *users = r->users;
	struct err err = { "" };

	r->is_frozen = r->waiting = false;
	r->users = user_overrides_new();
	rollout_be_patient(r);
	if (!settle(r, &err)) {
		/* Too late to go back: the other process is ending. */
		log_event(LOG_ERROR, "upgrade", "going on with epoch %" PRIu64
		    " as it was read before: %s", r->state.epoch, err.text);
		rollout_publish(r);
	}
	rollout_be_quick(r);
	user_overrides_unref(&users);
	rollout_cut(r);
	rollout_load_starts(r);
	/* It was rearmed after we had read of a latch. */
	if (!r->state.latched &&
	    atomic_load(&r->ports.latch->cause) == LATCH_STATE)
		atomic_store(&r->ports.latch->cause, LATCH_OPEN);
}

bool
rollout_is_waiting(const struct rollout *r)
{
	return r->waiting;
}
