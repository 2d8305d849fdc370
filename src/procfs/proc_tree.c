#include "procfs/proc_tree.h"

#include <errno.h>
#include <string.h>

#include "procfs/proc_scan.h"

enum {
	STAT_MAX_BYTES = 4096,
	NET_MAX_BYTES = 64 << 20,
	COMMAND_MAX_BYTES = 4 << 20,
	LINK_MAX_BYTES = 4096
};
enum { TCP_STATE_LISTEN = 0x0A }; /* include/net/tcp_states.h */

static void ids_cleanup(struct proc_ids *ids)
{
	vec_release(ids);
}

static void stats_cleanup(struct proc_stats *stats)
{
	vec_release(stats);
}

static void inodes_cleanup(struct proc_inodes *inodes)
{
	vec_release(inodes);
}

static int read_stat(const struct procfs *fs, struct strbuf *buffer, pid_t pid,
		     struct proc_stat *ret_stat)
{
	int r = proc_file_read(fs, buffer, "/proc/%d/stat", (int)pid);

	if (r < 0)
		return r;
	return proc_stat_parse(strbuf_text(buffer), buffer->length, ret_stat);
}

int proc_tree_read_all(const struct procfs *fs, struct proc_stats *stats)
{
	scoped(ids_cleanup) struct proc_ids pids = {0};
	scoped(strbuf_release) struct strbuf buffer;
	int r;

	strbuf_init(&buffer, STAT_MAX_BYTES);
	r = proc_file_list_ids(fs, &pids, "/proc");
	if (r < 0)
		return r;
	vec_clear(stats);
	for (size_t i = 0; i < pids.count; i++) {
		struct proc_stat stat;

		if (read_stat(fs, &buffer, pids.items[i], &stat) == 0)
			vec_push(stats, stat);
	}
	return 0;
}

int proc_tree_list_tasks(const struct procfs *fs, pid_t pid, struct proc_ids *ret_tids)
{
	return proc_file_list_ids(fs, ret_tids, "/proc/%d/task", (int)pid);
}

int proc_tree_list_descendants(const struct procfs *fs, pid_t pid, struct proc_ids *ret_pids)
{
	scoped(stats_cleanup) struct proc_stats all = {0};
	bool exists = false;
	int r = proc_tree_read_all(fs, &all);

	if (r < 0)
		return r;
	for (size_t i = 0; i < all.count; i++)
		exists |= all.items[i].pid == pid;
	if (!exists)
		return -ENOENT;
	vec_clear(ret_pids);
	/*
	 * Breadth first. A damaged copy may name a process twice or in a circle: the list never
	 * outgrows `all`.
	 */
	for (size_t next = 0; next <= ret_pids->count; next++) {
		pid_t parent = next == 0 ? pid : ret_pids->items[next - 1];

		for (size_t i = 0; i < all.count; i++) {
			if (all.items[i].parent_pid != parent || all.items[i].pid == pid)
				continue;
			vec_push(ret_pids, all.items[i].pid);
			all.items[i].parent_pid = -1;
		}
	}
	return 0;
}

/*
 * " 0: 00000000:07E8 00000000:0000 0A tx:rx tr:when retr uid timeout INODE …"; one hex word more
 * per address in tcp6.
 */
static bool parse_listener(struct proc_scan line, uint16_t port, bool *ret_is_match,
			   uint64_t *ret_inode)
{
	struct proc_scan word, local;
	const char *colon;
	uint64_t local_port, state;

	if (!proc_scan_word(&line, &word) || !proc_scan_word(&line, &local) ||
	    !proc_scan_word(&line, &word))
		return false;
	colon = memrchr(local.at, ':', (size_t)(local.end - local.at));
	if (colon == NULL)
		return false;
	local.at = colon + 1;
	if (!proc_scan_number(&local, 16, &local_port) || !proc_scan_number(&line, 16, &state))
		return false;
	for (int skipped = 0; skipped < 5; skipped++)
		if (!proc_scan_word(&line, &word))
			return false;
	if (!proc_scan_u64(&line, ret_inode))
		return false;
	*ret_is_match = state == TCP_STATE_LISTEN && local_port == port && *ret_inode != 0;
	return true;
}

uint32_t proc_tree_parse_listeners(const char *text, size_t length, uint16_t port,
				   struct proc_inodes *inodes)
{
	struct proc_scan scan = {text, text + length}, line;
	uint32_t damaged = 0;

	proc_scan_line(&scan, &line); /* the heading */
	while (proc_scan_line(&scan, &line)) {
		bool is_match;
		uint64_t inode;

		if (!parse_listener(line, port, &is_match, &inode))
			damaged++;
		else if (is_match)
			vec_push(inodes, inode);
	}
	return damaged;
}

static int read_listeners(const struct procfs *fs, uint16_t port, struct proc_inodes *inodes)
{
	static const char *const names[] = {"tcp", "tcp6"};
	scoped(strbuf_release) struct strbuf buffer;
	int result = 0;

	strbuf_init(&buffer, NET_MAX_BYTES);
	for (int i = 0; i < 2; i++) {
		int r = proc_file_read(fs, &buffer, "/proc/net/%s", names[i]);

		if (r == 0)
			proc_tree_parse_listeners(strbuf_text(&buffer), buffer.length, port,
						  inodes);
		else if (i == 0 || r != -ENOENT) /* a kernel without IPv6 has no tcp6 */
			result = r;
	}
	return result;
}

/* Marks which of `inodes` the process holds; true when there is one. */
static bool mark_sockets(const struct procfs *fs, pid_t pid, const struct proc_inodes *inodes,
			 bool *is_owned, struct proc_ids *fds)
{
	scoped(strbuf_release) struct strbuf link;
	bool is_owner = false;

	strbuf_init(&link, LINK_MAX_BYTES);
	if (proc_file_list_ids(fs, fds, "/proc/%d/fd", (int)pid) < 0)
		return false;
	for (size_t i = 0; i < fds->count; i++) {
		struct proc_scan scan;
		uint64_t inode;

		if (proc_file_read_link(fs, &link, "/proc/%d/fd/%d", (int)pid, (int)fds->items[i]) <
		    0)
			continue;
		scan = (struct proc_scan){strbuf_text(&link), strbuf_text(&link) + link.length};
		if (!proc_scan_text(&scan, "socket:[") || !proc_scan_u64(&scan, &inode))
			continue;
		for (size_t at = 0; at < inodes->count; at++) {
			if (inodes->items[at] != inode)
				continue;
			is_owned[at] = true;
			is_owner = true;
		}
	}
	return is_owner;
}

static void add_process(struct proc_processes *processes, const struct proc_stat *stat)
{
	struct proc_process process = {.pid = stat->pid};

	memcpy(process.name, stat->name, sizeof(process.name));
	vec_push(processes, process);
}

int proc_tree_find_listeners(const struct procfs *fs, uint16_t port,
			     struct proc_processes *ret_processes)
{
	scoped(inodes_cleanup) struct proc_inodes inodes = {0};
	scoped(stats_cleanup) struct proc_stats all = {0};
	scoped(ids_cleanup) struct proc_ids fds = {0};
	scoped_free bool *is_owned = NULL;
	int r = read_listeners(fs, port, &inodes);

	if (r < 0)
		return r;
	vec_clear(ret_processes);
	if (inodes.count == 0)
		return 0;
	r = proc_tree_read_all(fs, &all);
	if (r < 0)
		return r;
	is_owned = alloc_array(inodes.count, sizeof(*is_owned));
	for (size_t i = 0; i < all.count; i++)
		if (mark_sockets(fs, all.items[i].pid, &inodes, is_owned, &fds))
			add_process(ret_processes, &all.items[i]);
	for (size_t i = 0; i < inodes.count; i++) {
		if (is_owned[i])
			continue;
		add_process(ret_processes, &(struct proc_stat){0});
		break;
	}
	return 0;
}

/*
 * argv[0] of cmdline, where a zero byte ends it; a process may write blanks there instead ("nginx:
 * worker").
 */
static bool is_command_named(const struct strbuf *command, const char *name)
{
	const char *first = strbuf_text(command);
	const char *slash = strrchr(first, '/');

	return strcmp(slash != NULL ? slash + 1 : first, name) == 0;
}

int proc_tree_find_by_name(const struct procfs *fs, const char *name,
			   struct proc_processes *ret_processes)
{
	scoped(stats_cleanup) struct proc_stats all = {0};
	scoped(strbuf_release) struct strbuf command;
	int r = proc_tree_read_all(fs, &all);

	strbuf_init(&command, COMMAND_MAX_BYTES);
	if (r < 0)
		return r;
	vec_clear(ret_processes);
	for (size_t i = 0; i < all.count; i++) {
		const struct proc_stat *stat = &all.items[i];
		bool is_match = strcmp(stat->name, name) == 0;

		if (proc_stat_is_ended(stat))
			continue;
		if (!is_match &&
		    proc_file_read(fs, &command, "/proc/%d/cmdline", (int)stat->pid) == 0)
			is_match = is_command_named(&command, name);
		if (is_match)
			add_process(ret_processes, stat);
	}
	return 0;
}
