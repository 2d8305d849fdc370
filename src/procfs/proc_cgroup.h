/*
 * Control groups as text (cgroups(7); kernel: admin-guide/cgroup-v2.rst, cgroup-v1): in which group
 * a process is, where the hierarchies are mounted, and the small files of a group.
 *
 * A machine has the unified hierarchy (v2), or one for each controller (v1), or both beside each
 * other (hybrid).
 */
#ifndef PROCFS_PROC_CGROUP_H
#define PROCFS_PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROC_CGROUP_PATH_BYTES = 1024 };

/* Hierarchies that matter here; v1's may be mounted together. */
enum proc_cgroup_hierarchy {
	PROC_CGROUP_UNIFIED,
	PROC_CGROUP_CPU,
	PROC_CGROUP_CPUACCT,
	PROC_CGROUP_MEMORY,
	PROC_CGROUP_HIERARCHY_COUNT,
};

/* Paths of a process's groups, with a leading slash; "" = it is in none, or the path is too long */
struct proc_cgroup_paths {
	char paths[PROC_CGROUP_HIERARCHY_COUNT][PROC_CGROUP_PATH_BYTES];
};

/* Where a hierarchy is mounted, and which of its groups is seen there ("/" = all). "" = nowhere */
struct proc_cgroup_mount {
	char point[PROC_CGROUP_PATH_BYTES];
	char root[PROC_CGROUP_PATH_BYTES];
};

struct proc_cgroup_mounts {
	struct proc_cgroup_mount mounts[PROC_CGROUP_HIERARCHY_COUNT];
};

/* /proc/PID/cgroup. 0 or -EBADMSG. */
int proc_cgroup_parse_paths(const char *text, size_t length, struct proc_cgroup_paths *ret_paths);

/* /proc/self/mountinfo: lines of other file systems are passed over. 0 or -EBADMSG. */
int proc_cgroup_parse_mounts(const char *text, size_t length,
			     struct proc_cgroup_mounts *ret_mounts);

/*
 * The folder of the group `path`, as seen through `mount`, into `ret_folder`. False when it is not
 * to be seen there, or does not fit.
 */
bool proc_cgroup_locate(const struct proc_cgroup_mount *mount, const char *path,
			char ret_folder[static PROC_CGROUP_PATH_BYTES]);

/*
 * The value of `key` in a file of "key value" lines (cpu.stat, memory.events); false when it is not
 * there, or no number.
 */
bool proc_cgroup_find_value(const char *text, size_t length, const char *key, uint64_t *ret_value);

/*
 * A file of one number (memory.current, memory.max, memory.limit_in_bytes, cpu.cfs_quota_us): "max"
 * and negative ones are PROC_CGROUP_NO_LIMIT. 0 or -EBADMSG.
 */
#define PROC_CGROUP_NO_LIMIT UINT64_MAX

int proc_cgroup_parse_number(const char *text, size_t length, uint64_t *ret_value);

/*
 * cpu.max, "QUOTA PERIOD" in us: how many CPUs' time the group may use. No limit: 0. 0 or -EBADMSG.
 */
int proc_cgroup_parse_cpu_max(const char *text, size_t length, double *ret_cpus);

#endif
