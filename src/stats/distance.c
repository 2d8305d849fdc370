#include "stats/distance.h"

#include <math.h>

static double share_of(uint64_t part, const struct histogram *histogram)
{
	return (double)part / (double)histogram->count;
}

double distance_wasserstein_ns(const struct histogram *a, const struct histogram *b)
{
	uint32_t first = a->first_slot < b->first_slot ? a->first_slot : b->first_slot;
	uint32_t end = a->end_slot > b->end_slot ? a->end_slot : b->end_slot;
	uint64_t seen_a = 0, seen_b = 0;
	double area = 0.0;

	if (a->count == 0 || b->count == 0)
		return (double)NAN;
	for (uint32_t slot = first; slot + 1 < end; slot++) {
		seen_a += a->slots[slot];
		seen_b += b->slots[slot];
		area += fabs(share_of(seen_a, a) - share_of(seen_b, b)) *
			(double)(histogram_slot_middle_ns(slot + 1) -
				 histogram_slot_middle_ns(slot));
	}
	return area;
}

double distance_ks(const struct histogram *a, const struct histogram *b)
{
	uint64_t seen_a = 0, seen_b = 0;
	double greatest = 0.0;

	if (a->count == 0 || b->count == 0)
		return (double)NAN;
	for (uint32_t slot = 0; slot < a->end_slot && slot < b->end_slot; slot++) {
		seen_a += a->slots[slot];
		seen_b += b->slots[slot];
		greatest = fmax(greatest, fabs(share_of(seen_a, a) - share_of(seen_b, b)));
	}
	return seen_a == 0 || seen_b == 0 ? 1.0 : greatest;
}

/* Two series for the same sum: each needs few terms where the other needs many. */
double distance_ks_p(double d, uint64_t count)
{
	double x = d * sqrt((double)count), sum = 0.0;

	if (isnan(d))
		return d;
	if (!(x > 0.05)) /* 1 to more digits than there are */
		return 1.0;
	if (x < 1.0) {
		for (int k = 1; k <= 20; k += 2)
			sum += exp(-k * k * M_PI * M_PI / (8.0 * x * x));
		return 1.0 - sqrt(2.0 * M_PI) / x * sum;
	}
	for (int k = 1; k <= 20; k++)
		sum += (k % 2 == 1 ? 1.0 : -1.0) * exp(-2.0 * k * k * x * x);
	return 2.0 * sum;
}
