/*
 * A small table of Go functions, written as the linker of that version writes it:
 *
 *	main.main  [0x1000, 0x1040)  /src/main.go:10, from 0x1010 on :12, from 0x1030 on :14;
 *	           in [0x1020, 0x1030) main.add  /src/add.go:5 is inlined, called at line 12,
 *	           in [0x1028, 0x1030) main.twice /src/add.go:9 in it, called at add.go:5
 *	main.other [0x1040, 0x1060)  /src/main.go:30
 */
#ifndef GO_TABLE_H
#define GO_TABLE_H

#include <stdint.h>
#include <string.h>

enum {
	GO_TABLE_TEXT = 0x1000,
	GO_TABLE_BYTES = 1024,
	GO_TREE_BYTES = 64,
	GO_NAMES_AT = 72,
	GO_UNITS_AT = 160,
	GO_FILES_AT = 192,
	GO_VALUES_AT = 256,
	GO_FUNCTIONS_AT = 384,
};

struct go_table {
	uint8_t bytes[GO_TABLE_BYTES];
	uint8_t trees[GO_TREE_BYTES]; /* go:func.* */
	uint32_t version;
};

static inline void go_put(uint8_t *at, uint64_t value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Steps of (value, bytes of code), as differences; returns the next free offset. */
static inline uint32_t go_put_steps(struct go_table *table, uint32_t at, const int (*steps)[2],
				    uint32_t count)
{
	int value = -1;

	for (uint32_t i = 0; i < count; i++) {
		int change = steps[i][0] - value;
		uint32_t coded = change < 0 ? ~((uint32_t)change << 1) : (uint32_t)change << 1;

		value = steps[i][0];
		while (coded >= 0x80) {
			table->bytes[GO_VALUES_AT + at++] = (uint8_t)(coded | 0x80);
			coded >>= 7;
		}
		table->bytes[GO_VALUES_AT + at++] = (uint8_t)coded;
		table->bytes[GO_VALUES_AT + at++] = (uint8_t)steps[i][1];
	}
	table->bytes[GO_VALUES_AT + at++] = 0;
	return at;
}

struct go_values {
	uint32_t file, line, inlined; /* offsets */
};

/* Returns the offset behind the record. */
static inline uint32_t go_put_function(struct go_table *table, uint32_t at, uint64_t entry,
				       uint32_t name, const struct go_values *values)
{
	uint8_t *record = table->bytes + GO_FUNCTIONS_AT + at;
	uint32_t fields[] = {name, 0, 0, 0, values->file, values->line, 3, 0};
	uint32_t entry_bytes = table->version >= 18 ? 4 : 8, end;

	go_put(record, table->version >= 18 ? entry - GO_TABLE_TEXT : entry, entry_bytes);
	for (uint32_t i = 0; i < 8; i++)
		go_put(record + entry_bytes + 4 * i, fields[i], 4);
	end = entry_bytes + 32 + (table->version >= 20 ? 4 : 0);
	record[end + 3] = 4; /* funcdata */
	end += 4;
	go_put(record + end + 8, values->inlined, 4); /* the third of three pcdata */
	end += 12;
	for (uint32_t i = 0; i < 4; i++)
		go_put(record + end + 4 * i, i == 3 && values->inlined != 0 ? 8 : UINT32_MAX, 4);
	return at + end + 16;
}

static inline void go_put_call(struct go_table *table, uint32_t number, uint32_t name,
			       uint32_t parent_pc)
{
	uint32_t size = table->version >= 20 ? 16 : 20;
	uint8_t *call = table->trees + 8 + number * size;

	go_put(call + (table->version >= 20 ? 4 : 12), name, 4);
	go_put(call + (table->version >= 20 ? 8 : 16), parent_pc, 4);
}

/* `has_text`: the header says where the code starts (18 and later). */
static inline void go_table_make(struct go_table *table, uint32_t version, int has_text)
{
	static const char names[] = "\0main.main\0main.add\0main.twice\0main.other";
	static const char files[] = "/src/main.go\0/src/add.go";
	static const int main_files[][2] = {{0, 0x20}, {1, 0x10}, {0, 0x10}};
	static const int main_lines[][2] = {
		{10, 0x10}, {12, 0x10}, {5, 0x08}, {9, 0x08}, {14, 0x10}};
	static const int main_inlined[][2] = {{-1, 0x20}, {0, 0x08}, {1, 0x08}, {-1, 0x10}};
	static const int other_files[][2] = {{0, 0x20}};
	static const int other_lines[][2] = {{30, 0x20}};
	struct go_values main_values, other_values;
	uint32_t word = version >= 18 ? 4 : 8, at, next, field = 8;
	uint64_t base = version >= 18 ? 0 : GO_TABLE_TEXT;
	uint8_t *bytes = table->bytes;

	memset(table, 0, sizeof(*table));
	table->version = version;
	memcpy(bytes, version == 16 ? "\xfa" : version == 18 ? "\xf0" : "\xf1", 1);
	memcpy(bytes + 1, "\xff\xff\xff\0\0\1\10", 7);
	go_put(bytes + field, 2, 8);
	go_put(bytes + field + 8, 2, 8);
	field += 16;
	if (version >= 18) {
		go_put(bytes + field, has_text ? GO_TABLE_TEXT : 0, 8);
		field += 8;
	}
	go_put(bytes + field, GO_NAMES_AT, 8);
	go_put(bytes + field + 8, GO_UNITS_AT, 8);
	go_put(bytes + field + 16, GO_FILES_AT, 8);
	go_put(bytes + field + 24, GO_VALUES_AT, 8);
	go_put(bytes + field + 32, GO_FUNCTIONS_AT, 8);
	memcpy(bytes + GO_NAMES_AT, names, sizeof(names));
	go_put(bytes + GO_UNITS_AT, 0, 4);
	go_put(bytes + GO_UNITS_AT + 4, 13, 4);
	memcpy(bytes + GO_FILES_AT, files, sizeof(files));
	main_values.file = 1;
	main_values.line = go_put_steps(table, main_values.file, main_files, 3);
	main_values.inlined = go_put_steps(table, main_values.line, main_lines, 5);
	other_values.file = go_put_steps(table, main_values.inlined, main_inlined, 4);
	other_values.line = go_put_steps(table, other_values.file, other_files, 1);
	other_values.inlined = 0;
	go_put_steps(table, other_values.line, other_lines, 1);
	at = 6 * word; /* behind two entries and the end */
	next = go_put_function(table, at, 0x1000, 1, &main_values);
	go_put_function(table, next, 0x1040, 31, &other_values);
	go_put(bytes + GO_FUNCTIONS_AT, base, word);
	go_put(bytes + GO_FUNCTIONS_AT + word, at, word);
	go_put(bytes + GO_FUNCTIONS_AT + 2 * word, base + 0x40, word);
	go_put(bytes + GO_FUNCTIONS_AT + 3 * word, next, word);
	go_put(bytes + GO_FUNCTIONS_AT + 4 * word, base + 0x60, word);
	go_put_call(table, 0, 11, 0x10);
	go_put_call(table, 1, 20, 0x20);
}

#endif
