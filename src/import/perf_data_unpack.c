#include "import/perf_data_unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void perf_data_unpack_release(struct perf_data_unpack *unpack)
{
	ZSTD_freeDStream(unpack->stream);
	free(unpack->bytes);
	*unpack = (struct perf_data_unpack){0};
}

void perf_data_unpack_begin(struct perf_data_unpack *unpack, const void *bytes, size_t size,
			    uint64_t content_max)
{
	if (unpack->stream == NULL) {
		unpack->stream = ZSTD_createDStream();
		unpack->bytes = alloc_array(PERF_UNPACK_BYTES, 1);
	}
	unpack->input = (ZSTD_inBuffer){.src = bytes, .size = size};
	unpack->piece_bytes = 0;
	unpack->piece_max = content_max > 0 && content_max < PERF_UNPACK_PIECE_MAX
				    ? content_max
				    : PERF_UNPACK_PIECE_MAX;
	unpack->is_full = false;
}

int perf_data_unpack_next(struct perf_data_unpack *unpack)
{
	ZSTD_outBuffer output = {
		.dst = unpack->bytes, .size = PERF_UNPACK_BYTES, .pos = unpack->count};
	size_t before = unpack->input.pos, result;

	if (unpack->input.pos == unpack->input.size && !unpack->is_full)
		return 0;
	if (unpack->stream == NULL || unpack->count == PERF_UNPACK_BYTES)
		return -EBADMSG;
	result = ZSTD_decompressStream(unpack->stream, &output, &unpack->input);
	if (ZSTD_isError(result))
		return -EBADMSG;
	unpack->piece_bytes += output.pos - unpack->count;
	if (unpack->piece_bytes > unpack->piece_max)
		return -EBADMSG;
	if (output.pos == unpack->count && unpack->input.pos == before && !unpack->is_full)
		return -EBADMSG; /* neither input nor output moves */
	unpack->is_full = output.pos == output.size;
	unpack->count = output.pos;
	return 1;
}

void perf_data_unpack_consume(struct perf_data_unpack *unpack, size_t size)
{
	memmove(unpack->bytes, unpack->bytes + size, unpack->count - size);
	unpack->count -= size;
}
