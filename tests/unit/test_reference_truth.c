/*
 * The truths that the load generator is measured against, held against hand-made traces, a slow
 * obvious simulation, and the closed forms of queueing theory.
 */
#include "reference/reference_truth.h"

#include <stdlib.h>

#include "reference/reference_service.h"
#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

static const uint64_t ms = 1000000, s = 1000000000;

struct made {
	uint64_t *due_ns;
	struct reference_stamp *stamps;
	struct reference_ping empty;
	struct reference_trace trace;
};

/* `rtt_ns` is the only round trip there is. */
static void make(struct made *made, uint32_t count, uint64_t rtt_ns)
{
	made->due_ns = alloc_array(count, sizeof(*made->due_ns));
	made->stamps = alloc_array(count, sizeof(*made->stamps));
	made->empty = (struct reference_ping){.rtt_ns = alloc_new(uint64_t), .count = 1};
	made->empty.rtt_ns[0] = rtt_ns;
	made->trace = (struct reference_trace){.due_ns = made->due_ns,
					       .stamps = made->stamps,
					       .count = count,
					       .empty = &made->empty};
}

static void made_release(struct made *made)
{
	free(made->due_ns);
	free(made->stamps);
	reference_ping_release(&made->empty);
}

/* The share q of the truth, in ns. */
static double at(const struct histogram *truth, double q)
{
	return (double)quantile_of_histogram(truth, q);
}

static void test_delay(void)
{
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	uint64_t rtts[] = {10000, 30000};
	struct made made;

	make(&made, 1000, 0);
	for (uint32_t k = 0; k < 1000; k++) {
		made.stamps[k].received_ns = k * ms;
		made.stamps[k].answered_ns = k * ms + (k % 50 == 0 ? 20 * ms : 2 * ms);
		made.stamps[k].freed_ns = made.stamps[k].answered_ns + 5 * ms;
	}
	free(made.empty.rtt_ns);
	made.empty = (struct reference_ping){.rtt_ns = rtts, .count = 2};
	reference_truth_delay(truth, &made.trace);
	is_int(truth->count, 1000 * REFERENCE_DRAWS, "each request is drawn several times");
	is_int(truth->min_ns, 2 * ms + 10000, "the fastest: its delay and the fastest round trip");
	is_int(truth->max_ns, 20 * ms + 30000, "the slowest likewise; the send is not in it");
	is_near(quantile_mean_ns(truth), 2.36e6 + 20000, 500, "means add up");
	is_near(at(truth, 0.97), 2.03e6, 2100, "98 % are fast");
	ok(at(truth, 0.99) >= 20e6, "2 % are slow");
	made.empty.rtt_ns = NULL;
	made_release(&made);
}

static void test_small_queue(void)
{
	static const uint64_t due[] = {0, 10, 20, 200}, busy[] = {15, 15, 5, 7};
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	uint64_t time = 1000;
	struct made made;

	make(&made, 4, 0);
	for (uint32_t k = 0; k < 4; k++) {
		made.due_ns[k] = due[k];
		made.stamps[k] = (struct reference_stamp){.received_ns = time,
							  .begun_ns = time,
							  .answered_ns = time + busy[k] - 2,
							  .freed_ns = time + busy[k]};
		time += busy[k];
	}
	reference_truth_queue(truth, &made.trace);
	/* waits 0, 5, 10, 0; own times 13, 13, 3, 5 */
	is_int(truth->sum_ns, (13 + 18 + 13 + 5) * REFERENCE_DRAWS, "Lindley by hand");
	is_int(truth->max_ns, 18, "the longest");
	is_int(truth->min_ns, 5, "after a pause nobody waits");
	made_release(&made);
}

/*
 * Poisson arrivals at 1 per ms, exponential services: response times are exponential with mean
 * 1/(mu - lambda) (any text on queues). `load` is lambda/mu.
 */
static void test_closed_form(double load, double tolerance)
{
	enum { COUNT = 400000 };
	const struct reference_config config = {.service = REFERENCE_EXPONENTIAL,
						.service_ns = (uint64_t)(load * 1e6)};
	const double mean_ns = 1e6 / (1 / load - 1);
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	uint64_t due_ns = 0, free_ns = 0, sum_ns = 0;
	struct made made;
	struct rng rng;

	rng_init(&rng, 7);
	make(&made, COUNT, 0);
	for (uint32_t k = 0; k < COUNT; k++) {
		uint64_t service_ns = reference_service_draw(&config, &rng);
		uint64_t begun_ns;

		due_ns += (uint64_t)(-log(1 - rng_next_double(&rng)) * 1e6);
		begun_ns = due_ns > free_ns ? due_ns : free_ns; /* the obvious simulation */
		free_ns = begun_ns + service_ns;
		sum_ns += free_ns - due_ns;
		made.due_ns[k] = due_ns;
		made.stamps[k] = (struct reference_stamp){
			.begun_ns = 5, .answered_ns = 5 + service_ns, .freed_ns = 5 + service_ns};
	}
	reference_truth_queue(truth, &made.trace);
	is_int(truth->sum_ns, sum_ns * REFERENCE_DRAWS, "Lindley is the obvious simulation");
	for (double q = 0.5; q < 1; q += 0.49) {
		double want = -log(1 - q) * mean_ns;

		is_near(at(truth, q) / want, 1, tolerance, "and near the closed form of M/M/1");
	}
	made_release(&made);
}

static void test_services(void)
{
	struct reference_config two = {
		.service = REFERENCE_TWO_POINT, .service_ns = 1, .slow_ns = 9, .slow_ratio = 0.02};
	struct reference_config constant = {.service = REFERENCE_CONSTANT, .service_ns = 77};
	uint32_t slow = 0, other = 0;
	struct rng rng;

	rng_init(&rng, 1);
	for (int i = 0; i < 100000; i++) {
		uint64_t drawn = reference_service_draw(&two, &rng);

		slow += drawn == 9;
		other += drawn != 9 && drawn != 1;
	}
	ok(other == 0 && slow > 1800 && slow < 2200, "two points, 2 % of them slow");
	is_int(reference_service_draw(&constant, &rng), 77, "a constant");
}

/* 1,000/s for 10 s, frozen from 3 s to 7 s, then 10 us for each of the backlog. */
static void test_freeze(void)
{
	const uint64_t freeze_ns = 3 * s, thaw_ns = 7 * s, rtt_ns = 100000;
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	uint64_t free_ns = thaw_ns;
	struct made made;

	make(&made, 10000, rtt_ns);
	for (uint32_t k = 0; k < 10000; k++) {
		uint64_t due_ns = k * ms;

		made.due_ns[k] = due_ns;
		/* otherwise 1.05 ms late: that was the generator */
		made.stamps[k].answered_ns = due_ns + 1050000;
		if (due_ns >= freeze_ns && due_ns < thaw_ns + 50 * ms && free_ns > due_ns)
			made.stamps[k].answered_ns = free_ns += 10000;
	}
	reference_truth_freeze(truth, &made.trace, freeze_ns, thaw_ns);
	is_near(at(truth, 0.5), (double)rtt_ns, 100, "most are an empty round trip");
	/* the k-th of the backlog is answered 10 us later each: 25 ms at p75 */
	is_near(at(truth, 0.75), 1.525e9, 6e6, "p75 is the law and the drain");
	is_near(at(truth, 0.90), 3.010e9, 6e6, "p90");
	is_near(at(truth, 0.99), 3.901e9, 6e6, "p99");
	is_int(reference_truth_law_ns(0, 10 * s, freeze_ns, thaw_ns, 0.75) / 1000, 1500000,
	       "the law's p75");
	is_int(reference_truth_law_ns(0, 10 * s, freeze_ns, thaw_ns, 0.99) / 1000, 3900000,
	       "the law's p99");
	is_int(reference_truth_law_ns(0, 10 * s, freeze_ns, thaw_ns, 0.5), 0,
	       "its p50 is not in the freeze");
	made_release(&made);
}

/* The last 3.5 s of 15 s, and half a second on. */
static void test_hang(void)
{
	const uint64_t freeze_ns = 11500 * ms, thaw_ns = 15500 * ms;
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	struct made made;

	make(&made, 15000, 100000);
	for (uint32_t k = 0; k < 15000; k++)
		made.due_ns[k] = k * ms;
	made.trace.stamps = NULL;
	reference_truth_hang(truth, &made.trace, freeze_ns, thaw_ns);
	is_near(quantile_share_above(truth, 400 * ms), 3.5 / 15, 1e-3, "23 % are late");
	is_near(at(truth, 0.99), 3.85e9, 6e6, "as late as the thaw makes them");
	is_near((double)reference_truth_law_ns(0, 15 * s, freeze_ns, thaw_ns, 0.99), 3.85e9, 10,
		"as the law says");
	is_int(reference_truth_law_ns(0, 15 * s, freeze_ns, thaw_ns, 0.75), 0, "p75 is not late");
	is_int(reference_truth_law_ns(0, 15 * s, 16 * s, 17 * s, 0.99), 0, "a freeze afterwards");
	is_int(reference_truth_law_ns(5 * s, 5 * s, 5 * s, 6 * s, 0.99), 0, "no window");
	made_release(&made);
}

int main(void)
{
	test_delay();
	test_small_queue();
	test_closed_form(0.5, 0.02);
	test_closed_form(0.8, 0.06);
	test_services();
	test_freeze();
	test_hang();
	return tap_done();
}
