/* probability -- tails of the few distributions that decisions rest on.
 * SPDX-License-Identifier: MIT
 *
 * All of them are the regularised incomplete beta and gamma functions in
 * disguise, computed in the log domain by continued fractions (DLMF 8.17.22
 * and 8.9.2, Lentz's way), so that a tail of 1e-300 is still a number.  Good
 * to 1e-9 for counts up to 1e9.  Pure.
 */
#ifndef BASE_PROBABILITY_H
#define BASE_PROBABILITY_H

#include <stdint.h>

/* ln of Beta(a, b); a, b > 0. */
double ln_beta(double a, double b);
/* ln of I_x(a, b) and of 1 - I_x(a, b): the two tails of a Beta(a, b) at x in
 * 0..1; -INFINITY for an empty one. */
double ln_beta_below(double x, double a, double b);
double ln_beta_above(double x, double a, double b);

/* P(X <= k) for X ~ Binomial(n, p). */
double binomial_at_most(uint64_t k, uint64_t n, double p);
/* P(X >= x) for X ~ chi-square with df degrees of freedom; x >= 0, df >= 1. */
double chi_square_above(double x, double df);

#endif
