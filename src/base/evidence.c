/* evidence -- see evidence.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/evidence.h"

#include <assert.h>
#include <math.h>

#include "base/probability.h"

/* --- rates ---------------------------------------------------------------- */

/* E. B. Wilson 1927: unlike the normal interval it is right for few requests
 * and for shares near 0 and 1. */
static double
wilson(uint64_t k, uint64_t n, double z, double side)
{
	double p, z2 = z * z, count = (double)n, middle, half, end;

	if (n == 0)
		return side < 0 ? 0 : 1;
	p = k > n ? 1 : (double)k / count;
	middle = p + z2 / (2 * count);
	half = z * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
	end = (middle + side * half) / (1 + z2 / count);
	return end < 0 ? 0 : end > 1 ? 1 : end;
}

double
wilson_lower(uint64_t k, uint64_t n, double z)
{
	return k == 0 ? 0 : wilson(k, n, z, -1);
}

double
wilson_upper(uint64_t k, uint64_t n, double z)
{
	return n > 0 && k >= n ? 1 : wilson(k, n, z, 1);
}

static double
rate_of(struct rate r)
{
	return r.events >= r.n ? 1 : (double)r.events / (double)r.n;
}

double
rate_excess_upper(struct rate a, struct rate b, double z)
{
	double up, down;

	if (a.n == 0 || b.n == 0)
		return 1;
	up = wilson_upper(a.events, a.n, z) - rate_of(a);
	down = rate_of(b) - wilson_lower(b.events, b.n, z);
	return rate_of(a) - rate_of(b) + sqrt(up * up + down * down);
}

double
rate_excess_lower(struct rate a, struct rate b, double z)
{
	return -rate_excess_upper(b, a, z);
}

/* --- the sequential test --------------------------------------------------- */

double
tolerated_share(double rho, double ratio)
{
	return rho * ratio / (rho * ratio + 1 - rho);
}

/* The prior is a Beta(1, 1/t0 - 1), whose mean is t0, cut to what is over t0;
 * E is the likelihood under it to that at t0. */
double
ln_evidence(uint64_t candidate, uint64_t other, double t0)
{
	double s = (double)candidate, f = (double)other;
	double a = 1, b = 1 / t0 - 1;

	assert(t0 > 0 && t0 < 1);
	if (candidate == 0 && other == 0)
		return 0;
	/* B(1, b) is 1 / b, and 1 - I_t0(1, b) is (1 - t0)^b. */
	return ln_beta(a + s, b + f) + ln_beta_above(t0, a + s, b + f) +
	    log(b) - s * log(t0) - (b + f) * log1p(-t0);
}

double
ln_evidence_most(uint64_t candidate, uint64_t other, double t0)
{
	double s = (double)candidate, f = (double)other, t = s / (s + f);
	double most;

	assert(t0 > 0 && t0 < 1);
	if (!(t > t0))
		return 0;
	most = s * log(t / t0);
	return f > 0 ? most + f * log((1 - t) / (1 - t0)) : most;
}

/* --- two tried together ---------------------------------------------------- */

/* Stakes that are played at once, evenly over 0..1. */
#define STAKES 32
/* Ratios that are looked at: from 1/RATIO_MAX to RATIO_MAX. */
#define RATIO_MAX 1000.0
#define RATIO_STEPS 30

/* Whoever bets the share `stake` of what he has against the first, in each
 * trial with an event, at odds that are fair if the first's rate is exactly
 * `ratio` times the second's, has on average no more than at the beginning if
 * it is higher: E is what he has.  Even stakes are Robbins' mixture; with
 * ratio 1, that of the sequential test above. */
static double
ln_won(struct paired p, double ratio, double stake)
{
	return (double)p.first_only * log1p(-stake) +
	    (double)p.both * log1p(stake * (ratio - 1)) +
	    (double)p.second_only * log1p(stake * ratio);
}

double
ln_paired_evidence(struct paired p, double ratio)
{
	double won[STAKES], most = -INFINITY, sum = 0;

	assert(ratio > 0);
	for (int i = 0; i < STAKES; i++) {
		won[i] = ln_won(p, ratio, (i + 0.5) / STAKES);
		if (won[i] > most)
			most = won[i];
	}
	for (int i = 0; i < STAKES; i++)
		sum += exp(won[i] - most);
	return most + log(sum / STAKES);
}

double
paired_ratio_upper(struct paired p, double alpha)
{
	double low = -log(RATIO_MAX), high = -low, wanted = -log(alpha);

	if (ln_paired_evidence(p, RATIO_MAX) < wanted)
		return INFINITY;
	for (int i = 0; i < RATIO_STEPS; i++) {
		double middle = (low + high) / 2;

		if (ln_paired_evidence(p, exp(middle)) >= wanted)
			high = middle;
		else
			low = middle;
	}
	return exp(high);
}

/* --- quantiles --------------------------------------------------------------- */

#define RANKS_OFF 2

/* The value of rank r is under the q-quantile exactly if at least r values
 * are: P(X_(r) < quantile) = P(Binomial(n, q) >= r). */
static double
chance_under(uint64_t rank, uint64_t n, double q)
{
	return rank == 0 ? 1 : 1 - binomial_at_most(rank - 1, n, q);
}

/* About the rank: the normal's quantile by Abramowitz and Stegun, 26.2.22. */
static double
guessed_rank(uint64_t n, double q, double alpha)
{
	double t = sqrt(-2 * log(alpha));
	double z = t - (2.30753 + 0.27061 * t) /
	    (1 + 0.99229 * t + 0.04481 * t * t);

	return (double)n * q + z * sqrt((double)n * q * (1 - q)) + 1;
}

/* Within `RANKS_OFF` of the guess, most of the time; each look at a rank is a
 * fraction of many steps where n is large. */
static void
narrow(uint64_t n, double q, double alpha, uint64_t *low, uint64_t *high)
{
	double guess = guessed_rank(n, q, alpha);
	double under = guess - RANKS_OFF, over = guess + RANKS_OFF;

	if (under > (double)*low && under < (double)*high &&
	    chance_under((uint64_t)under, n, q) > alpha)
		*low = (uint64_t)under + 1;
	if (over > (double)*low && over < (double)*high &&
	    chance_under((uint64_t)over, n, q) <= alpha)
		*high = (uint64_t)over;
}

bool
quantile_upper_rank(uint64_t n, double q, double alpha, uint64_t *rank_out)
{
	uint64_t low = 1, high = n;

	if (n == 0 || chance_under(n, n, q) > alpha)
		return false;
	narrow(n, q, alpha, &low, &high);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (chance_under(middle, n, q) <= alpha)
			high = middle;
		else
			low = middle + 1;
	}
	*rank_out = low;
	return true;
}

bool
quantile_lower_rank(uint64_t n, double q, double alpha, uint64_t *rank_out)
{
	uint64_t rank;

	/* The r-th from below is the (n + 1 - r)-th from above. */
	if (!quantile_upper_rank(n, 1 - q, alpha, &rank))
		return false;
	*rank_out = n + 1 - rank;
	return true;
}

/* --- shares -------------------------------------------------------------------- */

double
share_mismatch_p(uint64_t on_side, uint64_t n, double p)
{
	double expected = (double)n * p, rest = (double)n - expected;
	double off = (double)on_side - expected;

	if (n == 0)
		return 1;
	if (expected <= 0 || rest <= 0)
		return off == 0 ? 1 : 0;
	return chi_square_above(off * off / expected + off * off / rest, 1);
}
