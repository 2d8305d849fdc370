#include "model/machine_sample.h"

const char *cpu_state_name(enum cpu_state state)
{
	static const char *const names[CPU_STATE_COUNT] = {
		[CPU_USER] = "user",	   [CPU_NICE] = "nice",
		[CPU_SYSTEM] = "system",   [CPU_IDLE] = "idle",
		[CPU_IOWAIT] = "iowait",   [CPU_IRQ] = "irq",
		[CPU_SOFTIRQ] = "softirq", [CPU_STEAL] = "steal",
		[CPU_GUEST] = "guest",	   [CPU_GUEST_NICE] = "guest_nice",
	};

	return names[state];
}

uint64_t disk_sample_get_growth_ms(uint64_t last_ms, uint64_t now_ms)
{
	uint32_t wrapped = (uint32_t)now_ms - (uint32_t)last_ms;

	if (now_ms >= last_ms)
		return now_ms - last_ms;
	/* half of the range in an interval: it went back */
	return last_ms > UINT32_MAX || wrapped > UINT32_MAX / 2 ? 0 : wrapped;
}

void machine_sample_release(struct machine_sample *sample)
{
	vec_release(&sample->cpus);
	vec_release(&sample->disks);
	vec_release(&sample->tasks);
}

void machine_sample_copy(struct machine_sample *copy, const struct machine_sample *sample)
{
	struct machine_sample fresh = *sample;

	machine_sample_clear(copy);
	for (size_t i = 0; i < sample->cpus.count; i++)
		vec_push(&copy->cpus, sample->cpus.items[i]);
	for (size_t i = 0; i < sample->disks.count; i++)
		vec_push(&copy->disks, sample->disks.items[i]);
	for (size_t i = 0; i < sample->tasks.count; i++)
		vec_push(&copy->tasks, sample->tasks.items[i]);
	fresh.cpus = copy->cpus;
	fresh.disks = copy->disks;
	fresh.tasks = copy->tasks;
	*copy = fresh;
}

void machine_sample_clear(struct machine_sample *sample)
{
	struct machine_sample before = *sample;

	*sample = (struct machine_sample){0};
	sample->cpus = before.cpus;
	sample->disks = before.disks;
	sample->tasks = before.tasks;
	vec_clear(&sample->cpus);
	vec_clear(&sample->disks);
	vec_clear(&sample->tasks);
}

static bool is_before(const struct task_sample *a, const struct task_sample *b)
{
	return a->pid != b->pid ? a->pid < b->pid : a->tid < b->tid;
}

const struct task_sample *machine_sample_find_task(const struct machine_sample *sample,
						   const struct task_sample *task)
{
	size_t low = 0, high = sample->tasks.count;
	const struct task_sample *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&sample->tasks.items[middle], task))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == sample->tasks.count)
		return NULL;
	found = &sample->tasks.items[low];
	return found->pid == task->pid && found->tid == task->tid &&
			       found->start_ns == task->start_ns
		       ? found
		       : NULL;
}

const struct task_sample *machine_sample_find_start(const struct machine_sample *earlier,
						    const struct task_sample *task)
{
	static const struct task_sample nothing;
	static const struct task_sample unknown = {
		.user_ns = SAMPLE_UNKNOWN,
		.system_ns = SAMPLE_UNKNOWN,
		.guest_ns = SAMPLE_UNKNOWN,
		.cpu_ns = SAMPLE_UNKNOWN,
		.wait_ns = SAMPLE_UNKNOWN,
		.switches_voluntary = SAMPLE_UNKNOWN,
		.switches_involuntary = SAMPLE_UNKNOWN,
		.faults_minor = SAMPLE_UNKNOWN,
		.faults_major = SAMPLE_UNKNOWN,
		.read_bytes = SAMPLE_UNKNOWN,
		.write_bytes = SAMPLE_UNKNOWN,
		.cancelled_write_bytes = SAMPLE_UNKNOWN,
		.io_delay_ns = SAMPLE_UNKNOWN,
	};
	const struct task_sample *known = machine_sample_find_task(earlier, task);

	if (known != NULL)
		return known;
	return task->start_ns + SAMPLE_TICK_NS < earlier->uptime_ns ? &unknown : &nothing;
}
