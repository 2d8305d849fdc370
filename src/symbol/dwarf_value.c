#include "symbol/dwarf_value.h"

#include "symbol/dwarf_constants.h"

enum { MAX_INDIRECTIONS = 4 };

int dwarf_value_get_size(uint32_t form, const struct dwarf_format *format)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_flag:
	case DW_FORM_ref1:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_sup4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return format->address_size;
	case DW_FORM_ref_addr: /* DWARF 2 had it as long as an address */
		return format->version <= 2 ? format->address_size : format->offset_size;
	case DW_FORM_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_line_strp:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return format->offset_size;
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_exprloc:
	case DW_FORM_string:
	case DW_FORM_sdata:
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_indirect:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return -1;
	default:
		return -2;
	}
}

static enum dwarf_value_kind get_kind(uint32_t form)
{
	switch (form) {
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
	case DW_FORM_sdata:
	case DW_FORM_udata:
	case DW_FORM_implicit_const:
	case DW_FORM_flag:
	case DW_FORM_flag_present:
		return DWARF_VALUE_NUMBER;
	case DW_FORM_addr:
		return DWARF_VALUE_ADDRESS;
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_GNU_addr_index:
		return DWARF_VALUE_ADDRESS_INDEX;
	case DW_FORM_sec_offset:
		return DWARF_VALUE_OFFSET;
	case DW_FORM_rnglistx:
		return DWARF_VALUE_RANGES_INDEX;
	case DW_FORM_strp:
		return DWARF_VALUE_STR;
	case DW_FORM_line_strp:
		return DWARF_VALUE_LINE_STR;
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
		return DWARF_VALUE_ALTERNATE_STR;
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		return DWARF_VALUE_STR_INDEX;
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		return DWARF_VALUE_UNIT_REFERENCE;
	case DW_FORM_ref_addr:
		return DWARF_VALUE_INFO_REFERENCE;
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
	case DW_FORM_GNU_ref_alt:
		return DWARF_VALUE_ALTERNATE_REFERENCE;
	default:
		return DWARF_VALUE_OTHER;
	}
}

/* The forms whose length is in the value. */
static void read_variable(struct dwarf_reader *reader, uint32_t form, struct dwarf_value *ret_value)
{
	size_t length;

	switch (form) {
	case DW_FORM_string:
		ret_value->text = dwarf_reader_read_text(reader, &length);
		ret_value->number = length;
		ret_value->kind = DWARF_VALUE_TEXT;
		break;
	case DW_FORM_block1:
		dwarf_reader_skip(reader, dwarf_reader_read(reader, 1));
		break;
	case DW_FORM_block2:
		dwarf_reader_skip(reader, dwarf_reader_read(reader, 2));
		break;
	case DW_FORM_block4:
		dwarf_reader_skip(reader, dwarf_reader_read(reader, 4));
		break;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		dwarf_reader_skip(reader, dwarf_reader_read_unsigned(reader));
		break;
	case DW_FORM_sdata:
		ret_value->number = (uint64_t)dwarf_reader_read_signed(reader);
		break;
	default:
		ret_value->number = dwarf_reader_read_unsigned(reader);
		break;
	}
}

void dwarf_value_read(struct dwarf_reader *reader, uint32_t form, int32_t constant,
		      const struct dwarf_format *format, struct dwarf_value *ret_value)
{
	int size;

	for (int i = 0; form == DW_FORM_indirect && i < MAX_INDIRECTIONS; i++) {
		uint64_t actual = dwarf_reader_read_unsigned(reader);

		form = actual <= UINT16_MAX ? (uint32_t)actual : 0;
		if (form == DW_FORM_implicit_const)
			constant = (int32_t)dwarf_reader_read_signed(reader);
	}
	*ret_value = (struct dwarf_value){.kind = get_kind(form)};
	size = dwarf_value_get_size(form, format);
	if (form == DW_FORM_implicit_const)
		ret_value->number = (uint64_t)(int64_t)constant;
	else if (form == DW_FORM_flag_present)
		ret_value->number = 1;
	else if (size == -2 || form == DW_FORM_indirect)
		dwarf_reader_fail(reader);
	else if (size > 8)
		dwarf_reader_skip(reader, (uint64_t)size);
	else if (size >= 0)
		ret_value->number = dwarf_reader_read(reader, (uint32_t)size);
	else
		read_variable(reader, form, ret_value);
}
