#include "lab/raw_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"
#include "util/field_text.h"
#include "util/strbuf.h"

enum { RAW_FLUSH_BYTES = 1 << 20 };

struct raw_file {
	int fd;
	char *path;
	struct strbuf lines;
};

static int flush(struct raw_file *file, struct err *err)
{
	int r = fd_write_all(file->fd, strbuf_text(&file->lines), file->lines.length);

	strbuf_clear(&file->lines);
	if (r < 0)
		return err_set(err, r, "cannot write %s: %s", file->path, strerror(-r));
	return 0;
}

/* A file that is there already is kept as NAME.old; a device or a pipe is written to. */
static int open_path(const char *path, struct err *err)
{
	scoped_free char *target = realpath(path, NULL); /* a link stays a link; NULL: a new file */
	const char *name = target != NULL ? target : path;
	scoped_free char *old = alloc_printf("%s.old", name);
	struct stat status;
	int fd;

	if (strcmp(path, "-") == 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && rename(name, old) < 0)
		return err_set(err, -errno, "cannot keep %s as %s: %s", path, old, strerror(errno));
	else
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return fd < 0 ? err_set(err, -errno, "cannot write %s: %s", path, strerror(errno)) : fd;
}

int raw_file_open(struct raw_file **ret_file, const char *path, struct err *err)
{
	scoped(raw_file_cleanup) struct raw_file *file = alloc_new(struct raw_file);

	file->path = alloc_strdup(path);
	strbuf_init(&file->lines, STRBUF_MAX_DEFAULT);
	file->fd = open_path(path, err);
	if (file->fd < 0)
		return file->fd;
	strbuf_add_text(&file->lines,
			"run,name,intended_ns,sent_ns,first_byte_ns,last_byte_ns,status,error\n");
	*ret_file = file;
	file = NULL;
	return flush(*ret_file, err);
}

void raw_file_close(struct raw_file *file)
{
	if (file == NULL)
		return;
	fd_close(file->fd);
	strbuf_release(&file->lines);
	free(file->path);
	free(file);
}

static void add_time(struct strbuf *lines, uint64_t ns)
{
	if (ns != 0)
		strbuf_addf(lines, "%" PRIu64, ns);
	strbuf_add_char(lines, ',');
}

int raw_file_add(struct raw_file *file, uint32_t run, const struct load *load,
		 const struct load_row *rows, size_t count, struct err *err)
{
	struct strbuf *lines = &file->lines;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct load_row *row = &rows[i];

		strbuf_addf(lines, "%" PRIu32 ",", run);
		field_text_add_csv(lines, load_get_name(load, row->name));
		strbuf_add_char(lines, ',');
		add_time(lines, row->intended_ns);
		add_time(lines, row->sent_ns);
		add_time(lines, row->first_byte_ns);
		add_time(lines, row->last_byte_ns);
		if (row->status != 0)
			strbuf_addf(lines, "%u", row->status);
		strbuf_addf(lines, ",%s\n",
			    row->error < LOAD_ERROR_COUNT
				    ? load_error_name((enum load_error)row->error)
				    : "");
		if (lines->length >= RAW_FLUSH_BYTES)
			r = flush(file, err);
	}
	return r == 0 ? flush(file, err) : r;
}
