#include "symbol/dwarf_unit.h"

#include <string.h>

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_line_table.h"
#include "symbol/dwarf_object.h"
#include "symbol/dwarf_once.h"

enum {
	MAX_HEADER_BYTES = 48,
	FIRST_ROOT_BYTES = 1024, /* enough for nearly all first entries */
};

bool dwarf_unit_read_header(struct dwarf_unit *unit, struct dwarf_object *object, uint64_t offset,
			    const struct dwarf_contribution *contribution, bool *ret_is_usable)
{
	uint64_t size = dwarf_source_get_size(&object->source, DWARF_INFO);
	uint64_t rest = offset < size ? size - offset : 0;
	uint64_t some = rest < MAX_HEADER_BYTES ? rest : MAX_HEADER_BYTES;
	const uint8_t *bytes = dwarf_source_find(&object->source, DWARF_INFO, offset, some);
	struct dwarf_reader reader;
	uint64_t version;

	if (bytes == NULL)
		return false;
	*unit = (struct dwarf_unit){.object = object, .offset = offset, .type = DW_UT_compile};
	unit->contribution = *contribution;
	dwarf_reader_init(&reader, bytes, rest);
	dwarf_reader_read_length(&reader, &unit->format.offset_size);
	if (reader.is_damaged)
		return false;
	unit->end = offset + (uint64_t)(reader.end - bytes);
	if (reader.end > bytes + some)
		reader.end = bytes + some; /* what is loaded */
	version = dwarf_reader_read(&reader, 2);
	if (version >= 5) {
		unit->type = dwarf_reader_read_u8(&reader);
		unit->format.address_size = dwarf_reader_read_u8(&reader);
	}
	unit->abbrev_offset =
		contribution->abbrev_offset + dwarf_reader_read(&reader, unit->format.offset_size);
	if (version < 5)
		unit->format.address_size = dwarf_reader_read_u8(&reader);
	if (unit->type == DW_UT_skeleton || unit->type == DW_UT_split_compile)
		unit->dwo_id = dwarf_reader_read(&reader, 8);
	unit->format.version = version <= 5 ? (uint8_t)version : 0;
	unit->header_size = (uint8_t)(reader.at - bytes);
	*ret_is_usable = !reader.is_damaged && version >= 2 && version <= 5 &&
			 unit->format.address_size >= 1 && unit->format.address_size <= 8 &&
			 unit->type != DW_UT_type && unit->type != DW_UT_split_type;
	return true;
}

void dwarf_unit_release(struct dwarf_unit *unit)
{
	dwarf_line_table_free(unit->line_table);
	unit->line_table = NULL;
}

void dwarf_unit_set_damaged(struct dwarf_unit *unit)
{
	if (dwarf_once_take(&unit->is_damaged)) {
		dwarf_once_end(&unit->is_damaged, true);
		atomic_fetch_add(&unit->object->damaged_count, 1);
	}
}

static void keep_root_value(struct dwarf_root *root, uint32_t name, const struct dwarf_value *value,
			    struct dwarf_value *ret_low_pc)
{
	switch (name) {
	case DW_AT_low_pc:
		*ret_low_pc = *value;
		break;
	case DW_AT_high_pc:
		root->high_pc = *value;
		break;
	case DW_AT_ranges:
		root->ranges = *value;
		break;
	case DW_AT_name:
		root->name = *value;
		break;
	case DW_AT_comp_dir:
		root->comp_dir = *value;
		break;
	case DW_AT_producer:
		root->producer = *value;
		break;
	case DW_AT_dwo_name:
	case DW_AT_GNU_dwo_name:
		root->dwo_name = *value;
		break;
	case DW_AT_GNU_dwo_id:
		root->dwo_id = value->number;
		break;
	case DW_AT_language:
		root->language = value->number;
		break;
	case DW_AT_stmt_list:
		root->line_offset = value->number;
		root->has_line_offset = true;
		break;
	case DW_AT_str_offsets_base:
		root->str_offsets_base = value->number;
		break;
	case DW_AT_rnglists_base:
		root->rnglists_base = value->number;
		break;
	case DW_AT_addr_base:
	case DW_AT_GNU_addr_base:
		root->addr_base = value->number;
		break;
	case DW_AT_GNU_ranges_base:
		root->gnu_ranges_base = value->number;
		break;
	default:
		break;
	}
}

/*
 * What a unit does not say is right behind the headers of its part of the sections (DWARF 5,
 * sections 7.26 and 7.28); GNU's split DWARF 4 had no such headers.
 */
static void set_default_bases(const struct dwarf_unit *unit, struct dwarf_root *ret_root)
{
	uint64_t wide = unit->format.offset_size == 8 ? 8 : 0;

	*ret_root = (struct dwarf_root){
		.str_offsets_base = unit->contribution.str_offsets_offset,
		.rnglists_base = unit->contribution.rnglists_offset,
		.address_source = &unit->object->source,
		.dwo_id = unit->dwo_id,
	};
	if (unit->format.version < 5)
		return;
	ret_root->str_offsets_base += 8 + wide;
	ret_root->rnglists_base += 12 + wide;
	ret_root->addr_base = 8 + wide;
}

/* The first entry, from `bytes`, of which `size` are there. 0 = damaged, else where it ends. */
static uint64_t read_root(const struct dwarf_unit *unit, const uint8_t *bytes, uint64_t size,
			  const struct dwarf_abbrev_table *abbrevs, struct dwarf_root *ret_root)
{
	struct dwarf_value value, low_pc = {.kind = DWARF_VALUE_NONE};
	const struct dwarf_abbrev *abbrev;
	struct dwarf_reader reader;

	dwarf_reader_init(&reader, bytes, size);
	dwarf_reader_skip(&reader, unit->header_size);
	abbrev = dwarf_abbrev_find(abbrevs, dwarf_reader_read_unsigned(&reader));
	if (abbrev == NULL)
		return 0;
	set_default_bases(unit, ret_root);
	ret_root->has_children = abbrev->has_children;
	for (uint32_t i = 0; i < abbrev->attribute_count; i++) {
		const struct dwarf_attribute *attribute =
			&abbrevs->attributes.items[abbrev->first_attribute + i];

		dwarf_value_read(&reader, attribute->form, attribute->constant, &unit->format,
				 &value);
		keep_root_value(ret_root, attribute->name, &value, &low_pc);
	}
	if (reader.is_damaged)
		return 0;
	ret_root->has_low_pc = dwarf_unit_find_address(unit, ret_root, &low_pc, &ret_root->low_pc);
	return (uint64_t)(reader.at - bytes);
}

/* Tries with the first `some` bytes of the unit. 0 = they are too few, or damaged. */
static uint64_t try_root(struct dwarf_unit *unit, uint64_t some, struct dwarf_root *ret_root)
{
	scoped(dwarf_abbrev_table_cleanup) struct dwarf_abbrev_table *own = NULL;
	struct dwarf_source *source = &unit->object->source;
	const uint8_t *bytes = dwarf_source_find(source, DWARF_INFO, unit->offset, some);
	const struct dwarf_abbrev_table *abbrevs;
	struct dwarf_reader reader;
	uint64_t code;

	if (bytes == NULL)
		return 0;
	dwarf_reader_init(&reader, bytes, some);
	dwarf_reader_skip(&reader, unit->header_size);
	code = dwarf_reader_read_unsigned(&reader);
	if (code == 0)
		return 0;
	if (dwarf_object_shares_abbrevs(unit->object, unit)) {
		abbrevs =
			dwarf_object_find_abbrevs(unit->object, unit->abbrev_offset, &unit->format);
	} else {
		own = dwarf_abbrev_new(source, unit->abbrev_offset, &unit->format, code);
		abbrevs = own;
	}
	return abbrevs != NULL ? read_root(unit, bytes, some, abbrevs, ret_root) : 0;
}

bool dwarf_unit_read_root(struct dwarf_unit *unit, struct dwarf_root *ret_root)
{
	uint64_t size = unit->end - unit->offset;

	return (size > FIRST_ROOT_BYTES && try_root(unit, FIRST_ROOT_BYTES, ret_root) != 0) ||
	       try_root(unit, size, ret_root) != 0;
}

static bool open_now(struct dwarf_unit *unit)
{
	uint64_t size = unit->end - unit->offset;

	unit->line_unit = unit;
	unit->bytes = dwarf_source_find(&unit->object->source, DWARF_INFO, unit->offset, size);
	if (unit->bytes == NULL)
		return false;
	unit->abbrevs = dwarf_object_find_abbrevs(unit->object, unit->abbrev_offset, &unit->format);
	if (unit->abbrevs == NULL)
		return false;
	unit->root_end = read_root(unit, unit->bytes, size, unit->abbrevs, &unit->root);
	return unit->root_end != 0;
}

bool dwarf_unit_open(struct dwarf_unit *unit)
{
	if (dwarf_once_take(&unit->is_opened)) {
		bool is_good = open_now(unit);

		if (!is_good)
			dwarf_unit_set_damaged(unit);
		dwarf_once_end(&unit->is_opened, is_good);
	}
	return dwarf_once_wait(&unit->is_opened);
}

const char *dwarf_unit_find_text(const struct dwarf_unit *unit, const struct dwarf_value *value,
				 size_t *ret_length)
{
	struct dwarf_source *source = &unit->object->source;
	struct dwarf_object *alternate = unit->object->alternate;
	uint32_t width = unit->format.offset_size;
	uint64_t offset = value->number, at;

	switch ((int)value->kind) {
	case DWARF_VALUE_TEXT:
		*ret_length = value->number < DWARF_MAX_TEXT ? value->number : DWARF_MAX_TEXT;
		return value->text;
	case DWARF_VALUE_LINE_STR:
		return dwarf_source_find_text(source, DWARF_LINE_STR, offset, ret_length);
	case DWARF_VALUE_ALTERNATE_STR:
		return alternate == NULL ? NULL
					 : dwarf_source_find_text(&alternate->source, DWARF_STR,
								  offset, ret_length);
	case DWARF_VALUE_STR_INDEX:
		if (__builtin_mul_overflow(value->number, (uint64_t)width, &at) ||
		    __builtin_add_overflow(at, unit->root.str_offsets_base, &at) ||
		    !dwarf_source_find_number(source, DWARF_STR_OFFSETS, at, width, &offset))
			return NULL;
		return dwarf_source_find_text(source, DWARF_STR, offset, ret_length);
	case DWARF_VALUE_STR:
		return dwarf_source_find_text(source, DWARF_STR, offset, ret_length);
	default:
		return NULL;
	}
}

bool dwarf_unit_find_address(const struct dwarf_unit *unit, const struct dwarf_root *root,
			     const struct dwarf_value *value, uint64_t *ret_address)
{
	uint32_t width = unit->format.address_size;
	uint64_t at;

	if (value->kind == DWARF_VALUE_ADDRESS) {
		*ret_address = value->number;
		return true;
	}
	return value->kind == DWARF_VALUE_ADDRESS_INDEX &&
	       !__builtin_mul_overflow(value->number, (uint64_t)width, &at) &&
	       !__builtin_add_overflow(at, root->addr_base, &at) &&
	       dwarf_source_find_number(root->address_source, DWARF_ADDR, at, width, ret_address);
}

bool dwarf_unit_find_reference(struct dwarf_unit *unit, const struct dwarf_value *value,
			       struct dwarf_unit **ret_unit, uint64_t *ret_offset)
{
	struct dwarf_object *object = unit->object;
	struct dwarf_unit *target;

	if (value->kind == DWARF_VALUE_UNIT_REFERENCE) {
		*ret_unit = unit;
		*ret_offset = value->number;
		return value->number >= unit->header_size;
	}
	if (value->kind == DWARF_VALUE_ALTERNATE_REFERENCE)
		object = object->alternate;
	else if (value->kind != DWARF_VALUE_INFO_REFERENCE)
		return false;
	target = object != NULL ? dwarf_object_find_unit(object, value->number) : NULL;
	if (target == NULL || !dwarf_unit_open(target))
		return false;
	*ret_unit = target;
	*ret_offset = value->number - target->offset;
	return *ret_offset >= target->header_size;
}

const struct dwarf_abbrev *dwarf_unit_find_entry(const struct dwarf_unit *unit, uint64_t offset,
						 struct dwarf_reader *ret_reader)
{
	dwarf_reader_init(ret_reader, unit->bytes, unit->end - unit->offset);
	dwarf_reader_skip(ret_reader, offset);
	return dwarf_abbrev_find(unit->abbrevs, dwarf_reader_read_unsigned(ret_reader));
}
