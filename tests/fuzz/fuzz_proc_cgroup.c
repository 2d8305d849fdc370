/* Control groups: whatever the text is, paths end, and a folder is below its mount point. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "procfs/proc_cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct proc_cgroup_paths paths = {0};
	struct proc_cgroup_mounts mounts = {0};
	char folder[PROC_CGROUP_PATH_BYTES];
	uint64_t value;
	double cpus;

	proc_cgroup_parse_paths(text, size, &paths);
	proc_cgroup_parse_mounts(text, size, &mounts);
	for (int i = 0; i < PROC_CGROUP_HIERARCHY_COUNT; i++) {
		const struct proc_cgroup_mount *mount = &mounts.mounts[i];

		assert(memchr(paths.paths[i], '\0', sizeof(paths.paths[i])) != NULL);
		assert(memchr(mount->root, '\0', sizeof(mount->root)) != NULL);
		if (proc_cgroup_locate(mount, "/a", folder) ||
		    proc_cgroup_locate(mount, paths.paths[i], folder))
			assert(strncmp(folder, mount->point, strlen(mount->point)) == 0);
	}
	proc_cgroup_find_value(text, size, "nr_throttled", &value);
	proc_cgroup_parse_number(text, size, &value);
	if (proc_cgroup_parse_cpu_max(text, size, &cpus) == 0)
		assert(cpus >= 0);
	return 0;
}
