/* Intervals, the sequential test, quantile bounds: tables and simulations.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>

#include "base/compiler.h"
#include "base/evidence.h"
#include "base/probability.h"

/* The rows with z = 1.96 are the ones in every textbook, to four digits. */
static const struct {
	uint64_t k, n;
	double z, want;
} wilson[] = {
	{ 0, 0, 3.29, 0 },
	{ 0, 100, 1.96, 0 },
	{ 50, 100, 1.96, 0.4038298 },
	{ 1, 10, 1.96, 0.0178757 },
	{ 10, 10, 1.96, 0.7224598 },
	{ 20, 20, 3.29, 0.6488430 },
	{ 10, 20, 3.29, 0.2037075 },
	{ 300, 1000, 3.29, 0.2546726 },
};

Test(evidence, wilson_lower_bound)
{
	for (size_t i = 0; i < COUNT_OF(wilson); i++)
		cr_expect_float_eq(wilson_lower(wilson[i].k, wilson[i].n,
		    wilson[i].z), wilson[i].want, 1e-6, "%zu: %.8f", i,
		    wilson_lower(wilson[i].k, wilson[i].n, wilson[i].z));
}

Test(evidence, wilson_has_the_published_ends)
{
	/* Newcombe, Statistics in Medicine 17 (1998) 857, table I: 95 %. */
	static const struct {
		uint64_t k, n;
		double lower, upper;
	} rows[] = {
		{ 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 },
		{ 0, 20, 0, 0.1611 }, { 1, 29, 0.0061, 0.1718 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		cr_expect_float_eq(wilson_lower(rows[i].k, rows[i].n, 1.95996),
		    rows[i].lower, 0.0001);
		cr_expect_float_eq(wilson_upper(rows[i].k, rows[i].n, 1.95996),
		    rows[i].upper, 0.0001);
	}
	cr_expect_eq(wilson_lower(0, 0, 3), 0);
	cr_expect_eq(wilson_upper(0, 0, 3), 1);
	cr_expect_eq(wilson_upper(7, 7, 3), 1);
}

Test(evidence, excess_has_the_published_ends)
{
	/* Newcombe, Statistics in Medicine 17 (1998) 873, table II, method 10. */
	static const struct {
		struct rate a, b;
		double lower, upper;
	} rows[] = {
		{ { 56, 70 }, { 48, 80 }, 0.0524, 0.3339 },
		{ { 9, 10 }, { 3, 10 }, 0.1705, 0.8090 },
		{ { 0, 10 }, { 0, 20 }, -0.1611, 0.2775 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		cr_expect_float_eq(rate_excess_lower(rows[i].a, rows[i].b,
		    1.95996), rows[i].lower, 0.0002, "%zu", i);
		cr_expect_float_eq(rate_excess_upper(rows[i].a, rows[i].b,
		    1.95996), rows[i].upper, 0.0002, "%zu", i);
	}
	cr_expect_eq(rate_excess_upper((struct rate){ 0, 0 },
	    (struct rate){ 1, 5 }, 2), 1);
	cr_expect_eq(rate_excess_lower((struct rate){ 1, 5 },
	    (struct rate){ 0, 0 }, 2), -1);
}

Test(evidence, tolerates_the_share_that_a_ratio_means)
{
	cr_expect_float_eq(tolerated_share(0.5, 1), 0.5, 1e-12);
	cr_expect_float_eq(tolerated_share(0.1, 1), 0.1, 1e-12);
	cr_expect_float_eq(tolerated_share(0.1, 1.5), 0.15 / 1.05, 1e-12);
}

Test(evidence, grows_with_what_speaks_for_it_only)
{
	cr_expect_eq(ln_evidence(0, 0, 0.1), 0);
	for (uint64_t other = 0; other < 2000; other += 111) {
		double before = ln_evidence(0, other, 0.1);

		cr_expect_leq(before, 0);
		for (uint64_t s = 1; s < 400; s++) {
			double now = ln_evidence(s, other, 0.1);

			cr_assert(isfinite(now));
			cr_assert_gt(now, before, "%d against %d", (int)s,
			    (int)other);
			before = now;
		}
	}
	/* Four bad answers, all of them of a tenth of the traffic: not yet a
	 * proof at 1/1000; five are near it, eight are beyond doubt. */
	cr_expect_lt(ln_evidence(3, 0, 0.1), log(1000));
	cr_expect_gt(ln_evidence(8, 0, 0.1), log(1000));
	/* Much and no excess is no evidence. */
	cr_expect_lt(ln_evidence(100000, 900000, 0.1), 0);
}

/* As docs/decisions.md has it, term by term. */
Test(evidence, is_the_formula_of_the_manual)
{
	for (double t0 = 0.001; t0 < 1; t0 += 0.0999)
		for (unsigned s = 0; s < 3000; s += s / 2 + 1)
			for (unsigned f = 1; f < 300000; f *= 7) {
				double b = 1 / t0 - 1;
				double want = ln_beta(1 + s, b + f) +
				    ln_beta_above(t0, 1 + s, b + f) -
				    ln_beta(1, b) - ln_beta_above(t0, 1, b) -
				    s * log(t0) - f * log1p(-t0);

				cr_assert_float_eq(ln_evidence(s, f, t0), want,
				    1e-9 * (1 + fabs(want)), "%u %u %g: %g %g",
				    s, f, t0, ln_evidence(s, f, t0), want);
			}
}

static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Looked at after every event for 3,000 events: alarms of a candidate that is
 * exactly as bad as tolerated stay under alpha; twice as bad is found. */
static unsigned
alarms(double share, double t0, unsigned runs)
{
	uint64_t seed = 42;
	unsigned found = 0;

	for (unsigned run = 0; run < runs; run++) {
		uint64_t s = 0, f = 0;

		for (unsigned i = 0; i < 3000; i++) {
			if ((double)next(&seed) < share * 2147483648.0)
				s++;
			else
				f++;
			if (ln_evidence(s, f, t0) >= log(20)) {
				found++;
				break;
			}
		}
	}
	return found;
}

Test(evidence, is_seldom_wrong_however_often_it_is_looked_at)
{
	unsigned wrong = alarms(0.1, 0.1, 400);

	cr_expect_leq(wrong, 400 * 0.05 + 3 * sqrt(400 * 0.05), "%u", wrong);
	cr_expect_eq(alarms(0.2, 0.1, 100), 100);
}

Test(evidence, is_never_over_what_the_best_alternative_would_leave)
{
	for (double t0 = 0.001; t0 < 1; t0 += 0.0999)
		for (unsigned s = 0; s < 3000; s += s / 2 + 1)
			for (unsigned f = 0; f < 300000; f = f * 7 + 1) {
				double most = s + f == 0 ? 0 :
				    ln_evidence_most(s, f, t0);

				cr_assert_geq(most, ln_evidence(s, f, t0) - 1e-9,
				    "%u %u %g: %g", s, f, t0, most);
			}
	/* Nothing speaks for it: nothing is all that there can be. */
	cr_expect_eq(ln_evidence_most(0, 0, 0.1), 0);
	cr_expect_eq(ln_evidence_most(1, 9, 0.1), 0);
}

/* --- two tried together ---------------------------------------------------- */

Test(evidence, pairs_at_ratio_one_are_the_sequential_test)
{
	for (uint64_t a = 0; a < 200; a += 13)
		for (uint64_t b = 0; b < 200; b += 17) {
			struct paired p = { a, b, 31 };
			double whole = ln_evidence(b, a, 0.5);
			double sum = ln_paired_evidence(p, 1);

			/* A sum of 32 against an integral. */
			cr_expect_leq(sum, whole + 0.05, "%d %d: %f %f",
			    (int)a, (int)b, sum, whole);
			if (whole > 0)
				cr_expect_geq(sum, whole * 0.995 - 0.05,
				    "%d %d: %f %f", (int)a, (int)b, sum,
				    whole);
		}
}

Test(evidence, pairs_show_how_much_rarer_the_first_is)
{
	static const struct {
		struct paired p;
		double ratio;
		bool shown; /* at 1/1000 */
	} rows[] = {
		{ { 0, 0, 0 }, 2, false },
		/* Always both: as often as the second, after some fifteen. */
		{ { 0, 0, 10 }, 2, false }, { { 0, 0, 20 }, 2, true },
		{ { 0, 0, 1000 }, 1, false },
		/* Each on its own half the time. */
		{ { 10, 10, 10 }, 2, false }, { { 40, 40, 40 }, 2, true },
		{ { 400, 400, 400 }, 1.2, true },
		{ { 400, 400, 400 }, 1, false },
		/* Seldom, and never together. */
		{ { 40, 40, 0 }, 2, false }, { { 100, 100, 0 }, 2, true },
		/* The first is the one who has them. */
		{ { 20, 0, 0 }, 2, false }, { { 1000, 100, 0 }, 2, false },
		{ { 1000, 100, 0 }, 25, true },
		{ { 900, 10, 90 }, 2, false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect_eq(ln_paired_evidence(rows[i].p, rows[i].ratio) >=
		    log(1000), rows[i].shown, "%zu: %f", i,
		    ln_paired_evidence(rows[i].p, rows[i].ratio));
}

Test(evidence, pairs_bound_the_ratio)
{
	struct paired many = { 10000, 10000, 10000 }, rare = { 0, 500, 0 };
	double upper = paired_ratio_upper(many, 0.001);

	cr_expect_eq(paired_ratio_upper((struct paired){ 0, 0, 0 }, 0.001),
	    INFINITY);
	cr_expect_gt(upper, 1);
	cr_expect_lt(upper, 1.1);
	cr_expect_lt(paired_ratio_upper(rare, 0.001), 0.05);
	/* At the bound the evidence is what alpha asks for. */
	cr_expect_float_eq(ln_paired_evidence(many, upper), log(1000), 0.01);
}

/* Two rates, drawn apart; 2,000 trials, looked at after each. */
static unsigned
shown_rarer(double first, double second, double ratio, unsigned runs)
{
	uint64_t seed = 7;
	unsigned found = 0;

	for (unsigned run = 0; run < runs; run++) {
		struct paired p = { 0 };

		for (unsigned i = 0; i < 2000; i++) {
			bool f = (double)next(&seed) < first * 2147483648.0;
			bool s = (double)next(&seed) < second * 2147483648.0;

			p.first_only += f && !s;
			p.second_only += s && !f;
			p.both += f && s;
			if ((f || s) &&
			    ln_paired_evidence(p, ratio) >= log(20)) {
				found++;
				break;
			}
		}
	}
	return found;
}

Test(evidence, pairs_are_seldom_wrong_however_often_they_are_looked_at)
{
	unsigned wrong = shown_rarer(0.2, 0.1, 2, 200);

	cr_expect_leq(wrong, 200 * 0.05 + 3 * sqrt(200 * 0.05), "%u", wrong);
	wrong = shown_rarer(0.9, 0.45, 2, 200);
	cr_expect_leq(wrong, 200 * 0.05 + 3 * sqrt(200 * 0.05), "%u", wrong);
	cr_expect_eq(shown_rarer(0.1, 0.1, 2, 50), 50);
	cr_expect_eq(shown_rarer(1, 1, 2, 10), 10);
}

/* --- quantiles, shares ------------------------------------------------------- */

Test(evidence, bounds_a_quantile_by_ranks)
{
	static const struct {
		uint64_t n;
		double q;
		bool known;
		uint64_t upper;
	} rows[] = {
		{ 58, 0.95, false, 0 }, { 59, 0.95, true, 59 },
		{ 92, 0.95, true, 92 }, { 93, 0.95, true, 92 },
		{ 298, 0.99, false, 0 }, { 299, 0.99, true, 299 },
		{ 4, 0.5, false, 0 }, { 5, 0.5, true, 5 },
		{ 100, 0.5, true, 59 }, { 0, 0.5, false, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t rank = 0;
		bool known = quantile_upper_rank(rows[i].n, rows[i].q, 0.05,
		    &rank);

		cr_expect_eq(known, rows[i].known, "%d", (int)rows[i].n);
		if (known)
			cr_expect_eq(rank, rows[i].upper, "%d: %d",
			    (int)rows[i].n, (int)rank);
	}
}

/* Wherever the search began: this rank bounds it, and the one below does not. */
Test(evidence, takes_the_least_rank_that_bounds)
{
	static const double shares[] = { 0.01, 0.5, 0.75, 0.95, 0.999 };
	static const double alphas[] = { 0.4, 0.05, 1e-3, 1e-7 };

	for (uint64_t n = 1; n < 3000000; n += n / 3 + 1)
		for (size_t i = 0; i < COUNT_OF(shares); i++)
			for (size_t k = 0; k < COUNT_OF(alphas); k++) {
				double q = shares[i], alpha = alphas[k];
				uint64_t r;

				if (!quantile_upper_rank(n, q, alpha, &r))
					continue;
				cr_assert_leq(1 - binomial_at_most(r - 1, n, q),
				    alpha, "%d %g", (int)n, q);
				cr_assert(r == 1 ||
				    1 - binomial_at_most(r - 2, n, q) > alpha,
				    "%d %g %g: %d", (int)n, q, alpha, (int)r);
			}
}

Test(evidence, lower_ranks_mirror_upper_ones)
{
	for (uint64_t n = 1; n < 400; n += 3) {
		uint64_t upper = 0, lower = 0;
		bool u = quantile_upper_rank(n, 0.75, 0.01, &upper);
		bool l = quantile_lower_rank(n, 0.25, 0.01, &lower);

		cr_assert_eq(u, l);
		if (u)
			cr_assert_eq(upper + lower, n + 1);
	}
}

Test(evidence, sees_a_share_that_is_not_as_drawn)
{
	cr_expect_eq(share_mismatch_p(0, 0, 0.1), 1);
	cr_expect_float_eq(share_mismatch_p(100, 1000, 0.1), 1, 1e-9);
	cr_expect_gt(share_mismatch_p(115, 1000, 0.1), 0.05);
	cr_expect_lt(share_mismatch_p(140, 1000, 0.1), 0.001);
	cr_expect_eq(share_mismatch_p(1, 10, 0), 0);
	cr_expect_eq(share_mismatch_p(0, 10, 0), 1);
}
