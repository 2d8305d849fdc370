/*
 * Two moments of a small machine, for tests of its tables: the second 2.00 s after the first.
 * Process 100 is "server" with threads 100, 101 and 102, process 200 "idle" does nothing, process
 * 300 is new in the second moment, 400 is gone, 500 is another process than in the first.
 */
#ifndef SAMPLE_MACHINE_H
#define SAMPLE_MACHINE_H

#include <stdint.h>
#include <stdio.h>

#include "model/machine_sample.h"

static struct machine_sample sample_first, sample_second;

/* A task with nothing used; times in ticks are set by the caller. */
static inline struct task_sample *sample_add_task(struct machine_sample *sample, pid_t pid,
						  pid_t tid, const char *name)
{
	struct task_sample *task;

	vec_push(&sample->tasks,
		 (struct task_sample){.pid = pid,
				      .tid = tid,
				      .uid = 1000,
				      .cpu = 1,
				      .start_ns = (uint64_t)(tid != 0 ? tid : pid) * 1000,
				      .thread_count = 1,
				      .virtual_bytes = 8 << 20,
				      .rss_bytes = 2 << 20,
				      .descriptor_count = 7});
	task = &sample->tasks.items[sample->tasks.count - 1];
	snprintf(task->name, sizeof(task->name), "%s", name);
	return task;
}

static inline void sample_add_server(struct machine_sample *sample, uint64_t moment)
{
	struct task_sample *task = sample_add_task(sample, 100, 0, "server");

	task->thread_count = 3;
	task->user_ns = (1000 + moment * 250) * SAMPLE_TICK_NS;
	task->guest_ns = (100 + moment * 50) * SAMPLE_TICK_NS;
	task->system_ns = (10 + moment * 30) * SAMPLE_TICK_NS;
	task->wait_ns = (5 + moment * 40) * SAMPLE_TICK_NS + 9999999;
	task->switches_voluntary = 100 + moment * 50;
	task->switches_involuntary = 7 + moment * 3;
	task->faults_minor = 1000 + moment * 25;
	task->faults_major = moment;
	task->read_bytes = SAMPLE_UNKNOWN;
	task->write_bytes = SAMPLE_UNKNOWN;
	task->cancelled_write_bytes = SAMPLE_UNKNOWN;
	sample_add_task(sample, 100, 100, "server");
	task = sample_add_task(sample, 100, 101, "worker, \"1\"");
	task->user_ns = (500 + moment * 200) * SAMPLE_TICK_NS;
	task->wait_ns = moment * 40 * SAMPLE_TICK_NS;
	task->switches_voluntary = moment * 50;
	task->switches_involuntary = moment * 3;
	task->write_bytes = 4096 + moment * 8192;
	task->io_delay_ns = moment * 3 * SAMPLE_TICK_NS;
	sample_add_task(sample, 100, 102, "log");
}

static inline void sample_add_others(struct machine_sample *sample, uint64_t moment)
{
	struct task_sample *task = sample_add_task(sample, 200, 0, "idle");

	task->descriptor_count = SAMPLE_UNKNOWN;
	sample_add_task(sample, 200, 200, "idle");
	if (moment == 1)
		sample_add_task(sample, 300, 0, "new")->system_ns = 4 * SAMPLE_TICK_NS;
	else
		sample_add_task(sample, 400, 0, "gone")->user_ns = SAMPLE_TICK_NS;
	task = sample_add_task(sample, 500, 0, moment == 1 ? "second" : "first");
	task->start_ns += moment;
	task->user_ns = (moment == 1 ? 6 : 1000) * SAMPLE_TICK_NS;
}

/* user nice system idle iowait irq softirq steal guest guest_nice, in ticks */
static inline struct cpu_sample sample_make_cpu(uint32_t cpu, const uint64_t ticks[CPU_STATE_COUNT])
{
	struct cpu_sample sample = {.cpu = cpu};

	for (int i = 0; i < CPU_STATE_COUNT; i++)
		sample.state_ns[i] = ticks[i] * SAMPLE_TICK_NS;
	return sample;
}

static inline void sample_begin(void)
{
	sample_first = (struct machine_sample){.uptime_ns = 1000 * SAMPLE_TICK_NS,
					       .wall_ns = UINT64_C(1700000000) * 1000000000,
					       .memory_total_bytes = 8 << 20};
	sample_second = sample_first;
	sample_second.uptime_ns += 200 * SAMPLE_TICK_NS;
	sample_second.wall_ns += 200 * SAMPLE_TICK_NS;
	sample_add_server(&sample_first, 0);
	sample_add_server(&sample_second, 1);
	sample_add_others(&sample_first, 0);
	sample_add_others(&sample_second, 1);
}

static inline void sample_end(void)
{
	machine_sample_release(&sample_first);
	machine_sample_release(&sample_second);
}

#endif
