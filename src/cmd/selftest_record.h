/* `sonde selftest record`: the profiler against its reference workload (lab/record_selftest.h). */
#ifndef CMD_SELFTEST_RECORD_H
#define CMD_SELFTEST_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/session.h"
#include "util/err.h"

struct selftest_record_options {
	double frequency_hz; /* 1 .. 100000 */
	uint64_t cpu_ns;     /* CPU time of the workload, about */
	uint64_t seed;
	const char *json; /* NULL = text */
};

/* -EINVAL with a sentence for options out of range. */
int selftest_record_check(const struct selftest_record_options *options, struct err *err);

/*
 * Records the workload in the session's store, as an experiment like any, judges and prints.
 * Returns an exit status: 0, 1 when something is outside of its limits, 5 when it could not be
 * measured.
 */
int selftest_record_run(struct session *session, const struct selftest_record_options *options);

/* The workload itself, as the process that is recorded: argv of SECONDS, SHORT, SEED and a file. */
int selftest_record_work(uint32_t count, const char *const *argv);

#endif
