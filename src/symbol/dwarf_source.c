#include "symbol/dwarf_source.h"

#include <string.h>

enum { DECODED_TIMES = 8, BUDGET_FLOOR_BYTES = 1 << 20, TEXT_STEP_BYTES = 256 };

void dwarf_source_init(struct dwarf_source *source, const struct dwarf_file *file)
{
	memset(source, 0, sizeof(*source));
	source->file = *file;
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++)
		if (file->sections[kind].bytes == NULL)
			source->file.sections[kind].size = 0;
	dwarf_source_renew(source);
}

uint64_t dwarf_source_get_size(const struct dwarf_source *source, enum dwarf_section_kind kind)
{
	return source->file.sections[kind].size;
}

const uint8_t *dwarf_source_find(struct dwarf_source *source, enum dwarf_section_kind kind,
				 uint64_t offset, uint64_t size)
{
	const struct dwarf_section *section = &source->file.sections[kind];

	if (section->bytes == NULL || offset > section->size || size > section->size - offset)
		return NULL;
	if (source->file.load != NULL && size > 0 &&
	    source->file.load(source->file.arg, kind, offset, size) < 0)
		return NULL;
	return section->bytes + offset;
}

const char *dwarf_source_find_text(struct dwarf_source *source, enum dwarf_section_kind kind,
				   uint64_t offset, size_t *ret_length)
{
	uint64_t size = source->file.sections[kind].size, end = offset;
	const uint8_t *start = dwarf_source_find(source, kind, offset, 0);

	while (start != NULL && end < size) {
		uint64_t next = size - end > TEXT_STEP_BYTES ? end + TEXT_STEP_BYTES : size;
		const uint8_t *part, *zero;

		part = dwarf_source_find(source, kind, end, next - end);
		if (part == NULL)
			return NULL;
		zero = memchr(part, 0, next - end);
		if (zero != NULL || next - offset >= DWARF_MAX_TEXT) {
			uint64_t length = zero != NULL ? (uint64_t)(zero - start) : next - offset;

			*ret_length = length < DWARF_MAX_TEXT ? length : DWARF_MAX_TEXT;
			return (const char *)start;
		}
		end = next;
	}
	return NULL;
}

bool dwarf_source_find_number(struct dwarf_source *source, enum dwarf_section_kind kind,
			      uint64_t offset, uint32_t size, uint64_t *ret_number)
{
	const uint8_t *bytes = dwarf_source_find(source, kind, offset, size);
	uint64_t number = 0;

	if (bytes == NULL || size > sizeof(number))
		return false;
	memcpy(&number, bytes, size); /* little endian, as all that elf/ reads */
	*ret_number = number;
	return true;
}

void dwarf_source_renew(struct dwarf_source *source)
{
	for (int kind = 0; kind < DWARF_SECTION_COUNT; kind++)
		atomic_store(&source->budget_bytes[kind],
			     (int64_t)(source->file.sections[kind].size * DECODED_TIMES +
				       BUDGET_FLOOR_BYTES));
}

bool dwarf_source_spend(struct dwarf_source *source, enum dwarf_section_kind kind, uint64_t bytes)
{
	return atomic_fetch_sub(&source->budget_bytes[kind], (int64_t)bytes) > 0;
}
