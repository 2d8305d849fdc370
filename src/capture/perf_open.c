#include "capture/perf_open.h"

#include <asm/perf_regs.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "capture/event_name.h"
#include "capture/perf_refusal.h"
#include "procfs/proc_file.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/scoped.h"
#include "util/strbuf.h"

/* enum perf_event_read_format has it since Linux 6.0's headers. */
#define READ_FORMAT_LOST (UINT64_C(1) << 4)

/* The registers that an unwinder may ask for: all general ones, and where the code was. */
#if defined(__x86_64__)
#define USER_REGISTERS                                                                             \
	(((UINT64_C(1) << (PERF_REG_X86_IP + 1)) - 1) |                                            \
	 (((UINT64_C(1) << PERF_REG_X86_64_MAX) - 1) & ~((UINT64_C(1) << PERF_REG_X86_R8) - 1)))
#elif defined(__aarch64__)
#define USER_REGISTERS ((UINT64_C(1) << (PERF_REG_ARM64_PC + 1)) - 1)
#else
#define USER_REGISTERS UINT64_C(0)
#endif

enum {
	CLOCK_PERIOD_LEAST_NS = 10000, /* the kernel's own: perf_swevent_start_hrtimer() */
	SPLIT_PERIOD_LEAST = 1000,     /* P * 50/49 is exact to a permille from here on */
	SIZE_OF_ATTR = sizeof(struct perf_event_attr),
};

int perf_open_event(const struct perf_event_attr *attr, pid_t tid, int cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/*
 * What all events share. These bits of sample_type are what a record that is no sample ends with,
 * so that all records of a ring have one layout.
 */
static struct perf_event_attr make_attr(uint32_t type, uint64_t config)
{
	return (struct perf_event_attr){
		.size = SIZE_OF_ATTR,
		.type = type,
		.config = config,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_CPU,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

/* On this thread, or on this CPU. 0 or negative errno. */
static int try_event(const struct perf_event_attr *attr, bool is_system_wide)
{
	scoped(fd_cleanup) int fd = is_system_wide ? perf_open_event(attr, -1, sched_getcpu())
						   : perf_open_event(attr, 0, -1);

	return fd < 0 ? fd : 0;
}

/*
 * How many of the event happen in `period_ns` of this thread's busy time. A fixed period and not
 * the kernel's own "frequency" mode: that starts every event with a burst of samples while it looks
 * for a period.
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

/* What a sample of the event holds; the period is set later. */
static struct perf_event_attr make_sampler(const struct perf_setup *setup,
					   const struct event_name *name,
					   const struct capture_config *config)
{
	enum capture_stacks stacks = config->stacks;
	struct perf_event_attr attr = make_attr(name->type, name->config);

	attr.config1 = name->config1;
	attr.config2 = name->config2;
	attr.disabled = 1;
	attr.inherit = !setup->is_system_wide;
	attr.exclude_user = name->exclude_user;
	attr.exclude_kernel = name->exclude_kernel;
	attr.exclude_hv = name->exclude_hypervisor;
	attr.exclude_idle = name->exclude_idle || setup->is_system_wide;
	attr.exclude_guest = name->exclude_guest;
	attr.exclude_host = name->exclude_host;
	attr.precise_ip = (name->is_precise_at_best ? 3U : name->precise) & 3U;
	attr.read_format = setup->has_lost_count ? READ_FORMAT_LOST : 0;
	attr.sample_type |= PERF_SAMPLE_IP;
	/*
	 * With it the kernel makes a sample of every single software event that has a fixed period
	 * (kernel/events/core.c, perf_swevent_event()).
	 */
	if (config->period == 0)
		attr.sample_type |= PERF_SAMPLE_PERIOD;
	if (stacks != CAPTURE_STACKS_NONE)
		attr.sample_type |= PERF_SAMPLE_CALLCHAIN;
	if (stacks == CAPTURE_STACKS_COPY) {
		attr.sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
		attr.sample_regs_user = USER_REGISTERS;
		attr.exclude_callchain_user = 1;
	}
	return attr;
}

/* The attempt itself: less precise if need be, without the kernel if that is what is refused. */
static int try_sampler(struct perf_event_attr *attr, const struct event_name *name,
		       bool is_system_wide)
{
	int result = try_event(attr, is_system_wide);

	while (name->is_precise_at_best && attr->precise_ip > 0 && result < 0 &&
	       !perf_refusal_is(result)) {
		attr->precise_ip--;
		result = try_event(attr, is_system_wide);
	}
	if (!perf_refusal_is(result) || name->has_privilege || name->is_of_kernel)
		return result;
	attr->exclude_kernel = 1;
	return try_event(attr, is_system_wide);
}

/* Above what the kernel allows now? (It lowers the limit when samples take it too long.) */
static bool is_too_often(double frequency_hz, long long *ret_limit)
{
	struct procfs fs = {0};
	scoped(strbuf_release) struct strbuf text;

	strbuf_init(&text, 4096);
	if (proc_file_read(&fs, &text, "/proc/sys/kernel/perf_event_max_sample_rate") < 0)
		return false;
	*ret_limit = strtoll(strbuf_text(&text), NULL, 10);
	return *ret_limit > 0 && frequency_hz > (double)*ret_limit;
}

static int refuse_event(const struct perf_event_attr *attr, const struct event_name *name,
			double frequency_hz, int code, struct err *err)
{
	long long limit;

	if (perf_refusal_is(code) && name->is_of_kernel)
		return err_set(err, code,
			       "'%s' happens in the kernel, which this user may not look at: sudo "
			       "sonde …, or sudo sysctl kernel.perf_event_paranoid=1",
			       name->name);
	if (perf_refusal_is(code))
		return perf_refusal_explain(code, err);
	if (code == -EINVAL && attr->freq && is_too_often(frequency_hz, &limit))
		return err_set(err, code,
			       "kernel.perf_event_max_sample_rate is %lld a second: -F %lld, or "
			       "sudo sysctl kernel.perf_event_max_sample_rate=%.0f",
			       limit, limit, frequency_hz);
	return err_set(err, code == -EBUSY ? code : -ENOENT,
		       "this machine has no event '%s' to sample (%s): cpu-clock is there "
		       "everywhere",
		       name->name, strerror(-code));
}

/* Fixed, or freq with the kernel's choice. `attr` is as it will be opened but for that. */
static int set_period(struct perf_event_attr *attr, const struct event_name *name,
		      const struct capture_config *config, struct capture_event *event)
{
	uint64_t period = config->period > 0 ? config->period : name->period;
	uint64_t period_ns = period > 0 ? 0 : (uint64_t)llround(1e9 / config->frequency_hz);
	int result = 0;

	if (period == 0 && name->is_clock)
		period = period_ns;
	else if (period == 0 && name->is_steady)
		result = measure_period(attr, period_ns, &period);
	attr->freq = period == 0;
	if (period > 0)
		attr->sample_period = period;
	else
		attr->sample_freq = (uint64_t)llround(config->frequency_hz);
	event->period = period;
	return result;
}

static void push_sampler(struct perf_setup *setup, const struct perf_event_attr *attr,
			 uint64_t period, bool is_full)
{
	struct perf_sampler *sampler = &setup->samplers[setup->sampler_count++];

	*sampler = (struct perf_sampler){
		.attr = *attr, .event = setup->event_count, .is_full = is_full};
	if (period > 0)
		sampler->attr.sample_period = period;
}

static bool is_split(const struct perf_setup *setup, uint64_t period)
{
	return setup->has_stack_copies && setup->event_count == 0 && period >= SPLIT_PERIOD_LEAST &&
	       period <= UINT64_MAX / 2 / CAPTURE_FULL_EVERY;
}

static void push_samplers(struct perf_setup *setup, const struct perf_event_attr *attr,
			  const struct event_name *name, const struct capture_event *event)
{
	const uint64_t every = CAPTURE_FULL_EVERY, period = event->period;

	if (!setup->has_stack_copies) {
		push_sampler(setup, attr, period, false);
	} else if (event->is_split) {
		push_sampler(setup, attr, (period * every + every / 2) / (every - 1), false);
		push_sampler(setup, attr, period * every, true);
	} else {
		push_sampler(setup, attr, period,
			     setup->event_count == 0 || !(name->is_clock || name->is_steady));
	}
}

/* One more event, tried. */
static int add_event(struct perf_setup *setup, const struct event_name *name,
		     const struct capture_config *config, struct err *err)
{
	struct capture_event event = {.is_clock = name->is_clock};
	struct perf_event_attr attr = make_sampler(setup, name, config);
	int result;

	snprintf(event.name, sizeof(event.name), "%s", name->name);
	attr.sample_period = 1000000000; /* to try with */
	result = try_sampler(&attr, name, setup->is_system_wide);
	attr.exclude_callchain_kernel = attr.exclude_kernel;
	if (result == 0)
		result = set_period(&attr, name, config, &event);
	if (result == 0)
		result = try_event(&attr, setup->is_system_wide);
	if (result < 0)
		return refuse_event(&attr, name, config->frequency_hz, result, err);
	if (name->is_clock && event.period < CLOCK_PERIOD_LEAST_NS)
		return err_set(err, -EINVAL,
			       "a period of %" PRIu64 " ns is too short for %s: %d and more",
			       event.period, name->name, CLOCK_PERIOD_LEAST_NS);
	event.is_split = is_split(setup, event.period);
	push_samplers(setup, &attr, name, &event);
	setup->events[setup->event_count++] = event;
	setup->is_kernel_hidden |= attr.exclude_kernel;
	setup->layout.sample_type = attr.sample_type;
	setup->layout.user_registers = attr.sample_regs_user;
	return 0;
}

/* Cycles if the kernel may be seen: in user code alone they do not say what the kernel took. */
static int add_default_event(struct perf_setup *setup, const struct capture_config *config,
			     struct err *err)
{
	struct procfs fs = {0};
	struct perf_setup attempt = *setup;
	struct event_name name;
	int result = event_name_parse(&name, "cycles", &fs, err);

	if (result == 0 && add_event(&attempt, &name, config, NULL) == 0 &&
	    !attempt.is_kernel_hidden) {
		*setup = attempt;
		return 0;
	}
	result = event_name_parse(&name, "cpu-clock", &fs, err);
	return result < 0 ? result : add_event(setup, &name, config, err);
}

/* The dummies, and whether anything may be opened at all. */
static int set_trackers(struct perf_setup *setup, struct err *err)
{
	int result;

	setup->holder = make_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
	setup->holder.disabled = 1;
	setup->holder.read_format = READ_FORMAT_LOST;
	result = try_event(&setup->holder, false);
	setup->has_lost_count = result == 0;
	setup->holder.read_format = 0;
	if (result == -EINVAL)
		result = try_event(&setup->holder, false);
	if (result < 0)
		return perf_refusal_explain(result, err);
	setup->tracker = make_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
	setup->tracker.inherit = !setup->is_system_wide;
	setup->tracker.mmap = 1;
	setup->tracker.mmap2 = 1;
	setup->tracker.comm = 1;
	setup->tracker.comm_exec = 1;
	setup->tracker.task = 1;
	setup->counter = make_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
	setup->counter.inherit = 1;
	setup->counter.disabled = 1;
	result = setup->is_system_wide ? try_event(&setup->tracker, true) : 0;
	if (perf_refusal_is(result))
		return err_set(err, result,
			       "this user may not profile the whole machine: sudo sonde …, or for "
			       "this boot: sudo sysctl kernel.perf_event_paranoid=0");
	return result < 0 ? err_set(err, result, "cannot profile the whole machine: %s",
				    strerror(-result))
			  : 0;
}

static int check_config(const struct capture_config *config, struct err *err)
{
	if (config->period == 0 && !(config->frequency_hz >= 1 && config->frequency_hz <= 100000))
		return err_set(err, -EINVAL,
			       "a sampling frequency of %g Hz is outside of 1 to 100000",
			       config->frequency_hz);
	if (config->event_count > CAPTURE_EVENTS_MAX)
		return err_set(err, -EINVAL,
			       "%" PRIu32 " events at a time are too many: at most %d",
			       config->event_count, CAPTURE_EVENTS_MAX);
	if (config->stacks == CAPTURE_STACKS_COPY && USER_REGISTERS == 0)
		return err_set(err, -ENOTSUP,
			       "stacks cannot be copied on this kind of CPU: --stacks fp");
	return 0;
}

/* Another one than those before it: each costs samples of its own, and says the same. */
static int parse_event(struct event_name *names, uint32_t count, const char *text,
		       const struct procfs *fs, struct err *err)
{
	int result = event_name_parse(&names[count], text, fs, err);

	for (uint32_t i = 0; i < count && result == 0; i++)
		if (event_name_is_same(&names[i], &names[count]))
			return err_set(err, -EINVAL, "'%s' and '%s' are one event: give it once",
				       names[i].name, names[count].name);
	return result;
}

int perf_open_probe(struct perf_setup *ret_setup, const struct capture_config *config,
		    struct err *err)
{
	struct perf_setup setup = {
		.has_stack_copies = config->stacks == CAPTURE_STACKS_COPY,
		.is_system_wide = config->is_system_wide,
		.layout.has_sample_id = true,
	};
	struct event_name names[CAPTURE_EVENTS_MAX];
	struct procfs fs = {0};
	int result = check_config(config, err);

	for (uint32_t i = 0; i < config->event_count && result == 0; i++)
		result = parse_event(names, i, config->events[i], &fs, err);
	if (result == 0)
		result = set_trackers(&setup, err);
	for (uint32_t i = 0; i < config->event_count && result == 0; i++)
		result = add_event(&setup, &names[i], config, err);
	if (result == 0 && config->event_count == 0)
		result = add_default_event(&setup, config, err);
	if (result == 0)
		*ret_setup = setup;
	return result;
}
