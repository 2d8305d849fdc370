/*
 * One process or thread: stat, schedstat, status, statm, smaps_rollup (proc_pid_stat(5),
 * proc_pid_status(5), proc_pid_statm(5)), with times in nanoseconds. The kernel shows them in ticks
 * of 10 ms, cut off, so that each is up to 10 ms below the truth; this never adds up over time,
 * because the kernel counts in nanoseconds itself.
 */
#ifndef PROCFS_PROC_STAT_H
#define PROCFS_PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* USER_HZ is 100 on every machine sonde runs on */
enum { PROC_NAME_BYTES = 64, PROC_TICK_NS = 10 * 1000 * 1000 };

/*
 * /proc/PID/stat speaks of the whole process, ended threads included; /proc/PID/task/TID/stat of
 * one thread.
 */
struct proc_stat {
	pid_t pid, parent_pid, group, session;
	char name[PROC_NAME_BYTES]; /* comm, as the process chose it */
	char state;		    /* R S D T t Z X I */
	int cpu;		    /* where it ran last; -1 when the kernel does not say */
	uint32_t thread_count;
	uint64_t faults_minor, faults_major;
	/* of children that ended and were waited for */
	uint64_t children_faults_minor, children_faults_major;
	uint64_t user_ns, system_ns;
	uint64_t children_user_ns, children_system_ns; /* likewise, their own children's included */
	/* since boot; with the pid the identity of a process */
	uint64_t start_ns;
	uint64_t virtual_bytes, rss_pages;
	uint64_t guest_ns; /* part of user_ns: it ran a virtual machine */
	/* waited for storage; 0 unless the sysctl kernel.task_delayacct is set */
	uint64_t block_delay_ns;
};

/*
 * Nothing more than its exit status is left of it: a process whose parent has not waited for it
 * yet.
 */
static inline bool proc_stat_is_ended(const struct proc_stat *stat)
{
	return stat->state == 'X' || (stat->state == 'Z' && stat->thread_count <= 1);
}

/* One thread, also in /proc/PID/schedstat, which is the first thread alone. */
struct proc_schedstat {
	uint64_t cpu_ns;
	/* runnable but not running; what a thread waits right now is added when it runs */
	uint64_t wait_ns;
	uint64_t slice_count;
};

/* Kernel threads and ended processes have no memory lines: 0. */
struct proc_status {
	pid_t tgid, parent_pid;
	uint32_t real_uid, uid; /* uid is the effective one */
	uint32_t thread_count;
	uint64_t rss_bytes, rss_peak_bytes;
	uint64_t switches_voluntary, switches_involuntary; /* of this thread alone */
};

struct proc_statm {
	uint64_t size_pages, resident_pages, shared_pages;
};

/* All: 0 or -EBADMSG. */
int proc_stat_parse(const char *text, size_t length, struct proc_stat *ret_stat);
int proc_stat_parse_schedstat(const char *text, size_t length,
			      struct proc_schedstat *ret_schedstat);
int proc_stat_parse_status(const char *text, size_t length, struct proc_status *ret_status);
int proc_stat_parse_statm(const char *text, size_t length, struct proc_statm *ret_statm);

/*
 * Of smaps_rollup (proc_pid_smaps(5)): memory, with that which is shared divided by those who share
 * it.
 */
int proc_stat_parse_pss(const char *text, size_t length, uint64_t *ret_pss_bytes);

#endif
