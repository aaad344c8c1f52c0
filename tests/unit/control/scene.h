/* scene -- a rollout with a real SQLite store, without workers or sockets.
 * SPDX-License-Identifier: MIT
 *
 * Rules are written with ' for ".  Time begins at the real clock and passes
 * only by scene_tick(); legs are counted by hand.  The store's file is in a
 * directory of its own under /tmp, removed by scene_close().
 */
#ifndef TESTS_UNIT_CONTROL_SCENE_H
#define TESTS_UNIT_CONTROL_SCENE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/admin.h"
#include "control/rollout.h"

#define STAGES "'stages':[{'name':'off'}," \
	"{'name':'shadow','percent':0,'shadow':100}," \
	"{'name':'canary','percent':5,'shadow':100}," \
	"{'name':'full','percent':100}]"
#define ROLLOUT(stage) "'rollout':{'salt':'t','stage':'" stage "'," STAGES "}"
#define NO_BREAKER "'breaker':{'enabled':false}"
#define ERRORS_RULE(for_time, action) "'guard':[{'name':'errors'," \
	"'metric':'error_rate','above':'5%','window':'10s','for':'" for_time \
	"','min_requests':20,'action':'" action "','severity':'critical'}]"

struct scene {
	char dir[32];
	char *rules;               /* owns; as text */
	struct config *config;
	struct store *store;
	struct stats_board *board;
	struct divergence *divergence;
	struct noise_board *noise;
	struct latch latch;
	struct rollout *rollout;
	struct admin_rollout self;
	struct rollout_state seen; /* of the last snapshot given out */
	unsigned published;
	struct probe_row probe;    /* what the only probe has said; no mark: none */
	struct alert told[32];     /* the first alerts */
	unsigned told_count;
	bool latch_at_first;       /* the latch when the first one came */
	uint64_t now_ns;
	unsigned reloads;
	bool reload_fails, is_ready;
	bool is_postgres;          /* one that never answers */
	struct recorder *recorder; /* borrows; NULL = none */
	struct sqlite3 *intruder;  /* owns; while the store is locked */
};

struct config *scene_config(struct scene *sc, const char *rules,
    const char *enabled_env);
bool scene_try_start(struct scene *sc, struct err *err);
void scene_start(struct scene *sc);
/* What sc holds already stays: is_postgres, recorder. */
void scene_open_as(struct scene *sc, const char *rules);
void scene_open(struct scene *sc, const char *rules);
void scene_close(struct scene *sc);
/* As a new process would: everything in memory is gone, rules may differ. */
void scene_restart(struct scene *sc, const char *rules);
bool scene_reload(struct scene *sc, const char *rules, struct err *err);
/* Time passes. */
void scene_tick(struct scene *sc, uint64_t ms);
/* n legs of a version end so. */
void scene_legs(struct scene *sc, enum version v, enum leg leg,
    enum outcome outcome, unsigned n);
/* The first probe of the rules says a number. */
void scene_say(struct scene *sc, double value);
/* SQL on the store's file, behind the program's back. */
void scene_sql(struct scene *sc, const char *sql);
/* Writes of the rollout fail, or work again. */
void scene_break_store(struct scene *sc);
void scene_mend_store(struct scene *sc);
/* Somebody else holds the file's write lock, or lets go of it. */
void scene_lock_store(struct scene *sc);
void scene_unlock_store(struct scene *sc);
/* The newest event. */
struct log_entry scene_event(struct scene *sc);
size_t scene_event_count(struct scene *sc);
struct admin_ports scene_ports(struct scene *sc);

#endif
