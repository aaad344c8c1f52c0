/* bench -- the judges' bench: threads that take samples and judge them.
 * SPDX-License-Identifier: MIT
 */
#include "compare/bench.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/thread.h"
#include "compare/judge.h"
#include "compare/keep.h"
#include "compare/nature.h"
#include "observe/redact.h"
#include "observe/routes.h"

/* A sleeper is woken by a sample or by the end; this only bounds what a lost
 * wake would cost. */
#define WAIT_MS 100
/* Naps before a longer sleep, and their length. */
#define NAPS 50
#define NAP_NS 1000000

struct judge {
	struct judge_bench *bench;   /* borrows */
	size_t index;                /* of this thread: its place on each board */
	pthread_t thread;
};

struct judge_bench {
	struct ring *queue;                /* owns; of struct sample *, owned */
	struct stats_board *const *boards; /* borrows; of each rollout */
	struct divergence *divergence;     /* borrows */
	struct noise_board *noise;         /* borrows; NULL = nothing is learned */
	const struct record_sink *records; /* borrows */
	struct keep_rate kept;
	struct judge *judges;              /* owns */
	size_t judge_count;
	atomic_bool stopping;
};

static void
judge_one(struct judge *j, const struct sample *s, struct redactor *redactor,
    struct arena *a)
{
	const struct record_sink *records = j->bench->records;
	/* This thread is its only writer. */
	struct compare_stats *stats =
	    j->bench->boards[s->config->index]->compares[j->index];
	struct comparison_record r;
	struct finding f;

	judge_sample(s, redactor, a, &f);
	nature_settle(s, j->bench->noise, &f);
	judge_record(s, redactor, &f, &r);
	stat_add(&stats->verdicts[r.verdict], 1);
	routes_verdict(s->counts, j->index, r.verdict);
	divergence_add(j->bench->divergence, &r, f.diffs.entries,
	    f.diffs.count);
	/* A full sink has counted it; there is nobody else to tell. */
	if (records->comparison != NULL)
		(void)records->comparison(records->arg, &r);
	keep_pair(s, f.verdict, redactor, a, &j->bench->kept, records, stats);
	nature_learn(s, &f, redactor, a, j->bench->noise);
}

/* Nothing to judge.  Under load the next pair comes within a moment: a short
 * nap spares the worker the system call that would wake us (measured: 5 us a
 * pair in all, docs/performance.md).  Only who has napped in vain for a while
 * sleeps until he is rung for. */
static void
rest(struct judge_bench *b, unsigned *naps)
{
	if ((*naps)++ < NAPS)
		clock_nap(NAP_NS);
	else
		ring_wait(b->queue, WAIT_MS);
}

static void *
judge_run(void *arg)
{
	struct judge *j = arg;
	struct judge_bench *b = j->bench;
	unsigned naps = 0;
	struct redactor redactor = { NULL };
	struct sample *s;
	struct arena a;

	arena_init(&a, JUDGE_SCRATCH_MAX);
	for (;;) {
		/* Read before looking: what was put before stopping is set is
		 * still found. */
		bool stopping = atomic_load(&b->stopping);

		if (ring_take(b->queue, &s)) {
			judge_one(j, s, &redactor, &a);
			sample_free(&s);
			arena_reset(&a);
			naps = 0;
		} else if (stopping) {
			break;
		} else {
			rest(b, &naps);
		}
	}
	redactor_fini(&redactor);
	arena_fini(&a);
	return NULL;
}

static void
start_threads(struct judge_bench *b)
{
	for (size_t i = 0; i < b->judge_count; i++) {
		char name[THREAD_NAME_MAX + 1];
		struct err err;
		bool started;

		snprintf(name, sizeof name, "judge %zu", i);
		started = thread_start(&b->judges[i].thread, name, judge_run,
		    &b->judges[i], &err);
		assert(started); /* our-sized: without it there is no program */
		(void)started;
	}
}

struct judge_bench *
judge_bench_start(unsigned threads, size_t queue,
    struct stats_board *const *boards, struct divergence *divergence,
    struct noise_board *noise, const struct record_sink *records)
{
	struct judge_bench *b = mem_zalloc(sizeof *b);

	assert(boards[0]->compare_count >= threads);
	b->queue = ring_new(queue, sizeof(struct sample *));
	b->boards = boards;
	b->divergence = divergence;
	b->noise = noise;
	b->records = records;
	b->judges = mem_zalloc((threads + 1) * sizeof *b->judges);
	b->judge_count = threads;
	atomic_init(&b->stopping, false);
	for (size_t i = 0; i < threads; i++) {
		b->judges[i].bench = b;
		b->judges[i].index = i;
	}
	start_threads(b);
	return b;
}

void
judge_bench_stop(struct judge_bench **b)
{
	struct sample *s;

	if (*b == NULL)
		return;
	atomic_store(&(*b)->stopping, true);
	ring_wake((*b)->queue);
	for (size_t i = 0; i < (*b)->judge_count; i++)
		pthread_join((*b)->judges[i].thread, NULL);
	while (ring_take((*b)->queue, &s)) /* only if there were no threads */
		sample_free(&s);
	ring_free(&(*b)->queue);
	free((*b)->judges);
	free(*b);
	*b = NULL;
}

static bool
on_offer(void *arg, struct sample *s)
{
	struct judge_bench *b = arg;

	return ring_put(b->queue, &s);
}

struct sample_sink
judge_bench_sink(struct judge_bench *b)
{
	return (struct sample_sink){ .offer = on_offer, .arg = b };
}
