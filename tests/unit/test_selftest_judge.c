/* From truths and readings to errors, limits and the two figures that the verdict line shows. */
#include "lab/selftest_judge.h"

#include <stdlib.h>

#include "tap.h"

enum { P50, P75, P90, P99, P999 };

static const uint64_t ms = 1000000;

/* 1 ms, 2 ms, … count ms, each later by shift_ns. */
static struct histogram *make(uint64_t shift_ns, uint32_t count)
{
	struct histogram *histogram = histogram_new();

	for (uint32_t i = 1; i <= count; i++)
		histogram_record(histogram, i * ms + shift_ns);
	return histogram;
}

static struct store_selftest_scenario judge(const struct histogram *truth,
					    const struct histogram *response, uint64_t unanswered,
					    uint64_t age_ns)
{
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	struct store_selftest_scenario scenario = {
		.offered = response->count + unanswered,
		.served = response->count + unanswered,
		.answered = response->count,
		.has_late = true,
	};
	const struct selftest_reading reading = {.response = response, .censored = censored};

	histogram_record_count(censored, age_ns, unanswered);
	scenario.quantiles[P99].law_ns = 77;
	selftest_judge_scenario(&scenario, truth, &reading, 1);
	return scenario;
}

static void test_equal(void)
{
	scoped(histogram_cleanup) struct histogram *truth = make(0, 1000);
	struct store_selftest_scenario scenario = judge(truth, truth, 0, 0);

	for (int i = P50; i <= P99; i++)
		ok(scenario.quantiles[i].is_earned && scenario.quantiles[i].is_within &&
			   scenario.quantiles[i].measured_ns == scenario.quantiles[i].truth_ns,
		   "no error where there is none");
	is_near((double)scenario.quantiles[P90].truth_ns, 900e6, 1e6, "the truth's own p90");
	ok(!scenario.quantiles[P999].is_earned && scenario.quantiles[P999].is_within,
	   "1,000 answers do not earn p99.9, which is no fault");
	is_int(scenario.quantiles[P99].law_ns, 77, "the law stays");
	is_near(scenario.late_ratio, 0.9, 2e-3, "late are those over 100 ms");
	is_near(scenario.late_ratio, scenario.late_truth_ratio, 0, "… in the truth as well");
}

static void test_limits(void)
{
	scoped(histogram_cleanup) struct histogram *truth = histogram_new();
	scoped(histogram_cleanup) struct histogram *near = histogram_new();
	scoped(histogram_cleanup) struct histogram *far = histogram_new();
	struct store_selftest_scenario scenario;

	histogram_record_count(truth, 50000, 950); /* 50 us, and 5 % of 1 s */
	histogram_record_count(truth, 1000 * ms, 50);
	histogram_record_count(near, 149000, 950);
	histogram_record_count(near, 1049 * ms, 50);
	histogram_record_count(far, 152000, 950);
	histogram_record_count(far, 940 * ms, 50);
	scenario = judge(truth, near, 0, 0);
	ok(scenario.quantiles[P50].is_within, "99 us at p50 are within, whatever the share");
	ok(scenario.quantiles[P99].is_within, "4.9 % are within, whatever the time");
	scenario = judge(truth, far, 0, 0);
	ok(!scenario.quantiles[P50].is_within, "102 us and 204 % are outside");
	ok(!scenario.quantiles[P99].is_within, "6 % too little is outside, too");
}

/* 700 answers in 1 .. 700 ms; 300 requests were given up at 720 ms or later. */
static void test_bounds(void)
{
	scoped(histogram_cleanup) struct histogram *truth = make(0, 1000);
	scoped(histogram_cleanup) struct histogram *answers = make(0, 700);
	struct store_selftest_scenario scenario = judge(truth, answers, 300, 720 * ms);
	const struct store_selftest_quantile *p75 = &scenario.quantiles[P75];

	ok(!scenario.quantiles[P50].is_bound, "p50 is among the answers");
	is_near((double)scenario.quantiles[P50].measured_ns, 500e6, 1e6,
		"… at its rank among all requests");
	ok(p75->is_bound, "p75 is not: it has a bound");
	is_near((double)p75->measured_ns, 720e6, 1e6, "… which is the age");
	ok(p75->is_within, "… and holds");
	is_near(scenario.late_ratio, 0.9, 2e-3, "who never got an answer is late");
	ok(selftest_judge_is_counted(&scenario), "who gives up need not count the same");
	scenario = judge(truth, answers, 300, 760 * ms);
	ok(!scenario.quantiles[P75].is_within, "a bound above the truth is wrong");
	ok(scenario.quantiles[P99].is_within, "… and holds where the truth is larger");
}

static void test_all(void)
{
	scoped(histogram_cleanup) struct histogram *truth = make(0, 1000);
	scoped(histogram_cleanup) struct histogram *late = make(2 * ms, 1000);
	scoped(histogram_cleanup) struct histogram *early = histogram_new();
	struct store_selftest selftest = {.scenario_count = 3};

	for (uint32_t i = 1; i <= 1000; i++)
		histogram_record(early, i * ms * 99 / 100);
	selftest.scenarios[0] = judge(truth, truth, 0, 0);
	selftest.scenarios[1] = judge(truth, late, 0, 0);
	selftest.scenarios[2] = judge(truth, early, 0, 0);
	selftest_judge_all(&selftest);
	ok(selftest.is_within && selftest.has_p99, "all within");
	is_near((double)selftest.p50_error_ns, -5e6, 1e6, "the largest p50 error, with its sign");
	is_near(selftest.p99_error_ratio, -0.01, 2e-3, "the largest p99 error likewise");
	selftest.scenarios[1].served--;
	ok(!selftest_judge_is_counted(&selftest.scenarios[1]), "a request that nobody served");
	selftest_judge_all(&selftest);
	ok(!selftest.is_within, "… is an error of the ruler");
	selftest = (struct store_selftest){0};
	selftest_judge_all(&selftest);
	ok(!selftest.is_within && !selftest.has_p99, "nothing measured is nothing proved");
}

int main(void)
{
	is_near(selftest_judge_get_level(P99), 0.99, 0, "levels by place");
	test_equal();
	test_limits();
	test_bounds();
	test_all();
	return tap_done();
}
