/* strand -- see strand.h.
 * SPDX-License-Identifier: MIT
 */
#include "app/strand.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

static struct config *
config_of(const struct strand *s)
{
	return s->app->config->rollouts[s->index];
}

static bool
is_latched(const struct strand *s)
{
	return rollout_snapshot(s->rollout)->state.latched;
}

/* --- what a rollout asks of the process ------------------------------------- */

static void
publish(void *arg, struct snapshot *snapshot)
{
	const struct strand *s = arg;
	const struct app *a = s->app;

	for (size_t i = 0; i < a->worker_count; i++)
		worker_publish(a->workers[i], snapshot);
	if (s->index == 0)
		prober_watch(a->prober, snapshot);
}

/* Backends are shared: the others have the main one's, which is told first. */
static struct roster *
enlist(void *arg, const struct config *config)
{
	const struct strand *s = arg;
	const struct rollout *first = s->app->strands[0].rollout;
	struct roster *before = first == NULL ? NULL :
	    rollout_snapshot(s->app->strands[0].rollout)->roster;

	if (s->index > 0)
		return roster_ref(before);
	return roster_new(config, resolver_lookup, s->app->resolver, before);
}

static void
on_alert(void *arg, const struct alert *alert)
{
	const struct strand *s = arg;

	courier_tell(s->app->courier, alert);
}

static size_t
probe_rows(void *arg, struct probe_row *out)
{
	const struct strand *s = arg;

	return poller_rows(s->poller, out);
}

static void
run_smoke(void *arg, struct snapshot *snapshot, uint32_t which,
    uint64_t serial)
{
	const struct strand *s = arg;

	smoker_run(s->smoker, snapshot, which, serial);
}

static void
look_at_smoke(void *arg, struct smoke_run *out)
{
	const struct strand *s = arg;

	smoker_look(s->smoker, out);
}

/* --- coming up and going down ------------------------------------------------ */

bool
strands_up_boards(struct app *a, struct err *err UNUSED)
{
	const struct settings *s = settings_of(a);

	a->strand_count = a->config->rollout_count;
	a->strands = mem_zalloc(a->strand_count * sizeof a->strands[0]);
	a->boards = mem_zalloc(a->strand_count * sizeof a->boards[0]);
	for (size_t i = 0; i < a->strand_count; i++) {
		a->strands[i].app = a;
		a->strands[i].index = i;
		/* One more writer than workers: the thread of the access log. */
		a->boards[i] = a->strands[i].board =
		    stats_board_new(s->workers + 1, s->compare_threads);
	}
	return true;
}

void
strands_down_boards(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++)
		stats_board_free(&a->strands[i].board);
	a->strand_count = 0;
	free(a->boards);
	free(a->strands);
}

bool
strands_up_stores(struct app *a, struct err *err)
{
	/* The main one has no name there: it may be called otherwise. */
	if (!store_open(settings_of(a), &main_strand(a)->store, err))
		return false;
	for (size_t i = 1; i < a->strand_count; i++)
		if (!store_open_rollout(settings_of(a),
		    a->config->rollouts[i]->rules.name, &a->strands[i].store,
		    err))
			return false;
	return true;
}

void
strands_down_stores(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++)
		store_close(&a->strands[i].store);
}

bool
strands_up_pollers(struct app *a, struct err *err UNUSED)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		a->strands[i].poller = poller_new();
		poller_apply(a->strands[i].poller, a->config->rollouts[i]);
	}
	return true;
}

void
strands_down_pollers(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++)
		poller_stop(&a->strands[i].poller);
}

bool
strands_up_smokers(struct app *a, struct err *err UNUSED)
{
	for (size_t i = 0; i < a->strand_count; i++)
		a->strands[i].smoker = smoker_new();
	return true;
}

void
strands_down_smokers(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++)
		smoker_stop(&a->strands[i].smoker);
}

/* The main one's state has no name in the store, so that it may be called
 * otherwise.  But two that have changed places must not go on with each other's
 * stage, nor one that was beside the main one take its place. */
static bool
was_beside(const struct app *a, const char *name, bool *out, struct err *err)
{
	struct store *s = NULL;
	struct rollout_state state;
	bool ok = store_open_rollout(settings_of(a), name, &s, err) &&
	    store_load_state(s, &state, out, err);

	store_close(&s);
	return ok;
}

static int64_t
number_of(const char *name)
{
	return (int64_t)XXH3_64bits(name, strlen(name));
}

static bool
check_main(const struct app *a, struct err *err)
{
	struct config *const *rollouts = a->config->rollouts;
	const char *name = rollouts[0]->rules.name;
	struct store *store = main_strand(a)->store;
	bool is_mixed = false;
	int64_t before;

	if (!store_number(store, "main_rollout", &before, err))
		return false;
	if (before == number_of(name))
		return true;
	for (size_t i = 1; before != 0 && i < a->strand_count; i++)
		is_mixed = is_mixed ||
		    number_of(rollouts[i]->rules.name) == before;
	if (!is_mixed && before != 0 && !was_beside(a, name, &is_mixed, err))
		return false;
	if (is_mixed)
		return err_set(err, "\"%s\" is the first of the rollouts now, and "
		    "the store has another's state for the first one; put that one "
		    "first again, and others behind it", name);
	return store_set_number(store, "main_rollout", number_of(name), err);
}

static bool
up_rollout(struct strand *s, struct err *err)
{
	struct app *a = s->app;
	const struct rollout_ports ports = {
		.store = s->store,
		.recorder = a->recorder,
		.board = s->board,
		.latch = &s->latch,
		.publish = publish,
		.enlist = enlist,
		.tell = on_alert,
		.probes = probe_rows,
		.smoke = run_smoke,
		.smoked = look_at_smoke,
		.arg = s,
		.has_predecessor = a->inherited.channel != -1,
	};

	if (!rollout_start(config_of(s), &ports, &s->rollout, err))
		return false;
	sticky_watch_start(&s->sticky_watch, s->board->sticky, s->store,
	    config_of(s), is_latched(s));
	mirror_watch_start(&s->mirror_watch, &s->mirror_budget, s->store,
	    a->recorder, clock_wall_us());
	s->minutes = minutes_new(s->board, &a->records);
	minutes_tick(s->minutes, rollout_snapshot(s->rollout), clock_wall_us());
	return true;
}

bool
strands_up_rollouts(struct app *a, struct err *err)
{
	if (a->inherited.channel == -1 && !check_main(a, err))
		return false;
	for (size_t i = 0; i < a->strand_count; i++)
		if (!up_rollout(&a->strands[i], err))
			return a->strand_count == 1 ? false : err_wrap(err,
			    "%s", a->config->rollouts[i]->rules.name);
	return true;
}

void
strands_down_rollouts(struct app *a)
{
	for (size_t i = a->strand_count; i-- > 0;) {
		struct strand *s = &a->strands[i];

		minutes_free(&s->minutes);
		mirror_watch_stop(&s->mirror_watch);
		sticky_watch_stop(&s->sticky_watch);
		rollout_stop(&s->rollout);
	}
}

void
strands_courses(struct app *a, size_t worker, struct course_ports *out)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		struct strand *s = &a->strands[i];

		out[i] = (struct course_ports){
			.snapshot = rollout_snapshot(s->rollout),
			.stats = s->board->workers[worker],
			.board = s->board,
			.latch = &s->latch,
			.mirror_budget = &s->mirror_budget,
		};
	}
}

void
strands_for_admin(const struct app *a, struct admin_rollout *out)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		struct strand *s = &a->strands[i];

		out[i] = (struct admin_rollout){
			.rollout = s->rollout,
			.store = s->store,
			.board = s->board,
			.latch = &s->latch,
			.poller = s->poller,
			.minutes = s->minutes,
		};
	}
}

/* --- while it runs ------------------------------------------------------------ */

/* The disk took some of the changes and not the next one: the files of before
 * for all, so that no two rollouts are of different ones. */
static void
take_back(struct app *a, size_t count, const char *actor, const char *reason)
{
	for (size_t i = 0; i < count; i++) {
		struct strand *s = &a->strands[i];
		struct err err = { "" };

		if (!rollout_reload(s->rollout, config_of(s), actor, reason, &err))
			log_event(LOG_ERROR, "reload", "%s: %s",
			    config_of(s)->rules.name, err.text);
	}
}

bool
strands_reload(struct app *a, struct config *next, const char *actor,
    const char *reason, struct err *err)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		struct strand *s = &a->strands[i];

		/* Before the snapshot that makes workers ask for it. */
		sticky_watch_apply(&s->sticky_watch, next->rollouts[i],
		    is_latched(s));
		if (rollout_reload(s->rollout, next->rollouts[i], actor, reason,
		    err))
			continue;
		take_back(a, i, actor, reason);
		return false;
	}
	for (size_t i = 0; i < a->strand_count; i++)
		poller_apply(a->strands[i].poller, next->rollouts[i]);
	return true;
}

void
strands_hold(struct app *a, bool hold)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		rollout_freeze(a->strands[i].rollout, hold);
		sticky_watch_hold(&a->strands[i].sticky_watch, hold);
	}
}

void
strands_catch_up(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		struct strand *s = &a->strands[i];

		rollout_catch_up(s->rollout);
		sticky_watch_catch_up(&s->sticky_watch, is_latched(s));
	}
}

void
strands_tick(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++) {
		struct strand *s = &a->strands[i];

		rollout_tick(s->rollout, clock_ns());
		sticky_watch_tick(&s->sticky_watch, clock_ns());
		if (mirror_watch_tick(&s->mirror_watch,
		    rollout_snapshot(s->rollout), clock_wall_us(), clock_ns()))
			rollout_mirrors(s->rollout);
		minutes_tick(s->minutes, rollout_snapshot(s->rollout),
		    clock_wall_us());
	}
}

void
strands_enlist(struct app *a)
{
	for (size_t i = 0; i < a->strand_count; i++)
		rollout_enlist(a->strands[i].rollout);
}
