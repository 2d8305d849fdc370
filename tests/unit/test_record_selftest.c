/* The judge of the profiler's self-test, with profiles made by hand. */
#include "lab/record_selftest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"
#include "util/clock.h"

enum { PERIOD_NS = 1000000, SAMPLES = 4000 };

struct fixture {
	struct profile_data data;
	struct workload_truth truth;
	uint32_t parts[WORKLOAD_PATHS]; /* stacks */
	uint32_t main_stack;
};

static uint32_t add_frame(struct fixture *fixture, const char *function)
{
	vec_push(&fixture->data.frames,
		 (struct frame){.function = string_table_intern(&fixture->data.strings, function)});
	return (uint32_t)fixture->data.frames.count - 1;
}

/* A stack of the path's functions on top of `callers`, the one at `place` so often. */
static uint32_t add_stack(struct fixture *fixture, uint32_t callers, uint32_t path, int place,
			  uint32_t count)
{
	uint32_t stack = callers;

	for (int i = 0; i < WORKLOAD_FRAMES_MAX; i++) {
		const char *function = workload_paths[path].frames[i].function;
		uint32_t times = i == place ? count : workload_paths[path].frames[i].count, frame;
		char name[64];

		if (function == NULL)
			break;
		/* compilers put something behind some names, and that is to be ignored */
		snprintf(name, sizeof(name), "%s%s%s", WORKLOAD_PREFIX, function,
			 i == 1 ? ".constprop.0" : "");
		frame = add_frame(fixture, name);
		for (uint32_t n = 0; n < times; n++)
			stack = stack_table_intern(&fixture->data.stacks, stack, frame);
	}
	return stack;
}

static void add_samples(struct fixture *fixture, uint32_t stack, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		vec_push(&fixture->data.samples,
			 (struct sample){.period = PERIOD_NS, .stack = stack});
}

/* All equal: each share a tenth, and the short threads as much. */
static void fixture_init(struct fixture *fixture, uint32_t root)
{
	*fixture = (struct fixture){0};
	profile_data_init(&fixture->data);
	vec_push(&fixture->data.events,
		 (struct profile_event){.period = PERIOD_NS, .is_clock = true});
	fixture->main_stack =
		stack_table_intern(&fixture->data.stacks, root, add_frame(fixture, "main"));
	for (uint32_t i = 0; i < WORKLOAD_PATHS; i++) {
		fixture->parts[i] = add_stack(fixture, fixture->main_stack, i, -1, 0);
		add_samples(fixture, fixture->parts[i], SAMPLES / WORKLOAD_SHARES);
		fixture->truth.path_ns[i] = (uint64_t)SAMPLES / WORKLOAD_SHARES * PERIOD_NS;
		fixture->truth.process_ns += fixture->truth.path_ns[i];
	}
	fixture->data.quality.cpu_ns = fixture->truth.process_ns;
}

static int judge(struct fixture *fixture, struct record_selftest *ret_selftest)
{
	return record_selftest_judge(ret_selftest, &fixture->data, &fixture->truth, NULL);
}

static void fixture_release(struct fixture *fixture)
{
	profile_data_release(&fixture->data);
}

/* Sums of exact binomial probabilities, 60 digits. */
static void test_band(void)
{
	static const struct {
		uint64_t n;
		double p, level;
		uint64_t low, high;
	} rows[] = {
		{1000, 0.3, 0.9999, 245, 357}, {1000, 0.7, 0.9999, 643, 755},
		{200, 0.01, 0.9999, 0, 9},     {5000, 0.07, 0.99999, 273, 432},
		{10, 0.5, 0.95, 2, 8},
	};
	uint64_t low, high;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record_selftest_get_band(rows[i].n, rows[i].p, rows[i].level, &low, &high);
		is_int(low, rows[i].low, "band: its lower end");
		is_int(high, rows[i].high, "band: its upper end");
	}
	record_selftest_get_band(10, 0, 0.9999, &low, &high);
	ok(low == 0 && high == 0, "band: of nothing");
	record_selftest_get_band(10, 1, 0.9999, &low, &high);
	ok(low == 10 && high == 10, "band: of everything");
}

static void test_true(void)
{
	struct record_selftest selftest;
	struct fixture fixture;

	fixture_init(&fixture, STACK_COMPLETE);
	is_int(judge(&fixture, &selftest), 0, "a true profile");
	ok(selftest.is_within, "it is within");
	is_int(selftest.share_samples, SAMPLES, "samples of shares");
	is_int(selftest.sample_count, SAMPLES + SAMPLES / WORKLOAD_SHARES, "all samples");
	is_near(selftest.shares[4].truth_ratio, 0.1, 1e-9, "a truth");
	is_near(selftest.shares[4].sampled_ratio, 0.1, 1e-9, "a share");
	is_int(selftest.shares[4].leaf_count, SAMPLES / WORKLOAD_SHARES, "the recursion's leaf");
	ok(selftest.brief.is_judged, "short threads are judged");
	is_int(selftest.wrong_whole_count, 0, "no wrong stack");
	fixture_release(&fixture);
}

static void test_share(void)
{
	struct record_selftest selftest;
	struct fixture fixture;

	fixture_init(&fixture, STACK_COMPLETE);
	/* a quarter of one part is taken for another: 4.3 of a standard deviation are within */
	for (uint32_t i = 0; i < SAMPLES / WORKLOAD_SHARES / 4; i++)
		fixture.data.samples.items[i].stack = fixture.parts[1];
	is_int(judge(&fixture, &selftest), 0, "two shares that are off");
	ok(!selftest.is_within && !selftest.shares[0].is_within && !selftest.shares[1].is_within,
	   "both are outside");
	ok(selftest.shares[2].is_within && selftest.is_paths_within, "and nothing else");
	fixture_release(&fixture);
}

static void test_wrong_path(void)
{
	struct record_selftest selftest;
	struct fixture fixture;

	fixture_init(&fixture, STACK_COMPLETE);
	add_samples(&fixture, add_stack(&fixture, fixture.main_stack, 4, 0, WORKLOAD_RECURSION - 1),
		    1);
	is_int(judge(&fixture, &selftest), 0, "a recursion that is one too short");
	is_int(selftest.wrong_whole_count, 1, "it is wrong");
	ok(!selftest.is_within && !selftest.is_paths_within, "and one is too many");
	is_str(selftest.wrong_text, "recurse x199 > deepest", "it is shown");
	fixture_release(&fixture);

	fixture_init(&fixture, STACK_COMPLETE);
	add_samples(&fixture, add_stack(&fixture, fixture.main_stack, 4, 0, WORKLOAD_RECURSION + 1),
		    1);
	is_int(judge(&fixture, &selftest), 0, "one that is one too long");
	is_int(selftest.wrong_whole_count, 1, "is wrong as well");
	fixture_release(&fixture);
}

static void test_leaf(void)
{
	struct record_selftest selftest;
	struct fixture fixture;
	uint32_t caller;

	fixture_init(&fixture, STACK_COMPLETE);
	caller = fixture.data.stacks.nodes.items[fixture.parts[2]].parent;
	for (uint32_t i = 0; i < SAMPLES / WORKLOAD_SHARES / 4; i++)
		fixture.data.samples.items[2 * SAMPLES / WORKLOAD_SHARES + i].stack = caller;
	is_int(judge(&fixture, &selftest), 0, "time that is its caller's");
	ok(selftest.shares[2].is_within && selftest.is_paths_within,
	   "the share and the paths are right");
	ok(!selftest.shares[2].is_leaf_found && !selftest.is_within, "and the leaf is missing");
	fixture_release(&fixture);
}

static void test_handler(void)
{
	struct record_selftest selftest;
	struct fixture fixture;

	fixture_init(&fixture, STACK_COMPLETE);
	add_samples(&fixture, add_stack(&fixture, fixture.parts[4], WORKLOAD_HANDLER, -1, 0), 1);
	is_int(judge(&fixture, &selftest), 0, "a handler on top of a recursion");
	is_int(selftest.wrong_whole_count, 0, "it exists");
	is_int(selftest.shares[WORKLOAD_HANDLER].sample_count, SAMPLES / WORKLOAD_SHARES + 1,
	       "and is the handler's");
	fixture_release(&fixture);

	fixture_init(&fixture, STACK_COMPLETE);
	add_samples(&fixture, add_stack(&fixture, fixture.parts[WORKLOAD_HANDLER], 0, -1, 0), 1);
	is_int(judge(&fixture, &selftest), 0, "something on top of a handler");
	is_int(selftest.wrong_whole_count, 1, "does not");
	fixture_release(&fixture);
}

static void test_roots(void)
{
	struct record_selftest selftest;
	struct fixture fixture;
	uint32_t count = SAMPLES / 1000; /* fewer than one in 200, and not none */

	fixture_init(&fixture, STACK_JOINED);
	add_samples(&fixture, add_stack(&fixture, fixture.main_stack, 4, 0, 3), count);
	is_int(judge(&fixture, &selftest), 0, "joined stacks that are wrong");
	is_int(selftest.wrong_joined_count, count, "they are counted");
	ok(selftest.is_within, "a few may be");
	add_samples(&fixture, add_stack(&fixture, fixture.main_stack, 4, 0, 3), 10 * count);
	judge(&fixture, &selftest);
	ok(!selftest.is_paths_within, "many may not");
	fixture_release(&fixture);

	fixture_init(&fixture, STACK_TRUNCATED);
	is_int(judge(&fixture, &selftest), 0, "truncated stacks");
	is_int(selftest.cut_count, selftest.sample_count, "all are cut");
	ok(selftest.wrong_whole_count == 0 && !selftest.is_paths_within,
	   "not wrong, but not within");
	fixture_release(&fixture);
}

static void test_times(void)
{
	struct record_selftest selftest;
	struct fixture fixture;

	fixture_init(&fixture, STACK_COMPLETE);
	fixture.data.quality.cpu_ns = fixture.data.quality.cpu_ns * 9 / 10;
	judge(&fixture, &selftest);
	ok(!selftest.counted.is_within && !selftest.is_within, "a counter that misses a tenth");
	ok(selftest.sampled.is_within, "the samples do not");
	fixture_release(&fixture);

	fixture_init(&fixture, STACK_COMPLETE);
	fixture.data.samples.count -= SAMPLES / WORKLOAD_SHARES / 2;
	judge(&fixture, &selftest);
	ok(!selftest.brief.is_within && !selftest.sampled.is_within,
	   "half of the short threads is missing");
	fixture_release(&fixture);
}

static void test_refusals(void)
{
	struct record_selftest selftest;
	struct fixture fixture;
	struct err err = {0};

	fixture_init(&fixture, STACK_COMPLETE);
	fixture.data.samples.count = 100;
	is_int(record_selftest_judge(&selftest, &fixture.data, &fixture.truth, &err), -ENODATA,
	       "too few samples");
	ok(strstr(err_text(&err), "100 samples are too few") != NULL, "… in a sentence");
	for (size_t i = 0; i < fixture.data.frames.count; i++)
		fixture.data.frames.items[i].function = STRING_EMPTY;
	is_int(judge(&fixture, &selftest), -ENOENT, "no names");
	fixture_release(&fixture);
}

int main(void)
{
	test_band();
	test_true();
	test_share();
	test_wrong_path();
	test_leaf();
	test_handler();
	test_roots();
	test_times();
	test_refusals();
	return tap_done();
}
