#include "capture/event_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fd.h"

enum {
	RECORD_BYTES = 512,	/* of a sample without its stack copy: registers and a chain */
	UNKNOWN_RATE_HZ = 1000, /* of events of which only the period is known */
	/*
	 * What a sampler wrote before it was closed is read by the next drain, and handed out by
	 * the one after that at the latest.
	 */
	DRAINS_UNTIL_GONE = 2,
};

/* What one busy CPU may write in a second. */
static double guess_flow(const struct perf_setup *setup, uint32_t stack_bytes)
{
	double bytes_per_s = 0;

	for (uint32_t i = 0; i < setup->sampler_count; i++) {
		const struct perf_event_attr *attr = &setup->samplers[i].attr;
		bool is_clock = setup->events[setup->samplers[i].event].is_clock;
		double rate_hz = attr->freq ? (double)attr->sample_freq
				 : is_clock ? 1e9 / (double)attr->sample_period
					    : UNKNOWN_RATE_HZ;

		bytes_per_s +=
			rate_hz * (RECORD_BYTES + (setup->has_stack_copies ? stack_bytes : 0));
	}
	return bytes_per_s;
}

static uint32_t clamp_stack_bytes(uint32_t bytes)
{
	return bytes < CAPTURE_STACK_BYTES_MAX ? (bytes + 7) & ~7U : CAPTURE_STACK_BYTES_MAX;
}

static int refuse_files(const struct event_set *set, int code, struct err *err)
{
	return err_set(err, code,
		       "the profiler needs %zu files for each thread, and may not open more: raise "
		       "the limit (ulimit -Hn)",
		       set->rings.cpus.count * (set->setup.sampler_count + 1) + 1);
}

/*
 * One event of `tid` on one CPU, writing into the CPU's ring. The descriptor, or negative errno;
 * without a sentence when the thread (-ESRCH) or CPU (-ENODEV) is gone, or the thread is not this
 * user's (-EACCES, -EPERM).
 */
static int open_event(struct event_set *set, const struct perf_event_attr *attr,
		      const struct cpu_ring *cpu, uint32_t tid, struct err *err)
{
	int fd = perf_open_event(attr, set->setup.is_system_wide ? -1 : (pid_t)tid, cpu->cpu);

	if (fd == -ESRCH || fd == -EACCES || fd == -EPERM || fd == -ENODEV)
		return fd;
	if (fd == -EMFILE || fd == -ENFILE)
		return refuse_files(set, fd, err);
	if (fd < 0)
		return err_set(err, fd, "cannot open a perf event on CPU %d: %s", cpu->cpu,
			       strerror(-fd));
	if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, cpu->fd) < 0) {
		int code = -errno;

		fd_close(fd);
		return err_set(err, code, "cannot share the profiler's ring: %s", strerror(-code));
	}
	return fd;
}

/* Samplers of one kind on all CPUs. */
static int open_samplers(struct event_set *set, uint32_t kind, uint32_t tid, uint32_t stack_bytes,
			 struct err *err)
{
	struct perf_event_attr attr = set->setup.samplers[kind].attr;

	attr.sample_stack_user = set->setup.has_stack_copies ? stack_bytes : 0;
	for (size_t i = 0; i < set->rings.cpus.count; i++) {
		struct event_sampler sampler = {
			.tid = tid, .kind = kind, .stack_bytes = stack_bytes};

		sampler.fd = open_event(set, &attr, &set->rings.cpus.items[i], tid, err);
		if (sampler.fd == -ENODEV)
			continue;
		if (sampler.fd < 0)
			return sampler.fd;
		if (ioctl(sampler.fd, PERF_EVENT_IOC_ID, &sampler.id) == 0)
			vec_push(&set->owners, (struct event_owner){.id = sampler.id,
								    .tid = tid,
								    .kind = kind,
								    .last_drain = UINT64_MAX});
		vec_push(&set->samplers, sampler);
	}
	return 0;
}

static uint32_t get_stack_bytes(const struct event_set *set, uint32_t kind,
				const struct capture_stack_size *size)
{
	return clamp_stack_bytes(set->setup.samplers[kind].is_full ? size->full_bytes
								   : size->short_bytes);
}

int event_set_add_thread(struct event_set *set, uint32_t tid, const struct capture_stack_size *size,
			 struct err *err)
{
	int fd, result = 0;

	for (size_t i = 0; i < set->rings.cpus.count; i++) {
		fd = open_event(set, &set->setup.tracker, &set->rings.cpus.items[i], tid, err);
		if (fd == -ENODEV)
			continue;
		if (fd < 0)
			return fd;
		vec_push(&set->trackers, fd);
	}
	for (uint32_t kind = 0; kind < set->setup.sampler_count && result == 0; kind++)
		result = open_samplers(set, kind, tid, get_stack_bytes(set, kind, size), err);
	if (result < 0 || set->setup.is_system_wide)
		return result;
	fd = perf_open_event(&set->setup.counter, (pid_t)tid, -1);
	if (fd == -EMFILE || fd == -ENFILE)
		return refuse_files(set, fd, err);
	if (fd < 0)
		return fd;
	vec_push(&set->counters, fd);
	return 0;
}

int event_set_open(struct event_set *set, const struct perf_setup *setup, uint32_t stack_bytes,
		   struct err *err)
{
	*set = (struct event_set){.setup = *setup};
	pid_map_init(&set->old_index);
	fd_raise_limit();
	return ring_set_open(&set->rings, &setup->holder,
			     guess_flow(setup, clamp_stack_bytes(stack_bytes)), err);
}

/* Its index, or beyond the last. */
static size_t find_owner(const struct event_set *set, uint64_t id)
{
	size_t low = 0, high = set->owners.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->owners.items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->owners.count && set->owners.items[low].id == id ? low : SIZE_MAX;
}

/* Closes samplers, but not those that are kept. */
static void close_samplers(struct event_set *set, struct event_samplers *samplers)
{
	for (size_t i = 0; i < samplers->count; i++) {
		const struct event_sampler *sampler = &samplers->items[i];
		size_t owner = find_owner(set, sampler->id);

		if (sampler->is_kept)
			continue;
		if (owner < set->owners.count)
			set->owners.items[owner].last_drain = set->drain_count + DRAINS_UNTIL_GONE;
		fd_close(sampler->fd);
	}
	vec_clear(samplers);
}

void event_set_close(struct event_set *set)
{
	close_samplers(set, &set->samplers);
	for (size_t i = 0; i < set->trackers.count; i++)
		fd_close(set->trackers.items[i]);
	for (size_t i = 0; i < set->counters.count; i++)
		fd_close(set->counters.items[i]);
	ring_set_close(&set->rings);
	vec_release(&set->samplers);
	vec_release(&set->old);
	vec_release(&set->owners);
	vec_release(&set->trackers);
	vec_release(&set->counters);
	pid_map_release(&set->old_index);
	*set = (struct event_set){0};
}

/* Of samplers that are not kept. A thread that has ended does not mind. */
static void control_samplers(const struct event_samplers *samplers, unsigned long request)
{
	for (size_t i = 0; i < samplers->count; i++)
		if (!samplers->items[i].is_kept)
			ioctl(samplers->items[i].fd, request, 0);
}

static void control(struct event_set *set, unsigned long request)
{
	control_samplers(&set->samplers, request);
	for (size_t i = 0; i < set->counters.count; i++)
		ioctl(set->counters.items[i], request, 0);
	set->is_enabled = request == PERF_EVENT_IOC_ENABLE;
}

void event_set_enable(struct event_set *set)
{
	control(set, PERF_EVENT_IOC_ENABLE);
}

void event_set_disable(struct event_set *set)
{
	control(set, PERF_EVENT_IOC_DISABLE);
}

/* Owners of whom nothing can be in the rings any more. */
static void forget_owners(struct event_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < set->owners.count; i++)
		if (set->owners.items[i].last_drain > set->drain_count)
			set->owners.items[count++] = set->owners.items[i];
	set->owners.count = count;
}

void event_set_begin_renewal(struct event_set *set)
{
	struct event_samplers empty = set->old;

	forget_owners(set);
	set->old = set->samplers;
	set->samplers = empty;
	for (size_t i = set->old.count; i-- > 0;)
		pid_map_set(&set->old_index, set->old.items[i].tid + 1, (uint32_t)i);
}

/* Those of one kind that the thread has already; false when it has none of this size. */
static bool keep_samplers(struct event_set *set, uint32_t kind, uint32_t tid, uint32_t stack_bytes)
{
	uint32_t index;
	bool is_found = false;

	if (!pid_map_find(&set->old_index, tid + 1, &index))
		return false;
	for (size_t i = index; i < set->old.count && set->old.items[i].tid == tid; i++) {
		struct event_sampler *sampler = &set->old.items[i];

		if (sampler->kind != kind || sampler->stack_bytes != stack_bytes)
			continue;
		sampler->is_kept = true;
		vec_push(&set->samplers, *sampler);
		is_found = true;
	}
	return is_found;
}

bool event_set_has_size(const struct event_set *set, uint32_t tid,
			const struct capture_stack_size *size)
{
	uint32_t index;

	if (!pid_map_find(&set->old_index, tid + 1, &index))
		return false;
	for (size_t i = index; i < set->old.count && set->old.items[i].tid == tid; i++) {
		const struct event_sampler *sampler = &set->old.items[i];

		if (sampler->stack_bytes != get_stack_bytes(set, sampler->kind, size))
			return false;
	}
	return true;
}

int event_set_renew_thread(struct event_set *set, uint32_t tid,
			   const struct capture_stack_size *size, bool may_keep, struct err *err)
{
	int result = 0;

	for (uint32_t kind = 0; kind < set->setup.sampler_count && result == 0; kind++) {
		uint32_t stack_bytes = get_stack_bytes(set, kind, size);

		if (!may_keep || !keep_samplers(set, kind, tid, stack_bytes))
			result = open_samplers(set, kind, tid, stack_bytes, err);
	}
	return result;
}

static void end_renewal(struct event_set *set)
{
	for (size_t i = 0; i < set->samplers.count; i++)
		set->samplers.items[i].is_kept = false;
	pid_map_release(&set->old_index);
}

static uint64_t read_lost(const struct event_samplers *samplers)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < samplers->count; i++) {
		uint64_t values[2]; /* count, lost */

		if (!samplers->items[i].is_kept &&
		    read(samplers->items[i].fd, values, sizeof(values)) == sizeof(values))
			sum += values[1];
	}
	return sum;
}

uint64_t event_set_finish_renewal(struct event_set *set)
{
	uint64_t now_ns;

	if (set->is_enabled)
		control_samplers(&set->old, PERF_EVENT_IOC_DISABLE);
	now_ns = clock_now_ns();
	if (set->is_enabled)
		control_samplers(&set->samplers, PERF_EVENT_IOC_ENABLE);
	if (set->setup.has_lost_count)
		set->closed_lost_count += read_lost(&set->old);
	close_samplers(set, &set->old);
	end_renewal(set);
	return now_ns;
}

void event_set_cancel_renewal(struct event_set *set)
{
	struct event_samplers renewed = set->samplers;

	close_samplers(set, &renewed);
	set->samplers = set->old;
	set->old = renewed;
	end_renewal(set);
}

const struct event_owner *event_set_find_owner(const struct event_set *set, uint64_t id)
{
	size_t index = find_owner(set, id);

	return index < set->owners.count ? &set->owners.items[index] : NULL;
}

uint64_t event_set_read_lost(const struct event_set *set)
{
	return set->closed_lost_count + read_lost(&set->samplers);
}

uint64_t event_set_read_cpu_ns(const struct event_set *set)
{
	uint64_t sum_ns = 0, ns;

	for (size_t i = 0; i < set->counters.count; i++)
		if (read(set->counters.items[i], &ns, sizeof(ns)) == sizeof(ns))
			sum_ns += ns;
	return sum_ns;
}
