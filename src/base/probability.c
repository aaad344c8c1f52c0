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

/* A continued fraction 1 / (1 + d1 / (1 + d2 / ...)) by Lentz's way. */
struct fraction {
	double value, c, d;
};

static void
fraction_begin(struct fraction *f)
{
	f->value = f->c = 1;
	f->d = 0;
}

/* Returns the factor by which the value has changed. */
static double
fraction_step(struct fraction *f, double term)
{
	double factor;

	f->d = 1 + term * f->d;
	f->c = 1 + term / f->c;
	if (fabs(f->d) < TINY)
		f->d = TINY;
	if (fabs(f->c) < TINY)
		f->c = TINY;
	f->d = 1 / f->d;
	factor = f->c * f->d;
	f->value *= factor;
	return factor;
}

static double
beta_fraction(double x, double a, double b)
{
	struct fraction f;

	fraction_begin(&f);
	for (int m = 0; m < STEPS_MAX; m++) {
		double odd = -(a + m) * (a + b + m) * x /
		    ((a + 2 * m) * (a + 2 * m + 1));
		int n = m + 1;
		double even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n));

		fraction_step(&f, odd);
		if (fabs(fraction_step(&f, even) - 1) < PRECISION)
			break;
	}
	return 1 / f.value;
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
