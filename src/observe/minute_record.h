/* minute_record -- what one version did on one route in one minute.
 * SPDX-License-Identifier: MIT
 *
 * Made by the control thread at the turn of a minute, owned by whoever holds
 * it, written down by the recorder: a row of `windows`.  Histograms of several
 * minutes, instances or routes merge by adding what has the same key.
 */
#ifndef OBSERVE_MINUTE_RECORD_H
#define OBSERVE_MINUTE_RECORD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "observe/tally.h"

struct minute_record {
	int64_t minute_us;   /* wall clock: when it began */
	uint8_t version;     /* enum version */
	uint64_t requests, failures, primary, shadow, fallbacks;
	uint64_t compared, different;
	uint64_t latency_us_sum;
	uint64_t p50_us, p95_us, p99_us; /* only of those that were answered */
	uint64_t answered;
	struct buf latency;  /* owns; {"1008":3,"1024":1}: us of a slot's middle,
	                      * and how many; "{}" if there are none */
	const char *rollout; /* as it is called; interned */
	char instance[64];   /* the recorder's to fill */
	char route[64];      /* "" = all requests */
};

/* The numbers of that tally, which has a histogram of latency. */
struct minute_record *minute_record_new(const struct tally *t) MUST_CHECK;
void minute_record_free(struct minute_record **r);

#endif
