/* Why the kernel refuses to open a perf event, and the command that mends it. */
#ifndef CAPTURE_PERF_REFUSAL_H
#define CAPTURE_PERF_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* What is to be known of the machine and the process. */
struct perf_refusal {
	int code;	    /* of perf_event_open, a negative errno */
	int64_t paranoid;   /* kernel.perf_event_paranoid; INT64_MIN = cannot be read */
	bool is_privileged; /* has CAP_PERFMON or CAP_SYS_ADMIN */
	bool is_filtered;   /* runs under a seccomp filter */
};

/* The sentence: what is in the way, and the command that mends it. Pure. Returns refusal->code. */
int perf_refusal_describe(const struct perf_refusal *refusal, struct err *err);

/* Looks at /proc and describes why the kernel refused with `code`. Returns code. */
int perf_refusal_explain(int code, struct err *err);

/* -EACCES and -EPERM (no right), -ENOSYS (no such call, or hidden). */
bool perf_refusal_is(int code);

#endif
