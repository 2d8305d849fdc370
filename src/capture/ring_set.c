#include "capture/ring_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "capture/perf_open.h"
#include "model/cpu_list.h"
#include "procfs/proc_file.h"
#include "util/fd.h"

enum {
	FLOW_SECONDS = 3,
	RING_BYTES_LEAST = 16 * 1024,
	/* with its header page what kernel.perf_event_mlock_kb = 516 allows per CPU */
	RING_BYTES_USUAL = 512 * 1024,
	RING_BYTES_MOST = 8 * 1024 * 1024,
	ALL_BYTES_MOST = 256 * 1024 * 1024, /* of all CPUs */
};

uint64_t ring_set_choose_bytes(double bytes_per_s, size_t cpu_count)
{
	uint64_t bytes = RING_BYTES_USUAL;

	while (bytes < RING_BYTES_MOST && (double)bytes < bytes_per_s * FLOW_SECONDS &&
	       bytes * 2 * cpu_count <= ALL_BYTES_MOST)
		bytes *= 2;
	return bytes;
}

static int read_cpus(struct ring_set *set, struct err *err)
{
	static const char path[] = "/sys/devices/system/cpu/online";
	struct procfs fs = {0};
	struct cpu_list online = {0};
	scoped(strbuf_release) struct strbuf text;
	int result;

	strbuf_init(&text, 65536);
	result = proc_file_read(&fs, &text, path);
	if (result == 0)
		result = cpu_list_parse(&online, strbuf_text(&text));
	for (size_t i = 0; i < online.count; i++)
		vec_push(&set->cpus, (struct cpu_ring){.cpu = (int)online.items[i], .fd = -1});
	vec_release(&online);
	return result < 0 ? err_set(err, result, "cannot read the list of CPUs from %s: %s", path,
				    strerror(-result))
			  : 0;
}

/* The holders; CPUs that are gone by now leave the list. */
static int open_holders(struct ring_set *set, const struct perf_event_attr *holder, struct err *err)
{
	size_t online = set->cpus.count;

	set->cpus.count = 0;
	for (size_t i = 0; i < online; i++) {
		struct cpu_ring cpu = set->cpus.items[i];
		struct epoll_event event = {.events = EPOLLIN | EPOLLET};

		cpu.fd = perf_open_event(holder, 0, cpu.cpu);
		if (cpu.fd == -ENODEV)
			continue;
		if (cpu.fd < 0)
			return err_set(err, cpu.fd, "cannot open a perf event on CPU %d: %s",
				       cpu.cpu, strerror(-cpu.fd));
		set->cpus.items[set->cpus.count++] = cpu;
		if (epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, cpu.fd, &event) < 0)
			return err_set(err, -errno, "cannot watch the profiler's ring: %s",
				       strerror(errno));
	}
	return set->cpus.count > 0 ? 0 : err_set(err, -ENODEV, "no CPU can be profiled");
}

static void close_rings(struct ring_set *set)
{
	for (size_t i = 0; i < set->cpus.count; i++)
		perf_ring_close(&set->cpus.items[i].ring);
}

static int map_rings(struct ring_set *set)
{
	for (size_t i = 0; i < set->cpus.count; i++) {
		struct cpu_ring *cpu = &set->cpus.items[i];
		int result = perf_ring_open(&cpu->ring, cpu->fd, set->ring_bytes);

		if (result < 0) {
			close_rings(set);
			return result;
		}
	}
	return 0;
}

int ring_set_open(struct ring_set *set, const struct perf_event_attr *holder, double bytes_per_s,
		  struct err *err)
{
	uint64_t least = (uint64_t)sysconf(_SC_PAGESIZE);
	int result;

	*set = (struct ring_set){.epoll_fd = -1};
	result = read_cpus(set, err);
	if (result < 0)
		return result;
	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd < 0)
		return err_set(err, -errno, "cannot watch the profiler's rings: %s",
			       strerror(errno));
	result = open_holders(set, holder, err);
	if (result < 0)
		return result;
	if (least < RING_BYTES_LEAST)
		least = RING_BYTES_LEAST;
	set->ring_bytes = ring_set_choose_bytes(bytes_per_s, set->cpus.count);
	for (;;) {
		result = map_rings(set);
		if (result == 0)
			return 0;
		if ((result != -EPERM && result != -ENOMEM) || set->ring_bytes <= least)
			break;
		set->ring_bytes /= 2;
	}
	if (result == -EPERM)
		return err_set(err, result,
			       "no memory may be locked for the profiler's rings; for this boot: "
			       "sudo sysctl kernel.perf_event_mlock_kb=2064");
	return err_set(err, result, "cannot map a ring for the profiler: %s", strerror(-result));
}

void ring_set_close(struct ring_set *set)
{
	bool is_open = set->cpus.capacity > 0;

	close_rings(set);
	for (size_t i = 0; i < set->cpus.count; i++)
		fd_close(set->cpus.items[i].fd);
	if (is_open)
		fd_close(set->epoll_fd);
	vec_release(&set->cpus);
	*set = (struct ring_set){.epoll_fd = -1};
}

uint32_t ring_set_drain(struct ring_set *set, perf_ring_fn fn, void *arg)
{
	struct epoll_event ignored[16];
	uint32_t bad = 0;

	while (epoll_wait(set->epoll_fd, ignored, 16, 0) == 16)
		continue;
	for (size_t i = 0; i < set->cpus.count; i++)
		bad += perf_ring_drain(&set->cpus.items[i].ring, fn, arg) < 0;
	return bad;
}

uint64_t ring_set_get_bytes(const struct ring_set *set)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < set->cpus.count; i++)
		bytes += set->cpus.items[i].ring.bytes_read;
	return bytes;
}
