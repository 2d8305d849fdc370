/*
 * The ruler against known truths: runs the load generator on this machine against the reference
 * server (reference/reference_server.h), scenario by scenario, and finds the error of each quantile
 * that it would report.
 *
 *	for each scenario (selftest_scenario.h)
 *		start a server ─▶ bare ping of it, empty ─▶ load at the rate ─▶ end it, read its
 *		  stamps
 *		stamps + due times + ping ─▶ truth (reference/reference_truth.h)
 *		truth, generator's histogram ─▶ errors (selftest_judge.h)
 *
 * Due times of constant arrivals are begin + k / rate, computed here, so that a generator that is
 * mistaken about its own schedule is found out; those of Poisson arrivals are the generator's rows.
 */
#ifndef LAB_SELFTEST_H
#define LAB_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store_selftest.h"
#include "util/err.h"

/* Slower takes too long to earn a quantile, faster is no task for one thread of each side. */
#define SELFTEST_RATE_MIN_HZ 10.0
#define SELFTEST_RATE_MAX_HZ 100000.0

struct selftest_options {
	double rate_hz;	      /* SELFTEST_RATE_MIN_HZ .. SELFTEST_RATE_MAX_HZ */
	uint64_t duration_ns; /* of each scenario, at least 1 s; 0 = its own */
	bool is_quick;	      /* its own shorter one */
	const char *scenario; /* NULL = all */
	const char *version;  /* of sonde, for the record */
	uint64_t seed;	      /* of services and arrivals */
	/* before each scenario; may be NULL */
	void (*progress)(void *context, const char *scenario, uint32_t number, uint32_t count);
	void *context;
};

/* -EINVAL with a sentence for options out of range or an unknown scenario. */
int selftest_check(const struct selftest_options *options, struct err *err);

/*
 * About a minute with defaults. What selftest_check() refuses is refused; -ECANCELED after an
 * interrupt (what was measured is given up), else what the load generator or the server could not
 * do. Main thread, no threads beside it: it forks.
 */
int selftest_run_load(const struct selftest_options *options, struct store_selftest *ret_selftest,
		      struct err *err);

#endif
