#include "elf/elf_xz.h"

#include <errno.h>
#include <lzma.h>

#define MAX_MEMORY_BYTES (128ull << 20) /* xz -9 needs 65 MiB */
#define CHUNK_BYTES 32768u

static const char *get_reason(lzma_ret result)
{
	switch ((int)result) {
	case LZMA_FORMAT_ERROR:
		return "not the .xz format";
	case LZMA_BUF_ERROR:
		return "cut";
	case LZMA_OPTIONS_ERROR:
		return "an unknown filter";
	case LZMA_MEMLIMIT_ERROR:
		return "a dictionary of more than 128 MiB";
	default:
		return "damaged";
	}
}

static int decode(lzma_stream *stream, struct strbuf *ret_bytes, struct err *err)
{
	uint8_t chunk[CHUNK_BYTES];
	lzma_ret result;

	do {
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		result = lzma_code(stream, LZMA_FINISH);
		strbuf_add(ret_bytes, chunk, sizeof(chunk) - stream->avail_out);
		if (ret_bytes->is_full)
			return err_set(err, -EFBIG, "it holds more than %zu bytes",
				       ret_bytes->max_bytes);
	} while (result == LZMA_OK);
	if (result != LZMA_STREAM_END)
		return err_set(err, -EBADMSG, "the xz data is %s (after %llu bytes)",
			       get_reason(result), (unsigned long long)stream->total_out);
	return 0;
}

int elf_xz_decode(struct strbuf *ret_bytes, const uint8_t *bytes, size_t length, struct err *err)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int r;

	if (lzma_stream_decoder(&stream, MAX_MEMORY_BYTES, LZMA_CONCATENATED) != LZMA_OK)
		return err_set(err, -ENOMEM, "xz cannot start");
	stream.next_in = bytes;
	stream.avail_in = length;
	r = decode(&stream, ret_bytes, err);
	lzma_end(&stream);
	return r;
}
