#include "lab/selftest_scenario.h"

#include <string.h>

#include "util/clock.h"

#define TIMEOUT_NS (60ull * NS_PER_S) /* longer than any freeze */

/*
 * Two points: with 1 % slow, p99 would stand on the edge between them and tell nothing; with 2 % it
 * stands among the slow ones.
 */
const struct selftest_scenario selftest_scenarios[SELFTEST_SCENARIOS] = {
	{.name = "constant",
	 .what = "each answer after 2 ms",
	 .truth = SELFTEST_DELAY,
	 .seconds = 5,
	 .quick_seconds = 2,
	 .service = REFERENCE_CONSTANT,
	 .service_ns = 2 * NS_PER_MS,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "two-point",
	 .what = "each answer after 1 ms, 2 % of them after 20 ms",
	 .truth = SELFTEST_DELAY,
	 .seconds = 5,
	 .quick_seconds = 2,
	 .service = REFERENCE_TWO_POINT,
	 .service_ns = 1 * NS_PER_MS,
	 .slow_ns = 20 * NS_PER_MS,
	 .slow_ratio = 0.02,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "queue-50",
	 .what = "one worker, exponential services, Poisson arrivals, 50 % busy",
	 .truth = SELFTEST_QUEUE,
	 .seconds = 8,
	 .quick_seconds = 3,
	 .service = REFERENCE_EXPONENTIAL,
	 .load = 0.5,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "queue-80",
	 .what = "the same, 80 % busy",
	 .truth = SELFTEST_QUEUE,
	 .seconds = 8,
	 .quick_seconds = 3,
	 .service = REFERENCE_EXPONENTIAL,
	 .load = 0.8,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "freeze",
	 .what = "frozen for 40 % of the time, in the middle",
	 .truth = SELFTEST_FREEZE,
	 .seconds = 10,
	 .quick_seconds = 3,
	 .freeze_from = 0.3,
	 .freeze_till = 0.7,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "freeze-end",
	 .what = "frozen for the last 23.3 %, and half a second on",
	 .truth = SELFTEST_FREEZE,
	 .seconds = 15,
	 .quick_seconds = 3,
	 .freeze_from = 11.5 / 15,
	 .freeze_till = 1,
	 .thaw_after_ns = 500 * NS_PER_MS,
	 .timeout_ns = TIMEOUT_NS},
	{.name = "hang",
	 .what = "frozen for the last 30 %, and for good; the timeout is 0.5 s",
	 .truth = SELFTEST_HANG,
	 .seconds = 5,
	 .quick_seconds = 3,
	 .freeze_from = 0.7,
	 .freeze_till = 1,
	 .thaw_after_ns = 3600ull * NS_PER_S,
	 .timeout_ns = 500 * NS_PER_MS},
};

const struct selftest_scenario *selftest_scenario_find(const char *name)
{
	for (int i = 0; i < SELFTEST_SCENARIOS; i++)
		if (strcmp(selftest_scenarios[i].name, name) == 0)
			return &selftest_scenarios[i];
	return NULL;
}

void selftest_scenario_configure(const struct selftest_scenario *scenario, double rate_hz,
				 uint64_t duration_ns, uint64_t seed,
				 struct reference_config *ret_config)
{
	double duration = (double)duration_ns, requests = rate_hz * duration / 1e9;
	struct reference_config config = {
		.service = scenario->service,
		.service_ns = scenario->service_ns,
		.slow_ns = scenario->slow_ns,
		.slow_ratio = scenario->slow_ratio,
		.is_one_worker = scenario->truth == SELFTEST_QUEUE,
		.seed = seed,
		.capacity = (uint32_t)(requests * 1.5) + 1000,
	};

	if (config.is_one_worker)
		config.service_ns = (uint64_t)(scenario->load * 1e9 / rate_hz);
	if (scenario->freeze_till > 0) {
		config.freeze_after_ns = (uint64_t)(scenario->freeze_from * duration);
		config.freeze_for_ns = (uint64_t)(scenario->freeze_till * duration) -
				       config.freeze_after_ns + scenario->thaw_after_ns;
	}
	*ret_config = config;
}

uint32_t selftest_scenario_count_connections(double rate_hz)
{
	/* twice what is in flight at 2 ms each, and what a queue at 80 % never reaches */
	double wanted = rate_hz * 0.004;

	return wanted > 64 ? (uint32_t)wanted : 64;
}
