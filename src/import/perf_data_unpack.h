/*
 * The compressed records of a perf.data (record -z): pieces of one stream of zstd, whose content is
 * records again. A record may begin in one piece and end in the next.
 */
#ifndef IMPORT_PERF_DATA_UNPACK_H
#define IMPORT_PERF_DATA_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

enum {
	PERF_UNPACK_BYTES = 1 << 18,	  /* content at a time; more than the longest record */
	PERF_UNPACK_PIECE_MAX = 64 << 20, /* content of one piece, if the file does not say */
};

struct perf_data_unpack {
	ZSTD_DStream *stream;
	ZSTD_inBuffer input;
	unsigned char *bytes;
	size_t count; /* of bytes */
	uint64_t piece_bytes, piece_max;
	bool is_full; /* there may be more of this piece though the input is consumed */
};

/* Zeroed is initialized. */
void perf_data_unpack_release(struct perf_data_unpack *unpack);

/* The next piece; borrowed until it is consumed. */
void perf_data_unpack_begin(struct perf_data_unpack *unpack, const void *bytes, size_t size,
			    uint64_t content_max);

/*
 * Adds content to unpack->bytes: 1, or 0 when the piece is consumed, or -EBADMSG: damaged, or more
 * than it may hold.
 */
int perf_data_unpack_next(struct perf_data_unpack *unpack);

/* The first `size` bytes have been used. */
void perf_data_unpack_consume(struct perf_data_unpack *unpack, size_t size);

#endif
