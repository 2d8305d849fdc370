#include "symbol/dwarf_ranges.h"

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_object.h"

enum { MAX_ENTRY_BYTES = 1 + 2 * 10 }; /* a kind and two numbers */

static bool is_list(const struct dwarf_value *value)
{
	return value->kind == DWARF_VALUE_OFFSET || value->kind == DWARF_VALUE_NUMBER ||
	       value->kind == DWARF_VALUE_RANGES_INDEX;
}

/* False when the offset is damaged. */
static bool find_list(struct dwarf_ranges *ranges, const struct dwarf_value *value)
{
	const struct dwarf_unit *unit = ranges->unit;
	uint64_t at;

	if (unit->format.version < 5) {
		ranges->source = ranges->root->address_source;
		ranges->kind = DWARF_RANGES;
		return !__builtin_add_overflow(value->number, ranges->root->ranges_base,
					       &ranges->offset);
	}
	ranges->source = &unit->object->source;
	ranges->kind = DWARF_RNGLISTS;
	ranges->offset = value->number;
	return value->kind != DWARF_VALUE_RANGES_INDEX ||
	       (!__builtin_mul_overflow(value->number, (uint64_t)unit->format.offset_size, &at) &&
		!__builtin_add_overflow(at, ranges->root->rnglists_base, &at) &&
		dwarf_source_find_number(ranges->source, DWARF_RNGLISTS, at,
					 unit->format.offset_size, &ranges->offset) &&
		!__builtin_add_overflow(ranges->offset, ranges->root->rnglists_base,
					&ranges->offset));
}

void dwarf_ranges_init(struct dwarf_ranges *ranges, const struct dwarf_unit *unit,
		       const struct dwarf_root *root, const struct dwarf_code *code)
{
	*ranges = (struct dwarf_ranges){.unit = unit, .root = root, .base = root->low_pc};
	if (is_list(&code->ranges)) {
		ranges->has_list = find_list(ranges, &code->ranges);
		ranges->is_damaged = !ranges->has_list;
		return;
	}
	if (!dwarf_unit_find_address(unit, root, &code->low_pc, &ranges->start))
		return;
	if (!dwarf_unit_find_address(unit, root, &code->high_pc, &ranges->end))
		ranges->end = ranges->start + code->high_pc.number; /* its length, or 0 */
	ranges->has_one = true;
}

static bool is_good(const struct dwarf_ranges *ranges)
{
	return ranges->start < ranges->end && !dwarf_unit_is_tombstone(ranges->unit, ranges->start);
}

/* A base or start that is thrown away takes all that is counted from it along. */
static void set_pair(struct dwarf_ranges *ranges, uint64_t start, uint64_t end)
{
	bool is_gone = ranges->base != 0 && dwarf_unit_is_tombstone(ranges->unit, ranges->base);

	ranges->start = is_gone ? 0 : ranges->base + start;
	ranges->end = is_gone ? 0 : ranges->base + end;
}

/* False at the end of the list. */
static bool read_pair(struct dwarf_ranges *ranges, struct dwarf_reader *reader)
{
	uint32_t width = ranges->unit->format.address_size;
	uint64_t highest = width >= 8 ? UINT64_MAX : (1ull << (8 * width)) - 1;
	uint64_t start = dwarf_reader_read(reader, width);
	uint64_t end = dwarf_reader_read(reader, width);

	if (start == 0 && end == 0)
		return false;
	if (start == highest) {
		ranges->base = end;
		ranges->start = ranges->end = 0;
	} else if (start == highest - 1) {
		ranges->start = ranges->end = 0; /* lld's mark in this section */
	} else {
		set_pair(ranges, start, end);
	}
	return true;
}

static uint64_t read_indexed(struct dwarf_ranges *ranges, struct dwarf_reader *reader)
{
	struct dwarf_value value = {.kind = DWARF_VALUE_ADDRESS_INDEX,
				    .number = dwarf_reader_read_unsigned(reader)};
	uint64_t address = 0;

	if (!dwarf_unit_find_address(ranges->unit, ranges->root, &value, &address))
		ranges->is_damaged = true;
	return address;
}

/* False at the end of the list. */
static bool read_entry(struct dwarf_ranges *ranges, struct dwarf_reader *reader)
{
	uint32_t width = ranges->unit->format.address_size;
	uint64_t start;

	ranges->start = ranges->end = 0;
	switch (dwarf_reader_read_u8(reader)) {
	case DW_RLE_base_addressx:
		ranges->base = read_indexed(ranges, reader);
		return true;
	case DW_RLE_base_address:
		ranges->base = dwarf_reader_read(reader, width);
		return true;
	case DW_RLE_startx_endx:
		ranges->start = read_indexed(ranges, reader);
		ranges->end = read_indexed(ranges, reader);
		return true;
	case DW_RLE_startx_length:
		ranges->start = read_indexed(ranges, reader);
		ranges->end = ranges->start + dwarf_reader_read_unsigned(reader);
		return true;
	case DW_RLE_offset_pair:
		start = dwarf_reader_read_unsigned(reader);
		set_pair(ranges, start, dwarf_reader_read_unsigned(reader));
		return true;
	case DW_RLE_start_end:
		ranges->start = dwarf_reader_read(reader, width);
		ranges->end = dwarf_reader_read(reader, width);
		return true;
	case DW_RLE_start_length:
		ranges->start = dwarf_reader_read(reader, width);
		ranges->end = ranges->start + dwarf_reader_read_unsigned(reader);
		return true;
	case DW_RLE_end_of_list:
		return false;
	default:
		reader->is_damaged = true;
		return false;
	}
}

/* The list's end, not its length, is known: it is loaded entry by entry. */
static bool next_of_list(struct dwarf_ranges *ranges)
{
	uint64_t size = dwarf_source_get_size(ranges->source, ranges->kind);
	uint64_t rest = ranges->offset < size ? size - ranges->offset : 0;
	struct dwarf_reader reader;
	const uint8_t *bytes;
	bool is_entry;

	if (rest > MAX_ENTRY_BYTES)
		rest = MAX_ENTRY_BYTES;
	bytes = dwarf_source_find(ranges->source, ranges->kind, ranges->offset, rest);
	if (bytes == NULL || (ranges->budget != NULL && --*ranges->budget < 0)) {
		ranges->is_damaged = true;
		return false;
	}
	dwarf_reader_init(&reader, bytes, rest);
	is_entry = ranges->unit->format.version < 5 ? read_pair(ranges, &reader)
						    : read_entry(ranges, &reader);
	ranges->offset += (uint64_t)(reader.at - bytes);
	ranges->is_damaged = ranges->is_damaged || reader.is_damaged;
	return is_entry && !ranges->is_damaged;
}

bool dwarf_ranges_next(struct dwarf_ranges *ranges, uint64_t *ret_start, uint64_t *ret_end)
{
	bool has_range = ranges->has_one && is_good(ranges);

	ranges->has_one = false;
	while (ranges->has_list && !has_range) {
		ranges->has_list = next_of_list(ranges);
		has_range = ranges->has_list && is_good(ranges);
	}
	if (!has_range)
		return false;
	*ret_start = ranges->start;
	*ret_end = ranges->end;
	return true;
}
