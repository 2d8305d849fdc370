/*
 * A file of /proc that each sample reads: it stays open, because opening costs as much again as
 * reading. What cannot be opened is tried again at the next read. For files inside monitor/ only.
 */
#ifndef MONITOR_KEPT_FILE_H
#define MONITOR_KEPT_FILE_H

#include "procfs/proc_file.h"
#include "util/strbuf.h"

enum { KEPT_FILE_PATH_BYTES = 64 };

struct kept_file {
	const struct procfs *fs; /* borrowed */
	char path[KEPT_FILE_PATH_BYTES];
	int fd; /* -1 = not open */
};

/* Opens nothing yet. The path starts with "/proc" or "/sys" and fits. */
void kept_file_init(struct kept_file *file, const struct procfs *fs, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));
void kept_file_release(struct kept_file *file);

/* Replaces the content of `buffer`. 0 or negative errno as of proc_file_read(). */
int kept_file_read(struct kept_file *file, struct strbuf *buffer);

#endif
