#include "symbol/dwarf_split.h"

#include <stdlib.h>

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_once.h"
#include "util/alloc.h"

enum { INDEX_HEADER_BYTES = 16, CELL_BYTES = 4, SIGNATURE_BYTES = 8 };

void dwarf_split_init(struct dwarf_split *split, const struct dwarf_input *input)
{
	*split = (struct dwarf_split){.open_dwo = input->open_dwo, .arg = input->arg};
	pthread_mutex_init(&split->lock, NULL);
	if (input->package != NULL) {
		split->package = alloc_new(struct dwarf_object);
		dwarf_object_init(split->package, input->package);
	}
}

void dwarf_split_release(struct dwarf_split *split)
{
	for (size_t i = 0; i < split->package_units.count; i++) {
		dwarf_unit_release(split->package_units.items[i]);
		free(split->package_units.items[i]);
	}
	for (size_t i = 0; i < split->dwos.count; i++) {
		dwarf_object_release(split->dwos.items[i]);
		free(split->dwos.items[i]);
	}
	if (split->package != NULL)
		dwarf_object_release(split->package);
	free(split->package);
	vec_release(&split->package_units);
	vec_release(&split->dwos);
	pthread_mutex_destroy(&split->lock);
}

bool dwarf_split_is_skeleton(const struct dwarf_unit *unit)
{
	return unit->type == DW_UT_skeleton || unit->root.dwo_name.kind != DWARF_VALUE_NONE;
}

/*
 * .debug_cu_index (section 7.3.5.3): a hash table of rows, the columns' kinds, the rows' offsets.
 */
struct package_index {
	struct dwarf_source *source;
	uint64_t version, column_count, row_count, slot_count;
};

static bool read_cell(const struct package_index *index, uint64_t offset, uint64_t *ret_number)
{
	return dwarf_source_find_number(index->source, DWARF_CU_INDEX, offset, CELL_BYTES,
					ret_number);
}

static bool read_index(struct package_index *index, struct dwarf_source *source)
{
	*index = (struct package_index){.source = source};
	if (!read_cell(index, 0, &index->version) || !read_cell(index, 4, &index->column_count) ||
	    !read_cell(index, 8, &index->row_count) || !read_cell(index, 12, &index->slot_count))
		return false;
	index->version &= 0xffff; /* 5 has 2 bytes of it, and 2 of padding */
	return (index->version == 2 || index->version == 5) && index->slot_count > 0 &&
	       index->column_count <= 2 * DW_SECT_COUNT;
}

/* The row with that signature, from 1; 0 = none. */
static uint64_t find_row(const struct package_index *index, uint64_t dwo_id)
{
	uint64_t mask = index->slot_count - 1, slot = dwo_id & mask;
	uint64_t step = (dwo_id >> 32 & mask) | 1;
	uint64_t signature, row;

	for (uint64_t i = 0; i < index->slot_count; i++, slot = (slot + step) & mask) {
		uint64_t at = INDEX_HEADER_BYTES + slot * SIGNATURE_BYTES;

		if (!dwarf_source_find_number(index->source, DWARF_CU_INDEX, at, SIGNATURE_BYTES,
					      &signature) ||
		    !read_cell(index,
			       INDEX_HEADER_BYTES + index->slot_count * SIGNATURE_BYTES +
				       slot * CELL_BYTES,
			       &row) ||
		    row == 0)
			return 0;
		if (signature == dwo_id)
			return row <= index->row_count ? row : 0;
	}
	return 0;
}

/* Where the parts of a row begin; false when damaged. */
static bool read_row(const struct package_index *index, uint64_t row, uint64_t *ret_info_offset,
		     struct dwarf_contribution *ret_contribution)
{
	uint64_t kinds = INDEX_HEADER_BYTES + index->slot_count * (SIGNATURE_BYTES + CELL_BYTES);
	uint64_t offsets = kinds + row * index->column_count * CELL_BYTES;
	uint64_t by_kind[DW_SECT_COUNT] = {0};
	bool has_info = false;

	for (uint64_t i = 0; i < index->column_count; i++) {
		uint64_t kind, offset;

		if (!read_cell(index, kinds + i * CELL_BYTES, &kind) ||
		    !read_cell(index, offsets + i * CELL_BYTES, &offset))
			return false;
		if (kind < DW_SECT_COUNT)
			by_kind[kind] = offset;
		has_info = has_info || kind == DW_SECT_INFO;
	}
	*ret_info_offset = by_kind[DW_SECT_INFO];
	*ret_contribution = (struct dwarf_contribution){
		.abbrev_offset = by_kind[DW_SECT_ABBREV],
		.str_offsets_offset = by_kind[DW_SECT_STR_OFFSETS],
		.rnglists_offset = index->version == 5 ? by_kind[DW_SECT_RNGLISTS] : 0,
	};
	return has_info;
}

static struct dwarf_unit *find_in_package(struct dwarf_split *split, uint64_t dwo_id)
{
	struct dwarf_contribution contribution;
	struct package_index index;
	struct dwarf_unit *unit;
	uint64_t row, offset;
	bool is_usable;

	if (split->package == NULL || !read_index(&index, &split->package->source))
		return NULL;
	row = find_row(&index, dwo_id);
	if (row == 0 || !read_row(&index, row, &offset, &contribution))
		return NULL;
	unit = alloc_new(struct dwarf_unit);
	if (!dwarf_unit_read_header(unit, split->package, offset, &contribution, &is_usable) ||
	    !is_usable) {
		free(unit);
		return NULL;
	}
	pthread_mutex_lock(&split->lock);
	vec_push(&split->package_units, unit);
	pthread_mutex_unlock(&split->lock);
	return unit;
}

static struct dwarf_unit *find_in_dwo(struct dwarf_object *dwo, uint64_t dwo_id)
{
	for (size_t i = 0; i < dwo->units.count; i++) {
		struct dwarf_unit *unit = &dwo->units.items[i];

		if (dwarf_unit_open(unit) && unit->root.dwo_id == dwo_id)
			return unit;
	}
	return NULL;
}

/* The callback wants texts that end with a NUL; those of sections do, unless they were cut. */
static char *copy_text(const struct dwarf_unit *unit, const struct dwarf_value *value)
{
	size_t length = 0;
	const char *text = dwarf_unit_find_text(unit, value, &length);

	return alloc_strndup(text != NULL ? text : "", length);
}

static struct dwarf_unit *open_dwo(struct dwarf_split *split, const struct dwarf_unit *skeleton)
{
	scoped_free char *name = copy_text(skeleton, &skeleton->root.dwo_name);
	scoped_free char *comp_dir = copy_text(skeleton, &skeleton->root.comp_dir);
	const struct dwarf_file *file =
		split->open_dwo == NULL
			? NULL
			: split->open_dwo(split->arg, name, comp_dir, skeleton->root.dwo_id);
	struct dwarf_object *dwo;

	if (file == NULL)
		return NULL;
	dwo = alloc_new(struct dwarf_object);
	dwarf_object_init(dwo, file);
	dwarf_object_read(dwo);
	pthread_mutex_lock(&split->lock);
	vec_push(&split->dwos, dwo);
	pthread_mutex_unlock(&split->lock);
	return find_in_dwo(dwo, skeleton->root.dwo_id);
}

/* What a split unit leaves to its skeleton. */
static void join(struct dwarf_unit *unit, struct dwarf_unit *skeleton)
{
	unit->line_unit = skeleton;
	unit->root.address_source = skeleton->root.address_source;
	unit->root.addr_base = skeleton->root.addr_base;
	unit->root.ranges_base = skeleton->root.gnu_ranges_base;
	unit->root.has_low_pc = skeleton->root.has_low_pc;
	unit->root.low_pc = skeleton->root.low_pc;
}

struct dwarf_unit *dwarf_split_find(struct dwarf_split *split, struct dwarf_unit *skeleton)
{
	if (dwarf_once_take(&skeleton->has_split)) {
		struct dwarf_unit *unit = find_in_package(split, skeleton->root.dwo_id);

		if (unit == NULL)
			unit = open_dwo(split, skeleton);
		if (unit != NULL && dwarf_unit_open(unit)) {
			join(unit, skeleton);
			skeleton->split = unit;
		} else {
			atomic_fetch_add(&split->missing_count, 1);
		}
		dwarf_once_end(&skeleton->has_split, skeleton->split != NULL);
	}
	return dwarf_once_wait(&skeleton->has_split) ? skeleton->split : NULL;
}

uint32_t dwarf_split_get_damaged_count(struct dwarf_split *split)
{
	uint32_t count = split->package != NULL ? split->package->damaged_count : 0;

	pthread_mutex_lock(&split->lock);
	for (size_t i = 0; i < split->dwos.count; i++)
		count += split->dwos.items[i]->damaged_count;
	pthread_mutex_unlock(&split->lock);
	return count;
}
