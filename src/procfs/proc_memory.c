#include "procfs/proc_memory.h"

#include <errno.h>

#include "procfs/proc_scan.h"

/* A value that is below 0, as of a sum over CPUs that has gone wrong, is 0. */
static bool scan_event(struct proc_scan line, struct proc_memory_events *events)
{
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{"pswpin ", &events->swap_in_pages},
		{"pswpout ", &events->swap_out_pages},
		{"pgmajfault ", &events->faults_major},
	};
	struct proc_scan word;
	uint64_t value;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (proc_scan_text(&line, fields[i].key))
			return proc_scan_positive(&line, fields[i].value) && line.at == line.end;
	return proc_scan_word(&line, &word) && proc_scan_positive(&line, &value);
}

int proc_memory_parse_events(const char *text, size_t length, struct proc_memory_events *ret_events)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_memory_events events = {SAMPLE_UNKNOWN, SAMPLE_UNKNOWN, SAMPLE_UNKNOWN};

	while (proc_scan_line(&scan, &line))
		if (!scan_event(line, &events))
			return -EBADMSG;
	if (events.swap_in_pages == SAMPLE_UNKNOWN && events.swap_out_pages == SAMPLE_UNKNOWN &&
	    events.faults_major == SAMPLE_UNKNOWN)
		return -EBADMSG;
	*ret_events = events;
	return 0;
}
