/* elf_compressed on what zlib and zstd themselves compressed, whole, cut and changed. */
#include "elf/elf_compressed.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "tap.h"

#define ZSTD_TYPE 2 /* ELFCOMPRESS_ZSTD */

enum { PLAIN_BYTES = 300000, STREAM_ROOM = 400000 };

static uint8_t plain[PLAIN_BYTES], result[PLAIN_BYTES + 1];

struct stream {
	uint8_t bytes[STREAM_ROOM];
	uint64_t length;
	size_t step; /* the reader gives no more at once */
};

static struct stream stream;

static int read_stream(void *arg, uint64_t offset, void *ret_bytes, size_t size)
{
	const struct stream *source = arg;

	if (offset >= source->length)
		return 0;
	if (size > source->length - offset)
		size = (size_t)(source->length - offset);
	if (size > source->step)
		size = source->step;
	memcpy(ret_bytes, source->bytes + offset, size);
	return (int)size;
}

static int read_nothing(void *arg, uint64_t offset, void *ret_bytes, size_t size)
{
	(void)arg;
	(void)offset;
	(void)ret_bytes;
	(void)size;
	return -EIO;
}

/* Appends a stream that holds [start, end) of the plain bytes. */
static void add_stream(enum elf_compression compression, size_t start, size_t end)
{
	uLongf room = STREAM_ROOM - stream.length;
	size_t written = 0;

	if (compression == ELF_COMPRESSION_ZLIB) {
		compress2(stream.bytes + stream.length, &room, plain + start, end - start, 6);
		written = room;
	} else {
		ZSTD_CCtx *context = ZSTD_createCCtx();

		ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
		written = ZSTD_compress2(context, stream.bytes + stream.length, room, plain + start,
					 end - start);
		ZSTD_freeCCtx(context);
	}
	stream.length += written;
}

static int decode(enum elf_compression compression, uint64_t size, struct err *err)
{
	struct elf_compressed compressed = {
		.compression = compression, .size = size, .stream_bytes = stream.length};

	memset(result, 0xee, sizeof(result));
	return elf_compressed_decode(&compressed, read_stream, &stream, result, err);
}

static void test_stream(enum elf_compression compression, const char *name)
{
	struct elf_compressed nothing = {.compression = compression};
	struct err err = {0};
	uint64_t whole;
	int found = 0;

	printf("# %s\n", name);
	stream.length = 0;
	stream.step = STREAM_ROOM;
	add_stream(compression, 0, PLAIN_BYTES);
	is_int(decode(compression, PLAIN_BYTES, &err), 0, "a stream");
	ok(memcmp(result, plain, PLAIN_BYTES) == 0 && result[PLAIN_BYTES] == 0xee, "all of it");
	stream.step = 7;
	is_int(decode(compression, PLAIN_BYTES, NULL), 0, "in small pieces");
	ok(memcmp(result, plain, PLAIN_BYTES) == 0, "all of it");
	stream.step = STREAM_ROOM;
	is_int(decode(compression, PLAIN_BYTES - 1, &err), -EBADMSG, "one byte more than stated");
	ok(result[PLAIN_BYTES - 1] == 0xee, "is not written");
	is_int(decode(compression, PLAIN_BYTES + 1, &err), -EBADMSG, "one byte fewer than stated");
	ok(strstr(err.text, "ends after 300000 of 300001") != NULL, "the sentence says so");
	is_int(decode(compression, 0, NULL), 0, "nothing is wanted");
	is_int(elf_compressed_decode(&nothing, read_nothing, NULL, result, NULL), 0,
	       "nor then read");
	nothing.size = nothing.stream_bytes = 10;
	is_int(elf_compressed_decode(&nothing, read_nothing, NULL, result, NULL), -EIO,
	       "an error of the reader's");

	stream.length = 0;
	add_stream(compression, 0, 2000);
	whole = stream.length;
	for (stream.length = 0; stream.length < whole; stream.length++)
		found += decode(compression, 2000, NULL) == 0;
	is_int(found, 0, "cut anywhere");
	found = 0;
	for (uint64_t at = 0; at < stream.length; at++) {
		stream.bytes[at] ^= 0x5a;
		found += decode(compression, 2000, NULL) == 0 && memcmp(result, plain, 2000) != 0;
		stream.bytes[at] ^= 0x5a;
	}
	is_int(found, 0, "changed anywhere");

	stream.length = 0;
	add_stream(compression, 0, 100000);
	add_stream(compression, 100000, 100001);
	add_stream(compression, 100001, PLAIN_BYTES);
	is_int(decode(compression, PLAIN_BYTES, NULL), 0, "several streams in a row");
	ok(memcmp(result, plain, PLAIN_BYTES) == 0, "all of them");
}

static void test_headers(void)
{
	uint8_t header[ELF_COMPRESSED_HEADER_BYTES] = "ZLIB\0\0\0\0\0\0\x12\x34";
	Elf64_Chdr long_header = {.ch_type = ELFCOMPRESS_ZLIB, .ch_size = 777};
	Elf32_Chdr short_header = {.ch_type = ZSTD_TYPE, .ch_size = 888};
	struct elf_compressed compressed;
	struct err err = {0};

	is_int(elf_compressed_decode_header(&compressed, true, true, header, 500, NULL), 0,
	       "GNU's header");
	ok(compressed.size == 0x1234 && compressed.header_bytes == 12 &&
		   compressed.stream_bytes == 488 && compressed.compression == ELF_COMPRESSION_ZLIB,
	   "size in big endian, always zlib");
	header[0] = 'z';
	is_int(elf_compressed_decode_header(&compressed, true, true, header, 500, &err), -EBADMSG,
	       "another magic");
	is_int(elf_compressed_decode_header(&compressed, true, true, header, 11, &err), -EBADMSG,
	       "cut");
	memcpy(header, &long_header, sizeof(long_header));
	is_int(elf_compressed_decode_header(&compressed, false, true, header, 500, NULL), 0,
	       "ELF64's header");
	ok(compressed.size == 777 && compressed.header_bytes == 24 &&
		   compressed.compression == ELF_COMPRESSION_ZLIB,
	   "zlib");
	is_int(elf_compressed_decode_header(&compressed, false, true, header, 23, &err), -EBADMSG,
	       "cut");
	memcpy(header, &short_header, sizeof(short_header));
	is_int(elf_compressed_decode_header(&compressed, false, false, header, 500, NULL), 0,
	       "ELF32's header");
	ok(compressed.size == 888 && compressed.header_bytes == 12 &&
		   compressed.compression == ELF_COMPRESSION_ZSTD,
	   "zstd");
	header[0] = 3;
	is_int(elf_compressed_decode_header(&compressed, false, false, header, 500, &err), -ENOTSUP,
	       "an unknown compression");
	ok(strstr(err.text, "compression 3") != NULL, "the sentence names it");
}

/* Sizes that would only be an attack on our memory. */
static void test_believed(void)
{
	Elf64_Chdr header = {.ch_type = ELFCOMPRESS_ZLIB, .ch_size = 1 << 20};
	struct elf_compressed compressed;
	struct err err = {0};
	const uint8_t *bytes = (const uint8_t *)&header;

	is_int(elf_compressed_decode_header(&compressed, false, true, bytes, 34, NULL), 0,
	       "1 MiB is believed of anything");
	header.ch_size = 512 << 20;
	is_int(elf_compressed_decode_header(&compressed, false, true, bytes, 24 + (2 << 20), NULL),
	       0, "512 MiB of 2 MiB");
	is_int(elf_compressed_decode_header(&compressed, false, true, bytes, 24 + (2 << 20) - 1,
					    &err),
	       -EBADMSG, "but not of less");
	header.ch_size = UINT64_MAX;
	is_int(elf_compressed_decode_header(&compressed, false, true, bytes, 5000, &err), -EBADMSG,
	       "nor an absurd size");
	ok(strstr(err.text, "256") != NULL, "the sentence says what would be right");
}

int main(void)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < PLAIN_BYTES; i++) { /* some entropy, some repetition */
		state = state * 1664525 + 1013904223;
		plain[i] = i % 1000 < 300 ? (uint8_t)(state >> 24) : (uint8_t)(i / 100);
	}
	test_stream(ELF_COMPRESSION_ZLIB, "zlib");
	test_stream(ELF_COMPRESSION_ZSTD, "zstd");
	test_headers();
	test_believed();
	return tap_done();
}
