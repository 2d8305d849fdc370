#include "stats/special.h"

#include <math.h>
#include <stdbool.h>

#include "stats/normal.h"

/*
 * ln n! less Stirling's formula: what is left is small, so that the difference of large logarithms
 * that a binomial coefficient is never has to be taken.
 */
static double stirling_error(double n)
{
	double square = n * n;
	int sign;

	if (n < 15.0)
		return lgamma_r(n + 1.0, &sign) - (n + 0.5) * log(n) + n - 0.5 * log(2.0 * M_PI);
	return (1.0 / 12 -
		(1.0 / 360 -
		 (1.0 / 1260 -
		  (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / square) / square) / square) /
			 square) /
			square) /
	       n;
}

/* x ln(x / mean) + mean - x, without cancellation where they are near. */
static double deviance(double x, double mean)
{
	double difference = x - mean, v, term, sum;

	if (fabs(difference) >= 0.1 * (x + mean))
		return x * log(x / mean) + mean - x;
	v = difference / (x + mean);
	sum = difference * v;
	term = 2.0 * x * v;
	for (int i = 3; i < 1000; i += 2) {
		double next;

		term *= v * v;
		next = sum + term / i;
		if (next == sum)
			break;
		sum = next;
	}
	return sum;
}

/* x^a y^b / B(a, b), with y = 1 - x: the derivative of I by the logit of x. */
static double beta_factor(double a, double b, double x, double y)
{
	double n = a + b, log_factor;

	if (x <= 0.0 || y <= 0.0)
		return 0.0;
	log_factor = stirling_error(n) - stirling_error(a) - stirling_error(b) -
		     deviance(a, n * x) - deviance(b, n * y);
	return sqrt(a / n * b / (2.0 * M_PI)) * exp(log_factor);
}

/*
 * I_x(a, b) over beta_factor(), for x below its mean: the continued fraction of DiDonato and Morris
 * (equation 9), by Lentz's method. Unlike the usual one, which is twice as long, it has no terms
 * that nearly cancel when a is great and x near 1.
 */
static double beta_fraction(double a, double b, double x, double y)
{
	const double tiny = 1e-300;
	double rest = a * y - b * x + 1.0, sum = a / (a + 1.0) * rest, c, d = 0.0;

	sum = fabs(sum) < tiny ? tiny : sum;
	c = sum;
	for (int n = 1; n < 1000000; n++) {
		double even = a + 2.0 * n - 1.0, w = n * (b - n) * x;
		double above = (a + n - 1.0) / even * ((a + b + n - 1.0) / even) * w * x;
		double below = n + w / even + (a + n) / (even + 2.0) * (rest + n * (1.0 + y));

		d = below + above * d;
		d = 1.0 / (fabs(d) < tiny ? tiny : d);
		c = below + above / c;
		c = fabs(c) < tiny ? tiny : c;
		sum *= c * d;
		if (fabs(c * d - 1.0) < 1e-15)
			break;
	}
	return 1.0 / sum;
}

/* I_x(a, b) with y = 1 - x known to all its digits. */
static double beta_below(double a, double b, double x, double y)
{
	if (x <= 0.0 || y <= 0.0)
		return x <= 0.0 ? 0.0 : 1.0;
	if (x > (a + 1.0) / (a + b + 2.0))
		return 1.0 - beta_factor(a, b, x, y) * beta_fraction(b, a, y, x);
	return beta_factor(a, b, x, y) * beta_fraction(a, b, x, y);
}

static bool is_shape(double a, double b)
{
	return a > 0.0 && b > 0.0 && isfinite(a) && isfinite(b);
}

double special_beta(double a, double b, double x)
{
	if (!is_shape(a, b) || !(x >= 0.0 && x <= 1.0))
		return (double)NAN;
	return beta_below(a, b, x, 1.0 - x);
}

/*
 * The logit of the x with I_x(a, b) = p <= 1/2: Newton's method on ln I inside a bracket, which
 * halves where a step would leave it. On this scale both ends of 0..1 keep their digits.
 */
static double logit_of_lower(double a, double b, double p)
{
	double low = -700.0, high = 700.0, u = log(a / b);

	for (int i = 0; i < 200 && high - low > 1e-13 * (1.0 + fabs(u)); i++) {
		double x = 1.0 / (1.0 + exp(-u)), y = 1.0 / (1.0 + exp(u));
		double below = beta_below(a, b, x, y), next;

		if (below < p)
			low = u;
		else
			high = u;
		next = u - log(below / p) * below / beta_factor(a, b, x, y);
		if (!(next > low && next < high))
			next = 0.5 * (low + high);
		if (fabs(next - u) < 1e-12 * (1.0 + fabs(u)))
			return next;
		u = next;
	}
	return u;
}

/* The same for any 0 < p < 1; `above` is 1 - p. */
static double logit_of(double a, double b, double p, double above)
{
	return p <= above ? logit_of_lower(a, b, p) : -logit_of_lower(b, a, above);
}

double special_beta_inverse(double a, double b, double p)
{
	if (!is_shape(a, b) || !(p >= 0.0 && p <= 1.0))
		return (double)NAN;
	if (p <= 0.0 || p >= 1.0)
		return p <= 0.0 ? 0.0 : 1.0;
	return 1.0 / (1.0 + exp(-logit_of(a, b, p, 1.0 - p)));
}

double special_student_cdf(double t, double df)
{
	double square = t * t, tail;

	if (isnan(t) || !(df > 0.0))
		return (double)NAN;
	if (isinf(df))
		return normal_cdf(t);
	if (isinf(square))
		return t > 0.0 ? 1.0 : 0.0;
	tail = 0.5 * beta_below(0.5 * df, 0.5, df / (df + square), square / (df + square));
	return t > 0.0 ? 1.0 - tail : tail;
}

double special_student_quantile(double p, double df)
{
	double tail = p < 0.5 ? p : 1.0 - p, logit, t;

	if (!(p >= 0.0 && p <= 1.0) || !(df > 0.0))
		return (double)NAN;
	if (p <= 0.0 || p >= 1.0)
		return p <= 0.0 ? -(double)INFINITY : (double)INFINITY;
	if (isinf(df))
		return normal_quantile(p);
	if (tail >= 0.5)
		return 0.0;
	logit = logit_of(0.5 * df, 0.5, 2.0 * tail, 1.0 - 2.0 * tail);
	t = sqrt(df * exp(-logit));
	return p < 0.5 ? -t : t;
}

double special_binomial_cdf(uint64_t k, uint64_t n, double p)
{
	if (!(p >= 0.0 && p <= 1.0))
		return (double)NAN;
	if (k >= n || p <= 0.0)
		return 1.0;
	return beta_below((double)(n - k), (double)k + 1.0, 1.0 - p, p);
}

double special_binomial_pmf(uint64_t k, uint64_t n, double p)
{
	double a = (double)k, b = (double)(n - k);

	if (!(p >= 0.0 && p <= 1.0))
		return (double)NAN;
	if (k > n)
		return 0.0;
	if (k == 0 || k == n)
		return k == 0 ? exp(b * log1p(-p)) : pow(p, a);
	return beta_factor(a, b, p, 1.0 - p) * (a + b) / (a * b);
}

/* Both: upwards by the recurrence, then the asymptotic series (Abramowitz and Stegun 6.3-6.4). */
double special_digamma(double x)
{
	double sum = 0.0, r;

	if (!(x > 0.0))
		return (double)NAN;
	while (x < 10.0) {
		sum -= 1.0 / x;
		x += 1.0;
	}
	r = 1.0 / (x * x);
	return sum + log(x) - 0.5 / x -
	       r * (1.0 / 12 -
		    r * (1.0 / 120 -
			 r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * 691.0 / 32760)))));
}

double special_trigamma(double x)
{
	double sum = 0.0, r;

	if (!(x > 0.0))
		return (double)NAN;
	while (x < 10.0) {
		sum += 1.0 / (x * x);
		x += 1.0;
	}
	r = 1.0 / (x * x);
	return sum + 1.0 / x + 0.5 * r +
	       r / x *
		       (1.0 / 6 -
			r * (1.0 / 30 -
			     r * (1.0 / 42 - r * (1.0 / 30 - r * (5.0 / 66 - r * 691.0 / 2730)))));
}

double special_trigamma_inverse(double y)
{
	double low, high;

	if (!(y >= 0.0))
		return (double)NAN;
	if (y <= 0.0 || isinf(y))
		return y <= 0.0 ? (double)INFINITY : 0.0;
	/* 1/x < trigamma(x) < 1/x + 1/x^2 holds for every x. */
	low = 1.0 / y;
	high = 0.5 / y + sqrt(0.25 / (y * y) + 1.0 / y);
	for (int i = 0; i < 80 && high - low > 1e-15 * high; i++) {
		double middle = 0.5 * (low + high);

		if (special_trigamma(middle) > y)
			low = middle;
		else
			high = middle;
	}
	return 0.5 * (low + high);
}
