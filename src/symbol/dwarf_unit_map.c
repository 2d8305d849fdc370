#include "symbol/dwarf_unit_map.h"

#include <stdlib.h>

#include "symbol/dwarf_ranges.h"
#include "util/alloc.h"

enum { ARANGES_VERSION = 2 };

struct map {
	struct range_index *index;
	struct dwarf_object *object;
	bool *is_covered; /* one for each unit */
};

/* range_index prefers the highest of the values of ranges with one start. */
static uint32_t get_value(uint32_t number)
{
	return UINT32_MAX - number;
}

/* The pairs of one unit (DWARF 5, section 6.1.2), behind its header. */
static void read_pairs(struct map *map, struct dwarf_unit *unit, uint32_t width,
		       struct dwarf_reader *reader)
{
	uint32_t number = (uint32_t)(unit - map->object->units.items);

	while (dwarf_reader_get_rest(reader) >= 2 * (uint64_t)width) {
		uint64_t start = dwarf_reader_read(reader, width);
		uint64_t size = dwarf_reader_read(reader, width);

		if (size == 0 || dwarf_unit_is_tombstone(unit, start))
			continue; /* the end too: some linkers leave one in the middle */
		range_index_add(map->index, start, size, get_value(number));
		map->is_covered[number] = true;
	}
}

static void read_set(struct map *map, const uint8_t *start, uint8_t offset_size,
		     struct dwarf_reader *reader)
{
	uint64_t version = dwarf_reader_read(reader, 2);
	uint64_t info_offset = dwarf_reader_read(reader, offset_size);
	uint32_t width = dwarf_reader_read_u8(reader);
	uint32_t segment_size = dwarf_reader_read_u8(reader);
	struct dwarf_unit *unit = dwarf_object_find_unit(map->object, info_offset);
	uint64_t misplaced;

	if (reader->is_damaged || version != ARANGES_VERSION || width < 1 || width > 8 ||
	    segment_size != 0 || unit == NULL || unit->offset != info_offset)
		return;
	misplaced = (uint64_t)(reader->at - start) % (2 * width);
	if (misplaced != 0)
		dwarf_reader_skip(reader, 2 * width - misplaced);
	read_pairs(map, unit, width, reader);
}

static void read_aranges(struct map *map)
{
	struct dwarf_source *source = &map->object->source;
	uint64_t size = dwarf_source_get_size(source, DWARF_ARANGES);
	const uint8_t *bytes = dwarf_source_find(source, DWARF_ARANGES, 0, size);
	struct dwarf_reader reader;

	if (bytes == NULL)
		return;
	for (uint64_t at = 0; at < size; at = (uint64_t)(reader.end - bytes)) {
		uint8_t offset_size;

		dwarf_reader_init(&reader, bytes + at, size - at);
		dwarf_reader_read_length(&reader, &offset_size);
		if (reader.is_damaged)
			return; /* the units' first entries tell the rest */
		read_set(map, bytes + at, offset_size, &reader);
	}
}

static void read_root(struct map *map, uint32_t number)
{
	struct dwarf_unit *unit = &map->object->units.items[number];
	struct dwarf_source *source = &map->object->source;
	struct dwarf_ranges ranges;
	struct dwarf_root root;
	struct dwarf_code code;
	uint64_t start, end;

	if (!dwarf_unit_read_root(unit, &root)) {
		dwarf_unit_set_damaged(unit);
		return;
	}
	code = (struct dwarf_code){
		.low_pc = {.kind = root.has_low_pc ? DWARF_VALUE_ADDRESS : DWARF_VALUE_NONE,
			   .number = root.low_pc},
		.high_pc = root.high_pc,
		.ranges = root.ranges,
	};
	dwarf_ranges_init(&ranges, unit, &root, &code);
	while (dwarf_ranges_next(&ranges, &start, &end) &&
	       dwarf_source_spend(source, DWARF_INFO, 1)) /* units may share a damaged list */
		range_index_add(map->index, start, end - start, get_value(number));
	if (ranges.is_damaged)
		dwarf_unit_set_damaged(unit);
}

void dwarf_unit_map_build(struct range_index *index, struct dwarf_object *object)
{
	struct map map = {.index = index, .object = object};

	map.is_covered = alloc_array(object->units.count + 1, sizeof(map.is_covered[0]));
	read_aranges(&map);
	for (uint32_t i = 0; i < object->units.count; i++)
		if (!map.is_covered[i])
			read_root(&map, i);
	free(map.is_covered);
	range_index_build(index);
}

struct dwarf_unit *dwarf_unit_map_find(const struct range_index *index, struct dwarf_object *object,
				       uint64_t svma)
{
	const struct address_range *range = range_index_find(index, svma);

	return range != NULL ? &object->units.items[get_value(range->value)] : NULL;
}
