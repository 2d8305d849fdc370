/*
 * What is said when the kernel refuses: the reason, and the command that mends it. Opens no event.
 */
#include "capture/perf_refusal.h"

#include <errno.h>

#include "tap.h"

static const char *describe(struct perf_refusal refusal)
{
	static struct err err;

	err = (struct err){0};
	is_int(perf_refusal_describe(&refusal, &err), refusal.code, "returns the code");
	return err.text;
}

int main(void)
{
	is_str(describe((struct perf_refusal){.code = -EACCES, .paranoid = 4}),
	       "profiling is not allowed here: kernel.perf_event_paranoid is 4; for this boot: "
	       "sudo sysctl "
	       "kernel.perf_event_paranoid=1",
	       "Debian and Ubuntu: the sysctl");
	is_str(describe((struct perf_refusal){.code = -EPERM, .paranoid = 3, .is_filtered = true}),
	       "profiling is not allowed here: kernel.perf_event_paranoid is 3; for this boot: "
	       "sudo sysctl "
	       "kernel.perf_event_paranoid=1; in a container also: docker run --cap-add PERFMON",
	       "in a container on one of them: both");
	ok(strstr(describe((struct perf_refusal){
			  .code = -EPERM, .paranoid = 1, .is_filtered = true}),
		  "seccomp") != NULL,
	   "a container elsewhere: the filter");
	ok(strstr(describe((struct perf_refusal){.code = -EPERM,
						 .paranoid = 4,
						 .is_privileged = true,
						 .is_filtered = true}),
		  "seccomp") != NULL,
	   "root is not stopped by the sysctl but by the filter");
	ok(strstr(describe((struct perf_refusal){.code = -ENOSYS, .paranoid = INT64_MIN}),
		  "without perf events") != NULL,
	   "a kernel without perf events");
	ok(strstr(describe((struct perf_refusal){.code = -EACCES, .paranoid = 2}), "sudo") != NULL,
	   "no known reason: root may");
	return tap_done();
}
