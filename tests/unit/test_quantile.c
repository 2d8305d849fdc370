/* Held against a sorted list of the same values, and R's quantile(type = 7). */
#include "stats/quantile.h"

#include <stdlib.h>

#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/*
 * HdrHistogram's rule on the plain list: the ceil(q * n)-th smallest value, as its slot shows it.
 */
static void test_against_sorted_list(void)
{
	enum { COUNT = 20000 };
	static const double quantiles[] = {0.001, 0.07, 0.25, 0.5,   0.75,
					   0.9,	  0.95, 0.99, 0.999, 0.9999};
	scoped(histogram_cleanup) struct histogram *histogram = histogram_new();
	scoped_free uint64_t *values = alloc_array(COUNT, sizeof(*values));
	struct rng rng;
	int wrong = 0;

	rng_init(&rng, 11);
	for (int i = 0; i < COUNT; i++) {
		values[i] = (uint64_t)(1000.0 * exp(12.0 * rng_next_double(&rng)));
		histogram_record(histogram, values[i]);
	}
	qsort(values, COUNT, sizeof(*values), compare_u64);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		uint64_t rank = (uint64_t)ceil(quantiles[i] * COUNT - 1e-6);
		uint64_t want = histogram_slot_highest_ns(histogram_slot_of(values[rank - 1]));

		if (want > values[COUNT - 1])
			want = values[COUNT - 1];
		wrong += quantile_of_histogram(histogram, quantiles[i]) != want;
	}
	is_int(wrong, 0, "ten quantiles of 20,000 values are those of the sorted list");
	is_int(quantile_of_histogram(histogram, 0.0), values[0], "q = 0 is the exact minimum");
	is_int(quantile_of_histogram(histogram, 1.0), values[COUNT - 1],
	       "q = 1 is the exact maximum");
	is_int(quantile_of_histogram(histogram, 0.99999), values[COUNT - 1],
	       "so is a q beyond the last value but one");
}

static void test_small_histograms(void)
{
	scoped(histogram_cleanup) struct histogram *histogram = histogram_new();

	is_int(quantile_of_histogram(histogram, 0.5), 0, "empty: 0");
	is_near(quantile_mean_ns(histogram), 0.0, 0.0, "empty: mean 0");
	is_near(quantile_share_above(histogram, 5), 0.0, 0.0, "empty: nothing above");
	for (uint64_t value = 1; value <= 100; value++)
		histogram_record(histogram, value);
	is_int(quantile_of_histogram(histogram, 0.5), 50, "p50 of 1..100");
	is_int(quantile_of_histogram(histogram, 0.07), 7,
	       "p7 of 1..100, though 0.07 * 100 is above 7");
	is_int(quantile_of_histogram(histogram, 0.99), 99, "p99 of 1..100");
	is_int(quantile_of_histogram(histogram, 0.991), 100, "p99.1 of 1..100");
	is_near(quantile_mean_ns(histogram), 50.5, 1e-12, "mean of 1..100");
	is_near(quantile_share_above(histogram, 0), 1.0, 0.0, "all lie above 0");
	is_near(quantile_share_above(histogram, 75), 0.25, 1e-12, "a quarter lies above 75");
	is_near(quantile_share_above(histogram, 100), 0.0, 0.0, "nothing lies above the maximum");

	histogram_clear(histogram);
	histogram_record_count(histogram, 5000001, 3);
	is_int(quantile_of_histogram(histogram, 0.5), 5000001, "never above the exact maximum");

	histogram_clear(histogram);
	histogram_record(histogram, 1000);
	histogram_record(histogram, 2 * HISTOGRAM_HIGHEST_NS);
	is_int(quantile_of_histogram(histogram, 0.99), 2 * HISTOGRAM_HIGHEST_NS,
	       "beyond an hour the maximum is exact");
}

static void test_earned(void)
{
	is_int(quantile_needed_count(0.5), 20, "p50 needs 20");
	is_int(quantile_needed_count(0.75), 40, "p75 needs 40");
	is_int(quantile_needed_count(0.9), 100, "p90 needs 100");
	is_int(quantile_needed_count(0.95), 200, "p95 needs 200");
	is_int(quantile_needed_count(0.99), 1000, "p99 needs 1,000");
	is_int(quantile_needed_count(0.999), 10000, "p99.9 needs 10,000");
	is_int(quantile_needed_count(0.9999), 100000, "p99.99 needs 100,000");
	is_int(quantile_needed_count(0.99999), 1000000, "p99.999 needs 1,000,000");
	ok(!quantile_is_earned(9999, 0.999) && quantile_is_earned(10000, 0.999),
	   "p99.9 is earned by the 10,000th answer");
	ok(!quantile_is_earned(0, 1.0) && quantile_is_earned(1, 1.0) && quantile_is_earned(1, 0.0),
	   "one value is a minimum and a maximum");
}

static void test_values(void)
{
	static const double values[] = {3.1, 2.2, 9.7, 4.4, 5.0, 1.9, 7.3}, even[] = {1, 2, 3, 4};

	is_near(quantile_of_values(values, 7, 0.0), 1.9, 1e-12, "R type 7: 0 %");
	is_near(quantile_of_values(values, 7, 0.1), 2.08, 1e-12, "10 %");
	is_near(quantile_of_values(values, 7, 0.25), 2.65, 1e-12, "25 %");
	is_near(quantile_of_values(values, 7, 0.5), 4.4, 1e-12, "50 %");
	is_near(quantile_of_values(values, 7, 0.9), 8.26, 1e-12, "90 %");
	is_near(quantile_of_values(values, 7, 0.95), 8.98, 1e-12, "95 %");
	is_near(quantile_of_values(values, 7, 1.0), 9.7, 1e-12, "100 %");
	is_near(quantile_of_sorted(even, 4, 0.5), 2.5, 1e-12,
		"the median of an even number of values");
	is_near(quantile_of_sorted(even, 1, 0.3), 1.0, 0.0, "one value is every quantile");
	ok(isnan(quantile_of_values(NULL, 0, 0.5)), "no values: not a number");
	is_near(values[0], 3.1, 0.0, "the caller's order stays");
}

int main(void)
{
	test_against_sorted_list();
	test_small_histograms();
	test_earned();
	test_values();
	return tap_done();
}
