#include "symbol/go_pclntab.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

enum {
	MAGIC_16 = 0xfa,
	MAGIC_18 = 0xf0,
	MAGIC_20 = 0xf1,
	PCDATA_INLINE_INDEX = 2,
	FUNCDATA_INLINE_TREE = 3,
	MAX_PC_STEPS = 1 << 20, /* of one function: a damaged table must not keep us busy */
};

/* One _func record: numbers are u32 fields behind the entry, whose size differs. */
struct function_record {
	uint64_t entry, end;
	uint64_t offset; /* of the first u32 behind the entry, in table->functions */
	uint32_t name, file_values, line_values, pcdata_count, unit, funcdata_count;
	uint64_t tables_offset; /* of the pcdata offsets, in table->functions */
};

static bool read_u32(const struct go_pclntab_part *part, uint64_t at, uint32_t *ret_value)
{
	uint32_t value;

	if (at > part->size || part->size - at < sizeof(value))
		return false;
	memcpy(&value, part->bytes + at, sizeof(value));
	*ret_value = le32toh(value);
	return true;
}

static bool read_word(const struct go_pclntab_part *part, uint64_t at, uint32_t bytes,
		      uint64_t *ret_value)
{
	uint32_t low = 0, high = 0;

	if (!read_u32(part, at, &low) || (bytes == 8 && !read_u32(part, at + 4, &high)))
		return false;
	*ret_value = (uint64_t)high << 32 | low;
	return true;
}

/* "" for a text that does not end inside the part. */
static const char *get_text(const struct go_pclntab_part *part, uint64_t at)
{
	if (at >= part->size || memchr(part->bytes + at, '\0', part->size - at) == NULL)
		return "";
	return (const char *)part->bytes + at;
}

bool go_pclntab_has_magic(const uint8_t *bytes, uint64_t size)
{
	return size >= 8 &&
	       (bytes[0] == MAGIC_16 || bytes[0] == MAGIC_18 || bytes[0] == MAGIC_20) &&
	       bytes[1] == 0xff && bytes[2] == 0xff && bytes[3] == 0xff && bytes[4] == 0 &&
	       bytes[5] == 0 && (bytes[6] == 1 || bytes[6] == 2 || bytes[6] == 4) &&
	       (bytes[7] == 4 || bytes[7] == 8);
}

static bool cut_part(const struct go_pclntab_part *whole, uint64_t offset,
		     struct go_pclntab_part *ret_part)
{
	if (offset > whole->size)
		return false;
	*ret_part = (struct go_pclntab_part){whole->bytes + offset, whole->size - offset};
	return true;
}

/* Bytes of one entry of the list of functions: two numbers, address and place of the record. */
static uint64_t get_entry_bytes(const struct go_pclntab *table)
{
	return table->version >= 18 ? 8 : 2 * (uint64_t)table->pointer_bytes;
}

int go_pclntab_parse(struct go_pclntab *ret_table, const uint8_t *bytes, uint64_t size,
		     uint64_t text_svma, struct err *err)
{
	struct go_pclntab_part whole = {bytes, size};
	struct go_pclntab table = {0};
	uint64_t fields[8], first = 2;

	if (!go_pclntab_has_magic(bytes, size))
		return err_set(err, -EBADMSG,
			       "Go's table of functions does not start as one of Go 1.16 or later");
	table.version = bytes[0] == MAGIC_16 ? 16 : bytes[0] == MAGIC_18 ? 18 : 20;
	table.quantum = bytes[6];
	table.pointer_bytes = bytes[7];
	for (uint32_t i = 0; i < 8; i++)
		if (!read_word(&whole, 8 + (uint64_t)i * table.pointer_bytes, table.pointer_bytes,
			       &fields[i]))
			return err_set(err, -EBADMSG, "Go's table of functions ends in its header");
	table.function_count = fields[0];
	table.text_svma = text_svma;
	if (table.version >= 18) {
		if (fields[2] != 0)
			table.text_svma = fields[2];
		first = 3;
	}
	if (!cut_part(&whole, fields[first], &table.names) ||
	    !cut_part(&whole, fields[first + 1], &table.units) ||
	    !cut_part(&whole, fields[first + 2], &table.files) ||
	    !cut_part(&whole, fields[first + 3], &table.values) ||
	    !cut_part(&whole, fields[first + 4], &table.functions))
		return err_set(err, -EBADMSG,
			       "parts of Go's table of functions lie behind its end");
	/* behind the last entry the end of its code */
	if (table.function_count == 0 ||
	    table.function_count >= table.functions.size / get_entry_bytes(&table))
		return err_set(err, -EBADMSG,
			       "Go's table of functions has no room for the %llu it states",
			       (unsigned long long)table.function_count);
	*ret_table = table;
	return 0;
}

uint64_t go_pclntab_get_gofunc_offset(const struct go_pclntab *table)
{
	/* in words: one pointer, six slices, then pointers; 1.20 added two for coverage */
	uint64_t words = table->version >= 20 ? 40 : table->version >= 18 ? 38 : 0;

	return words * table->pointer_bytes;
}

void go_pclntab_set_inline_trees(struct go_pclntab *table, const uint8_t *bytes, uint64_t size)
{
	table->inline_trees = (struct go_pclntab_part){bytes, size};
}

/* Address of the function by number, or the end of the last one at function_count. */
static uint64_t get_entry(const struct go_pclntab *table, uint64_t number)
{
	uint64_t value = 0;

	if (table->version >= 18) {
		read_word(&table->functions, number * 8, 4, &value);
		return table->text_svma + value;
	}
	read_word(&table->functions, number * get_entry_bytes(table), table->pointer_bytes, &value);
	return value;
}

/* Entries ascend in a whole table; a damaged one finds something or nothing. */
static bool find_number(const struct go_pclntab *table, uint64_t address, uint64_t *ret_number)
{
	uint64_t low = 0, high = table->function_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (get_entry(table, middle) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= get_entry(table, low) || address < get_entry(table, low - 1))
		return false;
	*ret_number = low - 1;
	return true;
}

static bool read_function(const struct go_pclntab *table, uint64_t number,
			  struct function_record *ret_record)
{
	uint32_t half = table->version >= 18 ? 4 : table->pointer_bytes;
	struct function_record record = {.entry = get_entry(table, number),
					 .end = get_entry(table, number + 1)};
	const struct go_pclntab_part *part = &table->functions;
	uint64_t place, unit_at;
	uint32_t kinds;

	if (!read_word(part, number * get_entry_bytes(table) + half, half, &place) ||
	    place > part->size)
		return false;
	place += half; /* name, args, deferreturn, pcsp, pcfile, pcln, npcdata, cuOffset */
	unit_at = place + 28;
	record.tables_offset = unit_at + (table->version >= 20 ? 12 : 8);
	if (!read_u32(part, place, &record.name) ||
	    !read_u32(part, place + 16, &record.file_values) ||
	    !read_u32(part, place + 20, &record.line_values) ||
	    !read_u32(part, place + 24, &record.pcdata_count) ||
	    !read_u32(part, unit_at, &record.unit) ||
	    !read_u32(part, record.tables_offset - 4, &kinds))
		return false;
	record.funcdata_count = kinds >> 24;
	*ret_record = record;
	return true;
}

static bool read_varint(const struct go_pclntab_part *part, uint64_t *at, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (uint32_t shift = 0; shift < 35; shift += 7) {
		uint8_t byte;

		if (*at >= part->size)
			return false;
		byte = part->bytes[(*at)++];
		value |= shift < 32 ? (uint32_t)(byte & 0x7f) << shift : 0;
		if ((byte & 0x80) == 0) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/*
 * The value that a table of steps has at an address; -1 = none, which is also what tables say.
 * "Zig-zag" differences of the value and, in code quanta, of the address.
 */
static int32_t find_value(const struct go_pclntab *table, const struct function_record *record,
			  uint32_t offset, uint64_t address)
{
	uint64_t at = offset, pc = record->entry;
	uint32_t value = UINT32_MAX;

	if (offset == 0)
		return -1;
	for (uint32_t step = 0; step < MAX_PC_STEPS; step++) {
		uint32_t value_step, pc_step;

		if (!read_varint(&table->values, &at, &value_step) ||
		    (value_step == 0 && step > 0) || !read_varint(&table->values, &at, &pc_step))
			return -1;
		value += (value_step & 1) != 0 ? ~(value_step >> 1) : value_step >> 1;
		pc += (uint64_t)pc_step * table->quantum;
		if (address < pc)
			return (int32_t)value;
	}
	return -1;
}

static void find_line(const struct go_pclntab *table, const struct function_record *record,
		      uint64_t address, struct go_frame *frame)
{
	int32_t file = find_value(table, record, record->file_values, address);
	int32_t line = find_value(table, record, record->line_values, address);
	uint32_t name;

	frame->file = "";
	frame->line = line > 0 ? (uint32_t)line : 0;
	if (file >= 0 &&
	    read_u32(&table->units, 4 * ((uint64_t)record->unit + (uint32_t)file), &name) &&
	    name != UINT32_MAX)
		frame->file = get_text(&table->files, name);
}

/* Where the function's inline tree and the table of numbers in it are; false without them. */
static bool find_inline_tree(const struct go_pclntab *table, const struct function_record *record,
			     uint32_t *ret_tree, uint32_t *ret_values)
{
	uint64_t funcdata = record->tables_offset + 4 * (uint64_t)record->pcdata_count;

	return table->version >= 18 && table->inline_trees.size > 0 &&
	       record->pcdata_count > PCDATA_INLINE_INDEX &&
	       record->funcdata_count > FUNCDATA_INLINE_TREE &&
	       read_u32(&table->functions, record->tables_offset + 4 * PCDATA_INLINE_INDEX,
			ret_values) &&
	       read_u32(&table->functions, funcdata + 4 * FUNCDATA_INLINE_TREE, ret_tree) &&
	       *ret_tree != UINT32_MAX && *ret_values != 0;
}

/* One call of the tree: which function, and an address whose line is that of the call. */
static bool read_inlined_call(const struct go_pclntab *table, uint64_t tree, int32_t number,
			      uint32_t *ret_name, uint32_t *ret_parent_pc)
{
	bool is_new = table->version >= 20;
	uint64_t at = tree + (uint64_t)(uint32_t)number * (is_new ? 16 : 20);

	return read_u32(&table->inline_trees, at + (is_new ? 4 : 12), ret_name) &&
	       read_u32(&table->inline_trees, at + (is_new ? 8 : 16), ret_parent_pc);
}

bool go_pclntab_find(const struct go_pclntab *table, uint64_t lookup_addr,
		     struct go_place *ret_place)
{
	struct function_record record;
	uint64_t number, address = lookup_addr;
	uint32_t tree, values, count = 0;
	struct go_frame *frame;

	if (!find_number(table, lookup_addr, &number) || !read_function(table, number, &record) ||
	    get_text(&table->names, record.name)[0] == '\0')
		return false;
	if (find_inline_tree(table, &record, &tree, &values)) {
		while (count < GO_PCLNTAB_MAX_FRAMES - 1) {
			int32_t call = find_value(table, &record, values, address);
			uint32_t name, parent_pc;

			if (call < 0 || !read_inlined_call(table, tree, call, &name, &parent_pc) ||
			    get_text(&table->names, name)[0] == '\0')
				break;
			frame = &ret_place->frames[count++];
			frame->function = get_text(&table->names, name);
			find_line(table, &record, address, frame);
			address = record.entry + parent_pc;
		}
	}
	frame = &ret_place->frames[count++];
	frame->function = get_text(&table->names, record.name);
	find_line(table, &record, address, frame);
	ret_place->frame_count = count;
	ret_place->function_svma = record.entry;
	ret_place->function_size = record.end - record.entry;
	return true;
}
