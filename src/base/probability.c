/* probability -- see probability.h.
 * SPDX-License-Identifier: MIT
 */
#include "base/probability.h"

#include <assert.h>
#include <math.h>

#define PRECISION 1e-14
#define TINY 1e-300
/* The beta's fraction needs about sqrt(max(a, b)) steps; a bound for what is
 * not a number. */
#define STEPS_MAX 200000
/* Steps between two looks whether it has changed. */
#define LOOK_EVERY 4

/* lgamma() writes the global signgam: a race between threads. */
static double
ln_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

double
ln_beta(double a, double b)
{
	return ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
}

/* --- beta ---------------------------------------------------------------- */

/* The continued fraction 1 / (1 + d1 / (1 + d2 / ...)), forward: after n terms
 * it is below / above.  Lentz's way divides three times in a row for each term,
 * and guards ask for this fifty times a second; the terms are of the size of
 * one, so that a scale now and then is enough. */
struct fraction {
	double above, above_before;
	double below, below_before;
};

static void
fraction_take(struct fraction *f, double term)
{
	double above = f->above + term * f->above_before;
	double below = f->below + term * f->below_before;

	f->above_before = f->above;
	f->below_before = f->below;
	f->above = above;
	f->below = below;
}

static void
fraction_scale(struct fraction *f)
{
	double by = 1 / f->above;

	f->above = 1;
	f->above_before *= by;
	f->below *= by;
	f->below_before *= by;
}

static double
beta_fraction(double x, double a, double b)
{
	struct fraction f = { 1, 1, 1, 0 };
	double before = 0;

	for (int m = 0; m < STEPS_MAX; m++) {
		double odd = -(a + m) * (a + b + m) * x /
		    ((a + 2 * m) * (a + 2 * m + 1));
		int n = m + 1;
		double even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n));

		fraction_take(&f, odd);
		fraction_take(&f, even);
		if (n % LOOK_EVERY != 0)
			continue;
		fraction_scale(&f);
		if (fabs(f.below - before) < PRECISION * fabs(f.below))
			break;
		before = f.below;
	}
	return f.below;
}

/* The fraction converges fast on this side of the mean. */
static double
ln_beta_near(double x, double a, double b)
{
	return a * log(x) + b * log1p(-x) - log(a) - ln_beta(a, b) +
	    log(beta_fraction(x, a, b));
}

static double
ln_one_minus(double ln_p)
{
	return ln_p >= 0 ? -INFINITY : log1p(-exp(ln_p));
}

double
ln_beta_below(double x, double a, double b)
{
	assert(a > 0 && b > 0);
	if (x <= 0)
		return -INFINITY;
	if (x >= 1)
		return 0;
	if (x < (a + 1) / (a + b + 2))
		return ln_beta_near(x, a, b);
	return ln_one_minus(ln_beta_near(1 - x, b, a));
}

double
ln_beta_above(double x, double a, double b)
{
	return ln_beta_below(1 - x, b, a);
}

double
binomial_at_most(uint64_t k, uint64_t n, double p)
{
	if (k >= n || p <= 0)
		return 1;
	if (p >= 1)
		return 0;
	return exp(ln_beta_above(p, (double)k + 1, (double)(n - k)));
}

/* --- gamma --------------------------------------------------------------- */

/* P(a, x) by its series; for x < a + 1. */
static double
gamma_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int n = 1; n < STEPS_MAX; n++) {
		term *= x / (a + n);
		sum += term;
		if (term < sum * PRECISION)
			break;
	}
	return sum * exp(a * log(x) - x - ln_gamma(a));
}

/* Q(a, x) by its fraction; for x >= a + 1. */
static double
gamma_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / TINY, d = 1 / b, h = d;

	for (int n = 1; n < STEPS_MAX; n++) {
		double an = -n * (n - a), factor;

		b += 2;
		d = an * d + b;
		c = b + an / c;
		if (fabs(d) < TINY)
			d = TINY;
		if (fabs(c) < TINY)
			c = TINY;
		d = 1 / d;
		factor = c * d;
		h *= factor;
		if (fabs(factor - 1) < PRECISION)
			break;
	}
	return h * exp(a * log(x) - x - ln_gamma(a));
}

double
chi_square_above(double x, double df)
{
	double a = df / 2, half = x / 2;

	if (half <= 0)
		return 1;
	return half < a + 1 ? 1 - gamma_series(a, half) :
	    gamma_fraction(a, half);
}
