#include "import/import_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"

enum { READ_BYTES = 1 << 16 };

int import_input_open_fd(struct import_input *input, int fd, const char *name, struct err *err)
{
	struct stat status;
	off_t position;

	*input = (struct import_input){.fd = -1, .read_bytes = READ_BYTES};
	if (fstat(fd, &status) < 0)
		return err_set(err, -errno, "cannot read %s: %s", name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return err_set(err, -EISDIR, "%s is a folder", name);
	position = S_ISREG(status.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	input->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (input->fd < 0)
		return err_set(err, -errno, "cannot read %s: %s", name, strerror(errno));
	/* A standard input that somebody has begun to read is read on, as a pipe would be. */
	input->can_seek = position == 0;
	input->size = input->can_seek ? (uint64_t)status.st_size : 0;
	return 0;
}

int import_input_open(struct import_input *input, const char *path, struct err *err)
{
	scoped(fd_cleanup) int fd = -1;

	*input = (struct import_input){.fd = -1, .read_bytes = READ_BYTES};
	if (strcmp(path, "-") == 0)
		return import_input_open_fd(input, STDIN_FILENO, "standard input", err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "cannot open %s: %s", path, strerror(errno));
	return import_input_open_fd(input, fd, path, err);
}

void import_input_release(struct import_input *input)
{
	fd_close(input->fd);
	free(input->buffer);
	*input = (struct import_input){.fd = -1};
}

/* One read; how many bytes came, 0 at the end. */
static size_t fetch(struct import_input *input, void *bytes, size_t size, uint64_t position)
{
	ssize_t got;

	if (input->error != 0)
		return 0;
	do {
		got = input->can_seek ? pread(input->fd, bytes, size, (off_t)position)
				      : read(input->fd, bytes, size);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		input->error = -errno;
	return got > 0 ? (size_t)got : 0;
}

static void make_room(struct import_input *input, size_t size)
{
	if (input->capacity - input->begin >= size)
		return;
	if (input->begin > 0) {
		memmove(input->buffer, input->buffer + input->begin, input->end - input->begin);
		input->end -= input->begin;
		input->begin = 0;
	}
	if (input->capacity < size) {
		input->buffer = alloc_resize(input->buffer, size, 1);
		input->capacity = size;
	}
}

const unsigned char *import_input_peek(struct import_input *input, size_t size, size_t *ret_size)
{
	while (input->end - input->begin < size) {
		size_t have = input->end - input->begin;
		size_t wanted = size - have < input->read_bytes ? input->read_bytes : size - have;
		size_t got;

		make_room(input, have + wanted + 1); /* and a NUL behind a last line */
		got = fetch(input, input->buffer + input->end, wanted, input->position + have);
		if (got == 0)
			break;
		input->end += got;
	}
	*ret_size = input->end - input->begin < size ? input->end - input->begin : size;
	return input->buffer + input->begin;
}

void import_input_seek(struct import_input *input, uint64_t position)
{
	input->begin = input->end = 0;
	input->position = position;
}

uint64_t import_input_skip(struct import_input *input, uint64_t size)
{
	uint64_t left = size;

	while (left > 0) {
		size_t have = input->end - input->begin;

		if (have == 0 && input->can_seek) {
			uint64_t ahead =
				input->size > input->position ? input->size - input->position : 0;
			uint64_t step = left < ahead ? left : ahead;

			input->position += step;
			return size - left + step;
		}
		if (have == 0) {
			import_input_peek(input, 1, &have);
			have = input->end - input->begin;
			if (have == 0)
				break;
		}
		if (have > left)
			have = (size_t)left;
		input->begin += have;
		input->position += have;
		left -= have;
	}
	return size - left;
}

bool import_input_read_at(const struct import_input *input, uint64_t position, void *ret_bytes,
			  size_t size)
{
	unsigned char *at = ret_bytes;

	if (position > INT64_MAX - size)
		return false;
	while (size > 0) {
		ssize_t got = pread(input->fd, at, size, (off_t)position);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		position += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

/* What is left of a line that was too long. */
static void skip_line(struct import_input *input)
{
	const unsigned char *bytes, *end;
	size_t have;

	do {
		bytes = import_input_peek(input, 1, &have);
		have = input->end - input->begin;
		end = have > 0 ? memchr(bytes, '\n', have) : NULL;
		import_input_skip(input, end != NULL ? (size_t)(end - bytes) + 1 : have);
	} while (have > 0 && end == NULL);
}

bool import_input_next_line(struct import_input *input, char **ret_line, size_t *ret_length)
{
	const unsigned char *bytes, *end = NULL;
	size_t have = 0, length, used;
	char *line;

	if (input->is_line_cut)
		skip_line(input);
	input->is_line_cut = false;
	while (end == NULL) {
		size_t before = have;

		bytes = import_input_peek(input, before + 1, &have);
		have = input->end - input->begin;
		if (have > IMPORT_LINE_MAX)
			have = IMPORT_LINE_MAX;
		if (have == before)
			break;
		end = memchr(bytes + before, '\n', have - before);
	}
	if (have == 0)
		return false;
	line = (char *)input->buffer + input->begin;
	length = end != NULL ? (size_t)((const char *)end - line) : have;
	used = end != NULL ? length + 1 : length;
	if (length == IMPORT_LINE_MAX) {
		length--; /* its last byte makes room for the NUL */
		input->is_line_cut = true;
	}
	input->begin += used;
	input->position += used;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	*ret_line = line;
	*ret_length = length;
	return true;
}

int import_input_spool(struct import_input *input, struct err *err)
{
	const char *folder = getenv("TMPDIR");
	scoped(fd_cleanup) int fd = -1;
	const unsigned char *bytes;
	size_t have;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(err, -errno, "cannot keep standard input in %s: %s", folder,
			       strerror(errno));
	for (;;) {
		int r;

		bytes = import_input_peek(input, IMPORT_PEEK_MAX, &have);
		if (have == 0)
			break;
		r = fd_write_all(fd, bytes, have);
		if (r < 0)
			return err_set(err, r, "cannot keep standard input in %s: %s", folder,
				       strerror(-r));
		import_input_skip(input, have);
	}
	if (input->error < 0)
		return err_set(err, input->error, "cannot read standard input: %s",
			       strerror(-input->error));
	fd_close(input->fd);
	input->fd = fd;
	fd = -1;
	input->size = input->position;
	input->can_seek = true;
	import_input_seek(input, 0);
	return 0;
}
