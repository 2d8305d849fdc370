/* The whole machine: /proc/stat, pressure, loadavg, meminfo, cpuinfo (proc(5)). Pure parsers. */
#ifndef PROCFS_PROC_SYSTEM_H
#define PROCFS_PROC_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "model/machine_sample.h"
#include "util/vec.h"

struct proc_system_stat {
	struct cpu_sample total;     /* cpu is 0; times in ticks of 10 ms shown as nanoseconds */
	VEC(struct cpu_sample) cpus; /* offline ones are missing */
	uint64_t switch_count;	     /* context switches since boot */
	uint64_t process_count;	     /* forks since boot */
	uint64_t boot_wall_s;	     /* seconds since 1970 */
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
 * all non-idle tasks waited for it. `full` of cpu is 0 by definition, and missing before 5.13; irq
 * has nothing but `full`. What is missing is 0. 0, or -EBADMSG when both are.
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

/* The "cpu MHz" of each CPU of cpuinfo (x86): as of now, or a constant of a virtual machine. */
struct proc_cpu_clock {
	uint32_t cpu;
	uint64_t hz;
};

struct proc_cpu_clocks {
	VEC_FIELDS(struct proc_cpu_clock);
};

/*
 * Replaces the content of `clocks` (zeroed, or used before: its memory is reused; vec_release()).
 * CPUs of which cpuinfo does not tell are left out. 0, or -EBADMSG; then it is empty.
 */
int proc_system_parse_cpu_clocks(const char *text, size_t length, struct proc_cpu_clocks *clocks);

#endif
