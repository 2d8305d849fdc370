#include "elf/elf_compressed.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "util/alloc.h"

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

#define ZDEBUG_MAGIC "ZLIB"
#define ZDEBUG_HEADER_BYTES 12 /* the magic, and the size as 8 bytes in big endian */
#define CHUNK_BYTES 65536u
#define MAX_STEP_BYTES (1u << 30)   /* zlib counts in 32 bits */
#define BELIEVED_BYTES (1ull << 20) /* cost nothing, whatever they are made of */
#define MAX_GROWTH 256u

static int check_size(const struct elf_compressed *compressed, struct err *err)
{
	if (compressed->size > BELIEVED_BYTES &&
	    compressed->size / MAX_GROWTH > compressed->stream_bytes)
		return err_set(err, -EBADMSG,
			       "%llu bytes are said to hold %llu: more than %u times as many",
			       (unsigned long long)compressed->stream_bytes,
			       (unsigned long long)compressed->size, MAX_GROWTH);
	return 0;
}

static int decode_zdebug(struct elf_compressed *compressed, const uint8_t *header, struct err *err)
{
	uint64_t size;

	if (memcmp(header, ZDEBUG_MAGIC, strlen(ZDEBUG_MAGIC)) != 0)
		return err_set(err, -EBADMSG, "it does not start with \"%s\"", ZDEBUG_MAGIC);
	memcpy(&size, header + strlen(ZDEBUG_MAGIC), sizeof(size));
	compressed->size = be64toh(size);
	compressed->compression = ELF_COMPRESSION_ZLIB;
	return 0;
}

static int decode_chdr(struct elf_compressed *compressed, bool is_64, const uint8_t *header,
		       struct err *err)
{
	Elf32_Chdr short_header;
	Elf64_Chdr long_header;
	uint32_t type;

	memcpy(&short_header, header, sizeof(short_header));
	type = le32toh(short_header.ch_type);
	compressed->size = le32toh(short_header.ch_size);
	if (is_64) {
		memcpy(&long_header, header, sizeof(long_header));
		compressed->size = le64toh(long_header.ch_size);
	}
	if (type != ELFCOMPRESS_ZLIB && type != ELFCOMPRESS_ZSTD)
		return err_set(err, -ENOTSUP,
			       "compression %u is not known, only zlib (1) and zstd (2)", type);
	compressed->compression =
		type == ELFCOMPRESS_ZLIB ? ELF_COMPRESSION_ZLIB : ELF_COMPRESSION_ZSTD;
	return 0;
}

int elf_compressed_decode_header(struct elf_compressed *ret_compressed, bool is_zdebug, bool is_64,
				 const uint8_t *header, uint64_t section_bytes, struct err *err)
{
	struct elf_compressed compressed = {0};
	int r;

	if (is_zdebug)
		compressed.header_bytes = ZDEBUG_HEADER_BYTES;
	else
		compressed.header_bytes = is_64 ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	if (section_bytes < compressed.header_bytes)
		return err_set(err, -EBADMSG,
			       "it has %llu bytes, fewer than the header of a compressed one",
			       (unsigned long long)section_bytes);
	compressed.stream_bytes = section_bytes - compressed.header_bytes;
	r = is_zdebug ? decode_zdebug(&compressed, header, err)
		      : decode_chdr(&compressed, is_64, header, err);
	if (r == 0)
		r = check_size(&compressed, err);
	if (r == 0)
		*ret_compressed = compressed;
	return r;
}

/* The stream, chunk after chunk. */
struct input {
	elf_compressed_read_fn read;
	void *arg;
	uint64_t offset, end;
	uint8_t chunk[CHUNK_BYTES];
};

/* How many bytes are in the chunk now; 0 at the end. */
static int refill(struct input *input, size_t *ret_filled, struct err *err)
{
	uint64_t rest = input->end - input->offset;
	int got = 0;

	if (rest > 0)
		got = input->read(input->arg, input->offset, input->chunk,
				  rest < CHUNK_BYTES ? (size_t)rest : CHUNK_BYTES);
	if (got < 0)
		return err_set(err, got, "cannot read it: %s", strerror(-got));
	input->offset += (uint64_t)got;
	*ret_filled = (size_t)got;
	return 0;
}

static int refuse_short(uint64_t done, uint64_t size, struct err *err)
{
	return err_set(err, -EBADMSG, "the stream ends after %llu of %llu bytes",
		       (unsigned long long)done, (unsigned long long)size);
}

static int refuse_damaged(uint64_t done, const char *why, struct err *err)
{
	return err_set(err, -EBADMSG, "the stream is damaged after %llu bytes: %s",
		       (unsigned long long)done, why);
}

/* Linkers may have put several streams one after the other (bfd's compress.c reads that). */
static int inflate_all(z_stream *stream, struct input *input, uint8_t *ret_bytes, uint64_t size,
		       struct err *err)
{
	uint64_t done = 0;

	for (;;) {
		uInt room = size - done < MAX_STEP_BYTES ? (uInt)(size - done) : MAX_STEP_BYTES;
		int result, r;

		if (stream->avail_in == 0) {
			size_t filled = 0;

			r = refill(input, &filled, err);
			if (r < 0)
				return r;
			if (filled == 0)
				return refuse_short(done, size, err);
			stream->next_in = input->chunk;
			stream->avail_in = (uInt)filled;
		}
		stream->next_out = ret_bytes + done;
		stream->avail_out = room;
		result = inflate(stream, Z_NO_FLUSH);
		done += room - stream->avail_out;
		if (result == Z_STREAM_END && done == size)
			return 0;
		if (result == Z_STREAM_END)
			result = inflateReset(stream);
		if (result == Z_BUF_ERROR)
			return refuse_damaged(done, "it holds more than it says", err);
		if (result != Z_OK)
			return refuse_damaged(done, stream->msg != NULL ? stream->msg : "no zlib",
					      err);
	}
}

static int decode_zlib(struct input *input, uint8_t *ret_bytes, uint64_t size, struct err *err)
{
	z_stream stream = {0};
	int r;

	if (inflateInit(&stream) != Z_OK)
		return err_set(err, -ENOMEM, "zlib cannot start");
	r = inflate_all(&stream, input, ret_bytes, size, err);
	inflateEnd(&stream);
	return r;
}

static int decode_zstd(struct input *input, uint8_t *ret_bytes, uint64_t size, struct err *err)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_outBuffer output = {.dst = ret_bytes, .size = size};
	ZSTD_inBuffer source = {.src = input->chunk};
	int r = 0;

	if (stream == NULL)
		return err_set(err, -ENOMEM, "zstd cannot start");
	for (;;) {
		size_t result;

		if (source.pos == source.size) {
			source.pos = source.size = 0;
			r = refill(input, &source.size, err);
			if (r == 0 && source.size == 0)
				r = refuse_short(output.pos, size, err);
			if (r < 0)
				break;
		}
		/* Ends: zstd calls it an error when it can neither read nor write any further. */
		result = ZSTD_decompressStream(stream, &output, &source);
		if (ZSTD_isError(result)) {
			r = refuse_damaged(output.pos, ZSTD_getErrorName(result), err);
			break;
		}
		if (result == 0 && output.pos == size)
			break;
	}
	ZSTD_freeDStream(stream);
	return r;
}

int elf_compressed_decode(const struct elf_compressed *compressed, elf_compressed_read_fn read,
			  void *arg, uint8_t *ret_bytes, struct err *err)
{
	scoped_free struct input *input = NULL;

	if (compressed->size == 0)
		return 0;
	input = alloc_new(struct input);
	input->read = read;
	input->arg = arg;
	input->end = compressed->stream_bytes;
	switch (compressed->compression) {
	case ELF_COMPRESSION_ZLIB:
		return decode_zlib(input, ret_bytes, compressed->size, err);
	case ELF_COMPRESSION_ZSTD:
		return decode_zstd(input, ret_bytes, compressed->size, err);
	}
	return -ENOTSUP;
}
