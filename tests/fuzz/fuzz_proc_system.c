/* The files of the machine and the socket tables, each parser over each text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "procfs/proc_disk.h"
#include "procfs/proc_memory.h"
#include "procfs/proc_softnet.h"
#include "procfs/proc_system.h"
#include "procfs/proc_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char model[PROC_CPU_MODEL_BYTES];
	struct proc_system_stat stat = {0};
	struct proc_cpu_clocks clocks = {0};
	struct proc_memory_events events;
	struct proc_softnet softnet = {0};
	struct proc_inodes inodes = {0};
	struct proc_disks disks = {0};
	struct proc_pressure pressure;
	struct proc_loadavg loadavg;
	struct proc_meminfo meminfo;

	if (proc_system_parse_stat(text, size, &stat) < 0)
		assert(stat.cpus.count == 0);
	if (proc_system_parse_cpu_model(text, size, model) == 0)
		assert(strlen(model) < sizeof(model));
	if (proc_system_parse_meminfo(text, size, &meminfo) == 0)
		assert(meminfo.total_bytes > 0);
	if (proc_system_parse_cpu_clocks(text, size, &clocks) < 0)
		assert(clocks.count == 0);
	if (proc_disk_parse(text, size, &disks) < 0)
		assert(disks.count == 0);
	for (size_t i = 0; i < disks.count; i++)
		assert(strlen(disks.items[i].name) < sizeof(disks.items[i].name));
	if (proc_softnet_parse(text, size, &softnet) < 0)
		assert(softnet.count == 0);
	proc_memory_parse_events(text, size, &events);
	proc_system_parse_pressure(text, size, &pressure);
	proc_system_parse_loadavg(text, size, &loadavg);
	proc_tree_parse_listeners(text, size, 8080, &inodes);
	vec_release(&clocks);
	vec_release(&disks);
	vec_release(&inodes);
	vec_release(&softnet);
	proc_system_stat_release(&stat);
	return 0;
}
