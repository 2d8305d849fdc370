#include "unwind/cfi_layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static const char magic[8] = "SNDCFI\n";

void cfi_layout_init_header(struct cfi_layout_header *ret_header,
			    const struct cfi_sections *sections)
{
	*ret_header = (struct cfi_layout_header){
		.version = CFI_LAYOUT_VERSION,
		.arch = (uint32_t)sections->arch,
		.eh_frame_size = sections->eh_frame != NULL ? sections->eh_frame_size : 0,
		.debug_frame_size = sections->debug_frame != NULL ? sections->debug_frame_size : 0,
		.eh_frame_svma = sections->eh_frame_svma,
	};
	memcpy(ret_header->magic, magic, sizeof(magic));
}

size_t cfi_layout_length(const struct cfi_layout_header *header)
{
	return sizeof(*header) + header->page_count * sizeof(struct cfi_page) +
	       header->rule_count * sizeof(struct cfi_rule) +
	       header->function_count * (2 * sizeof(uint32_t)) +
	       header->row_count * sizeof(struct cfi_row);
}

void cfi_layout_map(struct cfi_layout *ret_layout, const void *bytes)
{
	const struct cfi_layout_header *header = bytes;
	const void *at = header + 1;

	ret_layout->header = header;
	ret_layout->pages = at;
	at = ret_layout->pages + header->page_count;
	ret_layout->rules = at;
	at = ret_layout->rules + header->rule_count;
	ret_layout->function_starts = at;
	ret_layout->function_entries = ret_layout->function_starts + header->function_count;
	at = ret_layout->function_entries + header->function_count;
	ret_layout->rows = at;
}

static int check_header(const struct cfi_layout_header *header, size_t length,
			const struct cfi_sections *sections, struct err *err)
{
	struct cfi_layout_header wanted;

	cfi_layout_init_header(&wanted, sections);
	if (memcmp(header->magic, wanted.magic, sizeof(wanted.magic)) != 0)
		return err_set(err, -EBADMSG, "not a table of unwind rules: it begins otherwise");
	if (header->version != wanted.version)
		return err_set(err, -ESTALE, "unwind rules of version %" PRIu32 ", want %" PRIu32,
			       header->version, wanted.version);
	if (header->arch != wanted.arch || header->eh_frame_size != wanted.eh_frame_size ||
	    header->debug_frame_size != wanted.debug_frame_size ||
	    header->eh_frame_svma != wanted.eh_frame_svma)
		return err_set(err, -ESTALE, "unwind rules of another file");
	if (cfi_layout_length(header) != length)
		return err_set(err, -EBADMSG, "unwind rules of %zu bytes, want %zu", length,
			       cfi_layout_length(header));
	if (header->page_count == 0 || header->rule_count == 0 ||
	    header->rule_count > CFI_LAYOUT_MAX_RULES)
		return err_set(err, -EBADMSG, "unwind rules: %" PRIu32 " pages, %" PRIu32 " rules",
			       header->page_count, header->rule_count);
	return 0;
}

static int check_rules(const struct cfi_layout *layout, struct err *err)
{
	for (uint32_t i = 0; i < layout->header->rule_count; i++) {
		const struct cfi_rule *rule = &layout->rules[i];
		bool is_none = rule->cfa == CFI_CFA_NONE;

		if (rule->cfa > CFI_CFA_PROGRAM || rule->fp > CFI_UNDEFINED ||
		    rule->return_addr > CFI_IN_LR || is_none != (i == CFI_LAYOUT_NO_FUNCTION))
			return err_set(err, -EBADMSG, "unwind rule %" PRIu32 " is none", i);
	}
	return 0;
}

/* The rows of one page, [row, end). */
static bool rows_are_good(const struct cfi_layout *layout, uint32_t row, uint32_t end)
{
	const struct cfi_row *rows = layout->rows;
	int32_t below = -1;

	if (row >= end || end > layout->header->row_count || rows[row].low != 0)
		return false;
	for (; row < end; row++) {
		if (rows[row].low <= below || rows[row].rule >= layout->header->rule_count)
			return false;
		below = rows[row].low;
	}
	return true;
}

static int check_pages(const struct cfi_layout *layout, struct err *err)
{
	uint32_t count = layout->header->page_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct cfi_page *page = &layout->pages[i];
		uint32_t end = i + 1 < count ? page[1].first_row : layout->header->row_count;

		if ((i == 0 ? page->first_row != 0 : page->number <= page[-1].number) ||
		    !rows_are_good(layout, page->first_row, end))
			return err_set(err, -EBADMSG, "unwind rules: page %" PRIu32 " is damaged",
				       i);
	}
	return 0;
}

static int check_functions(const struct cfi_layout *layout, struct err *err)
{
	const struct cfi_layout_header *header = layout->header;

	for (uint32_t i = 0; i < header->function_count; i++) {
		uint32_t entry = layout->function_entries[i];
		bool is_debug = (entry & CFI_LAYOUT_ENTRY_IS_DEBUG) != 0;
		uint32_t offset = entry & ~CFI_LAYOUT_ENTRY_IS_DEBUG;

		if ((i > 0 && layout->function_starts[i] <= layout->function_starts[i - 1]) ||
		    offset >= (is_debug ? header->debug_frame_size : header->eh_frame_size))
			return err_set(err, -EBADMSG,
				       "unwind rules: function %" PRIu32 " is damaged", i);
	}
	return 0;
}

int cfi_layout_check(const void *bytes, size_t length, const struct cfi_sections *sections,
		     struct err *err)
{
	struct cfi_layout layout;
	int result;

	if (length < sizeof(struct cfi_layout_header))
		return err_set(err, -EBADMSG, "unwind rules of %zu bytes are cut", length);
	result = check_header(bytes, length, sections, err);
	if (result < 0)
		return result;
	cfi_layout_map(&layout, bytes);
	result = check_rules(&layout, err);
	if (result == 0)
		result = check_pages(&layout, err);
	if (result == 0)
		result = check_functions(&layout, err);
	return result;
}
