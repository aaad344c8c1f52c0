/* stats -- what the threads count, and how a reader sums it.
 * SPDX-License-Identifier: MIT
 *
 * A slot has one writing thread and is a relaxed atomic: the writer does a
 * load and a store, no locked instruction; a reader may be a moment behind.
 * Everything only grows (gauges excepted); windows are differences of two
 * readings (window.h).
 */
#ifndef OBSERVE_STATS_H
#define OBSERVE_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hist.h"
#include "config/version.h"
#include "observe/outcome.h"
#include "observe/record.h"
#include "observe/tally.h"
#include "observe/weights.h"

enum metric {
#define METRIC(name, text, type, help) METRIC_##name,
#include "observe/metrics.def"
#undef METRIC
	METRIC_COUNT
};

struct metric_row {
	const char *name;  /* as Prometheus shows it */
	const char *type;  /* "counter" or "gauge" */
	const char *help;
};
const struct metric_row *metric_info(enum metric m);

/* One version in one role. */
struct leg_stats {
	_Atomic uint64_t requests;
	_Atomic uint64_t failures;
	struct excess excess;        /* of these */
	_Atomic uint64_t latency_us_sum;
	_Atomic uint64_t outcomes[OUTCOME_COUNT];
	_Atomic uint32_t latency[HIST_SLOTS]; /* of exchanges that got an answer */
};

struct worker_stats {
	_Atomic uint64_t metrics[METRIC_COUNT];
	_Atomic uint64_t fallbacks;  /* enhanced failed, legacy answered */
	_Atomic uint64_t refused[OUTCOME_COUNT]; /* requests without a leg */
	struct leg_stats legs[VERSION_COUNT][LEG_COUNT];
	struct seen_buckets seen;    /* of users in this stage, by their bucket */
};

/* KEEP(NAME, "label", "what became of a pair that was to be kept") */
#define KEEP_TABLE(KEEP) \
	KEEP(DONE, "kept", "both answers were handed to the store") \
	KEEP(OVER_RATE, "over_rate", "keep.per_hour was reached") \
	KEEP(REFUSED, "queue_full", "the recorder's queue was full")

enum keep_result {
#define KEEP(NAME, label, text) KEEP_##NAME,
	KEEP_TABLE(KEEP)
#undef KEEP
	KEEP_RESULT_COUNT
};
/* "over_rate" */
const char *keep_result_name(enum keep_result r);

struct compare_stats {
	_Atomic uint64_t verdicts[VERDICT_COUNT];
	_Atomic uint64_t kept[KEEP_RESULT_COUNT];
};

/* All writers.  The arrays never change after start. */
struct stats_board {
	struct worker_stats **workers;   /* owns */
	size_t worker_count;
	struct compare_stats **compares; /* owns */
	size_t compare_count;
	struct weights *weights;         /* owns */
	struct isolation *isolation;     /* owns */
	struct sticky *sticky;           /* owns */
	/* Of the process as a whole; the control thread writes them. */
	_Atomic uint64_t process[METRIC_COUNT];
};

struct stats_board *stats_board_new(size_t workers, size_t compares)
    MUST_CHECK;
void stats_board_free(struct stats_board **b);

/* Writers: only the owner of the slot. */
static inline void
stat_add(_Atomic uint64_t *slot, uint64_t n)
{
	atomic_store_explicit(slot,
	    atomic_load_explicit(slot, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static inline uint64_t
stat_read(const _Atomic uint64_t *slot)
{
	return atomic_load_explicit(slot, memory_order_relaxed);
}

static inline void
metric_add(struct worker_stats *w, enum metric m, int64_t n)
{
	stat_add(&w->metrics[m], (uint64_t)n);
}

/* Count an ended leg: requests, outcome, failure and latency. */
void leg_stats_count(struct leg_stats *s, enum outcome outcome,
    uint16_t status, uint64_t latency_us);

/* Readers: sums over all writers. */
uint64_t stats_metric(const struct stats_board *b, enum metric m);
uint64_t stats_verdict(const struct stats_board *b, enum verdict v);
uint64_t stats_kept(const struct stats_board *b, enum keep_result r);
uint64_t stats_refused(const struct stats_board *b, enum outcome o);
uint64_t stats_leg_outcome(const struct stats_board *b, enum version v,
    enum leg leg, enum outcome o);

/* Different buckets seen on a version in this stage. */
uint64_t stats_seen(const struct stats_board *b, enum version v);
/* Signals and distributions are left empty (signals.h). */
void stats_tally(const struct stats_board *b, enum version v,
    struct tally *out);

#endif
