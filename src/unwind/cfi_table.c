#include "unwind/cfi_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/cfi_compiler.h"
#include "unwind/cfi_layout.h"
#include "unwind/cfi_section.h"
#include "util/alloc.h"

struct cfi_table {
	struct cfi_section eh_frame, debug_frame;
	struct cfi_layout layout;
	void *owned; /* what layout lies in, unless that is borrowed */
	size_t length;
};

static struct cfi_table *make_table(const struct cfi_sections *sections, const void *bytes,
				    void *owned, size_t length)
{
	struct cfi_table *table = alloc_new(struct cfi_table);

	cfi_section_init(&table->eh_frame, sections, false);
	cfi_section_init(&table->debug_frame, sections, true);
	cfi_layout_map(&table->layout, bytes);
	table->owned = owned;
	table->length = length;
	return table;
}

int cfi_table_new(struct cfi_table **ret_table, const struct cfi_sections *sections,
		  struct err *err)
{
	void *bytes;
	size_t length;
	int result = cfi_compiler_run(&bytes, &length, sections, err);

	if (result < 0)
		return result;
	*ret_table = make_table(sections, bytes, bytes, length);
	return 0;
}

int cfi_table_decode(struct cfi_table **ret_table, const struct cfi_sections *sections,
		     const void *bytes, size_t length, struct err *err)
{
	scoped_free void *owned = NULL;
	int result;

	if ((uintptr_t)bytes % _Alignof(struct cfi_layout_header) != 0) {
		owned = alloc_array(1, length);
		memcpy(owned, bytes, length);
		bytes = owned;
	}
	result = cfi_layout_check(bytes, length, sections, err);
	if (result < 0)
		return result;
	*ret_table = make_table(sections, bytes, owned, length);
	owned = NULL;
	return 0;
}

void cfi_table_free(struct cfi_table *table)
{
	if (table == NULL)
		return;
	free(table->owned);
	free(table);
}

const void *cfi_table_encode(const struct cfi_table *table, size_t *ret_length)
{
	*ret_length = table->length;
	return table->layout.header;
}

/* The page of that number, or NULL. */
static const struct cfi_page *find_page(const struct cfi_layout *layout, uint64_t number)
{
	const struct cfi_page *pages = layout->pages;
	uint32_t low = 0, high = layout->header->page_count;
	uint64_t guess = number - pages[0].number;

	/* code without gaps: nearly every file's */
	if (guess < high && pages[guess].number == number)
		return &pages[guess];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (pages[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < layout->header->page_count && pages[low].number == number ? &pages[low] : NULL;
}

const struct cfi_rule *cfi_table_find(const struct cfi_table *table, uint64_t svma)
{
	const struct cfi_layout *layout = &table->layout;
	const struct cfi_page *page = find_page(layout, svma >> 16);
	const struct cfi_row *row;
	uint32_t count;

	if (page == NULL)
		return &layout->rules[CFI_LAYOUT_NO_FUNCTION];
	row = layout->rows + page->first_row;
	count = (page + 1 < layout->pages + layout->header->page_count
			 ? page[1].first_row
			 : layout->header->row_count) -
		page->first_row;
	/* the last row at or below: the first one is */
	while (count > 1) {
		uint32_t half = count / 2;

		if (row[half].low <= (uint16_t)svma)
			row += half;
		count -= half;
	}
	return &layout->rules[row->rule];
}

/* The number of the function that holds an svma; false where there is none. */
static bool find_function(const struct cfi_table *table, uint64_t svma, uint32_t *ret_number)
{
	const struct cfi_layout_header *header = table->layout.header;
	const uint32_t *starts = table->layout.function_starts;
	uint32_t count = header->function_count, first = 0;
	uint64_t offset = svma - header->base;

	if (count == 0 || svma < header->base || offset < starts[0] ||
	    cfi_table_find(table, svma)->cfa == CFI_CFA_NONE)
		return false;
	while (count > 1) {
		uint32_t half = count / 2;

		if (starts[first + half] <= offset)
			first += half;
		count -= half;
	}
	*ret_number = first;
	return true;
}

uint64_t cfi_table_get_function(const struct cfi_table *table, uint64_t svma)
{
	uint32_t number;

	if (!find_function(table, svma, &number))
		return svma;
	return table->layout.header->base + table->layout.function_starts[number];
}

bool cfi_table_find_fde(const struct cfi_table *table, uint64_t svma, struct cfi_fde *fde)
{
	const struct cfi_section *section;
	uint64_t offset;
	uint32_t number;

	if (!find_function(table, svma, &number))
		return false;
	offset = table->layout.function_entries[number];
	section =
		(offset & CFI_LAYOUT_ENTRY_IS_DEBUG) != 0 ? &table->debug_frame : &table->eh_frame;
	offset &= ~CFI_LAYOUT_ENTRY_IS_DEBUG;
	return cfi_section_next(section, &offset, fde) == 1 && svma >= fde->start &&
	       svma < fde->end;
}

struct cfi_counts cfi_table_get_counts(const struct cfi_table *table)
{
	const struct cfi_layout_header *header = table->layout.header;
	struct cfi_counts counts = {
		.fdes = header->function_count,
		.rows = header->row_count,
		.rules = header->rule_count,
		.pages = header->page_count,
		.damaged = header->damaged,
	};

	for (uint32_t i = 0; i < header->row_count; i++)
		if (table->layout.rules[table->layout.rows[i].rule].cfa == CFI_CFA_PROGRAM)
			counts.program_rules++;
	return counts;
}
