/*
 * Monitors: what the machine and the services did, as series on the load's clock. Each monitor is
 * one file that exports one `const struct monitor_ops`; monitor.c holds the list and drives them.
 * They read procfs only through procfs/.
 *
 *	monitor_set_new(targets) ─ monitor_set_sample(now) every interval and at both ends of the
 *	  window ─▶ series_list
 *
 * A sample turns cumulative counters into values over the interval since the last one, so the first
 * sample only sets the base. Beside the series, monitor_set_get_usage() gives the cumulative
 * figures of the services, from which lab/ takes the exact difference over the measured window.
 *
 * Summed over all threads: a process's row in /proc speaks of its leader alone for run-queue wait
 * and context switches. Threads that end between two samples keep their last seen value; children
 * that lived and died between two samples are counted by their parents' waited-for times. What no
 * one can know (switches of a process that was never seen) is not invented.
 *
 * Series (name, scope, unit of model/series.h; ROLE also "" = the services in total):
 *
 *	process.*	ROLE	cpu_ratio cpu_user_ratio cpu_system_ratio wait_ratio (of one
 *				CPU), thread_max_ratio (the busiest thread's CPU),
 *				switches_voluntary switches_involuntary faults_minor
 *				faults_major (per_s), read_bytes write_bytes (per_s), rss
 *				pss (bytes), processes threads descriptors
 *	process.*	sonde	what sonde itself used: cpu_ratio, rss
 *	cpu.*		cpuN	user_ratio … guest_nice_ratio, frequency_hz (count),
 *				throttles (per_s)
 *			host	steal_ratio, busy_ratio (of all CPUs: 0..1)
 *	system.*	host	switches forks (per_s), running blocked (count)
 *	pressure.*	host	cpu_some_ratio io_some_ratio io_full_ratio …
 *				irq_full_ratio
 *	memory.*	host	available free dirty swap_used (bytes), swap_in swap_out
 *				faults_major (per_s)
 *	cgroup.*	ROLE	cpu_ratio cpu_limit (count of CPUs) throttled_ratio
 *				throttled_periods_ratio memory memory_limit (bytes) oom_kills
 *				  (per_s)
 *				cpu_some_ratio io_some_ratio memory_some_ratio (its own
 *				pressure)
 *	disk.*		device	reads writes discards flushes (per_s) read_bytes write_bytes (per_s)
 *				read_await write_await (ns) queue (count) busy_ratio
 *	network.*	host|IF	network_monitor.c
 *	softnet.*	host	processed dropped squeezed (per_s)
 *	listener.*	:PORT	queue backlog (count), queue_max (most in the interval)
 *	connection.*	ROLE	count, rtt (ns), retransmits (per_s), unacked not_sent_bytes,
 *				busy_ratio rwnd_limited_ratio sndbuf_limited_ratio
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/series.h"
#include "util/err.h"
#include "util/scoped.h"

enum { MONITOR_ROLE_BYTES = 48 };

/*
 * A service to watch: its first process, and with it all descendants. Role names: the service's
 * name for the first process, "workers" for its descendants (with several services: "NAME
 * workers").
 */
struct monitor_target {
	pid_t pid;
	char role[MONITOR_ROLE_BYTES];
	char child_role[MONITOR_ROLE_BYTES];
	/*
	 * > 0: orphans of the service are waited for by this process (the keeper); its children's
	 * times count
	 */
	pid_t reaper;
};

/* Cumulative since the target's start; differences are what counts. */
struct monitor_usage {
	char role[MONITOR_ROLE_BYTES]; /* "" = all services together */
	uint64_t cpu_ns, user_ns, system_ns;
	uint64_t wait_ns; /* runnable but not running */
	uint64_t switches_voluntary, switches_involuntary;
	uint64_t faults_minor, faults_major;
	/* from and to storage; false: not for this user to see, at least of one process */
	bool has_storage;
	uint64_t read_bytes, write_bytes;
	uint64_t rss_bytes; /* now: the sum over processes */
	uint32_t process_count, thread_count;
};

enum { MONITOR_USAGE_MAX = 16 };

struct monitor_config {
	const struct monitor_target *targets;
	uint32_t target_count;
	pid_t self;	  /* sonde itself: its CPU is a series of scope "sonde"; 0 = none */
	const char *root; /* "" = this machine; another root of proc and sys for tests */
};

struct monitor_set;

/*
 * Never fails for a missing source: what cannot be read is named once in monitor_set_get_missing().
 */
struct monitor_set *monitor_set_new(const struct monitor_config *config);
void monitor_set_free(struct monitor_set *set);
SCOPED_POINTER(monitor_set, monitor_set_free)

/* Reads everything now and appends one point per series to `series` (none on the first call). */
void monitor_set_sample(struct monitor_set *set, uint64_t now_ns, struct series_list *series);

/*
 * Between two samples, about ten times a second: what is gone within an interval (the length of an
 * accept queue) is looked at. Cheap; needs not be called.
 */
void monitor_set_tick(struct monitor_set *set, uint64_t now_ns);

/* What sampling and ticking have cost so far: CPU time of the calling thread. */
uint64_t monitor_set_get_cost_ns(const struct monitor_set *set);

/* The services' processes as of the last sample, ascending; vec_release(). */
struct proc_ids;
void monitor_set_list_pids(const struct monitor_set *set, struct proc_ids *pids);

/* The role of such a process; "" when it is none of them. */
const char *monitor_set_get_role(const struct monitor_set *set, pid_t pid);

/*
 * Cumulative usage as of the last sample: entry 0 is the total, then one per role. Returns the
 * number of entries.
 */
uint32_t monitor_set_get_usage(const struct monitor_set *set,
			       struct monitor_usage usage[static MONITOR_USAGE_MAX]);

/* Whether the first process of target i still exists. */
bool monitor_set_is_alive(const struct monitor_set *set, uint32_t target);

/*
 * Sentences, one a line, about what could not be watched; "" when nothing is missing. Valid until
 * free.
 */
const char *monitor_set_get_missing(const struct monitor_set *set);

#endif
