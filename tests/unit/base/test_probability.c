/* Tails against values that were computed elsewhere, and against each other.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>
#include <math.h>

#include "base/compiler.h"
#include "base/probability.h"

static bool
is_near(double got, double want, double relative)
{
	return fabs(got - want) <= fabs(want) * relative;
}

/* Binomial sums by hand: exact for small n. */
static double
sum_at_most(unsigned k, unsigned n, double p)
{
	double term = pow(1 - p, n), sum = term;

	for (unsigned i = 1; i <= k; i++) {
		term *= (n - i + 1.0) / i * p / (1 - p);
		sum += term;
	}
	return sum;
}

Test(probability, is_the_sum_of_a_binomial)
{
	static const double shares[] = { 0.001, 0.05, 0.3, 0.5, 0.9 };

	for (unsigned n = 1; n < 60; n += 7)
		for (unsigned k = 0; k < n; k++)
			for (size_t i = 0; i < COUNT_OF(shares); i++)
				cr_assert(is_near(binomial_at_most(k, n, shares[i]),
				    sum_at_most(k, n, shares[i]), 1e-9),
				    "%u of %u at %g", k, n, shares[i]);
}

Test(probability, knows_the_ends)
{
	cr_expect_eq(binomial_at_most(5, 5, 0.3), 1);
	cr_expect_eq(binomial_at_most(0, 5, 0), 1);
	cr_expect_eq(binomial_at_most(4, 5, 1), 0);
	cr_expect_eq(ln_beta_below(0, 2, 3), -INFINITY);
	cr_expect_eq(ln_beta_below(1, 2, 3), 0);
	cr_expect_eq(ln_beta_above(1, 2, 3), -INFINITY);
	cr_expect_eq(chi_square_above(0, 1), 1);
}

/* I_x(1, b) = 1 - (1 - x)^b, and I_x(a, 1) = x^a, tails of any size. */
Test(probability, is_right_where_a_formula_is_known)
{
	for (double x = 1e-6; x < 1; x = x * 1.7 + 1e-3) {
		for (double b = 0.5; b < 1e6; b *= 9) {
			cr_assert(is_near(ln_beta_above(x, 1, b), b * log1p(-x),
			    1e-8), "%g %g", x, b);
			cr_assert(is_near(ln_beta_below(x, b, 1), b * log(x),
			    1e-8), "%g %g", x, b);
		}
	}
}

Test(probability, both_tails_make_one)
{
	for (double a = 0.7; a < 1e7; a *= 13)
		for (double b = 0.7; b < 1e7; b *= 17)
			for (double at = 0.9; at < 1.1; at += 0.05) {
				double x = fmin(a / (a + b) * at, 0.999999);

				cr_assert_float_eq(exp(ln_beta_below(x, a, b)) +
				    exp(ln_beta_above(x, a, b)), 1, 1e-8);
			}
}

/* Critical values of the tables: NIST/SEMATECH e-Handbook, 1.3.6.7.4. */
Test(probability, has_the_chi_square_of_the_tables)
{
	static const struct {
		double df, x, p;
	} rows[] = {
		{ 1, 3.841, 0.05 }, { 1, 10.828, 0.001 }, { 2, 5.991, 0.05 },
		{ 10, 18.307, 0.05 }, { 10, 29.588, 0.001 },
		{ 100, 124.342, 0.05 }, { 100, 149.449, 0.001 },
		{ 100, 77.929, 0.95 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		cr_expect(is_near(chi_square_above(rows[i].x, rows[i].df),
		    rows[i].p, 0.001), "df %g", rows[i].df);
}
