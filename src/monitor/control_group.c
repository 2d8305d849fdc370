#include "monitor/control_group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "procfs/proc_system.h"

enum { FILE_MAX_BYTES = 1 << 20, NS_PER_USEC = 1000 };

/* v1's memory without a limit is the largest number of whole pages */
#define V1_UNLIMITED (UINT64_C(1) << 62)

const char *const control_group_resources[CONTROL_GROUP_RESOURCE_COUNT] = {"cpu", "io", "memory"};

/* --- where the group is --- */

static void find_mounts(struct control_group_reader *reader)
{
	static const char *const usual[PROC_CGROUP_HIERARCHY_COUNT] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpuacct",
		"/sys/fs/cgroup/memory"};

	if (proc_file_read(reader->fs, &reader->buffer, "/proc/self/mountinfo") == 0 &&
	    proc_cgroup_parse_mounts(strbuf_text(&reader->buffer), reader->buffer.length,
				     &reader->mounts) == 0)
		return;
	for (int i = 0; i < PROC_CGROUP_HIERARCHY_COUNT; i++) {
		struct proc_cgroup_mount *mount = &reader->mounts.mounts[i];

		snprintf(mount->point, sizeof(mount->point), "%s", usual[i]);
		snprintf(mount->root, sizeof(mount->root), "/");
	}
}

void control_group_reader_init(struct control_group_reader *reader, const struct procfs *fs,
			       struct strbuf *missing)
{
	*reader = (struct control_group_reader){.fs = fs, .missing = missing};
	strbuf_init(&reader->buffer, FILE_MAX_BYTES);
	find_mounts(reader);
}

void control_group_reader_release(struct control_group_reader *reader)
{
	strbuf_release(&reader->buffer);
}

void control_group_init(struct control_group *group, pid_t pid, const char *role)
{
	*group = (struct control_group){.pid = pid, .role = role};
	strbuf_init(&group->membership, FILE_MAX_BYTES);
}

void control_group_release(struct control_group *group)
{
	strbuf_release(&group->membership);
}

/* A file of `folder`, or of one above it: the first `length` bytes of its path. */
static int read_at(struct control_group_reader *reader, const struct control_group_folder *folder,
		   size_t length, const char *name)
{
	if (folder->path[0] == '\0')
		return -ENOENT;
	return proc_file_read(reader->fs, &reader->buffer, "%.*s/%s", (int)length, folder->path,
			      name);
}

static int read_file(struct control_group_reader *reader, const struct control_group_folder *folder,
		     const char *name)
{
	return read_at(reader, folder, strlen(folder->path), name);
}

static int read_number(struct control_group_reader *reader,
		       const struct control_group_folder *folder, size_t length, const char *name,
		       uint64_t *ret_value)
{
	int r = read_at(reader, folder, length, name);

	return r < 0 ? r
		     : proc_cgroup_parse_number(strbuf_text(&reader->buffer), reader->buffer.length,
						ret_value);
}

static uint64_t read_memory_limit(struct control_group_reader *reader,
				  const struct control_group_folder *folder, size_t length,
				  bool is_unified)
{
	uint64_t limit;

	if (read_number(reader, folder, length, is_unified ? "memory.max" : "memory.limit_in_bytes",
			&limit) < 0 ||
	    (!is_unified && limit >= V1_UNLIMITED))
		return PROC_CGROUP_NO_LIMIT;
	return limit;
}

/* CPUs; 0 = no limit here. */
static double read_cpu_limit(struct control_group_reader *reader,
			     const struct control_group_folder *folder, size_t length,
			     bool is_unified)
{
	uint64_t quota, period;
	double cpus;

	if (is_unified)
		return read_at(reader, folder, length, "cpu.max") == 0 &&
				       proc_cgroup_parse_cpu_max(strbuf_text(&reader->buffer),
								 reader->buffer.length, &cpus) == 0
			       ? cpus
			       : 0;
	if (read_number(reader, folder, length, "cpu.cfs_quota_us", &quota) < 0 ||
	    quota == PROC_CGROUP_NO_LIMIT ||
	    read_number(reader, folder, length, "cpu.cfs_period_us", &period) < 0 || period == 0)
		return 0;
	return (double)quota / (double)period;
}

/*
 * The root group says what the whole machine does. The unified one has no cgroup.events; v1's has
 * every file, and looks like the top group that a container sees, which has a limit, though.
 */
static bool is_root(struct control_group_reader *reader, const struct control_group_folder *folder,
		    enum proc_cgroup_hierarchy hierarchy)
{
	size_t length = strlen(folder->path);

	if (hierarchy == PROC_CGROUP_UNIFIED)
		return read_file(reader, folder, "cgroup.events") < 0;
	if (length > folder->top_length)
		return false;
	if (hierarchy == PROC_CGROUP_MEMORY)
		return read_memory_limit(reader, folder, length, false) == PROC_CGROUP_NO_LIMIT;
	return !(read_cpu_limit(reader, folder, length, false) > 0);
}

static void locate(struct control_group_reader *reader, struct control_group *group)
{
	struct proc_cgroup_paths paths;

	memset(group->folders, 0, sizeof(group->folders));
	if (proc_cgroup_parse_paths(strbuf_text(&group->membership), group->membership.length,
				    &paths) < 0) {
		monitor_add_missing(reader->missing,
				    "control group of %s: /proc/%d/cgroup is not in the form that "
				    "it should be",
				    group->role, (int)group->pid);
		return;
	}
	for (int i = 0; i < PROC_CGROUP_HIERARCHY_COUNT; i++) {
		const struct proc_cgroup_mount *mount = &reader->mounts.mounts[i];
		struct control_group_folder *folder = &group->folders[i];

		folder->top_length = strlen(mount->point);
		if (!proc_cgroup_locate(mount, paths.paths[i], folder->path) ||
		    is_root(reader, folder, (enum proc_cgroup_hierarchy)i))
			folder->path[0] = '\0';
	}
}

bool control_group_follow(struct control_group *group, struct control_group_reader *reader)
{
	struct strbuf *now = &reader->buffer;

	if (proc_file_read(reader->fs, now, "/proc/%d/cgroup", (int)group->pid) < 0 ||
	    strcmp(strbuf_text(now), strbuf_text(&group->membership)) == 0)
		return false;
	strbuf_clear(&group->membership);
	strbuf_add(&group->membership, strbuf_text(now), now->length);
	locate(reader, group);
	return true;
}

/* --- what it says --- */

static bool find_value(struct control_group_reader *reader, const char *key, uint64_t *ret_value)
{
	return proc_cgroup_find_value(strbuf_text(&reader->buffer), reader->buffer.length, key,
				      ret_value);
}

/* The length of the folder one above; 0 over the mount point. */
static size_t get_parent_length(const struct control_group_folder *folder, size_t length)
{
	if (length <= folder->top_length)
		return 0;
	while (length > folder->top_length && folder->path[length - 1] != '/')
		length--;
	return length > folder->top_length ? length - 1 : folder->top_length;
}

static void read_throttling(struct control_group_reader *reader,
			    const struct control_group_folder *folder, bool is_unified,
			    struct control_group_reading *reading)
{
	const char *key = is_unified ? "throttled_usec" : "throttled_time";

	reading->has_throttling =
		read_at(reader, folder, reading->cpu_limit_length, "cpu.stat") == 0 &&
		find_value(reader, "nr_periods", &reading->periods) &&
		find_value(reader, "nr_throttled", &reading->throttled_periods) &&
		find_value(reader, key, &reading->throttled_ns);
	if (is_unified)
		reading->throttled_ns *= NS_PER_USEC;
}

static void read_limits(struct control_group_reader *reader,
			const struct control_group_folder *folder, bool is_unified,
			struct control_group_reading *reading)
{
	for (size_t length = strlen(folder->path); length > 0;
	     length = get_parent_length(folder, length)) {
		double cpus = read_cpu_limit(reader, folder, length, is_unified);

		if (cpus > 0 && (reading->cpu_limit_length == 0 || cpus < reading->cpu_limit)) {
			reading->cpu_limit = cpus;
			reading->cpu_limit_length = length;
		}
	}
	if (reading->cpu_limit_length > 0)
		read_throttling(reader, folder, is_unified, reading);
}

static void read_memory(struct control_group_reader *reader,
			const struct control_group_folder *folder, bool is_unified,
			struct control_group_reading *reading)
{
	size_t length = strlen(folder->path);

	reading->has_memory = read_number(reader, folder, length,
					  is_unified ? "memory.current" : "memory.usage_in_bytes",
					  &reading->memory_bytes) == 0;
	if (!reading->has_memory)
		return;
	for (; length > 0; length = get_parent_length(folder, length)) {
		uint64_t limit = read_memory_limit(reader, folder, length, is_unified);

		if (limit < reading->memory_limit)
			reading->memory_limit = limit;
	}
	reading->has_oom_kills =
		read_file(reader, folder, is_unified ? "memory.events" : "memory.oom_control") ==
			0 &&
		find_value(reader, "oom_kill", &reading->oom_kills);
}

static void read_pressures(struct control_group_reader *reader,
			   const struct control_group_folder *folder,
			   struct control_group_reading *reading)
{
	for (int i = 0; i < CONTROL_GROUP_RESOURCE_COUNT; i++) {
		struct proc_pressure pressure;
		char name[24];

		snprintf(name, sizeof(name), "%s.pressure", control_group_resources[i]);
		reading->has_pressure[i] =
			read_file(reader, folder, name) == 0 &&
			proc_system_parse_pressure(strbuf_text(&reader->buffer),
						   reader->buffer.length, &pressure) == 0;
		if (reading->has_pressure[i])
			reading->some_ns[i] = pressure.some_ns;
	}
}

/* A controller is in one hierarchy only: v1's where it has one. */
void control_group_read(const struct control_group *group, struct control_group_reader *reader,
			struct control_group_reading *reading)
{
	const struct control_group_folder *unified = &group->folders[PROC_CGROUP_UNIFIED],
					  *cpu = &group->folders[PROC_CGROUP_CPU],
					  *accounting = &group->folders[PROC_CGROUP_CPUACCT],
					  *memory = &group->folders[PROC_CGROUP_MEMORY];
	bool has_v1_cpu = cpu->path[0] != '\0', has_v1_memory = memory->path[0] != '\0';

	*reading = (struct control_group_reading){.memory_limit = PROC_CGROUP_NO_LIMIT};
	if (read_number(reader, accounting, strlen(accounting->path), "cpuacct.usage",
			&reading->usage_ns) == 0) {
		reading->has_usage = true;
	} else if (read_file(reader, unified, "cpu.stat") == 0 &&
		   find_value(reader, "usage_usec", &reading->usage_ns)) {
		reading->has_usage = true;
		reading->usage_ns *= NS_PER_USEC;
	}
	read_limits(reader, has_v1_cpu ? cpu : unified, !has_v1_cpu, reading);
	read_memory(reader, has_v1_memory ? memory : unified, !has_v1_memory, reading);
	read_pressures(reader, unified, reading);
}
