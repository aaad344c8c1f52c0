/* strand -- one of the rollouts that the process carries.
 * SPDX-License-Identifier: MIT
 *
 * Several run side by side over different routes.  What a rollout does not
 * share with the others is in its strand: state and history in the store, latch,
 * counters, probes, smoke checks, budget, sessions.  Workers, judges, recorder,
 * alerts and endpoints are the process's.  The first strand is the main one.
 *
 * The functions are steps of boot.c and parts of operate.c: they go over all
 * strands.  Control thread only.
 */
#ifndef APP_STRAND_H
#define APP_STRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "control/minutes.h"
#include "control/mirror_watch.h"
#include "control/poller.h"
#include "control/rollout.h"
#include "control/smoker.h"
#include "control/sticky_watch.h"
#include "observe/budget.h"
#include "observe/stats.h"
#include "policy/latch.h"
#include "store/store.h"

struct admin_rollout;
struct app;
struct course_ports;

struct strand {
	struct app *app;                /* borrows */
	size_t index;                   /* of its config among config->rollouts */
	struct latch latch;
	struct mirror_budget mirror_budget;
	struct mirror_watch mirror_watch;
	struct sticky_watch sticky_watch;
	struct stats_board *board;      /* owns, like all below */
	struct store *store;
	struct poller *poller;
	struct smoker *smoker;
	struct rollout *rollout;
	struct minutes *minutes;
};

/* Steps of the start; the others need the first. */
bool strands_up_boards(struct app *a, struct err *err) MUST_CHECK;
void strands_down_boards(struct app *a);
bool strands_up_stores(struct app *a, struct err *err) MUST_CHECK;
void strands_down_stores(struct app *a);
bool strands_up_pollers(struct app *a, struct err *err) MUST_CHECK;
void strands_down_pollers(struct app *a);
bool strands_up_smokers(struct app *a, struct err *err) MUST_CHECK;
void strands_down_smokers(struct app *a);
bool strands_up_rollouts(struct app *a, struct err *err) MUST_CHECK;
void strands_down_rollouts(struct app *a);
/* What the worker of that index is given; out has room for all. */
void strands_courses(struct app *a, size_t worker, struct course_ports *out);

/* What the admin API asks of each; likewise. */
void strands_for_admin(const struct app *a, struct admin_rollout *out);

/* All of them, or none. */
bool strands_reload(struct app *a, struct config *next, const char *actor,
    const char *reason, struct err *err) MUST_CHECK;
/* Another process decides, or does so no more. */
void strands_hold(struct app *a, bool hold);
/* Whom we have relieved has decided for the last time. */
void strands_catch_up(struct app *a);
/* Every tick. */
void strands_tick(struct app *a);
/* Names have other addresses. */
void strands_enlist(struct app *a);

#endif
