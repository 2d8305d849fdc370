#include "procfs/proc_softnet.h"

#include <errno.h>

#include "procfs/proc_scan.h"

enum { COLUMN_CPU = 12, COLUMN_COUNT };

/* At least the first three columns; newer kernels have up to fifteen. */
static bool scan_cpu(struct proc_scan line, struct proc_softnet_cpu *cpu)
{
	uint64_t columns[COLUMN_COUNT];
	int count = 0;

	while (count < COLUMN_COUNT && proc_scan_number(&line, 16, &columns[count])) {
		if (columns[count++] > UINT32_MAX)
			return false;
	}
	proc_scan_skip_blanks(&line);
	if (count < 3 || (count < COLUMN_COUNT && line.at != line.end))
		return false;
	cpu->processed = (uint32_t)columns[0];
	cpu->dropped = (uint32_t)columns[1];
	cpu->squeezed = (uint32_t)columns[2];
	if (count > COLUMN_CPU)
		cpu->cpu = (uint32_t)columns[COLUMN_CPU];
	return true;
}

int proc_softnet_parse(const char *text, size_t length, struct proc_softnet *softnet)
{
	struct proc_scan scan = {text, text + length}, line;

	vec_clear(softnet);
	while (proc_scan_line(&scan, &line)) {
		struct proc_softnet_cpu cpu = {.cpu = (uint32_t)softnet->count};

		if (!scan_cpu(line, &cpu)) {
			vec_clear(softnet);
			return -EBADMSG;
		}
		vec_push(softnet, cpu);
	}
	return softnet->count > 0 ? 0 : -EBADMSG;
}
