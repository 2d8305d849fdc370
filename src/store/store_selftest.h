/*
 * Self-tests in the store: what `sonde selftest` found out about the ruler on this machine. They
 * belong to the machine and not to an experiment, stay when experiments go, and are not exported.
 */
#ifndef STORE_STORE_SELFTEST_H
#define STORE_STORE_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "util/err.h"

enum {
	STORE_SELFTEST_SCENARIOS = 8,
	STORE_SELFTEST_QUANTILES = 5, /* p50 p75 p90 p99 p99.9 */
	STORE_SELFTEST_NAME_BYTES = 16,
};

/* Texts are NUL-terminated; longer ones are cut. */
struct store_selftest_quantile {
	double q;	/* 0..1 */
	bool is_earned; /* else the figures are 0: too few answers */
	uint64_t truth_ns, measured_ns;
	bool is_bound;	 /* both are lower bounds: there was no answer */
	uint64_t law_ns; /* closed form of a freeze; 0 = none */
	bool is_within;	 /* the documented limits (docs/method.md) */
};

struct store_selftest_scenario {
	char name[STORE_SELFTEST_NAME_BYTES];
	uint64_t duration_ns;
	uint64_t offered, answered; /* as the generator counts */
	uint64_t served;	    /* as the server does */
	bool has_late;		    /* a freeze: requests later than 100 ms */
	double late_truth_ratio, late_ratio;
	uint64_t ping_p50_ns, ping_p99_ns;	     /* the empty server's round trip */
	uint64_t lag_p50_ns, lag_p99_ns;	     /* sent - intended */
	double client_wait_ratio, server_wait_ratio; /* run-queue wait of one thread */
	struct store_selftest_quantile quantiles[STORE_SELFTEST_QUANTILES];
};

struct store_selftest {
	char kind[STORE_SELFTEST_NAME_BYTES]; /* "load" */
	uint64_t wall_ns;		      /* when it ended, since 1970 */
	char boot_id[40];
	char version[32]; /* of sonde */
	double rate_hz;
	bool is_within; /* all quantiles of all scenarios */
	/* the largest of all scenarios, with their sign: measured - truth, and of the truth */
	int64_t p50_error_ns;
	double p99_error_ratio;
	bool has_p99; /* else p99_error_ratio is 0: nothing earned a p99 */
	/*
	 * of the machine meanwhile: CPUs that other processes used, share stolen by the hypervisor
	 */
	double other_cpus, steal_ratio;
	uint32_t scenario_count;
	struct store_selftest_scenario scenarios[STORE_SELFTEST_SCENARIOS];
};

int store_add_selftest(struct store *store, const struct store_selftest *selftest, struct err *err);

/*
 * The newest of kind "load". -ENOENT when there is none (also in a store that is older than
 * self-tests), -EBADMSG when it has more scenarios or others quantiles than a self-test can have.
 */
int store_read_last_selftest(struct store *store, struct store_selftest *ret_selftest,
			     struct err *err);

#endif
