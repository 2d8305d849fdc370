/*
 * Which processes there are: threads of one, descendants of one, who listens on a port, who has a
 * name. Each call is one look at /proc while it changes: a process may end in the middle and is
 * then left out.
 *
 * Lists are replaced, not extended; the caller releases them with vec_release().
 */
#ifndef PROCFS_PROC_TREE_H
#define PROCFS_PROC_TREE_H

#include <stdint.h>

#include "procfs/proc_file.h"
#include "procfs/proc_stat.h"

struct proc_process {
	pid_t pid; /* 0: somebody, but of a process that this user may not look into */
	char name[PROC_NAME_BYTES]; /* comm; "" with pid 0 */
};

struct proc_processes {
	VEC_FIELDS(struct proc_process);
};

/* stat of every process that can be read, by ascending pid. */
struct proc_stats {
	VEC_FIELDS(struct proc_stat);
};

int proc_tree_read_all(const struct procfs *fs, struct proc_stats *stats);

/* Threads of the process, ascending; -ENOENT when there is no such process. */
int proc_tree_list_tasks(const struct procfs *fs, pid_t pid, struct proc_ids *ret_tids);

/*
 * Children, their children and so on, without `pid` itself; parents come before their children.
 * -ENOENT when there is no such process. What a descendant daemonized belongs to someone else by
 * now and is not found.
 */
int proc_tree_list_descendants(const struct procfs *fs, pid_t pid, struct proc_ids *ret_pids);

/*
 * Processes with a socket listening on the TCP port, v4 or v6, in sonde's network namespace, by
 * ascending pid. Several share one after a fork: parents that merely hold the socket are listed
 * too. Sockets whose owner cannot be looked into are one entry with pid 0, last. 0, with an empty
 * list when nobody listens; negative errno when /proc/net cannot be read.
 */
int proc_tree_find_listeners(const struct procfs *fs, uint16_t port,
			     struct proc_processes *ret_processes);

/*
 * Processes whose comm, or the base name of whose argv[0], is `name`, by ascending pid. Ended ones
 * are left out.
 */
int proc_tree_find_by_name(const struct procfs *fs, const char *name,
			   struct proc_processes *ret_processes);

/*
 * Pure: adds the inodes of the sockets listening on `port` in text of /proc/net/tcp or tcp6.
 * Returns damaged lines.
 */
struct proc_inodes {
	VEC_FIELDS(uint64_t);
};

uint32_t proc_tree_parse_listeners(const char *text, size_t length, uint16_t port,
				   struct proc_inodes *inodes);

#endif
