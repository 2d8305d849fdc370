#include "monitor/kept_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void kept_file_init(struct kept_file *file, const struct procfs *fs, const char *path_format, ...)
{
	va_list args;

	*file = (struct kept_file){.fs = fs, .fd = -1};
	va_start(args, path_format);
	vsnprintf(file->path, sizeof(file->path), path_format, args);
	va_end(args);
}

void kept_file_release(struct kept_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int kept_file_read(struct kept_file *file, struct strbuf *buffer)
{
	int r = 0;

	strbuf_clear(buffer);
	if (file->fd < 0)
		r = proc_file_open(file->fs, &file->fd, "%s", file->path);
	if (r < 0)
		return r;
	r = proc_file_read_again(file->fd, buffer);
	if (r < 0)
		kept_file_release(file);
	return r;
}
