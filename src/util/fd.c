#include "util/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"

void fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

void fd_cleanup(int *fd)
{
	fd_close(*fd);
}

int fd_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t written = write(fd, at, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		at += written;
		length -= (size_t)written;
	}
	return 0;
}

int fd_read_file(int dir_fd, const char *path, struct strbuf *buffer)
{
	scoped(fd_cleanup) int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char chunk[16384];

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		strbuf_add(buffer, chunk, (size_t)got);
		if (buffer->is_full)
			return -EFBIG;
	}
}

static int write_temporary(const char *temporary, const void *bytes, size_t length)
{
	scoped(fd_cleanup) int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	return fd_write_all(fd, bytes, length);
}

/* /dev/stdout, a fifo: there is nothing to keep and nothing to rename. */
static int write_in_place(const char *path, const void *bytes, size_t length)
{
	scoped(fd_cleanup) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, bytes, length);
}

static int replace_regular(const char *path, const void *bytes, size_t length)
{
	scoped_free char *temporary = alloc_printf("%s.tmp.%d", path, (int)getpid());
	scoped_free char *old = alloc_printf("%s.old", path);
	int r = write_temporary(temporary, bytes, length);

	if (r == 0 && access(path, F_OK) == 0 && rename(path, old) < 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

int fd_replace_file(const char *path, const void *bytes, size_t length, struct err *err)
{
	scoped_free char *target = realpath(path, NULL); /* a link stays a link; NULL: a new file */
	struct stat status;
	int r;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		r = write_in_place(path, bytes, length);
	else
		r = replace_regular(target != NULL ? target : path, bytes, length);
	return r < 0 ? err_set(err, r, "cannot write %s: %s", path, strerror(-r)) : 0;
}

int fd_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

void fd_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
