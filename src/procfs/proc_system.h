/* The whole machine: /proc/stat, pressure, loadavg, meminfo, cpuinfo (proc(5)). Pure parsers. */
#ifndef PROCFS_PROC_SYSTEM_H
#define PROCFS_PROC_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

/*
 * Cumulative time of one CPU by what it did, in ticks of 10 ms shown as nanoseconds. As the kernel
 * shows them, user contains guest and nice contains guest_nice; the sum of all but those two is the
 * CPU's time.
 */
enum proc_cpu_state {
	PROC_CPU_USER,
	PROC_CPU_NICE,
	PROC_CPU_SYSTEM,
	PROC_CPU_IDLE,
	PROC_CPU_IOWAIT,
	PROC_CPU_IRQ,
	PROC_CPU_SOFTIRQ,
	PROC_CPU_STEAL,
	PROC_CPU_GUEST,
	PROC_CPU_GUEST_NICE,
	PROC_CPU_STATE_COUNT,
};

/* "user" "nice" … "guest_nice" */
const char *proc_system_cpu_state_name(enum proc_cpu_state state);

struct proc_cpu {
	uint32_t cpu; /* the kernel's number; offline ones are missing from the list */
	uint64_t state_ns[PROC_CPU_STATE_COUNT];
};

struct proc_system_stat {
	struct proc_cpu total; /* cpu is 0 */
	VEC(struct proc_cpu) cpus;
	uint64_t switch_count;	/* context switches since boot */
	uint64_t process_count; /* forks since boot */
	uint64_t boot_wall_s;	/* seconds since 1970 */
	uint64_t running_count, blocked_count;
};

void proc_system_stat_release(struct proc_system_stat *stat);

/*
 * /proc/stat into `stat` (zeroed, or used before: its memory is reused). 0 or -EBADMSG; then `stat`
 * is empty.
 */
int proc_system_parse_stat(const char *text, size_t length, struct proc_system_stat *stat);

/*
 * Pressure stall information of one resource (kernel: accounting/psi.rst): time in which some, or
 * all non-idle tasks waited for it. `full` of cpu is 0 by definition, and missing before 5.13. 0 or
 * -EBADMSG.
 */
struct proc_pressure {
	uint64_t some_ns, full_ns; /* cumulative */
};

int proc_system_parse_pressure(const char *text, size_t length, struct proc_pressure *ret_pressure);

struct proc_loadavg {
	double average_1min, average_5min, average_15min;
	/* scheduling entities: threads, kernel threads included */
	uint64_t running_count, task_count;
};

int proc_system_parse_loadavg(const char *text, size_t length, struct proc_loadavg *ret_loadavg);

struct proc_meminfo {
	uint64_t total_bytes, free_bytes, available_bytes, buffers_bytes, cached_bytes;
	uint64_t swap_total_bytes, swap_free_bytes, dirty_bytes;
};

/* -EBADMSG unless MemTotal is there; other lines that are missing are 0. */
int proc_system_parse_meminfo(const char *text, size_t length, struct proc_meminfo *ret_meminfo);

enum { PROC_CPU_MODEL_BYTES = 128 };

/*
 * The name of the first CPU of cpuinfo: "model name" (x86), else "Model" or "Hardware" (ARM
 * boards), else implementer and part. -ENOENT when none of them is there. Cut to fit.
 */
int proc_system_parse_cpu_model(const char *text, size_t length,
				char ret_model[static PROC_CPU_MODEL_BYTES]);

#endif
