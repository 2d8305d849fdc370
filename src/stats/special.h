/*
 * Distributions that tests of counts and means need, by the incomplete beta function (continued
 * fraction: DiDonato and Morris, Algorithm 708, ACM Transactions on Mathematical Software 18, 1992;
 * the factor before it: Loader, Fast and accurate computation of binomial probabilities, 2000,
 * which loses no digits at great counts), and the first derivatives of ln gamma. Pure functions,
 * safe from any thread; to at least ten digits where nothing else is said. Time grows as the square
 * root of the lesser of a and b.
 */
#ifndef STATS_SPECIAL_H
#define STATS_SPECIAL_H

#include <stdint.h>

/* I_x(a, b) for finite a, b > 0 and 0 <= x <= 1; NAN for anything else. */
double special_beta(double a, double b, double x);

/* The x with I_x(a, b) = p, 0 <= p <= 1. */
double special_beta_inverse(double a, double b, double p);

/* P(T <= t) of Student's t with df > 0 degrees of freedom (need not be whole; INFINITY: normal). */
double special_student_cdf(double t, double df);

/* The t with P(T <= t) = p; -INFINITY for p = 0, INFINITY for p = 1. */
double special_student_quantile(double p, double df);

/* P(X <= k) of a binomial count of n trials with probability p. */
double special_binomial_cdf(uint64_t k, uint64_t n, double p);

/* P(X = k). */
double special_binomial_pmf(uint64_t k, uint64_t n, double p);

/* First and second derivative of ln gamma(x), x > 0; NAN for anything else. */
double special_digamma(double x);
double special_trigamma(double x);

/* The x with trigamma(x) = y, y > 0; INFINITY for y = 0. */
double special_trigamma_inverse(double y);

#endif
