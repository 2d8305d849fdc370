#include "stats/normal.h"

#include <math.h>

double normal_cdf(double z)
{
	return 0.5 * erfc(-z / sqrt(2.0));
}

double normal_quantile(double p)
{
	double low = -40.0, high = 40.0;

	if (p <= 0.0 || p >= 1.0)
		return p <= 0.0 ? -(double)INFINITY : (double)INFINITY;
	/*
	 * Above one half the distribution function has no digits left to say how far: there by
	 * symmetry.
	 */
	if (p > 0.5)
		return -normal_quantile(1.0 - p);
	for (int i = 0; i < 64; i++) {
		double middle = 0.5 * (low + high);

		if (normal_cdf(middle) < p)
			low = middle;
		else
			high = middle;
	}
	return 0.5 * (low + high);
}
