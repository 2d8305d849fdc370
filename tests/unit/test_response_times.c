#include "view/response_times.h"

#include "fake_load.h"
#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"

static void test_quantiles(void)
{
	static const double q[] = {0.5, 0.9, 1.0};
	struct survival_quantile got[3];
	struct fake_load fake;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 1000, 90);
	response_times_find_quantiles(&fake.view.total, q, 3, got);
	ok(got[0].value_ns == 1000 && got[2].value_ns == 1000 && !got[2].is_lower_bound, "values");
	fake_load_give_up(&fake, 5000, 10);
	response_times_find_quantiles(&fake.view.total, q, 3, got);
	ok(got[1].value_ns == 1000 && !got[1].is_lower_bound, "90 of 100 are answers");
	ok(got[2].value_ns == 5000 && got[2].is_lower_bound, "the others took at least so long");
	fake_load_release(&fake);
}

static void test_second(void)
{
	static const double q[] = {0.5, 0.9, 0.99};
	scoped(histogram_cleanup) struct histogram *scratch = histogram_new();
	struct fake_load fake;
	uint64_t got[3];

	fake_load_init(&fake);
	fake_load_add(&fake, 1, 1000, 100);
	response_times_find_in_second(&fake.seconds[1], q, 3, scratch, got);
	ok(got[0] == 1000 && got[1] == 1000 && got[2] == 0, "100 answers earn p90 and no p99");
	response_times_find_in_second(&fake.seconds[0], q, 3, scratch, got);
	ok(got[0] == 0, "a second without answers");
	fake_load_release(&fake);
}

static void test_spread(void)
{
	scoped(histogram_cleanup) struct histogram *histogram = histogram_new();
	struct response_spread spread;

	response_times_find_spread(histogram, &spread);
	ok(spread.mean_ns <= 0.0 && spread.stdev_ns <= 0.0 && spread.within_ratio <= 0.0, "empty");
	histogram_record_count(histogram, 1000, 3);
	histogram_record(histogram, 2001);
	response_times_find_spread(histogram, &spread);
	is_near(spread.mean_ns, 1250.25, 1e-9, "mean");
	is_near(spread.stdev_ns, 1001 * sqrt(3) / 4, 1e-9, "standard deviation");
	is_near(spread.within_ratio, 0.75, 0.0, "three of four within");
}

/* Each row's value is the quantile of its level, and the levels are the iterator's. */
static void test_rows(void)
{
	static const double first[] = {0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75};
	struct response_row rows[RESPONSE_TIMES_MAX_ROWS];
	struct fake_load fake;
	struct rng rng;
	size_t count;
	int wrong = 0;

	fake_load_init(&fake);
	is_int(response_times_list_rows(&fake.view.total, rows), 0, "no requests, no rows");
	rng_init(&rng, 1);
	for (int i = 0; i < 100000; i++)
		histogram_record(fake.view.total.response,
				 (uint64_t)(1e6 - 1e6 * log1p(-rng_next_double(&rng))));
	count = response_times_list_rows(&fake.view.total, rows);
	ok(count > 75 && count < 100, "100,000 answers: five rows a halving, some 17 of them");
	for (size_t i = 0; i < 11; i++)
		wrong += !(fabs(rows[i].q - first[i]) < 1e-15);
	for (size_t i = 0; i < count; i++)
		wrong += rows[i].value_ns !=
				 quantile_of_histogram(fake.view.total.response, rows[i].q) ||
			 (double)rows[i].answers < 100000 * rows[i].q - 0.5;
	is_int(wrong, 0, "levels and values");
	ok(rows[count - 1].q >= 1.0 && rows[count - 1].answers == 100000 &&
		   rows[count - 2].q < 1.0 && rows[count - 2].value_ns == rows[count - 1].value_ns,
	   "the row that reaches the maximum, and then the maximum");
	histogram_clear(fake.view.total.response);
	fake_load_give_up(&fake, 5000, 10);
	count = response_times_list_rows(&fake.view.total, rows);
	ok(count == 2 && rows[0].value_ns == 5000 && rows[1].answers == 0, "no answers: bounds");
	fake_load_release(&fake);
}

int main(void)
{
	test_quantiles();
	test_second();
	test_spread();
	test_rows();
	return tap_done();
}
