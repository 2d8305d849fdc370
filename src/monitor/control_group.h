/*
 * The control group of a process: where it is in the hierarchies, and what it says now. Unified
 * hierarchy, one for each controller (v1), or both beside each other. A process in the root group
 * is in no group: nothing is said of it. v1 has no pressure of groups. For cgroup_monitor.c.
 */
#ifndef MONITOR_CONTROL_GROUP_H
#define MONITOR_CONTROL_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "procfs/proc_cgroup.h"
#include "procfs/proc_file.h"
#include "util/strbuf.h"

enum { CONTROL_GROUP_RESOURCE_COUNT = 3 };

extern const char *const control_group_resources[CONTROL_GROUP_RESOURCE_COUNT]; /* "cpu" … */

/* What all groups are read with. */
struct control_group_reader {
	const struct procfs *fs; /* borrowed */
	struct strbuf *missing;	 /* borrowed */
	struct strbuf buffer;
	struct proc_cgroup_mounts mounts;
};

void control_group_reader_init(struct control_group_reader *reader, const struct procfs *fs,
			       struct strbuf *missing);
void control_group_reader_release(struct control_group_reader *reader);

/* One hierarchy's part of the group: "" = not there, or its root. */
struct control_group_folder {
	char path[PROC_CGROUP_PATH_BYTES];
	size_t top_length; /* of `path`: the mount point */
};

struct control_group {
	pid_t pid;
	const char *role;	  /* borrowed: for sentences */
	struct strbuf membership; /* /proc/PID/cgroup, as last read */
	struct control_group_folder folders[PROC_CGROUP_HIERARCHY_COUNT];
};

void control_group_init(struct control_group *group, pid_t pid, const char *role);
void control_group_release(struct control_group *group);

/*
 * Looks where the process is now; true when that is another group than before. Where it was stays
 * when the process has ended: others may still be there.
 */
bool control_group_follow(struct control_group *group, struct control_group_reader *reader);

/*
 * Limits are the smallest of the group and all above it; throttling is that of the group with the
 * smallest one, where the kernel counts it.
 */
struct control_group_reading {
	bool has_usage, has_throttling, has_memory, has_oom_kills;
	bool has_pressure[CONTROL_GROUP_RESOURCE_COUNT];
	uint64_t usage_ns;
	double cpu_limit;	 /* CPUs; 0 = none */
	size_t cpu_limit_length; /* of the path of the group that has it, and its counters */
	uint64_t periods, throttled_periods, throttled_ns;
	uint64_t memory_bytes, memory_limit; /* PROC_CGROUP_NO_LIMIT */
	uint64_t oom_kills;
	uint64_t some_ns[CONTROL_GROUP_RESOURCE_COUNT];
};

void control_group_read(const struct control_group *group, struct control_group_reader *reader,
			struct control_group_reading *reading);

#endif
