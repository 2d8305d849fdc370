/* How long a fixed loop takes on a CPU: measured where one may run, and nowhere else. */
#include "monitor/core_probe.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "util/clock.h"

static uint32_t get_own_cpu(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (uint32_t)cpu;
}

static void test_own(void)
{
	uint32_t cpus[CORE_PROBE_CPUS] = {get_own_cpu()};
	struct core_probe_result result;
	struct core_probe *probe = NULL;
	struct err err = {0};

	is_int(core_probe_start(&probe, cpus, 1, &err), 0, "it starts");
	clock_sleep_until_ns(clock_now_ns() + 400000000);
	result = core_probe_stop(probe);
	printf("# %u loops, %.0f ns, at best %.0f\n", result.count, result.mean_ns,
	       result.shortest_ns);
	ok(result.count >= 2 && result.count <= 20, "some loops in 0.4 s");
	ok(result.shortest_ns > 100 && result.mean_ns >= result.shortest_ns &&
		   result.mean_ns <= 2.5 * result.shortest_ns,
	   "each took a while, none longer than 2.5 times the shortest");
}

static void test_nowhere(void)
{
	const uint32_t cpus[2] = {4095, 1000000};
	struct core_probe_result result;
	struct core_probe *probe = NULL;
	struct err err = {0};

	is_int(core_probe_start(&probe, cpus, 2, &err), 0, "CPUs that there are not");
	clock_sleep_until_ns(clock_now_ns() + 100000000);
	result = core_probe_stop(probe);
	is_int(result.count, 0, "have no loops");
	result = core_probe_stop(NULL);
	is_int(result.count, 0, "nor has nothing");
}

static void test_choose(void)
{
	const int32_t self = (int32_t)getpid(), nobody = 0x7ffffff0;
	uint32_t cpus[CORE_PROBE_CPUS], count;
	cpu_set_t before, one;
	bool is_there = false;

	CPU_ZERO(&before);
	if (sched_getaffinity(0, sizeof(before), &before) < 0)
		return;
	count = core_probe_choose(&self, 1, cpus);
	ok(count >= 1 && count <= CORE_PROBE_CPUS &&
		   count == (uint32_t)(CPU_COUNT(&before) < CORE_PROBE_CPUS ? CPU_COUNT(&before)
									    : CORE_PROBE_CPUS),
	   "as many as there are, up to eight");
	for (uint32_t i = 0; i < count; i++)
		is_there = CPU_ISSET(cpus[i], &before) && (i == 0 || cpus[i] > cpus[i - 1]);
	ok(is_there, "of those where it may run, in order");
	CPU_ZERO(&one);
	CPU_SET(cpus[0], &one);
	sched_setaffinity(0, sizeof(one), &one);
	is_int(core_probe_choose(&self, 1, cpus), 1, "pinned to one: that one");
	sched_setaffinity(0, sizeof(before), &before);
	is_int(core_probe_choose(&nobody, 1, cpus), 0, "of a process that there is not, none");
	is_int(core_probe_choose(NULL, 0, cpus), 0, "nor of none");
}

int main(void)
{
	test_own();
	test_nowhere();
	test_choose();
	return tap_done();
}
