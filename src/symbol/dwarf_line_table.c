#include "symbol/dwarf_line_table.h"

#include <stdlib.h>

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_object.h"
#include "symbol/dwarf_once.h"
#include "util/alloc.h"

enum { MAX_LENGTH_BYTES = 12, MAX_FIELDS = 255 };

struct field {
	uint64_t content;
	uint32_t form;
};

/* Versions 2 to 4: texts, and numbers of directories; an empty text ends each list. */
static void read_old_names(struct dwarf_line_table *table, struct dwarf_reader *reader)
{
	while (!reader->is_damaged) {
		struct dwarf_line_name name = {.path.kind = DWARF_VALUE_TEXT};

		name.path.text = dwarf_reader_read_text(reader, &name.path.number);
		if (name.path.number == 0)
			break;
		vec_push(&table->directories, name);
	}
	while (!reader->is_damaged) {
		struct dwarf_line_name name = {.path.kind = DWARF_VALUE_TEXT};

		name.path.text = dwarf_reader_read_text(reader, &name.path.number);
		if (name.path.number == 0)
			break;
		name.directory = dwarf_reader_read_unsigned(reader);
		dwarf_reader_read_unsigned(reader); /* time of change */
		dwarf_reader_read_unsigned(reader); /* length */
		vec_push(&table->files, name);
	}
}

/* Reads one entry of version 5 as the fields say. */
static void read_name(const struct dwarf_line_table *table, const struct field *fields,
		      uint32_t field_count, struct dwarf_reader *reader,
		      struct dwarf_line_name *ret_name)
{
	*ret_name = (struct dwarf_line_name){0};
	for (uint32_t i = 0; i < field_count; i++) {
		struct dwarf_value value;

		dwarf_value_read(reader, fields[i].form, 0, &table->format, &value);
		if (fields[i].content == DW_LNCT_path)
			ret_name->path = value;
		else if (fields[i].content == DW_LNCT_directory_index)
			ret_name->directory = value.number;
	}
}

/* How many entries follow, and their fields. */
static uint64_t read_fields(struct dwarf_reader *reader, struct field fields[MAX_FIELDS],
			    uint32_t *ret_field_count)
{
	uint64_t count;

	*ret_field_count = dwarf_reader_read_u8(reader);
	for (uint32_t i = 0; i < *ret_field_count; i++) {
		uint64_t form;

		fields[i].content = dwarf_reader_read_unsigned(reader);
		form = dwarf_reader_read_unsigned(reader);
		fields[i].form = form <= UINT16_MAX ? (uint32_t)form : 0;
	}
	count = dwarf_reader_read_unsigned(reader);
	if (count > dwarf_reader_get_rest(reader)) /* each has a byte at least */
		dwarf_reader_fail(reader);
	return reader->is_damaged ? 0 : count;
}

static void read_new_names(struct dwarf_line_table *table, struct dwarf_reader *reader)
{
	struct field fields[MAX_FIELDS];
	struct dwarf_line_name name;
	uint32_t field_count;
	uint64_t count;

	count = read_fields(reader, fields, &field_count);
	for (uint64_t i = 0; i < count && !reader->is_damaged; i++) {
		read_name(table, fields, field_count, reader, &name);
		vec_push(&table->directories, name);
	}
	count = read_fields(reader, fields, &field_count);
	for (uint64_t i = 0; i < count && !reader->is_damaged; i++) {
		read_name(table, fields, field_count, reader, &name);
		vec_push(&table->files, name);
	}
}

/* The reader begins behind the length and ends with the table. */
static bool read_table(struct dwarf_line_table *table, struct dwarf_reader *reader)
{
	struct dwarf_format *format = &table->format;
	struct dwarf_reader header;
	uint64_t header_length;

	format->version = (uint8_t)dwarf_reader_read(reader, 2);
	if (format->version < 2 || format->version > 5)
		return false;
	if (format->version >= 5) {
		format->address_size = dwarf_reader_read_u8(reader);
		dwarf_reader_skip(reader, 1); /* segment selectors' size */
	}
	header_length = dwarf_reader_read(reader, format->offset_size);
	if (reader->is_damaged || header_length > dwarf_reader_get_rest(reader) ||
	    format->address_size > 8)
		return false;
	dwarf_reader_init(&header, reader->at, header_length);
	table->program = reader->at + header_length;
	table->program_bytes = (uint64_t)(reader->end - table->program);
	table->instruction_bytes = dwarf_reader_read_u8(&header);
	table->operations_max = format->version >= 4 ? dwarf_reader_read_u8(&header) : 1;
	dwarf_reader_skip(&header, 1); /* the first is_stmt */
	table->line_base = (int8_t)dwarf_reader_read_u8(&header);
	table->line_range = dwarf_reader_read_u8(&header);
	table->opcode_base = dwarf_reader_read_u8(&header);
	for (uint32_t i = 1; i < table->opcode_base; i++)
		table->operand_counts[i] = dwarf_reader_read_u8(&header);
	if (format->version >= 5)
		read_new_names(table, &header);
	else
		read_old_names(table, &header);
	/* some producers leave out the end of the lists */
	return table->opcode_base > 0 && (format->version < 5 || !header.is_damaged);
}

struct dwarf_line_table *dwarf_line_table_new(struct dwarf_unit *unit, uint64_t offset)
{
	scoped(dwarf_line_table_cleanup) struct dwarf_line_table *table =
		alloc_new(struct dwarf_line_table);
	struct dwarf_source *source = &unit->object->source;
	uint64_t size = dwarf_source_get_size(source, DWARF_LINE);
	uint64_t rest = offset < size ? size - offset : 0;
	uint64_t some = rest < MAX_LENGTH_BYTES ? rest : MAX_LENGTH_BYTES;
	const uint8_t *bytes = dwarf_source_find(source, DWARF_LINE, offset, some);
	struct dwarf_line_table *result = table;
	struct dwarf_reader reader;

	if (bytes == NULL)
		return NULL;
	dwarf_reader_init(&reader, bytes, rest);
	if (some < MAX_LENGTH_BYTES)
		return NULL;
	dwarf_reader_read_length(&reader, &table->format.offset_size);
	if (reader.is_damaged)
		return NULL;
	if (dwarf_source_find(source, DWARF_LINE, offset, (uint64_t)(reader.end - bytes)) == NULL ||
	    !dwarf_source_spend(source, DWARF_LINE, (uint64_t)(reader.end - bytes)))
		return NULL;
	table->format.address_size = unit->format.address_size;
	if (!read_table(table, &reader))
		return NULL;
	table = NULL;
	return result;
}

void dwarf_line_table_free(struct dwarf_line_table *table)
{
	if (table == NULL)
		return;
	vec_release(&table->directories);
	vec_release(&table->files);
	free(table);
}

struct dwarf_line_table *dwarf_line_table_find(struct dwarf_unit *unit)
{
	if (!unit->root.has_line_offset)
		return NULL;
	if (dwarf_once_take(&unit->has_line_table)) {
		unit->line_table = dwarf_line_table_new(unit, unit->root.line_offset);
		if (unit->line_table == NULL)
			dwarf_unit_set_damaged(unit);
		dwarf_once_end(&unit->has_line_table, unit->line_table != NULL);
	}
	return dwarf_once_wait(&unit->has_line_table) ? unit->line_table : NULL;
}

/*
 * Adds "/text", or replaces the path when the text is absolute itself. The order is from the inside
 * out: so it is put before.
 */
static void add_part(const char *text, size_t length, struct strbuf *path)
{
	if (text == NULL || length == 0)
		return;
	if (path->length > 0 && path->data[path->length - 1] != '/')
		strbuf_add_char(path, '/');
	strbuf_add(path, text, length);
}

static const struct dwarf_line_name *find_directory(const struct dwarf_line_table *table,
						    uint64_t number)
{
	if (table->format.version < 5)
		number--; /* 0, the compilation's own, becomes one that does not exist */
	return number < table->directories.count ? &table->directories.items[number] : NULL;
}

void dwarf_line_table_add_path(const struct dwarf_unit *unit, const struct dwarf_line_table *table,
			       uint64_t file, struct strbuf *path)
{
	const struct dwarf_line_name *name, *directory;
	const char *base, *parent = NULL, *top = NULL;
	size_t base_length, parent_length = 0, top_length = 0;

	if (table->format.version < 5)
		file--;
	if (file >= table->files.count)
		return;
	name = &table->files.items[file];
	base = dwarf_unit_find_text(unit, &name->path, &base_length);
	if (base == NULL || base_length == 0)
		return;
	if (base[0] != '/') {
		directory = find_directory(table, name->directory);
		if (directory != NULL)
			parent = dwarf_unit_find_text(unit, &directory->path, &parent_length);
		if (parent == NULL || parent_length == 0 || parent[0] != '/')
			top = dwarf_unit_find_text(unit, &unit->root.comp_dir, &top_length);
	}
	add_part(top, top_length, path);
	add_part(parent, parent_length, path);
	add_part(base, base_length, path);
}
