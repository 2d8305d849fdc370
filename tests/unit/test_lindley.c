/* By hand; and M/M/1, whose response times are exponential with the rate mu - lambda. */
#include "stats/lindley.h"

#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

static void test_by_hand(void)
{
	static const uint64_t arrival[] = {0, 10, 20, 100, 101}, service[] = {15, 15, 15, 5, 5};
	static const uint64_t want[] = {15, 20, 25, 5, 9};
	uint64_t response[5];
	int wrong = 0;

	lindley_find_responses(arrival, service, 5, response);
	for (int i = 0; i < 5; i++)
		wrong += response[i] != want[i];
	is_int(wrong, 0, "a queue that grows, empties and begins anew");
}

static uint64_t draw_ns(struct rng *rng, double mean_ns)
{
	return (uint64_t)(-mean_ns * log1p(-rng_next_double(rng)));
}

/*
 * The q-quantile is -ln(1 - q)/(mu - lambda). A million requests, of which the correlated ones in a
 * busy queue are worth fewer: 2 % and 5 % are some four standard errors.
 */
static void test_mm1(double load, double tolerance, uint64_t seed)
{
	enum { COUNT = 1000000 };
	static const double q[] = {0.5, 0.9, 0.99};
	const double service_ns = 100000.0;
	scoped(histogram_cleanup) struct histogram *histogram = histogram_new();
	scoped_free uint64_t *arrival = alloc_array(COUNT, sizeof(*arrival));
	scoped_free uint64_t *times = alloc_array(COUNT, sizeof(*times));
	uint64_t now_ns = 0;
	struct rng rng;

	rng_init(&rng, seed);
	for (int i = 0; i < COUNT; i++) {
		now_ns += draw_ns(&rng, service_ns / load);
		arrival[i] = now_ns;
		times[i] = draw_ns(&rng, service_ns);
	}
	lindley_find_responses(arrival, times, COUNT, times);
	for (int i = 0; i < COUNT; i++)
		histogram_record(histogram, times[i]);
	for (int i = 0; i < 3; i++) {
		double want = -log1p(-q[i]) * service_ns / (1.0 - load);
		double got = (double)quantile_of_histogram(histogram, q[i]);

		printf("# load %.1f q %.2f: %.4f of the closed form\n", load, q[i], got / want);
		is_near(got / want, 1.0, tolerance, "M/M/1");
	}
}

int main(void)
{
	test_by_hand();
	test_mm1(0.5, 0.02, 1);
	test_mm1(0.8, 0.05, 2);
	return tap_done();
}
