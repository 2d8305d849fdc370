#include "symbol/elf_symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/elf_plt.h"
#include "symbol/range_index.h"
#include "util/alloc.h"
#include "util/vec.h"

/* One of several names of an address. */
struct alias {
	uint64_t svma;
	const char *name;
};

struct elf_symbols {
	VEC(struct alias) aliases; /* by address; only where there are several names */
	VEC(struct elf_function) functions;
	struct range_index index; /* values are numbers in `functions` */
};

/* A symbol that becomes a function unless a better name has its address. */
struct candidate {
	struct elf_symbol symbol;
	uint64_t section_end; /* 0 = not known */
};

struct candidates {
	VEC_FIELDS(struct candidate);
};

/* What to know of the sections for each symbol: read once, there may be many symbols. */
struct section_ends {
	uint64_t *ends; /* by section number; 0 = holds no code */
	uint32_t count;
};

static struct section_ends read_section_ends(const struct elf_image *image)
{
	struct section_ends sections = {alloc_array(image->section_count + 1, sizeof(uint64_t)),
					image->section_count};

	for (uint32_t i = 1; i < image->section_count; i++) {
		struct elf_section section;

		elf_image_get_section(image, i, &section);
		if ((section.flags & SHF_EXECINSTR) != 0 &&
		    section.size < UINT64_MAX - section.svma)
			sections.ends[i] = section.svma + section.size;
	}
	return sections;
}

/*
 * Functions, and what assembly leaves untyped; not $x and $d, which tell code from data on ARM and
 * RISC-V.
 */
static bool is_function(const struct elf_symbol *symbol, uint64_t section_end)
{
	if (symbol->section == SHN_UNDEF || symbol->section == SHN_ABS || symbol->name[0] == '\0')
		return false;
	if (symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC)
		return true;
	return symbol->type == STT_NOTYPE && section_end != 0 && symbol->name[0] != '$';
}

static bool read_candidates(struct candidates *candidates, const struct elf_image *image,
			    uint32_t section_type)
{
	struct elf_symbol_table table;
	struct section_ends sections;

	if (!elf_image_find_symbol_table(image, section_type, &table))
		return false;
	sections = read_section_ends(image);
	for (uint32_t i = 0; i < table.count; i++) {
		struct elf_symbol symbol;
		uint64_t section_end;

		if (!elf_image_find_symbol(&table, i, &symbol))
			continue;
		section_end = symbol.section < sections.count ? sections.ends[symbol.section] : 0;
		if (is_function(&symbol, section_end))
			vec_push(candidates, (struct candidate){symbol, section_end});
	}
	free(sections.ends);
	return true;
}

static int rank_binding(uint8_t binding)
{
	return binding == STB_GLOBAL ? 0 : binding == STB_LOCAL ? 1 : 2;
}

static int count_underscores(const char *name)
{
	int count = 0;

	while (count < 8 && name[count] == '_')
		count++;
	return count;
}

/*
 * By address; at one address the better name first (see the header), and the same one wherever this
 * runs. Only the starts of names count: a damaged file can have millions of symbols with one
 * endless name.
 */
static int compare_candidates(const void *a, const void *b)
{
	enum { MAX_COMPARED = 128 };
	const struct elf_symbol *left = &((const struct candidate *)a)->symbol;
	const struct elf_symbol *right = &((const struct candidate *)b)->symbol;
	int order;

	if (left->svma != right->svma)
		return left->svma < right->svma ? -1 : 1;
	order = (left->size == 0) - (right->size == 0);
	if (order == 0)
		order = rank_binding(left->binding) - rank_binding(right->binding);
	if (order == 0)
		order = count_underscores(left->name) - count_underscores(right->name);
	if (order == 0)
		order = (int)strnlen(right->name, MAX_COMPARED) -
			(int)strnlen(left->name, MAX_COMPARED);
	return order != 0 ? order : strncmp(left->name, right->name, MAX_COMPARED);
}

static void add_function(struct elf_symbols *symbols, const char *name, uint64_t svma,
			 uint64_t size, bool is_plt)
{
	if (size == 0 || symbols->functions.count >= UINT32_MAX - 1)
		return;
	range_index_add(&symbols->index, svma, size, (uint32_t)symbols->functions.count);
	vec_push(&symbols->functions, (struct elf_function){name, svma, size, is_plt});
}

static void add_stub(void *context, const char *name, uint64_t svma, uint64_t size)
{
	add_function(context, name, svma, size, true);
}

/*
 * How far a symbol without a size reaches, at most to the next one at another address; 0 = not
 * known.
 */
static uint64_t guess_size(const struct candidate *candidate, uint64_t next_svma)
{
	uint64_t start = candidate->symbol.svma;
	uint64_t end = candidate->section_end;

	if (end == 0 || next_svma < end)
		end = next_svma;
	return end != UINT64_MAX && end > start ? end - start : 0;
}

/*
 * Takes the first candidate of each address. `covered_end` is how far the functions before it
 * reach.
 */
static void add_functions(struct elf_symbols *symbols, const struct candidates *candidates)
{
	uint64_t covered_end = 0;
	size_t next;

	for (size_t i = 0; i < candidates->count; i = next) {
		const struct elf_symbol *symbol = &candidates->items[i].symbol;
		uint64_t size = symbol->size;

		for (next = i + 1; next < candidates->count; next++)
			if (candidates->items[next].symbol.svma != symbol->svma)
				break;
		for (size_t k = i; next - i > 1 && k < next; k++)
			vec_push(&symbols->aliases,
				 (struct alias){symbol->svma, candidates->items[k].symbol.name});
		if (size == 0 && symbol->svma < covered_end)
			continue; /* a label */
		if (size == 0)
			size = guess_size(&candidates->items[i],
					  next < candidates->count
						  ? candidates->items[next].symbol.svma
						  : UINT64_MAX);
		else if (size <= UINT64_MAX - symbol->svma && symbol->svma + size > covered_end)
			covered_end = symbol->svma + size;
		add_function(symbols, symbol->name, symbol->svma, size, false);
	}
}

struct elf_symbols *elf_symbols_new(const struct elf_image *image, const struct elf_image *debug)
{
	struct elf_symbols *symbols = alloc_new(struct elf_symbols);
	struct candidates candidates = {0};

	if (debug != NULL)
		read_candidates(&candidates, debug, SHT_SYMTAB);
	if (debug != NULL || !read_candidates(&candidates, image, SHT_SYMTAB))
		read_candidates(&candidates, image, SHT_DYNSYM);
	if (candidates.count > 0)
		qsort(candidates.items, candidates.count, sizeof(*candidates.items),
		      compare_candidates);
	range_index_init(&symbols->index);
	/* first: of two at one address, the symbol's name is found */
	elf_plt_read(image, add_stub, symbols);
	add_functions(symbols, &candidates);
	vec_release(&candidates);
	range_index_build(&symbols->index);
	return symbols;
}

void elf_symbols_free(struct elf_symbols *symbols)
{
	if (symbols == NULL)
		return;
	vec_release(&symbols->functions);
	vec_release(&symbols->aliases);
	range_index_release(&symbols->index);
	free(symbols);
}

size_t elf_symbols_get_count(const struct elf_symbols *symbols)
{
	return symbols->functions.count;
}

bool elf_symbols_find(const struct elf_symbols *symbols, uint64_t lookup_addr,
		      struct elf_function *ret_function)
{
	const struct address_range *range = range_index_find(&symbols->index, lookup_addr);

	if (range == NULL)
		return false;
	*ret_function = symbols->functions.items[range->value];
	return true;
}

/* "memcpy@@GLIBC_2.14" is "memcpy"; a name that starts with '@' is whole. */
static bool is_same_name(const char *name, const char *wanted)
{
	size_t length = strlen(wanted);

	return strncmp(name, wanted, length) == 0 &&
	       (name[length] == '\0' || (length > 0 && name[length] == '@'));
}

bool elf_symbols_has_name(const struct elf_symbols *symbols, const struct elf_function *function,
			  const char *name)
{
	size_t low = 0, high = symbols->aliases.count;

	if (is_same_name(function->name, name))
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->aliases.items[middle].svma < function->svma)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < symbols->aliases.count && symbols->aliases.items[low].svma == function->svma;
	     low++)
		if (is_same_name(symbols->aliases.items[low].name, name))
			return true;
	return false;
}
