#include "capture/event_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "util/alloc.h"
#include "util/fd.h"

enum {
	/* with its header page what kernel.perf_event_mlock_kb = 516 allows per CPU */
	RING_BYTES_FIRST = 512 * 1024,
	RING_BYTES_LEAST = 16 * 1024,
	CPU_MAX = 8192,
};

/* "0-3,5" of /sys/devices/system/cpu/online. */
static int read_cpus(struct event_set *set, struct err *err)
{
	struct procfs fs = {0};
	scoped(strbuf_release) struct strbuf text;
	char *at;
	int result;

	strbuf_init(&text, 65536);
	result = proc_file_read(&fs, &text, "/sys/devices/system/cpu/online");
	if (result < 0)
		return err_set(err, result, "cannot read /sys/devices/system/cpu/online: %s",
			       strerror(-result));
	set->cpus = alloc_array(CPU_MAX, sizeof(*set->cpus));
	for (at = text.data; at != NULL && *at >= '0' && *at <= '9'; at += *at == ',') {
		unsigned long first = strtoul(at, &at, 10), last = first;

		if (*at == '-')
			last = strtoul(at + 1, &at, 10);
		for (; first <= last && set->cpu_count < CPU_MAX; first++)
			set->cpus[set->cpu_count++] =
				(struct cpu_ring){.cpu = (int)first, .fd = -1};
	}
	return set->cpu_count > 0
		       ? 0
		       : err_set(err, -EBADMSG, "/sys/devices/system/cpu/online names no CPU");
}

/* Two descriptors per thread and CPU soon are more than the soft limit's 1024. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Maps the CPU's ring over its first event, as large as may be. */
static int open_ring(struct event_set *set, struct cpu_ring *cpu, int fd, struct err *err)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET}; /* edges: an ended thread's event hangs up for good */
	int result = perf_ring_open(&cpu->ring, fd, set->ring_bytes);

	while ((result == -EPERM || result == -ENOMEM) && set->ring_bytes > RING_BYTES_LEAST) {
		set->ring_bytes /= 2;
		result = perf_ring_open(&cpu->ring, fd, set->ring_bytes);
	}
	if (result == -EPERM)
		return err_set(err, result,
			       "no memory may be locked for the profiler's rings; for this boot: "
			       "sudo sysctl "
			       "kernel.perf_event_mlock_kb=2064");
	if (result < 0)
		return err_set(err, result, "cannot map a ring for the profiler: %s",
			       strerror(-result));
	cpu->fd = fd;
	if (epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_set(err, -errno, "cannot watch the profiler's ring: %s",
			       strerror(errno));
	return 0;
}

/*
 * One event of `tid` on one CPU, writing into the CPU's ring. The descriptor, or negative errno;
 * without a sentence when the thread (-ESRCH) or CPU (-ENODEV) is gone, or the thread is not this
 * user's (-EACCES, -EPERM).
 */
static int open_event(struct event_set *set, const struct perf_event_attr *attr,
		      struct cpu_ring *cpu, pid_t tid, struct err *err)
{
	int fd = perf_open_event(attr, tid, cpu->cpu), result = 0;

	if (fd == -ESRCH || fd == -EACCES || fd == -EPERM || fd == -ENODEV)
		return fd;
	if (fd == -EMFILE || fd == -ENFILE)
		return err_set(err, fd,
			       "the profiler needs %u files for each of the service's threads, and "
			       "may not open more: "
			       "raise the limit (ulimit -Hn)",
			       set->cpu_count * 2 + 1);
	if (fd < 0)
		return err_set(err, fd, "cannot open a perf event on CPU %d: %s", cpu->cpu,
			       strerror(-fd));
	if (cpu->fd < 0)
		result = open_ring(set, cpu, fd, err);
	else if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, cpu->fd) < 0)
		result = err_set(err, -errno, "cannot share the profiler's ring: %s",
				 strerror(errno));
	if (result < 0)
		fd_close(fd);
	return result < 0 ? result : fd;
}

int event_set_add_thread(struct event_set *set, uint32_t tid, struct err *err)
{
	struct event_owner owner = {.tid = tid};
	int fd;

	for (uint32_t i = 0; i < set->cpu_count; i++) {
		fd = open_event(set, &set->setup.tracker, &set->cpus[i], (pid_t)tid, err);
		if (fd == -ENODEV)
			continue;
		if (fd < 0)
			return fd;
		vec_push(&set->trackers, fd);
		fd = open_event(set, &set->setup.sampler, &set->cpus[i], (pid_t)tid, err);
		if (fd < 0)
			return fd;
		vec_push(&set->samplers, fd);
		if (ioctl(fd, PERF_EVENT_IOC_ID, &owner.id) == 0)
			vec_push(&set->owners, owner);
	}
	fd = perf_open_event(&set->setup.counter, (pid_t)tid, -1);
	if (fd == -EMFILE)
		return err_set(
			err, fd,
			"the profiler may not open more files: raise the limit (ulimit -Hn)");
	if (fd < 0)
		return fd;
	vec_push(&set->counters, fd);
	return 0;
}

int event_set_open(struct event_set *set, const struct perf_setup *setup, struct err *err)
{
	int result;

	*set = (struct event_set){.setup = *setup, .ring_bytes = RING_BYTES_FIRST, .epoll_fd = -1};
	raise_fd_limit();
	result = read_cpus(set, err);
	if (result < 0)
		return result;
	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd < 0)
		return err_set(err, -errno, "cannot make an epoll descriptor: %s", strerror(errno));
	return 0;
}

void event_set_close(struct event_set *set)
{
	if (set->cpus == NULL)
		return;
	for (uint32_t i = 0; i < set->cpu_count; i++)
		perf_ring_close(&set->cpus[i].ring);
	for (size_t i = 0; i < set->samplers.count; i++)
		fd_close(set->samplers.items[i]);
	for (size_t i = 0; i < set->trackers.count; i++)
		fd_close(set->trackers.items[i]);
	for (size_t i = 0; i < set->counters.count; i++)
		fd_close(set->counters.items[i]);
	fd_close(set->epoll_fd);
	free(set->cpus);
	vec_release(&set->samplers);
	vec_release(&set->trackers);
	vec_release(&set->counters);
	vec_release(&set->owners);
	*set = (struct event_set){0};
}

/* The kernel passes it on to inherited copies. An event whose thread has ended ignores it. */
static void control(struct event_set *set, unsigned long request)
{
	for (size_t i = 0; i < set->samplers.count; i++)
		ioctl(set->samplers.items[i], request, 0);
	for (size_t i = 0; i < set->counters.count; i++)
		ioctl(set->counters.items[i], request, 0);
}

void event_set_enable(struct event_set *set)
{
	control(set, PERF_EVENT_IOC_ENABLE);
}

void event_set_disable(struct event_set *set)
{
	control(set, PERF_EVENT_IOC_DISABLE);
}

uint32_t event_set_drain(struct event_set *set, perf_ring_fn fn, void *arg)
{
	struct epoll_event ignored[16];
	uint32_t bad = 0;

	while (epoll_wait(set->epoll_fd, ignored, 16, 0) == 16)
		continue;
	for (uint32_t i = 0; i < set->cpu_count; i++)
		bad += set->cpus[i].fd >= 0 && perf_ring_drain(&set->cpus[i].ring, fn, arg) < 0;
	return bad;
}

uint32_t event_set_find_owner(const struct event_set *set, uint64_t id)
{
	size_t low = 0, high = set->owners.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->owners.items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->owners.count && set->owners.items[low].id == id
		       ? set->owners.items[low].tid
		       : 0;
}

uint64_t event_set_get_bytes(const struct event_set *set)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < set->cpu_count; i++)
		bytes += set->cpus[i].ring.bytes_read;
	return bytes;
}

uint64_t event_set_read_lost(const struct event_set *set)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->samplers.count; i++) {
		uint64_t values[2]; /* count, lost */

		if (read(set->samplers.items[i], values, sizeof(values)) == sizeof(values))
			sum += values[1];
	}
	return sum;
}

uint64_t event_set_read_cpu_ns(const struct event_set *set)
{
	uint64_t sum_ns = 0, ns;

	for (size_t i = 0; i < set->counters.count; i++)
		if (read(set->counters.items[i], &ns, sizeof(ns)) == sizeof(ns))
			sum_ns += ns;
	return sum_ns;
}
