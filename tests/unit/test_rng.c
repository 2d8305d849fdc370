/*
 * Held against the first outputs of the authors' reference programs, and against what shuffling and
 * bounds promise.
 */
#include "stats/rng.h"

#include "tap.h"

static void test_reference_outputs(void)
{
	static const uint64_t splitmix[] = {6457827717110365317u, 3203168211198807973u,
					    9817491932198370423u, 4593380528125082431u,
					    16408922859458223821u};
	static const uint64_t xoshiro[] = {11520u,
					   0u,
					   1509978240u,
					   1215971899390074240u,
					   1216172134540287360u,
					   607988272756665600u,
					   16172922978634559625u,
					   8476171486693032832u,
					   10595114339597558777u,
					   2904607092377533576u};
	struct rng rng = {{1, 2, 3, 4}};
	uint64_t state = 1234567;
	int wrong = 0;

	for (int i = 0; i < 5; i++)
		wrong += rng_splitmix64(&state) != splitmix[i];
	is_int(wrong, 0, "splitmix64 from 1234567");
	for (int i = 0; i < 10; i++)
		wrong += rng_next(&rng) != xoshiro[i];
	is_int(wrong, 0, "xoshiro256** from 1, 2, 3, 4");
}

static void test_seeds(void)
{
	struct rng a, b, c;
	int same = 0;

	rng_init(&a, 42);
	rng_init(&b, 42);
	rng_init(&c, 43);
	ok(rng_next(&a) == rng_next(&b) && rng_next(&a) == rng_next(&b),
	   "the same seed, the same numbers");
	for (int i = 0; i < 100; i++)
		same += rng_next(&a) == rng_next(&c);
	is_int(same, 0, "neighbouring seeds share nothing");
	rng_init(&a, 0);
	ok((a.state[0] | a.state[1] | a.state[2] | a.state[3]) != 0, "seed 0 is no dead state");
}

static void test_uniform(void)
{
	struct rng rng;
	double sum = 0.0, smallest = 1.0, largest = 0.0;
	int counts[7] = {0}, lowest = 100000, highest = 0;

	rng_init(&rng, 1);
	for (int i = 0; i < 100000; i++) {
		double value = rng_next_double(&rng);

		sum += value;
		smallest = fmin(smallest, value);
		largest = fmax(largest, value);
		counts[rng_next_below(&rng, 7)]++;
	}
	ok(smallest >= 0.0 && largest < 1.0, "doubles lie in [0, 1)");
	is_near(sum / 100000, 0.5, 0.005, "their mean is one half");
	for (int i = 0; i < 7; i++) {
		lowest = counts[i] < lowest ? counts[i] : lowest;
		highest = counts[i] > highest ? counts[i] : highest;
	}
	ok(lowest > 13800 && highest < 14800,
	   "each of seven numbers comes up a seventh of the time");
	is_int(rng_next_below(&rng, 1), 0, "only 0 is below 1");
	ok(rng_next_below(&rng, UINT64_MAX) < UINT64_MAX, "the largest bound");
}

static void test_shuffle(void)
{
	struct rng rng;
	int counts[27] = {0}, lowest = 100000, sum = 0;

	rng_init(&rng, 7);
	for (int i = 0; i < 60000; i++) {
		uint32_t items[3] = {0, 1, 2};

		rng_shuffle(&rng, items, 3);
		counts[items[0] * 9 + items[1] * 3 + items[2]]++;
	}
	for (int i = 0; i < 27; i++) {
		sum += counts[i] > 0;
		if (counts[i] > 0 && counts[i] < lowest)
			lowest = counts[i];
	}
	is_int(sum, 6, "three items have six orders, and none is lost or doubled");
	ok(lowest > 9500, "all about equally often");
	rng_shuffle(&rng, NULL, 0);
}

int main(void)
{
	test_reference_outputs();
	test_seeds();
	test_uniform();
	test_shuffle();
	return tap_done();
}
