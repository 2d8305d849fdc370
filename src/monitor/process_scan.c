#include "monitor/process_scan.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "procfs/proc_scan.h"
#include "util/clock.h"

enum {
	FILE_MAX_BYTES = 4 << 20,
	RESERVED_PIDS = 300, /* the kernel starts again behind these */
	/*
	 * An id is given out a little before its process shows in /proc: for so long after a move
	 * the listing is repeated.
	 */
	SETTLE_NS = 50 * 1000 * 1000,
};

/* What decides what has to be read. */
struct position {
	pid_t cursor;
	uint64_t task_count;
};

void process_scan_init(struct process_scan *scan, const struct procfs *fs)
{
	*scan = (struct process_scan){.fs = *fs, .is_first = true};
	strbuf_init(&scan->buffer, FILE_MAX_BYTES);
}

void process_scan_release(struct process_scan *scan)
{
	strbuf_release(&scan->buffer);
	vec_release(&scan->listing);
	vec_release(&scan->foreign);
}

/* --- the cursor --- */

/* "NSpid:	4711": one number for each namespace from that of /proc down to our own. */
static bool is_own_namespace(struct process_scan *scan)
{
	struct proc_scan text, line;
	uint64_t pid;

	if (proc_file_read(&scan->fs, &scan->buffer, "/proc/self/status") < 0)
		return false;
	text = (struct proc_scan){strbuf_text(&scan->buffer),
				  strbuf_text(&scan->buffer) + scan->buffer.length};
	while (proc_scan_line(&text, &line))
		if (proc_scan_text(&line, "NSpid:"))
			return proc_scan_u64(&line, &pid) && !proc_scan_u64(&line, &pid);
	return false;
}

/* "0.10 0.20 0.30 RUNNING/TASKS CURSOR" */
static bool read_position(struct process_scan *scan, struct position *ret_position)
{
	struct proc_scan text, word;
	uint64_t running, tasks, cursor;

	if (proc_file_read(&scan->fs, &scan->buffer, "/proc/loadavg") < 0)
		return false;
	text = (struct proc_scan){strbuf_text(&scan->buffer),
				  strbuf_text(&scan->buffer) + scan->buffer.length};
	for (int i = 0; i < 3; i++)
		if (!proc_scan_word(&text, &word))
			return false;
	if (!proc_scan_u64(&text, &running) || !proc_scan_char(&text, '/') ||
	    !proc_scan_u64(&text, &tasks) || !proc_scan_u64(&text, &cursor) || cursor > INT_MAX)
		return false;
	*ret_position = (struct position){(pid_t)cursor, tasks};
	return true;
}

/* Forks since boot, of threads too, of all namespaces. */
static bool read_fork_count(struct process_scan *scan, uint64_t *ret_count)
{
	struct proc_scan text, line;

	if (proc_file_read(&scan->fs, &scan->buffer, "/proc/stat") < 0)
		return false;
	text = (struct proc_scan){strbuf_text(&scan->buffer),
				  strbuf_text(&scan->buffer) + scan->buffer.length};
	while (proc_scan_line(&text, &line))
		if (proc_scan_text(&line, "processes "))
			return proc_scan_u64(&line, ret_count);
	return false;
}

/*
 * Whether there were so few forks that the cursor cannot have come round: not half as many as ids
 * were free.
 */
static bool is_within_turn(struct process_scan *scan, const struct position *position,
			   uint64_t fork_count)
{
	struct proc_scan text;
	uint64_t pid_max, used = position->task_count + RESERVED_PIDS;

	if (fork_count < scan->fork_count ||
	    proc_file_read(&scan->fs, &scan->buffer, "/proc/sys/kernel/pid_max") < 0)
		return false;
	text = (struct proc_scan){strbuf_text(&scan->buffer),
				  strbuf_text(&scan->buffer) + scan->buffer.length};
	return proc_scan_u64(&text, &pid_max) && pid_max > used &&
	       fork_count - scan->fork_count < (pid_max - used) / 2;
}

/* In (from, to], which may go over the end of the numbers. */
static bool is_between(pid_t pid, pid_t from, pid_t to)
{
	return from <= to ? pid > from && pid <= to : pid > from || pid <= to;
}

/* --- reading --- */

static void read_stat(struct process_scan *scan, pid_t pid, struct proc_stats *stats)
{
	struct proc_stat stat;

	scan->read_count++;
	if (proc_file_read(&scan->fs, &scan->buffer, "/proc/%d/stat", (int)pid) == 0 &&
	    proc_stat_parse(strbuf_text(&scan->buffer), scan->buffer.length, &stat) == 0)
		vec_push(stats, stat);
}

/* Lists /proc; the foreign that are gone, or whose ids were given out since, are not known more. */
static int list(struct process_scan *scan, pid_t cursor)
{
	size_t kept = 0, at = 0;
	int r = proc_file_list_ids(&scan->fs, &scan->listing, "/proc");

	if (r < 0)
		return r;
	for (size_t i = 0; i < scan->foreign.count; i++) {
		pid_t pid = scan->foreign.items[i];

		while (at < scan->listing.count && scan->listing.items[at] < pid)
			at++;
		if (at < scan->listing.count && scan->listing.items[at] == pid &&
		    !is_between(pid, scan->cursor, cursor))
			scan->foreign.items[kept++] = pid;
	}
	scan->foreign.count = kept;
	return 0;
}

static void read_listed(struct process_scan *scan, struct proc_stats *stats)
{
	size_t at = 0;

	for (size_t i = 0; i < scan->listing.count; i++) {
		pid_t pid = scan->listing.items[i];

		while (at < scan->foreign.count && scan->foreign.items[at] < pid)
			at++;
		if (at == scan->foreign.count || scan->foreign.items[at] != pid)
			read_stat(scan, pid, stats);
	}
}

/* All of them; with `position` NULL, or unknown forks, the next one is such a read too. */
static int read_all(struct process_scan *scan, const struct position *position, uint64_t now_ns,
		    struct proc_stats *stats)
{
	uint64_t fork_count;
	int r;

	vec_clear(&scan->foreign);
	scan->is_first = position == NULL || !read_fork_count(scan, &fork_count);
	if (!scan->is_first) {
		scan->fork_count = fork_count;
		scan->cursor = position->cursor;
		scan->moved_ns = scan->listed_ns = now_ns;
	}
	r = list(scan, 0);
	if (r == 0)
		read_listed(scan, stats);
	return r;
}

static int read_new(struct process_scan *scan, const struct position *position, uint64_t now_ns,
		    struct proc_stats *stats)
{
	uint64_t fork_count = scan->fork_count;
	int r;

	if (position->cursor != scan->cursor) {
		if (!read_fork_count(scan, &fork_count) ||
		    !is_within_turn(scan, position, fork_count))
			return read_all(scan, position, now_ns, stats);
		scan->moved_ns = now_ns;
	}
	r = list(scan, position->cursor);
	if (r < 0)
		return r;
	scan->cursor = position->cursor;
	scan->fork_count = fork_count;
	scan->listed_ns = now_ns;
	read_listed(scan, stats);
	return 0;
}

int process_scan_read(struct process_scan *scan, const struct proc_ids *wanted, bool is_full,
		      uint64_t now_ns, struct proc_stats *stats)
{
	struct position position;
	bool has_position;

	vec_clear(stats);
	if (scan->is_first)
		scan->is_own_namespace = is_own_namespace(scan);
	has_position = scan->is_own_namespace && read_position(scan, &position);
	if (!has_position)
		return read_all(scan, NULL, now_ns, stats);
	if (scan->is_first || is_full)
		return read_all(scan, &position, now_ns, stats);
	if (position.cursor != scan->cursor || scan->listed_ns - scan->moved_ns < SETTLE_NS)
		return read_new(scan, &position, now_ns, stats);
	for (size_t i = 0; i < wanted->count; i++)
		read_stat(scan, wanted->items[i], stats);
	return 0;
}

/* --- who is known --- */

static bool is_settled(const struct process_scan *scan, pid_t parent,
		       const struct proc_ids *reapers)
{
	if (parent == 0 || proc_file_has_id(&scan->foreign, parent))
		return true;
	for (size_t i = 0; i < reapers->count; i++)
		if (reapers->items[i] == parent)
			return true;
	return false;
}

static void insert(struct proc_ids *ids, pid_t pid)
{
	size_t at;

	vec_push(ids, pid);
	for (at = ids->count - 1; at > 0 && ids->items[at - 1] > pid; at--)
		ids->items[at] = ids->items[at - 1];
	ids->items[at] = pid;
}

void process_scan_add_foreign(struct process_scan *scan, const struct proc_stats *stats,
			      const bool *is_foreign, const struct proc_ids *reapers)
{
	size_t count_before;

	if (scan->is_first) /* the next read starts over */
		return;
	/* one pass finds all, unless a parent's number is above its child's */
	do {
		count_before = scan->foreign.count;
		for (size_t i = 0; i < stats->count; i++) {
			const struct proc_stat *stat = &stats->items[i];

			if (is_foreign[i] && !proc_file_has_id(&scan->foreign, stat->pid) &&
			    is_settled(scan, stat->parent_pid, reapers))
				insert(&scan->foreign, stat->pid);
		}
	} while (scan->foreign.count > count_before);
}
