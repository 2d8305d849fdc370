/* One scenario: server, ping, load; then the truth beside what the ruler says. */
#ifndef LAB_SELFTEST_MEASURE_H
#define LAB_SELFTEST_MEASURE_H

#include "lab/selftest_scenario.h"
#include "store/store_selftest.h"
#include "util/err.h"

/* Errors as in selftest_run_load(); nothing is left running either way. */
int selftest_measure(const struct selftest_scenario *scenario, double rate_hz, uint64_t duration_ns,
		     uint64_t seed, struct store_selftest_scenario *ret_scenario, struct err *err);

#endif
