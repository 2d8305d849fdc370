#include "export/gzip.h"

#include <assert.h>
#include <limits.h>
#define ZLIB_CONST /* what is read is not written */
#include <zlib.h>

enum { WINDOW_BITS_GZIP = 15 + 16, MEMORY_LEVEL = 8, CHUNK_BYTES = 64 << 10 };

void gzip_write(struct strbuf *packed, const void *bytes, size_t length)
{
	z_stream stream = {0};
	unsigned char chunk[CHUNK_BYTES];
	const unsigned char *at = bytes;
	int status = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS_GZIP,
				  MEMORY_LEVEL, Z_DEFAULT_STRATEGY);

	assert(status == Z_OK); /* constants, and memory is util/alloc's to worry about */
	do {
		if (stream.avail_in == 0) {
			stream.next_in = at;
			stream.avail_in = length < UINT_MAX ? (uInt)length : UINT_MAX;
			at += stream.avail_in;
			length -= stream.avail_in;
		}
		stream.next_out = chunk;
		stream.avail_out = sizeof(chunk);
		status = deflate(&stream, length == 0 ? Z_FINISH : Z_NO_FLUSH);
		strbuf_add(packed, chunk, sizeof(chunk) - stream.avail_out);
	} while (status == Z_OK);
	assert(status == Z_STREAM_END);
	deflateEnd(&stream);
}
