/*
 * Call frame information made by hand: a .debug_frame, whose addresses are not relative to
 * anything.
 */
#ifndef CFI_MAKER_H
#define CFI_MAKER_H

#include <stdint.h>
#include <string.h>

#include "unwind/cfi_table.h"

struct cfi_maker {
	uint8_t bytes[4096];
	uint64_t size;
};

static inline void cfi_maker_put(struct cfi_maker *maker, uint64_t value, size_t size)
{
	memcpy(maker->bytes + maker->size, &value, size);
	maker->size += size;
}

static inline void cfi_maker_put_bytes(struct cfi_maker *maker, const void *bytes, size_t size)
{
	memcpy(maker->bytes + maker->size, bytes, size);
	maker->size += size;
}

/* With these initial instructions; the return address's column as x86-64's or aarch64's. */
static inline void cfi_maker_put_cie_of(struct cfi_maker *maker, uint8_t return_addr,
					const void *program, size_t program_size)
{
	/* version 4, no augmentation, addresses of 8 bytes, no segments, factors 1 and -8 */
	const uint8_t fields[] = {4, 0, 8, 0, 1, 0x78, return_addr};

	cfi_maker_put(maker, 4 + sizeof(fields) + program_size, 4);
	cfi_maker_put(maker, UINT32_MAX, 4);
	cfi_maker_put_bytes(maker, fields, sizeof(fields));
	cfi_maker_put_bytes(maker, program, program_size);
}

/* As compilers for x86-64 begin every function: CFA = rsp + 8, the return address at CFA - 8. */
static inline void cfi_maker_put_cie(struct cfi_maker *maker)
{
	static const uint8_t program[] = {0x0c, 7, 8, 0x90, 1};

	cfi_maker_put_cie_of(maker, 16, program, sizeof(program));
}

/* A function of the CIE at the section's start. */
static inline void cfi_maker_put_fde(struct cfi_maker *maker, uint64_t start, uint64_t size,
				     const void *program, size_t program_size)
{
	cfi_maker_put(maker, 4 + 16 + program_size, 4);
	cfi_maker_put(maker, 0, 4);
	cfi_maker_put(maker, start, 8);
	cfi_maker_put(maker, size, 8);
	cfi_maker_put_bytes(maker, program, program_size);
}

static inline struct cfi_sections cfi_maker_sections(const struct cfi_maker *maker)
{
	return (struct cfi_sections){.debug_frame = maker->bytes, .debug_frame_size = maker->size};
}

#endif
