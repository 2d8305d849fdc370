/*
 * The files of one process: no text makes a parser read outside it or yield a name that does not
 * end.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "procfs/proc_io.h"
#include "procfs/proc_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct proc_stat stat;
	struct proc_schedstat schedstat;
	struct proc_status status;
	struct proc_statm statm;
	struct proc_io io;

	if (proc_stat_parse(text, size, &stat) == 0) {
		assert(memchr(stat.name, '\0', sizeof(stat.name)) != NULL);
		assert(stat.pid >= 0 && stat.parent_pid >= 0);
	}
	if (proc_stat_parse_status(text, size, &status) == 0)
		assert(status.tgid > 0);
	proc_stat_parse_schedstat(text, size, &schedstat);
	proc_stat_parse_statm(text, size, &statm);
	proc_io_parse(text, size, &io);
	return 0;
}
