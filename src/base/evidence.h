/* evidence -- what counts say about rates and quantiles, and how surely.
 * SPDX-License-Identifier: MIT
 *
 * Intervals for reports and gates, and a test for guards that may be looked
 * at after every request without a false alarm becoming likelier: its value E
 * exceeds 1/alpha with probability alpha at most, over the whole life of a
 * rollout, while the candidate is no worse than tolerated (Robbins' mixture;
 * Lindon and Malek, arXiv 2011.03567).  Pure.
 */
#ifndef BASE_EVIDENCE_H
#define BASE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* Ends of the Wilson score interval for k of n; 0 and 1 when n is 0.  z is
 * one-sided: 1.645 for 95 %, 3.29 for 99.95 %. */
double wilson_lower(uint64_t k, uint64_t n, double z);
double wilson_upper(uint64_t k, uint64_t n, double z);

/* Ends of the interval for the difference of two rates, a's minus b's
 * (Newcombe 1998, method 10: of two Wilson intervals).  With n of 0 on either
 * side nothing is known: -1 and 1. */
struct rate {
	uint64_t events, n;
};
double rate_excess_lower(struct rate a, struct rate b, double z);
double rate_excess_upper(struct rate a, struct rate b, double z);

/* The share of bad events that is the candidate's if its rate is exactly
 * `ratio` times the other's: rho is the candidate's share of all events. */
double tolerated_share(double rho, double ratio);
/* ln E after `candidate` bad events on its side and `other` on the other, if
 * up to t0 (0..1, exclusive) of them may be the candidate's. */
double ln_evidence(uint64_t candidate, uint64_t other, double t0);
/* What it cannot be over, for a tenth of the time: where the best of all
 * alternatives would leave it. */
double ln_evidence_most(uint64_t candidate, uint64_t other, double t0);

/* Of things that two were tried at together: who had an event alone, and how
 * often both had. */
struct paired {
	uint64_t first_only, second_only, both;
};
/* ln E that the first's rate is under `ratio` (> 0) times the second's.  At
 * ratio 1 it is ln_evidence(second_only, first_only, 1/2): what both had
 * says nothing there, and speaks for the first above. */
double ln_paired_evidence(struct paired p, double ratio);
/* The least ratio that the first's rate is surely under, wrong with
 * probability alpha at most however often it is looked at; INFINITY while
 * nothing is known. */
double paired_ratio_upper(struct paired p, double alpha);

/* Which of n sorted values is a bound of their q-quantile, whatever their
 * distribution, wrong with probability alpha at most: the rank from 1.
 * false: no value is, n is too small (59 for an upper bound of the 95 %
 * quantile at alpha 0.05). */
bool quantile_upper_rank(uint64_t n, double q, double alpha,
    uint64_t *rank_out) MUST_CHECK;
bool quantile_lower_rank(uint64_t n, double q, double alpha,
    uint64_t *rank_out) MUST_CHECK;

/* How likely so many of n on one side are, or anything as far from it, if its
 * share is p: chi-square with one degree of freedom.  1 when n is 0. */
double share_mismatch_p(uint64_t on_side, uint64_t n, double p);

#endif
