/*
 * Tables compiled from damaged sections: each row is what the function's program says, and the
 * table survives being written and read. Tables read from damaged bytes: nothing leads outside.
 *
 * The first byte of the input: bit 0 aarch64, bit 1 .debug_frame, bit 2 a table's bytes (of the
 * section `seed`) instead of a section's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/cfi_program.h"
#include "unwind/cfi_rule.h"
#include "unwind/cfi_table.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FUNCTIONS = 64 };

struct check {
	const struct cfi_table *table;
	const struct cfi_fde *fde;
	struct cfi_program program;
};

static bool check_row(void *arg, uint64_t start, uint64_t end)
{
	struct check *check = arg;
	struct cfi_fde found = {0};
	struct cfi_rule rule;

	cfi_rule_from_state(&rule, &check->program.state, check->fde);
	for (uint64_t at = start;; at = end - 1) {
		/* another function's, where they overlap, or none, where all of this is damaged */
		if (cfi_table_find_fde(check->table, at, &found) &&
		    found.start == check->fde->start && found.end == check->fde->end &&
		    found.instructions == check->fde->instructions &&
		    memcmp(&rule, cfi_table_find(check->table, at), sizeof(rule)) != 0)
			abort();
		if (at == end - 1)
			return true;
	}
}

static void check_rows(const struct cfi_table *table, const struct cfi_sections *sections)
{
	struct check *check = alloc_new(struct check);
	struct cfi_section section;
	int functions = 0;

	check->table = table;
	for (int i = 0; i < 2; i++) {
		struct cfi_fde fde = {0};
		uint64_t offset = 0;
		int result;

		cfi_section_init(&section, sections, i != 0);
		cfi_program_init(&check->program);
		check->fde = &fde;
		while ((result = cfi_section_next(&section, &offset, &fde)) != -ENODATA)
			if (result == 1 && functions++ < MAX_FUNCTIONS)
				cfi_program_run(&check->program, &fde, check_row, check);
	}
	free(check);
}

static void check_lookups(const struct cfi_table *table)
{
	uint64_t svma = 0;

	for (int i = 0; i < 256; i++) {
		const struct cfi_rule *rule = cfi_table_find(table, svma);
		uint64_t function = cfi_table_get_function(table, svma);
		struct cfi_fde fde = {0};

		if (function > svma || rule->cfa > CFI_CFA_PROGRAM)
			abort();
		cfi_table_find_fde(table, svma, &fde);
		svma += 16 + (svma >> 3);
	}
}

static void check_codec(const struct cfi_table *table, const struct cfi_sections *sections)
{
	struct cfi_table *again;
	const void *bytes;
	size_t length;

	bytes = cfi_table_encode(table, &length);
	if (cfi_table_decode(&again, sections, bytes, length, NULL) < 0)
		abort();
	cfi_table_free(again);
}

static void try_sections(const struct cfi_sections *sections)
{
	struct cfi_table *table;

	if (cfi_table_new(&table, sections, NULL) < 0)
		return;
	check_rows(table, sections);
	check_lookups(table);
	check_codec(table, sections);
	cfi_table_get_counts(table);
	cfi_table_free(table);
}

static void try_table(const uint8_t *data, size_t size)
{
	/* a CIE and the function [0x1000, 0x1100), as .debug_frame */
	static const uint8_t seed[] = {16,   0,	 0,    0,    255, 255,	255,  255, 4,	 0, 8, 0, 1,
				       0x78, 16, 0x0c, 7,    8,	  0x90, 1,    26,  0,	 0, 0, 0, 0,
				       0,    0,	 0,    0x10, 0,	  0,	0,    0,   0,	 0, 0, 1, 0,
				       0,    0,	 0,    0,    0,	  0x41, 0x0e, 16,  0x86, 2, 0};
	struct cfi_sections sections = {.debug_frame = seed, .debug_frame_size = sizeof(seed)};
	struct cfi_table *table;

	if (cfi_table_decode(&table, &sections, data, size, NULL) < 0)
		return;
	check_lookups(table);
	cfi_table_get_counts(table);
	cfi_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfi_sections sections = {.eh_frame_svma = 0x2000, .text_svma = 0x1000};

	if (size == 0)
		return 0;
	sections.arch = (data[0] & 1) != 0 ? CFI_AARCH64 : CFI_X86_64;
	if ((data[0] & 4) != 0) {
		try_table(data + 1, size - 1);
	} else if ((data[0] & 2) != 0) {
		sections.debug_frame = data + 1;
		sections.debug_frame_size = size - 1;
		try_sections(&sections);
	} else {
		sections.eh_frame = data + 1;
		sections.eh_frame_size = size - 1;
		try_sections(&sections);
	}
	return 0;
}
