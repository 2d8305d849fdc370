#include "capture/perf_open.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/scoped.h"
#include "util/strbuf.h"

/* enum perf_event_read_format has it since Linux 6.0's headers. */
#define READ_FORMAT_LOST (UINT64_C(1) << 4)

enum { CAPABILITY_SYS_ADMIN = 21, CAPABILITY_PERFMON = 38 };

struct event_kind {
	const char *name;
	uint32_t type;
	uint64_t config;
	bool is_clock; /* counts ns of CPU time */
};

static const struct event_kind event_kinds[] = {
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, false},
	{"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, true},
	{"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, true},
};

int perf_open_event(const struct perf_event_attr *attr, pid_t tid, int cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* What sampler, tracker and counter share. */
static struct perf_event_attr make_attr(uint32_t type, uint64_t config)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = type,
		.config = config,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

static int try_event(const struct perf_event_attr *attr)
{
	scoped(fd_cleanup) int fd = perf_open_event(attr, 0, -1);

	return fd < 0 ? fd : 0;
}

/*
 * How many of the event happen in `period_ns` of this thread's busy time. A fixed period and not
 * the kernel's own "frequency" mode: that starts every event with a burst of samples while it looks
 * for a period, which would count for as much as the others.
 */
static int measure_period(const struct perf_event_attr *sampler, uint64_t period_ns,
			  uint64_t *ret_period)
{
	struct perf_event_attr attr = *sampler;
	scoped(fd_cleanup) int fd = -1;
	uint64_t start_ns, used_ns, count = 0;

	attr.sample_type = 0;
	attr.sample_period = 0;
	attr.inherit = 0;
	attr.disabled = 0;
	attr.read_format = 0;
	fd = perf_open_event(&attr, 0, -1);
	if (fd < 0)
		return fd;
	start_ns = clock_thread_cpu_ns();
	do
		used_ns = clock_thread_cpu_ns() - start_ns;
	while (used_ns < 2 * NS_PER_MS);
	if (read(fd, &count, sizeof(count)) != sizeof(count) || count == 0)
		return -ENOENT;
	*ret_period = (uint64_t)((double)count * (double)period_ns / (double)used_ns);
	return *ret_period > 0 ? 0 : -ENOENT;
}

/* Sets up setup->sampler as `kind` and tries it. */
static int try_sampler(struct perf_setup *setup, const struct event_kind *kind, uint64_t period_ns,
		       bool has_stacks, bool is_kernel_hidden)
{
	struct perf_event_attr *attr = &setup->sampler;
	int result;

	*attr = make_attr(kind->type, kind->config);
	attr->disabled = 1;
	attr->exclude_kernel = is_kernel_hidden;
	attr->exclude_callchain_kernel = is_kernel_hidden;
	attr->sample_period = period_ns;
	attr->sample_type |= PERF_SAMPLE_IP | (has_stacks ? (uint64_t)PERF_SAMPLE_CALLCHAIN : 0);
	attr->read_format = READ_FORMAT_LOST;
	result = try_event(attr);
	if (result == -EINVAL) {
		attr->read_format = 0;
		result = try_event(attr);
	}
	if (result == 0 && !kind->is_clock)
		result = measure_period(attr, period_ns, &period_ns);
	if (result < 0)
		return result;
	attr->sample_period = period_ns;
	setup->event = kind->name;
	setup->is_kernel_hidden = is_kernel_hidden;
	setup->has_lost_count = attr->read_format != 0;
	return 0;
}

static bool is_refusal(int code)
{
	return code == -EACCES || code == -EPERM || code == -ENOSYS;
}

static int probe_named(struct perf_setup *setup, const char *event, uint64_t period_ns,
		       bool has_stacks, struct err *err)
{
	const struct event_kind *kind = NULL;
	int result;

	for (size_t i = 0; i < sizeof(event_kinds) / sizeof(event_kinds[0]); i++)
		if (strcmp(event, event_kinds[i].name) == 0)
			kind = &event_kinds[i];
	if (kind == NULL)
		return err_set(
			err, -ENOENT,
			"'%s' is not an event that sonde samples: cycles, cpu-clock, task-clock",
			event);
	result = try_sampler(setup, kind, period_ns, has_stacks, false);
	if (is_refusal(result) && kind->is_clock)
		result = try_sampler(setup, kind, period_ns, has_stacks, true);
	else if (is_refusal(result))
		/*
		 * Cycles in user code alone do not say how much time went to the kernel; the clocks
		 * do.
		 */
		return err_set(
			err, result,
			"%s cannot be sampled without the right to see the kernel: leave the event "
			"out "
			"(cpu-clock needs no right), or sudo sysctl kernel.perf_event_paranoid=1",
			event);
	if (is_refusal(result))
		return perf_open_explain(result, err);
	if (result < 0)
		return err_set(err, -ENOENT,
			       "this machine has no event '%s' (%s): cpu-clock is there everywhere",
			       event, strerror(-result));
	return 0;
}

int perf_open_probe(struct perf_setup *ret_setup, double frequency_hz, bool has_stacks,
		    const char *event, struct err *err)
{
	struct perf_setup setup = {0};
	uint64_t period_ns;
	int result;

	if (!(frequency_hz >= 1 && frequency_hz <= 100000))
		return err_set(err, -EINVAL,
			       "a sampling frequency of %g Hz is outside of 1 to 100000",
			       frequency_hz);
	period_ns = (uint64_t)llround(1e9 / frequency_hz);
	if (event != NULL ||
	    try_sampler(&setup, &event_kinds[0], period_ns, has_stacks, false) < 0) {
		result = probe_named(&setup, event != NULL ? event : "cpu-clock", period_ns,
				     has_stacks, err);
		if (result < 0)
			return result;
	}
	setup.tracker = make_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
	setup.tracker.mmap = 1;
	setup.tracker.mmap2 = 1;
	setup.tracker.comm = 1;
	setup.tracker.comm_exec = 1;
	setup.tracker.task = 1;
	setup.counter = make_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
	setup.counter.disabled = 1;
	setup.layout = (struct perf_layout){.sample_type = setup.sampler.sample_type,
					    .has_sample_id = true};
	*ret_setup = setup;
	return 0;
}

int perf_open_describe(const struct perf_refusal *refusal, struct err *err)
{
	const char *reason = strerror(-refusal->code);

	if (refusal->code == -ENOSYS)
		return err_set(err, refusal->code,
			       "profiling is not possible here: %s hides perf_event_open",
			       refusal->is_filtered
				       ? "a seccomp filter (a container's?)"
				       : "this kernel was built without perf events, or something");
	if (refusal->paranoid >= 3 && !(refusal->is_filtered && refusal->is_privileged))
		return err_set(
			err, refusal->code,
			"profiling is not allowed here: kernel.perf_event_paranoid is %" PRId64
			"; for this boot: sudo sysctl kernel.perf_event_paranoid=1%s",
			refusal->paranoid,
			refusal->is_filtered ? "; in a container also: docker run --cap-add PERFMON"
					     : "");
	if (refusal->is_filtered)
		return err_set(
			err, refusal->code,
			"profiling is not allowed here: a seccomp filter (a container's?) refuses "
			"perf_event_open (%s); for a container: docker run --cap-add PERFMON",
			reason);
	return err_set(err, refusal->code,
		       "profiling is not allowed here: the kernel refuses perf_event_open (%s); as "
		       "root: sudo sonde …%s",
		       reason,
		       refusal->is_privileged ? " outside of this container or security policy"
					      : "");
}

/* A field of /proc/self/status as text after its colon, or NULL. */
static const char *find_status(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at != NULL ? at + strlen(name) : NULL;
}

int perf_open_explain(int code, struct err *err)
{
	struct perf_refusal refusal = {.code = code, .paranoid = INT64_MIN};
	struct procfs fs = {0};
	scoped(strbuf_release) struct strbuf text;
	const char *field;

	strbuf_init(&text, 65536);
	if (proc_file_read(&fs, &text, "/proc/sys/kernel/perf_event_paranoid") == 0)
		refusal.paranoid = strtoll(strbuf_text(&text), NULL, 10);
	if (proc_file_read(&fs, &text, "/proc/self/status") == 0) {
		field = find_status(strbuf_text(&text), "\nCapEff:");
		if (field != NULL)
			refusal.is_privileged = (strtoull(field, NULL, 16) &
						 (UINT64_C(1) << CAPABILITY_SYS_ADMIN |
						  UINT64_C(1) << CAPABILITY_PERFMON)) != 0;
		field = find_status(strbuf_text(&text), "\nSeccomp:");
		if (field != NULL)
			refusal.is_filtered = strtoull(field, NULL, 10) != 0;
	}
	return perf_open_describe(&refusal, err);
}
