/*
 * A cursor over bytes that are not trusted: past the end everything reads as 0 and the reader is
 * marked, which is looked at once at the end instead of after each number. Little endian.
 */
#ifndef SYMBOL_DWARF_READER_H
#define SYMBOL_DWARF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dwarf_reader {
	const uint8_t *at, *end;
	bool is_damaged; /* something was not there; `at` is then the end */
};

static inline void dwarf_reader_init(struct dwarf_reader *reader, const uint8_t *bytes,
				     uint64_t size)
{
	*reader = (struct dwarf_reader){.at = bytes, .end = bytes + size};
}

static inline uint64_t dwarf_reader_get_rest(const struct dwarf_reader *reader)
{
	return (uint64_t)(reader->end - reader->at);
}

static inline void dwarf_reader_fail(struct dwarf_reader *reader)
{
	reader->at = reader->end;
	reader->is_damaged = true;
}

static inline void dwarf_reader_skip(struct dwarf_reader *reader, uint64_t size)
{
	if (size > dwarf_reader_get_rest(reader))
		dwarf_reader_fail(reader);
	else
		reader->at += size;
}

/* An unsigned number of `size` (1 to 8) bytes. */
static inline uint64_t dwarf_reader_read(struct dwarf_reader *reader, uint32_t size)
{
	uint64_t number = 0;

	if (size > dwarf_reader_get_rest(reader)) {
		dwarf_reader_fail(reader);
		return 0;
	}
	memcpy(&number, reader->at, size);
	reader->at += size;
	return number;
}

static inline uint8_t dwarf_reader_read_u8(struct dwarf_reader *reader)
{
	if (reader->at == reader->end) {
		reader->is_damaged = true;
		return 0;
	}
	return *reader->at++;
}

/* LEB128 (section 7.6); bits beyond the 64th are dropped. */
static inline uint64_t dwarf_reader_read_unsigned(struct dwarf_reader *reader)
{
	uint64_t number = 0;
	uint32_t shift = 0;

	while (reader->at < reader->end) {
		uint8_t byte = *reader->at++;

		if (shift < 64)
			number |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return number;
		shift += 7;
	}
	reader->is_damaged = true;
	return 0;
}

static inline int64_t dwarf_reader_read_signed(struct dwarf_reader *reader)
{
	uint64_t number = 0;
	uint32_t shift = 0;

	while (reader->at < reader->end) {
		uint8_t byte = *reader->at++;

		if (shift < 64)
			number |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if ((byte & 0x80) == 0) {
			if (shift < 64 && (byte & 0x40) != 0)
				number |= ~0ull << shift;
			return (int64_t)number;
		}
	}
	reader->is_damaged = true;
	return 0;
}

/* A text with its NUL; "" when it has none. */
static inline const char *dwarf_reader_read_text(struct dwarf_reader *reader, size_t *ret_length)
{
	const uint8_t *start = reader->at;
	const uint8_t *zero =
		start < reader->end ? memchr(start, 0, dwarf_reader_get_rest(reader)) : NULL;

	if (zero == NULL) {
		dwarf_reader_fail(reader);
		*ret_length = 0;
		return "";
	}
	reader->at = zero + 1;
	*ret_length = (size_t)(zero - start);
	return (const char *)start;
}

/*
 * The length that begins units, tables and line programs (section 7.4): the reader then ends where
 * that part ends, and `ret_offset_size` is 4, or 8 in 64-bit DWARF.
 */
static inline void dwarf_reader_read_length(struct dwarf_reader *reader, uint8_t *ret_offset_size)
{
	uint64_t length = dwarf_reader_read(reader, 4);

	*ret_offset_size = 4;
	if (length == 0xffffffff) {
		length = dwarf_reader_read(reader, 8);
		*ret_offset_size = 8;
	}
	if (length > dwarf_reader_get_rest(reader))
		dwarf_reader_fail(reader);
	else
		reader->end = reader->at + length;
}

#endif
