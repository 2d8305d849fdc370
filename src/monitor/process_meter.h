/*
 * What one process used since it began, itself and the children it waited for.
 *
 * Its CPU time is taken from its CPU clock (clock_getcpuclockid(3)): exact to the nanosecond, all
 * threads, ended ones included, readable for any user's process. Where that does not work it is the
 * ticks of /proc/PID/stat, up to 20 ms short. The split into user and system is always of ticks; so
 * is the time of waited-for children.
 */
#ifndef MONITOR_PROCESS_METER_H
#define MONITOR_PROCESS_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/process_tasks.h"
#include "procfs/proc_stat.h"

/* Cumulative. cpu_ns is at least user_ns + system_ns, which are cut to ticks. */
struct process_times {
	uint64_t cpu_ns, user_ns, system_ns;
	uint64_t faults_minor, faults_major;
};

/* The process (pid, start_ns), start_ns 0 = whoever has the pid when it is first read. */
struct process_meter {
	pid_t pid;
	uint64_t start_ns;
	pid_t parent_pid;
	bool is_clock_refused;
	/* a zombie, not waited for yet: its times stand, its memory and threads are gone */
	bool is_ended;
	struct process_times own;
	struct process_times waited; /* children that ended and were waited for, and theirs */
	struct process_tasks tasks;
	uint64_t rss_bytes;
	uint32_t thread_count;
};

void process_meter_release(struct process_meter *meter, struct process_reader *reader);

/*
 * Takes over `stat`, which was read a moment ago, and reads the rest. -ESRCH when the process is
 * gone by now, or its pid is another process's; the values then are the last that were seen.
 */
int process_meter_update(struct process_meter *meter, struct process_reader *reader,
			 const struct proc_stat *stat);

/* The waited-for part of a process's stat. */
void process_meter_get_waited(const struct proc_stat *stat, struct process_times *ret_waited);

/* Reads stat first. */
int process_meter_read(struct process_meter *meter, struct process_reader *reader);

/* Field by field; a difference stops at 0. */
void process_times_add(struct process_times *times, const struct process_times *more);
void process_times_subtract(struct process_times *times, const struct process_times *less);
void process_times_raise(struct process_times *times, const struct process_times *floor);
void process_times_lower(struct process_times *times, const struct process_times *ceiling);

#endif
