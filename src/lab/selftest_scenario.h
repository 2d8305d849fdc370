/*
 * The scenarios of the self-test: what the reference server does, what the generator asks, and how
 * long. Everything follows from the rate and the duration, so that any rate can be tested.
 */
#ifndef LAB_SELFTEST_SCENARIO_H
#define LAB_SELFTEST_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "reference/reference_server.h"

enum selftest_truth {
	SELFTEST_DELAY,	 /* requests overlap; each has the server's delay */
	SELFTEST_QUEUE,	 /* one worker, Poisson arrivals */
	SELFTEST_FREEZE, /* waited for */
	SELFTEST_HANG,	 /* a freeze that the timeout does not wait for */
};

struct selftest_scenario {
	const char *name;
	const char *what; /* half a sentence, for people */
	enum selftest_truth truth;
	uint32_t seconds, quick_seconds;
	enum reference_service service;
	uint64_t service_ns, slow_ns; /* not of a queue, whose service is load / rate */
	double slow_ratio;
	double load;			 /* of a queue's worker, 0..1 */
	double freeze_from, freeze_till; /* shares of the duration */
	uint64_t thaw_after_ns;		 /* further time, past freeze_till */
	uint64_t timeout_ns;
};

/* The bare ping before a scenario takes one part of so many of its duration. */
enum { SELFTEST_SCENARIOS = 7, SELFTEST_PING_PART = 5 };
extern const struct selftest_scenario selftest_scenarios[SELFTEST_SCENARIOS];

/* NULL when there is none of that name. */
const struct selftest_scenario *selftest_scenario_find(const char *name);

/* The server's part. Room for half as many stamps again as there will be requests. */
void selftest_scenario_configure(const struct selftest_scenario *scenario, double rate_hz,
				 uint64_t duration_ns, uint64_t seed,
				 struct reference_config *ret_config);

/* Connections that never run out, except in a freeze. */
uint32_t selftest_scenario_count_connections(double rate_hz);

#endif
