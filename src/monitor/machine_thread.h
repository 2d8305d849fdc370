/*
 * One thread of machine_sampler: which of its files are read, which are kept open, and which need
 * not be read again. For machine_tasks.c only.
 */
#ifndef MONITOR_MACHINE_THREAD_H
#define MONITOR_MACHINE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/machine_sampler.h"
#include "monitor/process_tasks.h"

/* What all tasks are read with. */
struct machine_reader {
	struct machine_sampler_config config; /* root is not used */
	struct process_reader files;
	uint32_t fds_reserved; /* of those left: for schedstat, which is read each time */
	uint64_t page_bytes;
};

/* `missing` is borrowed. */
void machine_reader_init(struct machine_reader *reader, const struct machine_sampler_config *config,
			 const struct procfs *fs, struct strbuf *missing);
void machine_reader_release(struct machine_reader *reader);

/* What proc_stat and proc_io have, into the sample; `read_result` is that of reading io. */
void machine_reader_set_stat(const struct machine_reader *reader, struct task_sample *task,
			     const struct proc_stat *stat);
void machine_reader_set_io(struct machine_reader *reader, struct task_sample *task,
			   int read_result);

struct machine_thread {
	int schedstat_fd, stat_fd, status_fd, io_fd; /* -1 = opened each time */
	struct proc_schedstat schedstat;
	bool is_read; /* `task` holds something */
	struct task_sample task;
};

void machine_thread_init(struct machine_thread *thread, pid_t pid, pid_t tid);
void machine_thread_close(struct machine_thread *thread, struct machine_reader *reader);

/* What the kernel does not sum over the threads of a process. */
struct machine_task_sums {
	uint64_t cpu_ns, wait_ns; /* SAMPLE_UNKNOWN as soon as one thread's is */
	uint64_t switches_voluntary, switches_involuntary;
};

void machine_task_sums_add(struct machine_task_sums *sums, const struct task_sample *task);

enum machine_thread_state { THREAD_GONE, THREAD_SAME, THREAD_RAN };

/*
 * Reads the thread of `process`, which was read just before; one that has not run since the last
 * time keeps its values. What belongs to another thread, whose number it got, is added to `ended`.
 */
enum machine_thread_state machine_thread_read(struct machine_thread *thread,
					      struct machine_reader *reader,
					      const struct task_sample *process,
					      struct machine_task_sums *ended);

#endif
