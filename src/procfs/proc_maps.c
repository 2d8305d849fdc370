#include "procfs/proc_maps.h"

#include <errno.h>
#include <string.h>

#include "procfs/proc_scan.h"

/* "r-xp": one letter or '-' each, then p(rivate) or s(hared). */
static bool scan_protection(struct proc_scan *scan, struct proc_mapping *mapping)
{
	const char *at = scan->at;

	if (scan->end - at < 4 || (at[0] != 'r' && at[0] != '-') ||
	    (at[1] != 'w' && at[1] != '-') || (at[2] != 'x' && at[2] != '-') ||
	    (at[3] != 'p' && at[3] != 's'))
		return false;
	mapping->is_readable = at[0] == 'r';
	mapping->is_writable = at[1] == 'w';
	mapping->is_executable = at[2] == 'x';
	mapping->is_shared = at[3] == 's';
	scan->at += 4;
	return true;
}

static void split_path(struct proc_scan scan, struct proc_mapping *mapping)
{
	static const char deleted[] = " (deleted)";
	const size_t deleted_length = sizeof(deleted) - 1;

	mapping->path = scan.at;
	mapping->path_length = (size_t)(scan.end - scan.at);
	if (mapping->path_length > deleted_length &&
	    memcmp(scan.end - deleted_length, deleted, deleted_length) == 0) {
		mapping->path_length -= deleted_length;
		mapping->is_deleted = true;
	}
}

int proc_maps_parse_line(const char *line, size_t length, struct proc_mapping *ret_mapping)
{
	struct proc_scan scan = {line, line + length};
	struct proc_mapping mapping = {0};
	uint64_t major, minor;

	if (!proc_scan_number(&scan, 16, &mapping.start_avma) || !proc_scan_char(&scan, '-') ||
	    !proc_scan_number(&scan, 16, &mapping.end_avma) ||
	    mapping.start_avma >= mapping.end_avma || !proc_scan_char(&scan, ' ') ||
	    !scan_protection(&scan, &mapping) || !proc_scan_char(&scan, ' ') ||
	    !proc_scan_number(&scan, 16, &mapping.file_offset) || !proc_scan_char(&scan, ' ') ||
	    !proc_scan_number(&scan, 16, &major) || !proc_scan_char(&scan, ':') ||
	    !proc_scan_number(&scan, 16, &minor) || major > UINT32_MAX || minor > UINT32_MAX ||
	    !proc_scan_char(&scan, ' ') || !proc_scan_u64(&scan, &mapping.inode) ||
	    (scan.at < scan.end && *scan.at != ' '))
		return -EBADMSG;
	mapping.dev_major = (uint32_t)major;
	mapping.dev_minor = (uint32_t)minor;
	proc_scan_skip_blanks(&scan);
	split_path(scan, &mapping);
	*ret_mapping = mapping;
	return 0;
}

int proc_maps_next(struct proc_maps_iterator *maps, struct proc_mapping *ret_mapping)
{
	struct proc_scan scan, line;

	if (maps->offset >= maps->length)
		return 0;
	scan = (struct proc_scan){maps->text + maps->offset, maps->text + maps->length};
	while (proc_scan_line(&scan, &line)) {
		maps->offset = (size_t)(scan.at - maps->text);
		maps->line++;
		if (proc_maps_parse_line(line.at, (size_t)(line.end - line.at), ret_mapping) == 0)
			return 1;
		maps->damaged_count++;
		if (maps->is_strict)
			return -EBADMSG;
	}
	return 0;
}
