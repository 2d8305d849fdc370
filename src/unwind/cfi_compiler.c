#include "unwind/cfi_compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/cfi_layout.h"
#include "unwind/cfi_program.h"
#include "unwind/cfi_rule.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum { PAGE_BITS = 16 };

/* Pages have 32-bit numbers, and all functions lie within 4 GiB: enough for any file there is. */
#define MAX_SVMA ((uint64_t)1 << 48)
#define MAX_SPAN ((uint64_t)1 << 32)

/* A function, before its program is run. */
struct function {
	uint64_t start, end; /* svma */
	uint32_t entry;	     /* as in cfi_layout.h; .eh_frame's are the smaller */
};

struct compiler {
	struct cfi_section sections[2]; /* .eh_frame, .debug_frame */
	struct cfi_layout_header header;
	VEC(struct function) functions;
	VEC(struct cfi_page) pages;
	VEC(struct cfi_row) rows;
	VEC(struct cfi_rule) rules;
	VEC(uint32_t) starts;
	VEC(uint32_t) entries;
	struct hashmap rule_index;
	uint32_t rule;	 /* that holds behind the last row */
	bool is_too_big; /* more rules or rows than can be numbered */
	uint64_t end;	 /* svma: of the function that is run */
	struct cfi_fde fde;
	struct cfi_program program;
};

static uint32_t intern_rule(struct compiler *compiler, const struct cfi_rule *rule)
{
	const struct cfi_rule *rules = compiler->rules.items;
	uint64_t hash;
	uint32_t slot;

	if (memcmp(&rules[compiler->rule], rule, sizeof(*rule)) == 0)
		return compiler->rule;
	hash = hashmap_hash_bytes(rule, sizeof(*rule));
	for (uint32_t i = hashmap_first(&compiler->rule_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&compiler->rule_index, hash, &slot))
		if (memcmp(&rules[i], rule, sizeof(*rule)) == 0)
			return i;
	if (compiler->rules.count == CFI_LAYOUT_MAX_RULES) {
		compiler->is_too_big = true;
		return CFI_LAYOUT_NO_FUNCTION;
	}
	hashmap_insert(&compiler->rule_index, hash, (uint32_t)compiler->rules.count);
	vec_push(&compiler->rules, *rule);
	return (uint32_t)compiler->rules.count - 1;
}

static void add_row(struct compiler *compiler, uint64_t svma, uint32_t rule)
{
	if (compiler->rows.count == UINT32_MAX) {
		compiler->is_too_big = true;
		return;
	}
	vec_push(&compiler->rows, (struct cfi_row){.low = (uint16_t)svma, .rule = (uint16_t)rule});
}

static void add_page(struct compiler *compiler, uint64_t number, uint32_t first_rule)
{
	vec_push(&compiler->pages, (struct cfi_page){.number = (uint32_t)number,
						     .first_row = (uint32_t)compiler->rows.count});
	add_row(compiler, 0, first_rule);
}

/* From `svma` on, which ascends from call to call, `rule` holds. */
static void set_rule(struct compiler *compiler, uint64_t svma, uint32_t rule)
{
	uint64_t number = svma >> PAGE_BITS;
	bool is_boundary = (uint16_t)svma == 0;
	size_t pages = compiler->pages.count;

	if (rule == compiler->rule)
		return;
	/* pages that the old rule fills, and the one that it enters */
	if (compiler->rule != CFI_LAYOUT_NO_FUNCTION)
		for (uint64_t i = (uint64_t)compiler->pages.items[pages - 1].number + 1;
		     i < number + !is_boundary; i++)
			add_page(compiler, i, compiler->rule);
	pages = compiler->pages.count;
	if (pages > 0 && compiler->pages.items[pages - 1].number == number)
		add_row(compiler, svma, rule);
	else if (is_boundary) {
		if (rule != CFI_LAYOUT_NO_FUNCTION)
			add_page(compiler, number, rule);
	} else {
		add_page(compiler, number, CFI_LAYOUT_NO_FUNCTION);
		add_row(compiler, svma, rule);
	}
	compiler->rule = rule;
}

static bool add_program_row(void *arg, uint64_t start, uint64_t end)
{
	struct compiler *compiler = arg;
	struct cfi_rule rule;

	(void)end;
	if (start >= compiler->end)
		return false;
	cfi_rule_from_state(&rule, &compiler->program.state, &compiler->fde);
	set_rule(compiler, start, intern_rule(compiler, &rule));
	return true;
}

static void collect_functions(struct compiler *compiler, bool is_debug_frame)
{
	const struct cfi_section *section = &compiler->sections[is_debug_frame];
	uint64_t offset = 0, entry = 0;
	int result;

	for (; (result = cfi_section_next(section, &offset, &compiler->fde)) != -ENODATA;
	     entry = offset) {
		const struct cfi_fde *fde = &compiler->fde;

		if (result == 0)
			continue;
		if (result < 0 || fde->end > MAX_SVMA || entry >= CFI_LAYOUT_ENTRY_IS_DEBUG) {
			compiler->header.damaged++;
			continue;
		}
		vec_push(&compiler->functions,
			 (struct function){
				 .start = fde->start,
				 .end = fde->end,
				 .entry = (uint32_t)entry |
					  (is_debug_frame ? CFI_LAYOUT_ENTRY_IS_DEBUG : 0),
			 });
	}
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Most linkers write them in order; sorting what is sorted would cost a tenth of the whole. */
static void sort_functions(struct compiler *compiler)
{
	struct function *functions = compiler->functions.items;
	size_t count = compiler->functions.count;

	for (size_t i = 1; i < count; i++) {
		if (compare_functions(&functions[i - 1], &functions[i]) > 0) {
			qsort(functions, count, sizeof(*functions), compare_functions);
			return;
		}
	}
}

/* Rows of a function that has [start, end) for itself. False, and nothing added, when damaged. */
static bool compile_function(struct compiler *compiler, const struct function *function)
{
	size_t rows = compiler->rows.count, pages = compiler->pages.count;
	uint32_t rule = compiler->rule;
	uint64_t offset = function->entry & ~CFI_LAYOUT_ENTRY_IS_DEBUG;
	bool is_debug_frame = (function->entry & CFI_LAYOUT_ENTRY_IS_DEBUG) != 0;

	compiler->end = function->end;
	if (cfi_section_next(&compiler->sections[is_debug_frame], &offset, &compiler->fde) == 1 &&
	    cfi_program_run(&compiler->program, &compiler->fde, add_program_row, compiler) == 0)
		return true;
	compiler->rows.count = rows;
	compiler->pages.count = pages;
	compiler->rule = rule;
	return false;
}

static void compile_functions(struct compiler *compiler)
{
	struct function *functions = compiler->functions.items;
	size_t count = compiler->functions.count, next = 0;
	uint64_t base = count > 0 ? functions[0].start : 0;
	uint64_t last_start = UINT64_MAX;

	compiler->header.base = base;
	for (size_t i = 0; i < count && !compiler->is_too_big; i++) {
		struct function *function = &functions[i];

		if (function->start == last_start) /* both sections have it */
			continue;
		while (next < count && functions[next].start <= function->start)
			next++;
		if (next < count && functions[next].start < function->end)
			function->end = functions[next].start;
		if (function->end - base >= MAX_SPAN || !compile_function(compiler, function)) {
			compiler->header.damaged++;
			set_rule(compiler, function->start, CFI_LAYOUT_NO_FUNCTION);
			continue;
		}
		last_start = function->start;
		vec_push(&compiler->starts, (uint32_t)(function->start - base));
		vec_push(&compiler->entries, function->entry);
		if (next == count || functions[next].start != function->end)
			set_rule(compiler, function->end, CFI_LAYOUT_NO_FUNCTION);
	}
}

static void append(uint8_t **at, const void *items, size_t bytes)
{
	if (bytes > 0)
		memcpy(*at, items, bytes);
	*at += bytes;
}

static void *assemble(struct compiler *compiler, size_t *ret_length)
{
	struct cfi_layout_header *header = &compiler->header;
	uint8_t *bytes, *at;

	header->page_count = (uint32_t)compiler->pages.count;
	header->rule_count = (uint32_t)compiler->rules.count;
	header->function_count = (uint32_t)compiler->starts.count;
	header->row_count = (uint32_t)compiler->rows.count;
	*ret_length = cfi_layout_length(header);
	at = bytes = alloc_array(1, *ret_length);
	append(&at, header, sizeof(*header));
	append(&at, compiler->pages.items, compiler->pages.count * sizeof(struct cfi_page));
	append(&at, compiler->rules.items, compiler->rules.count * sizeof(struct cfi_rule));
	append(&at, compiler->starts.items, compiler->starts.count * sizeof(uint32_t));
	append(&at, compiler->entries.items, compiler->entries.count * sizeof(uint32_t));
	append(&at, compiler->rows.items, compiler->rows.count * sizeof(struct cfi_row));
	return bytes;
}

static struct compiler *compiler_new(const struct cfi_sections *sections)
{
	struct compiler *compiler = alloc_new(struct compiler);
	struct cfi_rule none;

	cfi_section_init(&compiler->sections[0], sections, false);
	cfi_section_init(&compiler->sections[1], sections, true);
	cfi_layout_init_header(&compiler->header, sections);
	hashmap_init(&compiler->rule_index);
	cfi_program_init(&compiler->program);
	memset(&none, 0, sizeof(none));
	vec_push(&compiler->rules, none);
	return compiler;
}

static void compiler_free(struct compiler *compiler)
{
	vec_release(&compiler->functions);
	vec_release(&compiler->pages);
	vec_release(&compiler->rows);
	vec_release(&compiler->rules);
	vec_release(&compiler->starts);
	vec_release(&compiler->entries);
	hashmap_release(&compiler->rule_index);
	free(compiler);
}

int cfi_compiler_run(void **ret_bytes, size_t *ret_length, const struct cfi_sections *sections,
		     struct err *err)
{
	struct compiler *compiler = compiler_new(sections);
	int result = 0;

	collect_functions(compiler, false);
	collect_functions(compiler, true);
	sort_functions(compiler);
	compile_functions(compiler);
	if (compiler->is_too_big)
		result = err_set(err, -EFBIG, "more unwind rules or rows than a table holds");
	else if (compiler->starts.count == 0)
		result = err_set(err, -ENODATA, "no function has call frame information");
	else
		*ret_bytes = assemble(compiler, ret_length);
	compiler_free(compiler);
	return result;
}
