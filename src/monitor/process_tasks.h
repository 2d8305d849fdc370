/*
 * The threads of one process, summed: run-queue wait and context switches are kept per thread by
 * the kernel, and the process's own files show those of its first thread only. Threads that ended
 * keep their last seen value.
 *
 * Reading is made cheap: files of up to `fds_left` are kept open, and a thread whose schedstat is
 * unchanged did not run since, so its (slower) status is not read.
 */
#ifndef MONITOR_PROCESS_TASKS_H
#define MONITOR_PROCESS_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "procfs/proc_file.h"
#include "procfs/proc_stat.h"

/* Shared by all that is read in one set. */
struct process_reader {
	struct procfs fs;
	struct strbuf buffer;
	struct proc_ids ids;
	uint32_t fds_left;
	struct strbuf *missing;
};

/* For another root (tests) nothing is kept open and only files are read. `missing` is borrowed. */
void process_reader_init(struct process_reader *reader, const struct procfs *fs,
			 struct strbuf *missing);
void process_reader_release(struct process_reader *reader);

/*
 * Reads into the reader's buffer, by the kept descriptor `fd` (-1 = none) while there are some to
 * give. 0 or negative errno as of proc_file_read(). process_reader_close() gives it back.
 */
int process_reader_read(struct process_reader *reader, int *fd, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));
void process_reader_close(struct process_reader *reader, int *fd);

struct process_task_sums {
	uint64_t wait_ns; /* runnable but not running */
	uint64_t switches_voluntary, switches_involuntary;
};

struct process_task {
	pid_t tid;
	int schedstat_fd, status_fd; /* -1 = opened each time */
	struct proc_schedstat schedstat;
	struct process_task_sums sums;
	uint64_t cpu_mark_ns; /* schedstat.cpu_ns at the last process_tasks_take_busiest() */
};

/* Zeroed to begin with. */
struct process_tasks {
	VEC(struct process_task) tasks; /* by ascending tid */
	struct process_task_sums ended;
};

void process_tasks_release(struct process_tasks *tasks, struct process_reader *reader);

/*
 * Reads all threads of the process, which has `thread_count` of them. What vanishes meanwhile
 * counts as ended.
 */
void process_tasks_update(struct process_tasks *tasks, struct process_reader *reader, pid_t pid,
			  uint32_t thread_count);

/* Adds the threads' and the ended threads' values to `sums`. */
void process_tasks_add_sums(const struct process_tasks *tasks, struct process_task_sums *sums);

/*
 * The CPU time of the thread that used most since the last call, as of the last update. Of threads
 * that were not there then it is all they used.
 */
uint64_t process_tasks_take_busiest(struct process_tasks *tasks);

#endif
