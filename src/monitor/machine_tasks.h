/*
 * The processes of machine_sampler, each with its threads (machine_thread.h). For machine_sampler.c
 * only.
 */
#ifndef MONITOR_MACHINE_TASKS_H
#define MONITOR_MACHINE_TASKS_H

#include "monitor/machine_thread.h"

struct machine_threads {
	VEC_FIELDS(struct machine_thread);
};

struct machine_process {
	int stat_fd, io_fd; /* -1 = opened each time */
	bool is_read;	    /* `task` holds something */
	bool has_run;	    /* one of its threads, since the read before */
	struct task_sample task;
	struct machine_threads threads; /* by ascending tid */
	struct machine_task_sums ended;
};

struct machine_processes {
	VEC_FIELDS(struct machine_process);
};

struct machine_tasks {
	struct machine_reader reader;
	struct machine_processes processes; /* by ascending pid */
	struct proc_ids pids;
};

/* `missing` is borrowed. */
void machine_tasks_init(struct machine_tasks *tasks, const struct machine_sampler_config *config,
			const struct procfs *fs, struct strbuf *missing);
void machine_tasks_release(struct machine_tasks *tasks);

/* Nothing is kept open afterwards; what was seen of the tasks stays. */
void machine_tasks_set_root(struct machine_tasks *tasks, const struct procfs *fs);

/* Adds to sample->tasks. `pids` as machine_sampler_read(). */
void machine_tasks_read(struct machine_tasks *tasks, const pid_t *pids, uint32_t pid_count,
			struct machine_sample *sample);

#endif
