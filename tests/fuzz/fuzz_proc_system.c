/* The files of the machine and the socket tables, each parser over each text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "procfs/proc_system.h"
#include "procfs/proc_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char model[PROC_CPU_MODEL_BYTES];
	struct proc_system_stat stat = {0};
	struct proc_inodes inodes = {0};
	struct proc_pressure pressure;
	struct proc_loadavg loadavg;
	struct proc_meminfo meminfo;

	if (proc_system_parse_stat(text, size, &stat) < 0)
		assert(stat.cpus.count == 0);
	if (proc_system_parse_cpu_model(text, size, model) == 0)
		assert(strlen(model) < sizeof(model));
	if (proc_system_parse_meminfo(text, size, &meminfo) == 0)
		assert(meminfo.total_bytes > 0);
	proc_system_parse_pressure(text, size, &pressure);
	proc_system_parse_loadavg(text, size, &loadavg);
	proc_tree_parse_listeners(text, size, 8080, &inodes);
	vec_release(&inodes);
	proc_system_stat_release(&stat);
	return 0;
}
