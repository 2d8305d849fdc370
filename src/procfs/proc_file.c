#include "procfs/proc_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/parse.h"

enum { PATH_BYTES = PROCFS_ROOT_BYTES + 512, LINK_BYTES = 4096 };

int proc_file_init(struct procfs *fs, const char *root)
{
	size_t length = root != NULL ? strlen(root) : 0;

	while (length > 0 && root[length - 1] == '/')
		length--;
	if (length >= sizeof(fs->root))
		return -ENAMETOOLONG;
	*fs = (struct procfs){0};
	if (length > 0)
		memcpy(fs->root, root, length);
	return 0;
}

__attribute__((format(printf, 3, 0))) static int format_path(char path[static PATH_BYTES],
							     const struct procfs *fs,
							     const char *format, va_list args)
{
	size_t length = strlen(fs->root);
	int added;

	memcpy(path, fs->root, length);
	added = vsnprintf(path + length, PATH_BYTES - length, format, args);
	return added < 0 || (size_t)added >= PATH_BYTES - length ? -ENAMETOOLONG : 0;
}

/* A copy may have a FIFO in a file's place: that is not waited for. */
__attribute__((format(printf, 3, 0))) static int open_path(int *ret_fd, const struct procfs *fs,
							   const char *format, va_list args)
{
	char path[PATH_BYTES];
	int fd, r = format_path(path, fs, format, args);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int proc_file_open(const struct procfs *fs, int *ret_fd, const char *path_format, ...)
{
	va_list args;
	int r;

	va_start(args, path_format);
	r = open_path(ret_fd, fs, path_format, args);
	va_end(args);
	return r;
}

int proc_file_read_again(int fd, struct strbuf *buffer)
{
	char chunk[16384];
	off_t offset = 0;

	strbuf_clear(buffer);
	for (;;) {
		ssize_t got = pread(fd, chunk, sizeof(chunk), offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		strbuf_add(buffer, chunk, (size_t)got);
		if (buffer->is_full)
			return -EFBIG;
		offset += got;
	}
}

int proc_file_read(const struct procfs *fs, struct strbuf *buffer, const char *path_format, ...)
{
	scoped(fd_cleanup) int fd = -1;
	va_list args;
	int r;

	va_start(args, path_format);
	r = open_path(&fd, fs, path_format, args);
	va_end(args);
	strbuf_clear(buffer);
	return r < 0 ? r : proc_file_read_again(fd, buffer);
}

int proc_file_read_link(const struct procfs *fs, struct strbuf *buffer, const char *path_format,
			...)
{
	char path[PATH_BYTES], target[LINK_BYTES];
	va_list args;
	ssize_t length;
	int r;

	va_start(args, path_format);
	r = format_path(path, fs, path_format, args);
	va_end(args);
	if (r < 0)
		return r;
	length = readlink(path, target, sizeof(target));
	if (length < 0)
		return -errno;
	if ((size_t)length == sizeof(target))
		return -ENAMETOOLONG;
	strbuf_clear(buffer);
	strbuf_add(buffer, target, (size_t)length);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

void proc_file_sort_ids(struct proc_ids *ids)
{
	if (ids->count > 1)
		qsort(ids->items, ids->count, sizeof(*ids->items), compare_ids);
}

bool proc_file_has_id(const struct proc_ids *ids, pid_t id)
{
	return ids->count > 0 &&
	       bsearch(&id, ids->items, ids->count, sizeof(*ids->items), compare_ids) != NULL;
}

static void dir_cleanup(DIR **dir)
{
	int saved = errno;

	if (*dir != NULL)
		closedir(*dir);
	errno = saved;
}

int proc_file_list_ids(const struct procfs *fs, struct proc_ids *ids, const char *path_format, ...)
{
	scoped(dir_cleanup) DIR *dir = NULL;
	char path[PATH_BYTES];
	const struct dirent *entry;
	va_list args;
	int r;

	va_start(args, path_format);
	r = format_path(path, fs, path_format, args);
	va_end(args);
	if (r < 0)
		return r;
	dir = opendir(path);
	if (dir == NULL)
		return -errno;
	vec_clear(ids);
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		uint64_t id;

		if (parse_u64(entry->d_name, &id) == 0 && id <= INT_MAX)
			vec_push(ids, (pid_t)id);
	}
	if (errno != 0) /* the process ended while it was listed */
		return -errno;
	proc_file_sort_ids(ids); /* the kernel lists in this order, a folder of copies does not */
	return 0;
}
