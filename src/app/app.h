/* app -- the process: what is up, and what is done to it while it runs.
 * SPDX-License-Identifier: MIT
 *
 *   boot.c      the steps by which it comes up and goes down
 *   operate.c   reload, stop, upgrade: what signals and the admin API ask for
 *   strand.c    the rollouts that it carries (strand.h)
 *
 * Nobody else includes this.  Control thread only.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "app/access_log.h"
#include "app/inherited.h"
#include "app/overload.h"
#include "app/sockets.h"
#include "app/strand.h"
#include "app/successor.h"
#include "base/err.h"
#include "compare/bench.h"
#include "control/admin.h"
#include "control/courier.h"
#include "control/lookup.h"
#include "control/noise_watch.h"
#include "control/prober.h"
#include "control/resolver.h"
#include "control/sample_reader.h"
#include "observe/divergence.h"
#include "observe/noise.h"
#include "proxy/admission.h"
#include "proxy/worker.h"
#include "store/recorder.h"

#define SIGNALS_MAX 8

struct app {
	struct config *config;          /* owns a reference: in force */
	struct inherited inherited;
	struct sample_budget budget;
	struct noise_watch noise_watch;
	struct admission admission;
	struct overload overload;
	struct strand *strands;         /* owns; the main one first */
	size_t strand_count;
	struct stats_board **boards;    /* owns; of each strand */
	struct divergence *divergence;
	struct noise_board *noise;
	struct recorder *recorder;
	struct access_log *access_log;
	struct record_sink records;     /* into the recorder; the bench borrows it */
	struct judge_bench *bench;
	struct event_base *base;
	struct resolver *resolver;
	struct lookup *lookup;
	struct prober *prober;
	struct courier *courier;
	struct sample_reader *sample_reader;
	struct admin_rollout admin_rollouts[ROLLOUTS_MAX]; /* the admin borrows them */
	struct admin *admin;
	struct worker **workers;
	size_t worker_count;            /* started */
	struct sockets *sockets;
	struct event *signals[SIGNALS_MAX];
	struct event *tick;
	struct successor *successor;
	char **argv;                    /* borrows: how this process was started */
	bool stopping;
	bool leaving;                   /* says that it is not ready, and serves on */
};

static inline const struct settings *
settings_of(const struct app *a)
{
	return &a->config->settings;
}

static inline struct strand *
main_strand(const struct app *a)
{
	return &a->strands[0];
}

/* For the admin API. */
bool operate_reload(void *arg, const char *actor, const char *reason,
    struct err *err);
bool operate_is_ready(void *arg);
void operate_drain(void *arg, bool drain, const char *actor,
    const char *reason);

/* Take signals and the tick of the clock from the control loop; the last
 * step of the start. */
void operate_start(struct app *a);
void operate_stop(struct app *a);

#endif
