#include "symbol/dwarf_abbrev.h"

#include <stdlib.h>

#include "symbol/dwarf_constants.h"
#include "util/alloc.h"

enum step_kind { STEP_UNSIGNED, STEP_BLOCK, STEP_SIZED_BLOCK, STEP_TEXT, STEP_FORM, STEP_SIBLING };

enum {
	MAX_CODE_GAP = 1024, /* holes in the codes that are worth a table by code */
	MAX_ABBREVS = 1 << 20,
	MAX_ATTRIBUTES = 4096, /* of one; so that their bytes can be added */
	FIRST_LOAD_BYTES = 8 * 1024,
};

static enum dwarf_role get_role(uint64_t tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
		return DWARF_ROLE_SCOPE;
	case DW_TAG_subprogram:
		return DWARF_ROLE_FUNCTION;
	case DW_TAG_inlined_subroutine:
		return DWARF_ROLE_INLINED;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return DWARF_ROLE_BLOCK;
	default:
		return DWARF_ROLE_OTHER;
	}
}

static enum step_kind get_step_kind(uint32_t form)
{
	switch (form) {
	case DW_FORM_string:
		return STEP_TEXT;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		return STEP_BLOCK;
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
		return STEP_SIZED_BLOCK;
	case DW_FORM_indirect:
		return STEP_FORM;
	default:
		return STEP_UNSIGNED;
	}
}

static bool is_reference(uint32_t form)
{
	return form == DW_FORM_ref1 || form == DW_FORM_ref2 || form == DW_FORM_ref4 ||
	       form == DW_FORM_ref8 || form == DW_FORM_ref_udata;
}

static uint8_t get_block_length_size(uint32_t form)
{
	return form == DW_FORM_block1 ? 1 : form == DW_FORM_block2 ? 2 : 4;
}

static void add_step(struct dwarf_abbrev_table *table, struct dwarf_abbrev *abbrev,
		     enum step_kind kind, uint8_t size)
{
	vec_push(&table->steps, (struct dwarf_step){.fixed = abbrev->fixed_bytes,
						    .kind = (uint8_t)kind,
						    .size = size});
	abbrev->step_count++;
	abbrev->fixed_bytes = 0;
}

/* False for a form that nobody knows. */
static bool plan_attribute(struct dwarf_abbrev_table *table, struct dwarf_abbrev *abbrev,
			   uint64_t name, uint32_t form)
{
	int size = dwarf_value_get_size(form, &table->format);
	bool is_sibling = name == DW_AT_sibling && is_reference(form);

	if (size == -2)
		return false;
	if (is_sibling && size > 0 && abbrev->step_count == 0) {
		abbrev->sibling_at = abbrev->fixed_bytes;
		abbrev->sibling_size = (uint8_t)size;
	} else if (is_sibling) {
		add_step(table, abbrev, STEP_SIBLING, size > 0 ? (uint8_t)size : 0);
		return true;
	}
	if (size >= 0)
		abbrev->fixed_bytes += (uint32_t)size;
	else
		add_step(table, abbrev, get_step_kind(form),
			 form == DW_FORM_indirect ? 0 : get_block_length_size(form));
	return true;
}

static bool read_attributes(struct dwarf_abbrev_table *table, struct dwarf_abbrev *abbrev,
			    struct dwarf_reader *reader)
{
	abbrev->first_attribute = (uint32_t)table->attributes.count;
	abbrev->first_step = (uint32_t)table->steps.count;
	while (!reader->is_damaged) {
		uint64_t name = dwarf_reader_read_unsigned(reader);
		uint64_t form = dwarf_reader_read_unsigned(reader);
		int64_t constant = 0;

		if (form == DW_FORM_implicit_const)
			constant = dwarf_reader_read_signed(reader);
		if (name == 0 && form == 0)
			return !reader->is_damaged;
		if (abbrev->attribute_count == MAX_ATTRIBUTES || form > UINT16_MAX ||
		    !plan_attribute(table, abbrev, name, (uint32_t)form))
			return false;
		if (name == DW_AT_low_pc || name == DW_AT_ranges)
			abbrev->has_code = true;
		vec_push(&table->attributes,
			 (struct dwarf_attribute){
				 .name = name <= UINT16_MAX ? (uint16_t)name : 0,
				 .form = (uint16_t)form,
				 .constant = constant == (int32_t)constant ? (int32_t)constant : 0,
			 });
		abbrev->attribute_count++;
	}
	return false;
}

/* Up to the end of the table, or up to `only_code`. */
static bool read_table(struct dwarf_abbrev_table *table, uint64_t only_code,
		       struct dwarf_reader *reader)
{
	while (table->abbrevs.count < MAX_ABBREVS) {
		struct dwarf_abbrev abbrev = {.code = dwarf_reader_read_unsigned(reader)};
		uint64_t tag;

		if (abbrev.code == 0)
			return !reader->is_damaged;
		tag = dwarf_reader_read_unsigned(reader);
		abbrev.tag = tag <= UINT16_MAX ? (uint16_t)tag : 0;
		abbrev.role = (uint8_t)get_role(tag);
		abbrev.has_children = dwarf_reader_read_u8(reader) != 0;
		if (!read_attributes(table, &abbrev, reader))
			return false;
		vec_push(&table->abbrevs, abbrev);
		if (abbrev.code == only_code)
			return true;
	}
	return false;
}

static int compare_codes(const void *a, const void *b)
{
	const struct dwarf_abbrev *one = a, *other = b;

	return (one->code > other->code) - (one->code < other->code);
}

static void index_codes(struct dwarf_abbrev_table *table)
{
	size_t count = table->abbrevs.count;
	uint64_t highest = 0;
	bool is_sorted = true;

	for (size_t i = 0; i < count; i++) {
		is_sorted = is_sorted && table->abbrevs.items[i].code > highest;
		if (table->abbrevs.items[i].code > highest)
			highest = table->abbrevs.items[i].code;
	}
	if (!is_sorted)
		qsort(table->abbrevs.items, count, sizeof(table->abbrevs.items[0]), compare_codes);
	if (count == 0 || highest > 2 * count + MAX_CODE_GAP)
		return; /* dwarf_abbrev_search() finds them */
	table->code_count = highest + 1;
	table->by_code = alloc_array(table->code_count, sizeof(table->by_code[0]));
	for (size_t i = 0; i < count; i++)
		table->by_code[table->abbrevs.items[i].code] = (uint32_t)i + 1;
}

const struct dwarf_abbrev *dwarf_abbrev_search(const struct dwarf_abbrev_table *table,
					       uint64_t code)
{
	const struct dwarf_abbrev key = {.code = code};

	if (table->by_code != NULL || table->abbrevs.count == 0)
		return NULL;
	return bsearch(&key, table->abbrevs.items, table->abbrevs.count, sizeof(key),
		       compare_codes);
}

/*
 * How long a table is only its end tells: twice as much of the section is loaded until it is in
 * there.
 */
struct dwarf_abbrev_table *dwarf_abbrev_new(struct dwarf_source *source, uint64_t offset,
					    const struct dwarf_format *format, uint64_t only_code)
{
	uint64_t size = dwarf_source_get_size(source, DWARF_ABBREV);
	uint64_t rest = offset < size ? size - offset : 0;

	for (uint64_t length = FIRST_LOAD_BYTES; rest > 0; length *= 2) {
		scoped(dwarf_abbrev_table_cleanup) struct dwarf_abbrev_table *table =
			alloc_new(struct dwarf_abbrev_table);
		struct dwarf_abbrev_table *result = table;
		const uint8_t *bytes;
		struct dwarf_reader reader;
		bool is_good;

		if (length > rest)
			length = rest;
		bytes = dwarf_source_find(source, DWARF_ABBREV, offset, length);
		if (bytes == NULL)
			return NULL;
		table->format = *format;
		dwarf_reader_init(&reader, bytes, length);
		is_good = read_table(table, only_code, &reader);
		if (!dwarf_source_spend(source, DWARF_ABBREV, (uint64_t)(reader.at - bytes)))
			return NULL;
		if (is_good) {
			index_codes(table);
			table = NULL;
			return result;
		}
		if (!reader.is_damaged || length == rest)
			return NULL;
	}
	return NULL;
}

void dwarf_abbrev_free(struct dwarf_abbrev_table *table)
{
	if (table == NULL)
		return;
	vec_release(&table->abbrevs);
	vec_release(&table->attributes);
	vec_release(&table->steps);
	free(table->by_code);
	free(table);
}

/* DW_FORM_indirect, rare enough for the general way. */
static void skip_form(struct dwarf_reader *reader, const struct dwarf_format *format)
{
	struct dwarf_value value;

	dwarf_value_read(reader, DW_FORM_indirect, 0, format, &value);
}

const uint8_t *dwarf_abbrev_skip_steps(const struct dwarf_abbrev_table *table,
				       const struct dwarf_abbrev *abbrev, const uint8_t *at,
				       const uint8_t *end, uint64_t *ret_sibling)
{
	const struct dwarf_step *steps = table->steps.items + abbrev->first_step;
	struct dwarf_reader reader = {.at = at, .end = end};
	size_t length;

	for (uint32_t i = 0; i < abbrev->step_count; i++) {
		dwarf_reader_skip(&reader, steps[i].fixed);
		switch (steps[i].kind) {
		case STEP_UNSIGNED:
			dwarf_reader_read_unsigned(&reader);
			break;
		case STEP_BLOCK:
			dwarf_reader_skip(&reader, dwarf_reader_read_unsigned(&reader));
			break;
		case STEP_SIZED_BLOCK:
			dwarf_reader_skip(&reader, dwarf_reader_read(&reader, steps[i].size));
			break;
		case STEP_TEXT:
			dwarf_reader_read_text(&reader, &length);
			break;
		case STEP_FORM:
			skip_form(&reader, &table->format);
			break;
		default:
			*ret_sibling = steps[i].size > 0 ? dwarf_reader_read(&reader, steps[i].size)
							 : dwarf_reader_read_unsigned(&reader);
			break;
		}
	}
	if (abbrev->sibling_size > 0 &&
	    (uint64_t)(end - at) >= abbrev->sibling_at + (uint64_t)abbrev->sibling_size)
		*ret_sibling =
			dwarf_abbrev_read_sibling(at + abbrev->sibling_at, abbrev->sibling_size);
	dwarf_reader_skip(&reader, abbrev->fixed_bytes);
	return reader.is_damaged ? NULL : reader.at;
}
