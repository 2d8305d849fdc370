/* Where a load had settled, from the tenths of seconds of its threads. */
#include "lab/warmup.h"

#include "tap.h"

enum { THREADS = 2, SECONDS_MAX = 40 };

struct run {
	struct load_thread_second seconds[SECONDS_MAX * THREADS];
	size_t count;
};

/* How much the load gives, and how slow it is, at a time. */
typedef double (*at_fn)(double seconds);

static double steady_rate(double seconds)
{
	(void)seconds;
	return 1000;
}

static double steady_latency(double seconds)
{
	(void)seconds;
	return 1e6;
}

/* Half as fast for two seconds and a half. */
static double slow_start(double seconds)
{
	return seconds < 2.5 ? 500 : 1000;
}

static double slow_answers(double seconds)
{
	return seconds < 3.9 ? 4e6 : 1e6;
}

static double falling(double seconds)
{
	return 1000 - 60 * seconds;
}

/*
 * Both threads do half of it each, a little more and a little less by turns of half a second: of
 * what goes up and down like that nothing is to be cut off.
 */
static void fill(struct run *run, uint32_t seconds, at_fn rate, at_fn latency)
{
	*run = (struct run){.count = seconds * THREADS};
	for (uint32_t i = 0; i < run->count; i++) {
		struct load_thread_second *second = &run->seconds[i];

		second->second = i / THREADS;
		second->thread = i % THREADS;
		for (int slot = 0; slot < LOAD_SLOTS_PER_SECOND; slot++) {
			double at = second->second + slot / (double)LOAD_SLOTS_PER_SECOND;
			double noise = (second->second * 2 + (slot >= 5)) % 2 == 0 ? 0.98 : 1.02;

			second->slots[slot].answered =
				(uint64_t)(rate(at) * noise / LOAD_SLOTS_PER_SECOND / THREADS +
					   0.5);
			second->slots[slot].log_sum =
				log(latency(at) * noise) * (double)second->slots[slot].answered;
			second->sent += second->slots[slot].answered;
		}
	}
}

static void check(const struct run *run, bool is_open_loop, uint32_t cut, bool is_steady,
		  const char *text)
{
	struct warmup warmup;

	warmup_find(&warmup, run->seconds, run->count, is_open_loop);
	is_int(warmup.cut_seconds, cut, text);
	is_int(warmup.is_steady, is_steady, "whether it is steady");
	is_str(warmup.text, text, "in words");
}

static void test_cuts(void)
{
	struct run run;

	fill(&run, 20, steady_rate, steady_latency);
	check(&run, false, 0, true,
	      "nothing was cut off: the load was steady from its begin (MSER-5)");
	fill(&run, 20, slow_start, steady_latency);
	check(&run, false, 3, true,
	      "the first 3.00 s were cut off (MSER-5: throughput settled after 2.50 s, latency "
	      "after 0 ns)");
	fill(&run, 20, slow_start, slow_answers);
	check(&run, false, 4, true,
	      "the first 4.00 s were cut off (MSER-5: throughput settled after 2.50 s, latency "
	      "after 4.00 s)");
	check(&run, true, 4, true,
	      "the first 4.00 s were cut off (MSER-5: latency settled after 4.00 s)");
	fill(&run, 20, slow_start, steady_latency);
	check(&run, true, 0, true,
	      "nothing was cut off: the load was steady from its begin (MSER-5)");
}

static void test_no_steady_state(void)
{
	struct run run;

	fill(&run, 10, falling, steady_latency);
	check(&run, false, 0, false,
	      "no steady state was reached in 9.00 s (MSER-5 on throughput): all of it is shown");
	fill(&run, 4, steady_rate, steady_latency);
	check(&run, false, 0, false,
	      "3.00 s are too short to find the end of a warm-up in; at least 5 s");
	run.count = 0;
	check(&run, false, 0, false,
	      "0 ns are too short to find the end of a warm-up in; at least 5 s");
}

/* Answers that the drain waited for are of no second in which anything was sent. */
static void test_drain(void)
{
	struct run run, drained;

	fill(&run, 10, slow_start, steady_latency);
	drained = run;
	for (uint32_t i = 0; i < 8; i++)
		drained.seconds[drained.count++] = (struct load_thread_second){
			.second = 10 + i, .slots[2] = {.answered = 1, .log_sum = log(8e9)}};
	check(&drained, false, 3, true,
	      "the first 3.00 s were cut off (MSER-5: throughput settled after 2.50 s, latency "
	      "after 0 ns)");
	for (uint32_t i = 0; i < 10; i++) { /* in any order */
		struct load_thread_second one = drained.seconds[i];

		drained.seconds[i] = drained.seconds[drained.count - 1 - i];
		drained.seconds[drained.count - 1 - i] = one;
	}
	check(&drained, false, 3, true,
	      "the first 3.00 s were cut off (MSER-5: throughput settled after 2.50 s, latency "
	      "after 0 ns)");
}

int main(void)
{
	test_cuts();
	test_no_steady_state();
	test_drain();
	return tap_done();
}
