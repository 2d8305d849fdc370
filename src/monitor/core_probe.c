#include "monitor/core_probe.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/hashmap.h"

#define LONGEST 2.5 /* times the shortest */

enum {
	ROUNDS = 10000,
	WARM_ROUNDS = 2000, /* before: to be on the CPU, with the loop in its cache */
	PERIOD_NS = 50 * 1000 * 1000,
	CPUS_KNOWN = 4096,
};

struct core_probe {
	pthread_t thread;
	_Atomic bool is_closing;
	uint32_t cpus[CORE_PROBE_CPUS], cpu_count;
	struct core_probe_result sums; /* of the thread, until it has ended; mean_ns the sum */
};

/* Eight chains of additions, none of which waits for another. */
static void run_loop(uint32_t rounds)
{
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;

	for (uint32_t i = 0; i < rounds; i++) {
		a += i;
		b ^= i;
		c += 3;
		d -= i;
		e += 5;
		f ^= 6;
		g += 7;
		h -= 8;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		__asm__ volatile("" : "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	}
}

static bool move_to(uint32_t cpu)
{
	cpu_set_t *set = CPU_ALLOC(CPUS_KNOWN);
	size_t bytes = CPU_ALLOC_SIZE(CPUS_KNOWN);
	bool is_there;

	if (set == NULL || cpu >= CPUS_KNOWN) {
		CPU_FREE(set);
		return false;
	}
	CPU_ZERO_S(bytes, set);
	CPU_SET_S(cpu, bytes, set);
	is_there = sched_setaffinity(0, bytes, set) == 0;
	CPU_FREE(set);
	return is_there;
}

static void take(struct core_probe_result *sums)
{
	uint64_t begin_ns, took_ns;
	double took;

	run_loop(WARM_ROUNDS);
	begin_ns = clock_thread_cpu_ns();
	run_loop(ROUNDS);
	took_ns = clock_thread_cpu_ns() - begin_ns;
	took = (double)took_ns;
	if (took_ns == 0)
		return;
	if (sums->count == 0 || took < sums->shortest_ns)
		sums->shortest_ns = took;
	sums->mean_ns += took < LONGEST * sums->shortest_ns ? took : LONGEST * sums->shortest_ns;
	sums->count++;
}

static void *probe_cores(void *argument)
{
	struct core_probe *probe = argument;
	uint64_t next_ns = clock_now_ns();

	while (!probe->is_closing) {
		for (uint32_t i = 0; i < probe->cpu_count; i++)
			if (move_to(probe->cpus[i]))
				take(&probe->sums);
		/* half a period to one and a half: in step with nothing */
		next_ns += PERIOD_NS / 2 + hashmap_hash_u64(clock_now_ns()) % PERIOD_NS;
		clock_sleep_until_ns(next_ns);
	}
	return NULL;
}

int core_probe_start(struct core_probe **ret_probe, const uint32_t *cpus, uint32_t cpu_count,
		     struct err *err)
{
	struct core_probe *probe = alloc_new(struct core_probe);
	int code;

	probe->cpu_count = cpu_count < CORE_PROBE_CPUS ? cpu_count : CORE_PROBE_CPUS;
	memcpy(probe->cpus, cpus, probe->cpu_count * sizeof(*cpus));
	code = pthread_create(&probe->thread, NULL, probe_cores, probe);
	if (code != 0) {
		free(probe);
		return err_set(err, -code, "cannot start a thread: %s", strerror(code));
	}
	*ret_probe = probe;
	return 0;
}

/* Every n-th of those in the set. */
static uint32_t choose(const cpu_set_t *set, size_t bytes, uint32_t *ret_cpus)
{
	uint32_t all = (uint32_t)CPU_COUNT_S(bytes, set), seen = 0, chosen = 0;

	for (uint32_t cpu = 0; cpu < CPUS_KNOWN; cpu++) {
		if (!CPU_ISSET_S(cpu, bytes, set))
			continue;
		if (all <= CORE_PROBE_CPUS || seen * CORE_PROBE_CPUS / all >= chosen)
			ret_cpus[chosen++] = cpu;
		seen++;
	}
	return chosen;
}

uint32_t core_probe_choose(const int32_t *pids, uint32_t pid_count,
			   uint32_t ret_cpus[static CORE_PROBE_CPUS])
{
	size_t bytes = CPU_ALLOC_SIZE(CPUS_KNOWN);
	cpu_set_t *all = CPU_ALLOC(CPUS_KNOWN), *one = CPU_ALLOC(CPUS_KNOWN);
	uint32_t count = 0;

	if (all != NULL && one != NULL) {
		CPU_ZERO_S(bytes, all);
		for (uint32_t i = 0; i < pid_count; i++)
			if (sched_getaffinity(pids[i], bytes, one) == 0)
				CPU_OR_S(bytes, all, all, one);
		count = choose(all, bytes, ret_cpus);
	}
	CPU_FREE(all);
	CPU_FREE(one);
	return count;
}

struct core_probe_result core_probe_stop(struct core_probe *probe)
{
	struct core_probe_result result = {0};

	if (probe == NULL)
		return result;
	probe->is_closing = true;
	pthread_join(probe->thread, NULL);
	result = probe->sums;
	if (result.count > 0)
		result.mean_ns /= result.count;
	free(probe);
	return result;
}
