#include "model/machine_sample.h"

#include "sample_machine.h"
#include "tap.h"

static void test_find(void)
{
	struct task_sample wanted = {.pid = 100, .tid = 102, .start_ns = 102000};
	const struct task_sample *found = machine_sample_find_task(&sample_second, &wanted);

	ok(found != NULL && strcmp(found->name, "log") == 0, "a thread");
	wanted.tid = 0;
	wanted.start_ns = 100000;
	found = machine_sample_find_task(&sample_second, &wanted);
	ok(found != NULL && found->thread_count == 3, "its process");
	for (size_t i = 0; i < sample_second.tasks.count; i++)
		ok(machine_sample_find_task(&sample_second, &sample_second.tasks.items[i]) ==
			   &sample_second.tasks.items[i],
		   "each finds itself");
	wanted = (struct task_sample){.pid = 500, .start_ns = 500000};
	ok(machine_sample_find_task(&sample_first, &wanted) != NULL, "the pid of the first");
	ok(machine_sample_find_task(&sample_second, &wanted) == NULL, "is another's now");
	wanted = (struct task_sample){.pid = 1};
	ok(machine_sample_find_task(&sample_second, &wanted) == NULL, "before all");
	wanted.pid = 1000000;
	ok(machine_sample_find_task(&sample_second, &wanted) == NULL, "behind all");
}

static void test_clear(void)
{
	struct machine_sample sample = {0};
	struct task_sample wanted = {.pid = 1};
	size_t capacity;

	ok(machine_sample_find_task(&sample, &wanted) == NULL, "nothing in nothing");
	sample_add_task(&sample, 1, 0, "init");
	sample.uptime_ns = 7;
	capacity = sample.tasks.capacity;
	machine_sample_clear(&sample);
	ok(sample.tasks.count == 0 && sample.tasks.capacity == capacity && sample.uptime_ns == 0,
	   "cleared; its memory is kept");
	machine_sample_release(&sample);
	ok(sample.tasks.items == NULL, "released");
}

static void test_start(void)
{
	struct machine_sample earlier = {.uptime_ns = 50 * SAMPLE_TICK_NS};
	struct task_sample task = {.pid = 7, .tid = 7, .start_ns = 20 * SAMPLE_TICK_NS};
	const struct task_sample *start;

	vec_push(&earlier.tasks, task);
	earlier.tasks.items[0].cpu_ns = 5;
	is_int(machine_sample_find_start(&earlier, &task)->cpu_ns, 5, "itself");
	task.tid = 8;
	start = machine_sample_find_start(&earlier, &task);
	ok(start->cpu_ns == SAMPLE_UNKNOWN && start->faults_major == SAMPLE_UNKNOWN &&
		   start->read_bytes == SAMPLE_UNKNOWN,
	   "what was there and was not seen is not known");
	task.start_ns = 49 * SAMPLE_TICK_NS;
	is_int(machine_sample_find_start(&earlier, &task)->cpu_ns, 0, "new, within a tick");
	machine_sample_release(&earlier);
}

static void test_copy(void)
{
	struct machine_sample from = {.time_ns = 7}, copy = {.time_ns = 1};

	vec_push(&from.tasks, (struct task_sample){.pid = 3, .tid = 4, .cpu_ns = 5});
	vec_push(&from.cpus, (struct cpu_sample){.cpu = 1});
	vec_push(&copy.tasks, (struct task_sample){.pid = 8});
	vec_push(&copy.disks, (struct disk_sample){.name = "old"});
	machine_sample_copy(&copy, &from);
	from.tasks.items[0].cpu_ns = 6;
	is_int(copy.time_ns, 7, "copy: what is in no list");
	ok(copy.tasks.count == 1 && copy.tasks.items[0].cpu_ns == 5, "the lists are its own");
	ok(copy.cpus.count == 1 && copy.disks.count == 0, "and hold nothing of before");
	machine_sample_release(&from);
	machine_sample_release(&copy);
}

static void test_disk_growth(void)
{
	is_int(disk_sample_get_growth_ms(5, 12), 7, "growth");
	is_int(disk_sample_get_growth_ms(UINT32_MAX - 9, 490), 500, "over the end of 32 bits");
	is_int(disk_sample_get_growth_ms(1000, 990), 0, "it went back");
	is_int(disk_sample_get_growth_ms(UINT64_C(1) << 33, 5), 0, "a larger one has no such end");
	is_int(disk_sample_get_growth_ms(UINT64_C(1) << 33, (UINT64_C(1) << 33) + 3), 3,
	       "and goes on");
}

int main(void)
{
	sample_begin();
	test_find();
	test_clear();
	test_start();
	test_copy();
	test_disk_growth();
	is_str(cpu_state_name(CPU_USER), "user", "names");
	is_str(cpu_state_name(CPU_GUEST_NICE), "guest_nice", "to the last");
	sample_end();
	return tap_done();
}
