/*
 * What a file of this folder exports to be a monitor, and what it gets
 * (docs/howto/add-a-monitor.md). For files inside monitor/ only.
 */
#ifndef MONITOR_MONITOR_OPS_H
#define MONITOR_MONITOR_OPS_H

#include <stdint.h>

#include "model/series.h"
#include "monitor/monitor.h"
#include "procfs/proc_file.h"
#include "util/strbuf.h"

struct process_account;
struct service_sockets;
struct system_reading;

/* Lives as long as the set. Monitors read it, and add to `missing` with monitor_add_missing(). */
struct monitor_context {
	struct procfs fs;
	pid_t self;    /* sonde itself; 0 = not watched */
	pid_t service; /* first process of the first target; 0 = none */
	char service_role[MONITOR_ROLE_BYTES];
	struct process_account *services; /* what the targets used; never NULL */
	struct service_sockets *sockets;  /* where they listen; NULL = nothing to say */
	struct system_reading *system;	  /* /proc/stat of this sample and the last; never NULL */
	struct strbuf *missing;
};

struct monitor_ops {
	/*
	 * Opens nothing that has to be there: a source that is missing is one sentence in
	 * `missing`, and the monitor then has less, or nothing, to say. NULL = nothing at all to
	 * say.
	 */
	void *(*start)(struct monitor_context *context);

	/* Reads now; adds one point per series, none when there was no sample before. */
	void (*sample)(void *state, uint64_t now_ns, struct series_list *series);

	void (*stop)(void *state);

	/* monitor_set_tick(); NULL = nothing to do between samples. */
	void (*tick)(void *state, uint64_t now_ns);
};

extern const struct monitor_ops cgroup_monitor_ops;
extern const struct monitor_ops connection_monitor_ops;
extern const struct monitor_ops cpu_monitor_ops;
extern const struct monitor_ops disk_monitor_ops;
extern const struct monitor_ops frequency_monitor_ops;
extern const struct monitor_ops listener_monitor_ops;
extern const struct monitor_ops memory_monitor_ops;
extern const struct monitor_ops network_monitor_ops;
extern const struct monitor_ops pressure_monitor_ops;
extern const struct monitor_ops process_monitor_ops;
extern const struct monitor_ops self_monitor_ops;
extern const struct monitor_ops softnet_monitor_ops;
extern const struct monitor_ops system_monitor_ops;

/* Adds the sentence (without newline) as a line, unless it is there already. */
void monitor_add_missing(struct strbuf *missing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Change of a counter; 0 when it went back, as some of the kernel's do by a little. */
static inline uint64_t monitor_growth(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

/* Growth of a time per time: CPU time as a ratio of one CPU. elapsed_ns above 0. */
static inline double monitor_ratio(uint64_t before, uint64_t after, uint64_t elapsed_ns)
{
	return (double)monitor_growth(before, after) / (double)elapsed_ns;
}

/* Growth of a count: events per second. */
static inline double monitor_rate(uint64_t before, uint64_t after, uint64_t elapsed_ns)
{
	return monitor_ratio(before, after, elapsed_ns) * 1e9;
}

#endif
