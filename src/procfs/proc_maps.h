/*
 * /proc/PID/maps (proc_pid_maps(5)): which file lies where in a process.
 *
 *	struct proc_maps_iterator maps = {.text = buffer.data, .length = buffer.length};
 *	while (proc_maps_next(&maps, &mapping) > 0) …
 */
#ifndef PROCFS_PROC_MAPS_H
#define PROCFS_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_mapping {
	uint64_t start_avma, end_avma; /* [start, end), start < end */
	uint64_t file_offset;	       /* of start_avma in the file; 0 for memory without one */
	uint64_t inode;		       /* 0 for memory without a file */
	uint32_t dev_major, dev_minor;
	bool is_readable, is_writable, is_executable, is_shared;

	/*
	 * The path was unlinked or replaced since (" (deleted)", which is split off; a file whose
	 * own name ends so cannot be told apart). Its content is then only at
	 * /proc/PID/map_files/START-END or /proc/PID/exe.
	 */
	bool is_deleted;

	/*
	 * Borrowed from the text, not NUL-terminated; "" for anonymous memory, "[vdso]", "[heap]",
	 * "[anon:NAME]" for what has no file. A newline in a path stands as \012, as the kernel
	 * writes it.
	 */
	const char *path;
	size_t path_length;
};

/* Fill in text, length and is_strict; the rest starts as zero. */
struct proc_maps_iterator {
	const char *text;
	size_t length;
	/* a damaged line ends the walk with -EBADMSG, instead of being counted and skipped */
	bool is_strict;

	size_t offset;		/* of the next line */
	uint32_t line;		/* number of the line that was read last, from 1 */
	uint32_t damaged_count; /* lines skipped so far */
};

/* One line without its newline. 0 or -EBADMSG. */
int proc_maps_parse_line(const char *line, size_t length, struct proc_mapping *ret_mapping);

/*
 * 1 with the next mapping, 0 at the end; -EBADMSG (strict only) about line `line`. Borrows the
 * text.
 */
int proc_maps_next(struct proc_maps_iterator *maps, struct proc_mapping *ret_mapping);

#endif
