/*
 * Reads little-endian numbers from bytes that are not trusted. A read past the end gives 0, sets
 * is_cut and stays at the end: decoders check is_cut once, when they have read what they wanted.
 */
#ifndef UNWIND_CFI_CURSOR_H
#define UNWIND_CFI_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cfi_cursor {
	const uint8_t *at, *end;
	bool is_cut;
};

static inline uint64_t cfi_cursor_left(const struct cfi_cursor *cursor)
{
	return (uint64_t)(cursor->end - cursor->at);
}

/* `size` is at most 8. */
static inline uint64_t cfi_cursor_read(struct cfi_cursor *cursor, size_t size)
{
	uint64_t value = 0;

	if (cfi_cursor_left(cursor) < size) {
		cursor->at = cursor->end;
		cursor->is_cut = true;
		return 0;
	}
	memcpy(&value, cursor->at, size);
	cursor->at += size;
	return value;
}

static inline uint8_t cfi_cursor_read_u8(struct cfi_cursor *cursor)
{
	return (uint8_t)cfi_cursor_read(cursor, 1);
}

/* DWARF 5, 7.6. Bits beyond the 64th are dropped. */
static inline uint64_t cfi_cursor_read_uleb(struct cfi_cursor *cursor)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cfi_cursor_read_u8(cursor);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	return value;
}

static inline int64_t cfi_cursor_read_sleb(struct cfi_cursor *cursor)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cfi_cursor_read_u8(cursor);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	if (shift < 64 && (byte & 0x40) != 0)
		value |= ~(uint64_t)0 << shift;
	return (int64_t)value;
}

/* The next `size` bytes; NULL when there are fewer. */
static inline const uint8_t *cfi_cursor_read_bytes(struct cfi_cursor *cursor, uint64_t size)
{
	const uint8_t *bytes = cursor->at;

	if (cfi_cursor_left(cursor) < size) {
		cursor->at = cursor->end;
		cursor->is_cut = true;
		return NULL;
	}
	cursor->at += size;
	return bytes;
}

#endif
