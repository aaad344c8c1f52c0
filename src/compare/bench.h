/* bench -- the judges' bench: threads that take samples and judge them.
 * SPDX-License-Identifier: MIT
 *
 * N threads on one bounded ring.  A verdict is counted in the thread's own
 * compare_stats, its differences in the divergence board, and the record is
 * given to the record sink; then the noise board learns from the pair's
 * control leg.  Nothing here is ever waited for by a worker.
 */
#ifndef COMPARE_BENCH_H
#define COMPARE_BENCH_H

#include <stddef.h>

#include "base/compiler.h"
#include "observe/divergence.h"
#include "observe/noise.h"
#include "observe/record.h"
#include "observe/sample.h"
#include "observe/stats.h"

struct judge_bench;

/* A board for each rollout, with `threads` compare slots; noise may be NULL.  All
 * arguments are borrowed until judge_bench_stop(). */
struct judge_bench *judge_bench_start(unsigned threads, size_t queue,
    struct stats_board *const *boards, struct divergence *divergence,
    struct noise_board *noise, const struct record_sink *records) MUST_CHECK;
/* Judge what is queued, stop, free. */
void judge_bench_stop(struct judge_bench **b);
struct sample_sink judge_bench_sink(struct judge_bench *b);

#endif
