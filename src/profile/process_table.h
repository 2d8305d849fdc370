/*
 * Processes and threads that are followed, while they live: their address spaces, names and roles.
 * Only bookkeeping: what happened is told by fork, exec and exit, from the kernel's records or from
 * a look at /proc.
 *
 * What ends is forgotten; a pid that appears again is somebody new. Pointers are valid until the
 * next change.
 */
#ifndef PROFILE_PROCESS_TABLE_H
#define PROFILE_PROCESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/pid_map.h"
#include "profile/mapping_list.h"
#include "util/vec.h"

enum { COMM_BYTES = 16 }; /* TASK_COMM_LEN, with its NUL */

/*
 * A thread that creates others gets the larger copies that these need; one that has not for so
 * many samples of its own is not made to pay for it any longer.
 */
enum { TASK_CREATES_SAMPLES = 1000 };

#define PROCESS_NO_THREAD UINT32_MAX

struct process_roles {
	uint32_t own, descendants; /* string ids */
};

struct process {
	uint32_t pid;
	uint32_t thread_count;
	uint64_t refreshed_ns;	/* when its mappings were looked at anew; 0 = not yet */
	uint32_t namespace_pid; /* its own number of itself; 0 = as pid, or not known */
	uint64_t
		/*
		 * older records are not about it: its mappings were read later than they were made
		 */
		since_ns;
	struct process_roles roles;
	struct mapping_list *mappings;
};

struct task {
	uint32_t pid, tid;
	uint32_t thread; /* index into profile_data.threads, PROCESS_NO_THREAD = not sampled yet */
	/*
	 * created by a thread that is followed, whose samplers it has inherited; until it is said
	 * to have its own
	 */
	bool is_newcomer;
	/* of its own samples: for so many more it counts as one that creates threads */
	uint32_t creates_left;
	char comm[COMM_BYTES];
};

struct process_table {
	VEC(struct process) processes; /* unused ones have pid 0 */
	VEC(struct task) tasks;	       /* unused ones have tid 0 */
	VEC(uint32_t) free_processes;
	VEC(uint32_t) free_tasks;
	struct pid_map process_index, task_index;
	uint64_t mapping_total;
};

void process_table_init(struct process_table *table);
void process_table_release(struct process_table *table);

struct process *process_table_find(const struct process_table *table,
				   uint32_t pid); /* NULL = not known */
struct task *process_table_find_task(const struct process_table *table,
				     uint32_t tid); /* likewise */

/* A process without mappings and threads, in place of any that had the pid. */
struct process *process_table_add(struct process_table *table, uint32_t pid,
				  struct process_roles roles, uint64_t since_ns);

/* A thread of a known process, in place of any that had the tid. */
struct task *process_table_add_task(struct process_table *table, uint32_t pid, uint32_t tid,
				    const char *comm);

/*
 * Of a record: a thread of the same process when pid == parent_pid, else a process that has what
 * its parent has. Nothing happens when the parent is not known, or the child is newer than the
 * record.
 */
void process_table_fork(struct process_table *table, uint32_t pid, uint32_t tid,
			uint32_t parent_pid, uint32_t parent_tid, uint64_t time_ns);

/* All mappings are gone: the process runs another program from now on. */
void process_table_exec(struct process_table *table, struct process *process);

/* The thread ended; with the last one the process. */
void process_table_exit(struct process_table *table, uint32_t tid);

#endif
