/* File descriptors: whole reads and writes, and cleanup. All opens here are O_CLOEXEC. */
#ifndef UTIL_FD_H
#define UTIL_FD_H

#include <stddef.h>

#include "util/err.h"
#include "util/scoped.h"
#include "util/strbuf.h"

/* Closes unless negative; keeps errno. For `scoped(fd_cleanup) int fd = -1`. */
void fd_cleanup(int *fd);
void fd_close(int fd);

/* Writes everything, over short writes and EINTR. 0 or negative errno. */
int fd_write_all(int fd, const void *bytes, size_t length);

/*
 * Appends a whole file to `buffer` (up to its maximum: -EFBIG beyond). `dir_fd` may be AT_FDCWD.
 * 0 or negative errno.
 */
int fd_read_file(int dir_fd, const char *path, struct strbuf *buffer);

/*
 * Writes `bytes` to `path` without ever losing what was there: a temporary file beside it, and an
 * existing file is kept as PATH.old. The sentence in `err` names the path.
 */
int fd_replace_file(const char *path, const void *bytes, size_t length, struct err *err);

int fd_set_nonblocking(int fd);

/*
 * The process may open as many files as its hard limit allows: kept files of threads, and events of
 * each, are soon more than the soft limit's 1024.
 */
void fd_raise_limit(void);

#endif
