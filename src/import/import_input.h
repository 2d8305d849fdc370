/*
 * The bytes of an import: a file or a pipe, read from front to back through one buffer, so that
 * memory is bounded whatever the size. A file may also be read at any place, and what is skipped of
 * it is not read at all; a pipe has only its front. Nothing is mapped: a file that is cut while it
 * is read must not kill the reader.
 *
 * One thread at a time.
 */
#ifndef IMPORT_IMPORT_INPUT_H
#define IMPORT_IMPORT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

enum {
	IMPORT_PEEK_MAX = 1 << 20, /* most that import_input_peek() gives */
	IMPORT_LINE_MAX = 1 << 16, /* what is longer is cut */
};

struct import_input {
	int fd;
	bool can_seek;
	uint64_t size;	     /* in bytes, when it was opened; of a pipe 0 */
	uint64_t position;   /* of the next byte that is read */
	uint32_t read_bytes; /* how much is asked of a file at once */
	int error;	     /* negative errno of the first read that failed; it reads as the end */
	bool is_line_cut;    /* the rest of a line that was too long comes next */
	unsigned char *buffer;
	size_t begin, end, capacity; /* what of the buffer has been read and not been consumed */
};

/* `path` "-" is standard input. -EISDIR for a folder. Release also after an error. */
int import_input_open(struct import_input *input, const char *path, struct err *err);

/* The same of a descriptor, which stays the caller's. */
int import_input_open_fd(struct import_input *input, int fd, const char *name, struct err *err);
void import_input_release(struct import_input *input);

/*
 * Up to `size` (at most IMPORT_PEEK_MAX) bytes ahead, without consuming them; fewer only at the
 * end. Valid until the next call.
 */
const unsigned char *import_input_peek(struct import_input *input, size_t size, size_t *ret_size);

/* Consumes; beyond the end it stops there. Returns how many bytes were left to consume. */
uint64_t import_input_skip(struct import_input *input, uint64_t size);

/* Only where can_seek. */
void import_input_seek(struct import_input *input, uint64_t position);

/*
 * `size` bytes at a place, whatever has been consumed; only where can_seek. False when the file
 * ends before.
 */
bool import_input_read_at(const struct import_input *input, uint64_t position, void *ret_bytes,
			  size_t size);

/*
 * The next line without its end ("\n" or "\r\n"); NUL-terminated, may hold NULs. False at the end.
 * What is beyond IMPORT_LINE_MAX of a line is skipped. Valid until the next call.
 */
bool import_input_next_line(struct import_input *input, char **ret_line, size_t *ret_length);

/*
 * Copies what is left of a pipe to a file without a name, which takes its place: can_seek from now
 * on, position 0.
 */
int import_input_spool(struct import_input *input, struct err *err);

#endif
