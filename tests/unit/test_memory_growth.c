/*
 * The verdicts, held against simulated memory: how often what is no leak is called one (at most 5 %
 * of each kind), and how often a leak is seen. docs/method.md has more of them.
 */
#include "view/memory_growth.h"

#include "sample_warning.h"
#include "stats/normal.h"
#include "stats/rng.h"

enum { POINTS = 60, TRIALS = 400 };

static struct rng rng;
static struct arena arena;

static double uniform(double lo, double hi)
{
	return lo + (hi - lo) * rng_next_double(&rng);
}

static double gauss(void)
{
	return normal_quantile(0.5e-9 + rng_next_double(&rng) * (1 - 1e-9));
}

/* What memory does, from `level`; `x` is a leak in bytes a second, or a time constant. */
typedef void (*make_fn)(double *values, double level, double x);

static void make_walk(double *values, double level, double x)
{
	double step = uniform(1e4, 1e6);

	(void)x;
	for (int i = 0; i < POINTS; i++)
		values[i] = level += step * gauss();
}

/* A cache that takes and gives back blocks now and then. */
static void make_steps(double *values, double level, double x)
{
	double rate = uniform(0.02, 0.5), size = uniform(4096, 4e6);

	(void)x;
	for (int i = 0; i < POINTS; i++) {
		if (rng_next_double(&rng) < rate)
			level += size * (rng_next_double(&rng) < 0.5 ? -1 : 1);
		values[i] = level;
	}
}

static void make_noise(double *values, double level, double x)
{
	double deviation = uniform(4096, 3e6);

	(void)x;
	for (int i = 0; i < POINTS; i++)
		values[i] = level + deviation * gauss();
}

static void make_warmup(double *values, double level, double x)
{
	double fill = level * uniform(0.05, 1);

	for (int i = 0; i < POINTS; i++)
		values[i] = level + fill * (1 - exp(-i / (x * POINTS))) +
			    4096 * (double)rng_next_below(&rng, 8);
}

/* At least two collections in what is judged. */
static void make_garbage(double *values, double level, double x)
{
	double period = uniform(2, POINTS * 0.37), at = uniform(0, period), size = level / 3;

	(void)x;
	for (int i = 0; i < POINTS; i++)
		values[i] = level + size * fmod(i + at, period) / period + 2e4 * gauss();
}

static void make_leak(double *values, double level, double x)
{
	for (int i = 0; i < POINTS; i++)
		values[i] = level + x * i + 1e5 * gauss();
}

/* The allocator asks the kernel for 132 KiB at a time. */
static void make_leak_in_steps(double *values, double level, double x)
{
	for (int i = 0; i < POINTS; i++) {
		if (rng_next_double(&rng) < x / (132 * 1024))
			level += 132 * 1024;
		values[i] = level;
	}
}

static void judge(struct memory_growth *growth, const double *values, uint64_t count,
		  double interval_s)
{
	struct series_view_row row = {.point_count = count, .values = values};

	memory_growth_find(growth, &arena, &row, interval_s);
}

static double share_growing(make_fn make, double x)
{
	double values[POINTS];
	int growing = 0;

	for (int i = 0; i < TRIALS; i++) {
		struct memory_growth growth;

		make(values, uniform(5e6, 200e6), x);
		judge(&growth, values, POINTS, 1);
		growing += growth.verdict == MEMORY_GROWING;
	}
	return (double)growing / TRIALS;
}

static void test_no_leaks(void)
{
	ok(share_growing(make_walk, 0) <= 0.05, "a random walk");
	ok(share_growing(make_steps, 0) <= 0.05, "steps up and down");
	ok(share_growing(make_noise, 0) <= 0.05, "noise");
	ok(share_growing(make_warmup, 0.05) <= 0.05, "a short warm-up");
	ok(share_growing(make_warmup, 0.2) <= 0.05, "a longer one");
	ok(share_growing(make_warmup, 0.5) <= 0.05, "half as long as the run");
	ok(share_growing(make_garbage, 0) <= 0.05, "a garbage collector");
}

static void test_leaks(void)
{
	ok(share_growing(make_leak, 51200) >= 0.9, "50 KiB/s in noise of 100 kB");
	ok(share_growing(make_leak_in_steps, 51200) >= 0.6, "50 KiB/s by an allocator");
	ok(share_growing(make_leak_in_steps, 512000) >= 0.9, "500 KiB/s");
}

/* The interval by its definition, on a series that has no warming-up to cut but the quarter. */
static void test_interval(void)
{
	double values[64], means[8], rises[7], mean = 0, squares = 0, half;
	struct memory_growth growth;

	rng_init(&rng, 11);
	for (int i = 0; i < 64; i++)
		values[i] = 80e6 + 3e5 * gauss();
	judge(&growth, values, 64, 2);
	is_int(growth.point_count, 48, "three quarters are judged");
	for (int block = 0; block < 8; block++) {
		means[block] = 0;
		for (int i = 0; i < 6; i++)
			means[block] += values[16 + block * 6 + i] / 6;
	}
	for (int i = 0; i < 7; i++) {
		rises[i] = means[i + 1] - means[i];
		mean += rises[i] / 7;
	}
	for (int i = 0; i < 7; i++)
		squares += (rises[i] - mean) * (rises[i] - mean);
	half = 2.4469 * sqrt(1.8 / 7) * sqrt(squares / 6) / (6 * 2.0);
	is_near(growth.hi - growth.slope_bytes_per_s, half, half * 1e-9, "upper end");
	is_near(growth.slope_bytes_per_s - growth.lo, half, half * 1e-9, "lower end");
}

static enum memory_verdict judge_line(double level, double rise, double bend)
{
	double values[240];
	struct memory_growth growth;

	/* Behind the cut the slope goes from `rise` to `rise * bend`. */
	for (int i = 0; i < 240; i++) {
		double at = fmax(i - 60, 0) / 180;

		values[i] = level + rise * 180 * (at + (bend - 1) * at * at / 2) +
			    rise * fmin(i - 60, 0);
	}
	judge(&growth, values, 240, 1);
	return growth.verdict;
}

/* What matters: 1 % a minute, 100 KiB/s, 128 KiB in all; a slope that bends is a line, or not. */
static void test_limits(void)
{
	is_int(judge_line(60e6, 9.8e3, 1), MEMORY_STEADY, "just below 1 % a minute");
	is_int(judge_line(60e6, 10.6e3, 1), MEMORY_GROWING, "just above");
	is_int(judge_line(10e9, 102.0e3, 1), MEMORY_STEADY, "just below 100 KiB/s");
	is_int(judge_line(10e9, 102.8e3, 1), MEMORY_GROWING, "just above");
	is_int(judge_line(1e6, 725, 1), MEMORY_STEADY, "just below 128 KiB in all");
	is_int(judge_line(1e6, 732, 1), MEMORY_GROWING, "just above");
	is_int(judge_line(20e6, 100e3, 0.75), MEMORY_GROWING, "a slope that falls by a quarter");
	is_int(judge_line(20e6, 100e3, 0.4), MEMORY_NOT_KNOWN, "… by more than half");
}

static void test_figures(void)
{
	double values[POINTS];
	struct memory_growth growth;

	for (int i = 0; i < POINTS; i++)
		values[i] = 50e6 + 200e3 * i;
	judge(&growth, values, POINTS, 0.5);
	is_int(growth.verdict, MEMORY_GROWING, "a line");
	is_near(growth.slope_bytes_per_s, 400e3, 1, "… its slope a second");
	ok(growth.lo <= growth.slope_bytes_per_s && growth.slope_bytes_per_s <= growth.hi,
	   "… in its interval");
	is_near(growth.level_bytes, values[POINTS - 1], 1e6, "… where it ended");
	is_int(growth.point_count, 45, "… behind a quarter");
	for (int i = 0; i < POINTS; i++)
		values[i] = 50e6;
	judge(&growth, values, POINTS, 1);
	is_int(growth.verdict, MEMORY_STEADY, "constant");
	is_str(growth.why, "", "… and nothing to explain");
	values[POINTS / 2] += 4096;
	judge(&growth, values, POINTS, 1);
	is_int(growth.verdict, MEMORY_STEADY, "a page");
	for (int i = 0; i < POINTS; i++)
		values[i] = 50e6 + 2e3 * i;
	judge(&growth, values, POINTS, 1);
	is_int(growth.verdict, MEMORY_STEADY, "2 kB/s, a quarter of a percent a minute");
	for (int i = 0; i < POINTS; i++)
		values[i] = 50e6 - 200e3 * i;
	judge(&growth, values, POINTS, 1);
	is_int(growth.verdict, MEMORY_NOT_KNOWN, "falling");
	ok(strstr(growth.why, "fell") != NULL, "… is said");
}

static void test_refusals(void)
{
	double values[POINTS];
	struct memory_growth growth;

	memory_growth_find(&growth, &arena, NULL, 1);
	is_int(growth.verdict, MEMORY_NOT_KNOWN, "not watched");
	ok(isnan(growth.lo) && isnan(growth.level_bytes), "… no figures");
	for (int i = 0; i < POINTS; i++)
		values[i] = 50e6 + 200e3 * i;
	judge(&growth, values, 9, 1);
	is_str(growth.why, "needs 32 s, had 9.00 s: -d 32s", "too short: what it takes");
	judge(&growth, values, 1, 1);
	is_int(growth.verdict, MEMORY_NOT_KNOWN, "one point");
	judge(&growth, values, 32, 1);
	is_int(growth.verdict, MEMORY_GROWING, "as many as it said");
	judge(&growth, values, POINTS, 0.1);
	is_str(growth.why, "needs 27 s, had 6.00 s: -d 27s", "many points in no time");
	judge(&growth, values, POINTS, 0);
	ok(growth.verdict != MEMORY_STEADY, "an interval of nothing");
	rng_init(&rng, 3);
	make_walk(values, 50e6, 0);
	judge(&growth, values, POINTS, 1);
	ok(growth.verdict != MEMORY_NOT_KNOWN || strstr(growth.why, "takes -d ") != NULL ||
		   strstr(growth.why, "too much") != NULL,
	   "too restless: what it would take");
	is_str(memory_verdict_name(MEMORY_NOT_KNOWN), "not known", "name");
	is_str(memory_verdict_name(MEMORY_STEADY), "STEADY", "name");
	is_str(memory_verdict_name(MEMORY_GROWING), "GROWING", "name");
}

/* A run of the length that a short one asks for is no longer too short. */
static void test_lengths(void)
{
	static const double intervals_s[] = {0.05, 0.2, 0.5, 0.83, 1, 2, 5};
	static double values[1000];

	for (size_t i = 0; i < 1000; i++)
		values[i] = 50e6 + 1e4 * (double)(i % 3);
	for (size_t i = 0; i < sizeof(intervals_s) / sizeof(intervals_s[0]); i++) {
		double interval_s = intervals_s[i], needed_s = 0;
		struct memory_growth growth;

		judge(&growth, values, 3, interval_s);
		ok(sscanf(growth.why, "needs %lf s", &needed_s) == 1 && needed_s >= 20 / 0.75 &&
			   needed_s <= fmax(29, 32 * interval_s + 1),
		   "what it takes");
		judge(&growth, values, (uint64_t)(needed_s / interval_s), interval_s);
		ok(strncmp(growth.why, "needs", 5) != 0, "… is enough");
	}
}

static void test_no_services(void)
{
	static double zeros[40];
	struct memory_growth growth;

	sample_start();
	sample_series("process.rss", "", 0, 0)->values = zeros;
	sample_series("process.processes", "", 0, 0)->values = zeros;
	memory_growth_find_last(&growth, &arena, &sample.side, &sample.machine);
	ok(isnan(growth.level_bytes) && growth.verdict == MEMORY_NOT_KNOWN, "no service at all");
}

/* A command of 0.8 s, looked at once: nothing is known of the interval. */
static void test_one_point(void)
{
	static double value = 1e6;
	struct series_view_row *row;
	struct memory_growth growth;

	sample_start();
	row = sample_series("process.rss", "", 1e6, 1e6);
	row->values = &value;
	row->point_count = 1;
	sample.machine.window_ns = 0.8e9;
	memory_growth_find_last(&growth, &arena, &sample.side, &sample.machine);
	is_str(growth.why, "needs 28 s, had 800 ms: -d 28s", "one point of 0.8 s");
	sample.machine.window_ns = 1.9e9;
	memory_growth_find_last(&growth, &arena, &sample.side, &sample.machine);
	is_str(growth.why, "needs 32 s, had 1.00 s: -d 32s", "one point of 1.9 s");
}

/* Two runs one after the other: a jump between them is no growth. */
static void test_last_run(void)
{
	static double values[82];
	struct stored_run runs[2] = {0};
	const struct stored_run *list[] = {&runs[0], &runs[1]};
	struct series_view_row *row;
	struct memory_growth growth;

	sample_start();
	for (int i = 0; i < 82; i++)
		values[i] = i < 41 ? 20e6 + 1e6 * i : 90e6;
	row = sample_series("process.rss", "", 0, 0);
	row->values = values;
	row->point_count = 82;
	for (int i = 0; i < 2; i++) {
		runs[i].record.phase_begin_ns[PHASE_MEASURE] = 1000000000;
		runs[i].record.phase_end_ns[PHASE_MEASURE] = 42000000000;
	}
	sample.side.metrics.runs = list;
	sample.side.metrics.run_count = 2;
	memory_growth_find_last(&growth, &arena, &sample.side, &sample.machine);
	is_int(growth.verdict, MEMORY_STEADY, "the last run is judged");
	is_near(growth.level_bytes, 90e6, 0, "… and no other");
}

int main(void)
{
	int failed;

	arena_init(&arena);
	rng_init(&rng, 7);
	test_no_leaks();
	test_leaks();
	test_interval();
	test_limits();
	test_figures();
	test_refusals();
	test_lengths();
	test_no_services();
	test_one_point();
	test_last_run();
	failed = sample_done();
	arena_release(&arena);
	return failed;
}
