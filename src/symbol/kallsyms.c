#include "symbol/kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/hex.h"
#include "symbol/range_index.h"
#include "util/alloc.h"
#include "util/vec.h"

/*
 * The kernel does not tell how long a BPF program is; real ones have some ten KiB.
 */
enum { MAX_GENERATED_BYTES = 128 << 10 };

struct kernel_symbol {
	struct kernel_function function; /* size 0 */
	/* as nm writes it: 't' local function, 'T' global, 'W' and 'w' weak */
	char type;
};

struct kallsyms {
	VEC(struct kernel_symbol) symbols; /* by address */
	struct range_index index;	   /* values are numbers in `symbols` */
};

/* "ADDRESS TYPE NAME" or "ADDRESS TYPE NAME\t[MODULE]" */
static bool parse_line(const char *line, const char *end, struct kernel_symbol *ret_symbol)
{
	struct kernel_function *function = &ret_symbol->function;
	const char *at = line, *tab;

	*ret_symbol = (struct kernel_symbol){0};
	if (!hex_parse(&at, end, &function->start) || end - at < 4 || at[0] != ' ' || at[2] != ' ')
		return false;
	ret_symbol->type = at[1];
	at += 3;
	tab = memchr(at, '\t', (size_t)(end - at));
	if (tab != NULL) {
		if (end - tab < 4 || tab[1] != '[' || end[-1] != ']' || end - tab > UINT16_MAX)
			return false;
		function->module = tab + 2;
		function->module_length = (uint32_t)(end - tab - 3);
		end = tab;
	}
	if (end == at || end - at > UINT16_MAX)
		return false;
	function->name = at;
	function->name_length = (uint32_t)(end - at);
	return true;
}

static int parse_lines(struct kallsyms *kallsyms, const char *text, size_t length,
		       bool *ret_is_hidden, struct err *err)
{
	const char *end = text + length;
	bool is_hidden = true;
	size_t number = 1;

	for (const char *line = text, *next; line < end; line = next, number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline != NULL ? newline : end;
		struct kernel_symbol symbol;

		next = newline != NULL ? newline + 1 : end;
		if (!parse_line(line, line_end, &symbol))
			return err_set(err, -EBADMSG,
				       "kallsyms line %zu is not 'ADDRESS TYPE NAME'", number);
		is_hidden = is_hidden && symbol.function.start == 0;
		vec_push(&kallsyms->symbols, symbol);
	}
	*ret_is_hidden = is_hidden && kallsyms->symbols.count > 0;
	return 0;
}

static bool is_function(const struct kernel_symbol *symbol)
{
	return symbol->type == 't' || symbol->type == 'T' || symbol->type == 'w' ||
	       symbol->type == 'W';
}

static int rank_type(const struct kernel_symbol *symbol)
{
	return symbol->type == 'T' ? 0 : symbol->type == 't' ? 1 : is_function(symbol) ? 2 : 3;
}

static uint32_t count_underscores(const struct kernel_function *function)
{
	uint32_t count = 0;

	while (count < function->name_length && function->name[count] == '_')
		count++;
	return count;
}

/*
 * By address; at one address the better name first: as in elf_symbols, then in the order of the
 * text.
 */
static int compare_symbols(const void *a, const void *b)
{
	const struct kernel_symbol *left = a, *right = b;
	const struct kernel_function *l = &left->function, *r = &right->function;

	if (l->start != r->start)
		return l->start < r->start ? -1 : 1;
	if (rank_type(left) != rank_type(right))
		return rank_type(left) - rank_type(right);
	if (count_underscores(l) != count_underscores(r))
		return count_underscores(l) < count_underscores(r) ? -1 : 1;
	return (l->name > r->name) - (l->name < r->name);
}

static bool is_same_module(const struct kernel_function *a, const struct kernel_function *b)
{
	return a->module_length == b->module_length &&
	       (a->module_length == 0 || memcmp(a->module, b->module, a->module_length) == 0);
}

static bool is_in_module(const struct kernel_function *function, const char *module)
{
	return function->module_length == strlen(module) &&
	       memcmp(function->module, module, function->module_length) == 0;
}

/*
 * Past the last symbol of a module nobody says where it ends: at the end of the page, as in perf.
 * BPF programs and what else the kernel generates ("bpf", "__builtin__ftrace") have places of their
 * own, gaps between them: the next one may be far.
 */
static uint64_t find_end(const struct kernel_function *function, const struct kernel_function *next)
{
	uint64_t page_end = (function->start | 4095) + 1;

	if (next == NULL)
		return page_end;
	if (is_in_module(function, "bpf") || is_in_module(function, "__builtin__ftrace") ||
	    is_in_module(function, "__builtin__kprobes")) {
		uint64_t limit = function->start + MAX_GENERATED_BYTES;

		return next->start < limit ? next->start : limit;
	}
	return is_same_module(function, next) || next->start < page_end ? next->start : page_end;
}

/* Symbols of data name nothing, but end the function before them. */
static void index_functions(struct kallsyms *kallsyms)
{
	size_t count = kallsyms->symbols.count, next;

	for (size_t i = 0; i < count; i = next) {
		const struct kernel_symbol *symbol = &kallsyms->symbols.items[i];
		const struct kernel_function *following;

		for (next = i + 1; next < count; next++)
			if (kallsyms->symbols.items[next].function.start != symbol->function.start)
				break;
		/* some addresses may be hidden, others not */
		if (!is_function(symbol) || symbol->function.start == 0)
			continue;
		following = next < count ? &kallsyms->symbols.items[next].function : NULL;
		range_index_add(&kallsyms->index, symbol->function.start,
				find_end(&symbol->function, following) - symbol->function.start,
				(uint32_t)i);
	}
	range_index_build(&kallsyms->index);
}

int kallsyms_parse(struct kallsyms **ret_kallsyms, const char *text, size_t length, struct err *err)
{
	scoped(kallsyms_cleanup) struct kallsyms *kallsyms = alloc_new(struct kallsyms);
	bool is_hidden = false;
	int r;

	range_index_init(&kallsyms->index);
	r = parse_lines(kallsyms, text, length, &is_hidden, err);
	if (r < 0)
		return r;
	if (is_hidden)
		return err_set(err, -EACCES,
			       "the kernel hides its addresses; to show them: "
			       "sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1");
	if (kallsyms->symbols.count > 0)
		qsort(kallsyms->symbols.items, kallsyms->symbols.count,
		      sizeof(*kallsyms->symbols.items), compare_symbols);
	index_functions(kallsyms);
	if (kallsyms->index.count == 0)
		return err_set(err, -ENODATA, "there is no kernel function in kallsyms");
	*ret_kallsyms = kallsyms;
	kallsyms = NULL;
	return 0;
}

void kallsyms_free(struct kallsyms *kallsyms)
{
	if (kallsyms == NULL)
		return;
	vec_release(&kallsyms->symbols);
	range_index_release(&kallsyms->index);
	free(kallsyms);
}

bool kallsyms_find(const struct kallsyms *kallsyms, uint64_t lookup_addr,
		   struct kernel_function *ret_function)
{
	const struct address_range *range = range_index_find(&kallsyms->index, lookup_addr);

	if (range == NULL)
		return false;
	*ret_function = kallsyms->symbols.items[range->value].function;
	ret_function->size = range->end - range->start;
	return true;
}
