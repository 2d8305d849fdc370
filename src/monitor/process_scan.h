/*
 * The stat of all processes that may be a service's, by reading as few as possible. Most processes
 * of a machine are known to be none of ours, and stay it: who is not a descendant of a service does
 * not become one. So only three kinds are read: those asked for, new ones, and ids that may belong
 * to somebody else by now.
 *
 * New ones show in the kernel's cursor: ids of processes and threads are given out upwards, with
 * wrap-around, and the last field of /proc/loadavg is the id given out last. While it stands still
 * nobody was born and not even /proc is listed; once it moved, an id that was known before has
 * changed hands only if it lies between the two positions. (A process whose id was chosen by hand,
 * as a restored checkpoint's is, is found with the next one that was not.)
 *
 * Everything is read every time where the cursor does not speak of the processes seen: another root
 * than this machine's, or a /proc of another pid namespace than our own.
 */
#ifndef MONITOR_PROCESS_SCAN_H
#define MONITOR_PROCESS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "procfs/proc_tree.h"

struct process_scan {
	struct procfs fs;
	struct strbuf buffer;
	struct proc_ids listing;
	struct proc_ids foreign; /* none of ours, ascending */
	bool is_own_namespace;
	bool is_first;
	pid_t cursor;	     /* at the last listing */
	uint64_t fork_count; /* then */
	uint64_t moved_ns;   /* when the cursor was first seen there */
	uint64_t listed_ns;
	uint64_t read_count; /* files of stat read so far */
};

void process_scan_init(struct process_scan *scan, const struct procfs *fs);
void process_scan_release(struct process_scan *scan);

/*
 * Replaces `stats`, by ascending pid: of `wanted` (ascending), and of all that are not known to be
 * foreign. `is_full`: what was known is forgotten. 0, or negative errno when /proc cannot be read.
 */
int process_scan_read(struct process_scan *scan, const struct proc_ids *wanted, bool is_full,
		      uint64_t now_ns, struct proc_stats *stats);

/*
 * After a read: stat i is of none of ours when is_foreign[i]. It is taken for known once its parent
 * is known as well (or nobody, or one of `reapers`): the parent of a process that was just orphaned
 * is not to be seen, and the process may be ours.
 */
void process_scan_add_foreign(struct process_scan *scan, const struct proc_stats *stats,
			      const bool *is_foreign, const struct proc_ids *reapers);

#endif
