/*
 * What the machine and its tasks had used up to one moment: cumulative counters as the kernel keeps
 * them. Two samples make a table (view/stat_table.h); nothing here is a rate.
 *
 * Producers: monitor/machine_sampler.c, which reads /proc by the parsers of procfs/.
 */
#ifndef MODEL_MACHINE_SAMPLE_H
#define MODEL_MACHINE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/vec.h"

enum { TASK_NAME_BYTES = 64, DISK_NAME_BYTES = 32 };

/* What a kernel, or this user's rights, did not give. */
#define SAMPLE_UNKNOWN UINT64_MAX

/* What times of CPUs and tasks are counted in: USER_HZ is 100 on every machine sonde runs on. */
#define SAMPLE_TICK_NS UINT64_C(10000000)

/*
 * A process (tid 0), or one of its threads. What the kernel sums over all threads of a process,
 * ended ones included, is that sum: user, system and guest time, faults, I/O. `cpu_ns`, `wait_ns`
 * and the switches it does not sum: they are of the threads that are there and of those that ended
 * since the sampler first saw the process.
 */
struct task_sample {
	pid_t pid, tid;
	uint32_t uid;		    /* the real one */
	char name[TASK_NAME_BYTES]; /* comm, not argv[0] */
	char state;		    /* R S D T t Z X I */
	int cpu;		    /* where it ran last; -1 unknown */
	uint64_t start_ns;	    /* since boot; with the pid its identity */
	uint32_t thread_count;
	uint64_t user_ns, system_ns; /* in ticks of 10 ms; guest time is in user */
	uint64_t guest_ns;
	uint64_t cpu_ns;  /* exact (schedstat), or unknown */
	uint64_t wait_ns; /* runnable but not running, or unknown */
	uint64_t switches_voluntary, switches_involuntary; /* or unknown */
	uint64_t faults_minor, faults_major;
	uint64_t virtual_bytes, rss_bytes; /* of the process, also for a thread */
	/* storage I/O of the process or thread; unknown without the right to look */
	uint64_t read_bytes, write_bytes, cancelled_write_bytes;
	uint64_t io_delay_ns;	   /* waited for block I/O; 0 where the kernel does not keep it */
	uint64_t descriptor_count; /* of the process; unknown without the right to look */
};

enum cpu_state {
	CPU_USER, /* as the kernel shows it: guest time is in it */
	CPU_NICE, /* guest_nice is in it */
	CPU_SYSTEM,
	CPU_IDLE,
	CPU_IOWAIT,
	CPU_IRQ,
	CPU_SOFTIRQ,
	CPU_STEAL,
	CPU_GUEST,
	CPU_GUEST_NICE,
	CPU_STATE_COUNT,
};

const char *cpu_state_name(enum cpu_state state); /* "user" "nice" … "guest_nice" */

struct cpu_sample {
	uint32_t cpu; /* the kernel's number; offline ones are not listed */
	uint64_t state_ns[CPU_STATE_COUNT];
};

/* /proc/diskstats; times in ms as the kernel counts them. */
struct disk_sample {
	char name[DISK_NAME_BYTES];
	bool is_partition;
	uint64_t reads, reads_merged, read_sectors, read_ms;
	uint64_t writes, writes_merged, write_sectors, write_ms;
	uint64_t busy_ms;     /* with at least one request */
	uint64_t weighted_ms; /* requests in flight, times time */
	uint64_t discards, discards_merged, discard_sectors, discard_ms; /* 0 before Linux 4.18 */
	uint64_t flushes, flush_ms;					 /* 0 before Linux 5.5 */
};

struct machine_sample {
	uint64_t time_ns;   /* CLOCK_MONOTONIC; of another root: its uptime */
	uint64_t uptime_ns; /* /proc/uptime, in steps of 10 ms: what sysstat divides by */
	uint64_t wall_ns;
	uint64_t memory_total_bytes;
	struct cpu_sample cpu_total;
	VEC(struct cpu_sample) cpus;
	VEC(struct disk_sample) disks;
	VEC(struct task_sample) tasks; /* a process, then its threads by tid; by ascending pid */
};

/*
 * Growth of a disk's time, of which the kernel shows 32 bits: at a long queue they begin again
 * within hours. 0 when it went back.
 */
uint64_t disk_sample_get_growth_ms(uint64_t last_ms, uint64_t now_ms);

void machine_sample_release(struct machine_sample *sample);
/* Replaces what is in `copy` (zeroed, or used before). */
void machine_sample_copy(struct machine_sample *copy, const struct machine_sample *sample);
/* Empties the lists and keeps their memory. */
void machine_sample_clear(struct machine_sample *sample);

/* NULL when it was not there, or when the pid was another process's. */
const struct task_sample *machine_sample_find_task(const struct machine_sample *sample,
						   const struct task_sample *task);

/*
 * What the task of a later sample is to be compared with: itself in the earlier one, or, of one
 * that began since then, nothing used. Of what is older (start times are whole ticks) and was seen
 * for the first time, what it used before is not known, and each counter is SAMPLE_UNKNOWN.
 */
const struct task_sample *machine_sample_find_start(const struct machine_sample *earlier,
						    const struct task_sample *task);

#endif
