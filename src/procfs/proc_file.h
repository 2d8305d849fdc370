/*
 * The kernel's text files as structs. Two halves: this file is the only one that opens anything,
 * under a root that tests replace by a folder of copies; every other file of the folder parses a
 * buffer that it is given, or (proc_tree) asks here for one. Text from /proc is untrusted all the
 * same: a process chooses its name, and copies get damaged.
 *
 *	proc_file_read(&fs, &buffer, "/proc/%d/stat", pid)
 *	  ─▶ proc_stat_parse(strbuf_text(&buffer), buffer.length, &stat)
 *
 * Parsers are pure and take text that need not end in NUL. They return 0 or -EBADMSG, and write
 * results on success only.
 */
#ifndef PROCFS_PROC_FILE_H
#define PROCFS_PROC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/strbuf.h"
#include "util/vec.h"

enum { PROCFS_ROOT_BYTES = 3072 };

/*
 * Where /proc and /sys hang. Zeroed = this machine. Plain data: copy freely, use from any thread.
 */
struct procfs {
	char root[PROCFS_ROOT_BYTES]; /* "" or a folder without a final slash */
};

/* Ids of processes, threads or descriptors, ascending when they come from a listing. */
struct proc_ids {
	VEC_FIELDS(pid_t);
};

/* NULL and "" mean this machine. -ENAMETOOLONG when `root` does not fit. */
int proc_file_init(struct procfs *fs, const char *root);

/*
 * Replaces the content of `buffer` by that of the file; the formatted path starts with "/proc" or
 * "/sys". 0 or negative errno: -ENOENT or -ESRCH when the process is gone, -EACCES or -EPERM when
 * it is not for us, -EFBIG past the buffer's maximum.
 */
int proc_file_read(const struct procfs *fs, struct strbuf *buffer, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * For files that are read again and again: opening costs several times the reading. The open file
 * stays with its process: once that ended reads fail with -ESRCH, even when the id is in use again.
 * `ret_fd` is the caller's to close.
 */
int proc_file_open(const struct procfs *fs, int *ret_fd, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));
int proc_file_read_again(int fd, struct strbuf *buffer);

/*
 * The target of a symbolic link (exe, fd/3, ns/net) into `buffer`, NUL-terminated. 0 or negative
 * errno as above.
 */
int proc_file_read_link(const struct procfs *fs, struct strbuf *buffer, const char *path_format,
			...) __attribute__((format(printf, 3, 4)));

/*
 * Replaces the content of `ids` by the entries of the folder that are whole numbers (/proc,
 * /proc/PID/task, /proc/PID/fd), ascending. 0 or negative errno; the caller releases with
 * vec_release().
 */
int proc_file_list_ids(const struct procfs *fs, struct proc_ids *ids, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));

/* Brings them into ascending order, and looks for one in a list of that order. */
void proc_file_sort_ids(struct proc_ids *ids);
bool proc_file_has_id(const struct proc_ids *ids, pid_t id);

#endif
