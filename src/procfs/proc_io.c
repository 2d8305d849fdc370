#include "procfs/proc_io.h"

#include <errno.h>

#include "procfs/proc_scan.h"

int proc_io_parse(const char *text, size_t length, struct proc_io *ret_io)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_io io = {0};
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{"rchar:", &io.rchar},
		{"wchar:", &io.wchar},
		{"syscr:", &io.syscr},
		{"syscw:", &io.syscw},
		{"read_bytes:", &io.read_bytes},
		{"write_bytes:", &io.write_bytes},
		{"cancelled_write_bytes:", &io.cancelled_write_bytes},
	};
	enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };
	unsigned seen = 0;

	while (proc_scan_line(&scan, &line)) {
		for (unsigned i = 0; i < FIELD_COUNT; i++) {
			if (!proc_scan_text(&line, fields[i].key))
				continue;
			/* the kernel prints what was cancelled signed */
			if (!proc_scan_positive(&line, fields[i].value))
				return -EBADMSG;
			seen |= 1u << i;
			break;
		}
	}
	if (seen != (1u << FIELD_COUNT) - 1)
		return -EBADMSG;
	*ret_io = io;
	return 0;
}
