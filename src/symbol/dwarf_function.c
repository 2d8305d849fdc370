#include "symbol/dwarf_function.h"

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_ranges.h"
#include "symbol/dwarf_walker.h"

enum {
	MAX_LEVELS = 4096, /* of entries inside entries that are looked into */
	MAX_INLINED_DEPTH = 512,
	BUDGET_FLOOR = 1 << 16,
};

/* One pass over the entries of a unit. */
struct walk {
	struct dwarf_function_finder *finder;
	struct dwarf_walker walker;
	const uint64_t *svmas;
	size_t count;
	struct dwarf_function_hit *hits; /* one for each address */
	size_t missing_count;		 /* addresses without a function so far */
	int64_t budget;			 /* ranges and answers that may still be looked at */
	bool is_thorough;		 /* look into all entries */
	bool is_done;
	uint32_t function; /* the innermost that the walk is in; DWARF_NO_FUNCTION = none */
};

void dwarf_function_init(struct dwarf_function_finder *finder)
{
	*finder = (struct dwarf_function_finder){0};
}

void dwarf_function_release(struct dwarf_function_finder *finder)
{
	vec_release(&finder->functions);
	vec_release(&finder->hits);
	vec_release(&finder->levels);
	vec_release(&finder->missing);
	vec_release(&finder->missing_hits);
}

static void fail(struct walk *walk)
{
	walk->finder->is_damaged = true;
	walk->is_done = true;
}

/* A damaged list is one function's loss; with the budget the walk ends. */
static void end_ranges(struct walk *walk, const struct dwarf_ranges *ranges)
{
	walk->finder->is_damaged = walk->finder->is_damaged || ranges->is_damaged;
	if (walk->budget <= 0)
		fail(walk);
}

/* The attributes of a function, inlined or not, or of a block. */
static void read_attributes(const struct walk *walk, const struct dwarf_entry *entry,
			    struct dwarf_function *ret_function, struct dwarf_code *ret_code)
{
	struct dwarf_reader reader = {.at = entry->attributes, .end = walk->walker.end};
	struct dwarf_value value;
	uint32_t next = 0, name;

	while (dwarf_walker_next_attribute(walk->walker.unit, entry->abbrev, &reader, &next, &name,
					   &value)) {
		switch (name) {
		case DW_AT_low_pc:
			ret_code->low_pc = value;
			break;
		case DW_AT_high_pc:
			ret_code->high_pc = value;
			break;
		case DW_AT_ranges:
			ret_code->ranges = value;
			break;
		case DW_AT_call_file:
			ret_function->call_file = value.number;
			break;
		case DW_AT_call_line:
			ret_function->call_line = (uint32_t)value.number;
			break;
		case DW_AT_call_column:
			ret_function->call_column = (uint32_t)value.number;
			break;
		default:
			break;
		}
	}
}

/* The first address that is not below `svma`. */
static size_t find_first(const struct walk *walk, uint64_t svma)
{
	size_t low = 0, high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (walk->svmas[middle] < svma)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether hot addresses are in the code of a block. */
static bool is_hot(struct walk *walk, const struct dwarf_code *code)
{
	struct dwarf_ranges ranges;
	uint64_t start, end;

	dwarf_ranges_init(&ranges, walk->walker.unit, &walk->walker.unit->root, code);
	ranges.budget = &walk->budget;
	while (dwarf_ranges_next(&ranges, &start, &end)) {
		size_t first = find_first(walk, start);

		if (first < walk->count && walk->svmas[first] < end)
			return true;
	}
	end_ranges(walk, &ranges);
	return false;
}

/* Makes `function` the answer for the addresses in its code; whether there are any. */
static bool answer(struct walk *walk, const struct dwarf_function *function,
		   const struct dwarf_code *code)
{
	struct dwarf_function_finder *finder = walk->finder;
	uint32_t number = (uint32_t)finder->functions.count;
	struct dwarf_ranges ranges;
	uint64_t start, end;
	bool has_any = false;

	dwarf_ranges_init(&ranges, walk->walker.unit, &walk->walker.unit->root, code);
	ranges.budget = &walk->budget;
	while (dwarf_ranges_next(&ranges, &start, &end)) {
		for (size_t i = find_first(walk, start);
		     i < walk->count && walk->svmas[i] < end && walk->budget > 0; i++) {
			struct dwarf_function_hit *hit = &walk->hits[i];

			walk->budget--;
			has_any = true;
			if (hit->innermost == DWARF_NO_FUNCTION)
				walk->missing_count--;
			hit->innermost = number;
			if (function->parent == DWARF_NO_FUNCTION) {
				hit->svma = start;
				hit->size = end - start;
			}
		}
	}
	end_ranges(walk, &ranges);
	if (has_any)
		vec_push(&finder->functions, *function);
	return has_any;
}

/* Goes into the entry; `function` is the innermost one there. */
static void descend(struct walk *walk, uint32_t function)
{
	if (walk->finder->levels.count >= MAX_LEVELS) {
		fail(walk);
		return;
	}
	vec_push(&walk->finder->levels, walk->function);
	walk->function = function;
}

/*
 * Whether the entry's children are to be looked at, and which function they are in then; answers
 * what is in the entry.
 */
static bool look(struct walk *walk, const struct dwarf_entry *entry, uint32_t *ret_function)
{
	struct dwarf_function function = {.entry = entry->offset, .parent = DWARF_NO_FUNCTION};
	bool has_code = entry->abbrev->has_code, is_inside = walk->function != DWARF_NO_FUNCTION;
	struct dwarf_code code = {0};

	*ret_function = walk->function;
	switch (entry->abbrev->role) {
	case DWARF_ROLE_SCOPE:
		return true;
	case DWARF_ROLE_FUNCTION:
		*ret_function = DWARF_NO_FUNCTION;
		if (!has_code)
			return walk->is_thorough;
		read_attributes(walk, entry, &function, &code);
		if (!answer(walk, &function, &code))
			return walk->is_thorough;
		*ret_function = (uint32_t)walk->finder->functions.count - 1;
		return true;
	case DWARF_ROLE_INLINED:
		if (!is_inside || !has_code)
			return false;
		function.parent = walk->function;
		function.depth = walk->finder->functions.items[walk->function].depth + 1;
		if (function.depth > MAX_INLINED_DEPTH)
			return false;
		read_attributes(walk, entry, &function, &code);
		if (!answer(walk, &function, &code))
			return false;
		*ret_function = (uint32_t)walk->finder->functions.count - 1;
		return true;
	case DWARF_ROLE_BLOCK:
		if (!is_inside || !has_code)
			return is_inside || walk->is_thorough;
		read_attributes(walk, entry, &function, &code);
		return is_hot(walk, &code);
	default:
		return walk->is_thorough;
	}
}

static void end_level(struct walk *walk)
{
	walk->function = walk->finder->levels.items[--walk->finder->levels.count];
	/* all are answered, and the walk is not inside of what could answer one better */
	walk->is_done = walk->finder->levels.count == 0 ||
			(walk->missing_count == 0 && walk->function == DWARF_NO_FUNCTION);
}

static void run(struct walk *walk)
{
	struct dwarf_function_finder *finder = walk->finder;
	struct dwarf_entry entry;

	walk->function = DWARF_NO_FUNCTION;
	vec_clear(&finder->levels);
	descend(walk, DWARF_NO_FUNCTION);
	while (!walk->is_done && dwarf_walker_next(&walk->walker, &entry)) {
		uint32_t function;

		if (entry.abbrev == NULL) {
			end_level(walk);
		} else if (entry.abbrev->role == DWARF_ROLE_OTHER && !walk->is_thorough) {
			if (entry.abbrev->has_children)
				dwarf_walker_skip_children(&walk->walker, &entry);
		} else if (look(walk, &entry, &function)) {
			if (entry.abbrev->has_children)
				descend(walk, function);
		} else if (entry.abbrev->has_children) {
			dwarf_walker_skip_children(&walk->walker, &entry);
		}
	}
	if (walk->walker.is_damaged)
		fail(walk);
}

static void find(struct dwarf_function_finder *finder, const struct dwarf_unit *unit,
		 const uint64_t *svmas, size_t count, bool is_thorough,
		 struct dwarf_function_hit *ret_hits)
{
	struct walk walk = {
		.finder = finder,
		.svmas = svmas,
		.count = count,
		.hits = ret_hits,
		.missing_count = count,
		.budget = (int64_t)(unit->end - unit->offset + count * MAX_INLINED_DEPTH +
				    BUDGET_FLOOR),
		.is_thorough = is_thorough,
	};

	dwarf_walker_init(&walk.walker, unit);
	for (size_t i = 0; i < count; i++)
		ret_hits[i] = (struct dwarf_function_hit){.innermost = DWARF_NO_FUNCTION};
	run(&walk);
}

/* Looks into all entries for what was not found in those where functions usually are. */
static void find_missing(struct dwarf_function_finder *finder, const struct dwarf_unit *unit,
			 const uint64_t *svmas, size_t count)
{
	size_t next = 0;

	vec_clear(&finder->missing);
	for (size_t i = 0; i < count; i++)
		if (finder->hits.items[i].innermost == DWARF_NO_FUNCTION)
			vec_push(&finder->missing, svmas[i]);
	if (finder->missing.count == 0)
		return;
	vec_reserve(&finder->missing_hits, finder->missing.count);
	find(finder, unit, finder->missing.items, finder->missing.count, true,
	     finder->missing_hits.items);
	for (size_t i = 0; i < count; i++)
		if (finder->hits.items[i].innermost == DWARF_NO_FUNCTION)
			finder->hits.items[i] = finder->missing_hits.items[next++];
}

void dwarf_function_find(struct dwarf_function_finder *finder, const struct dwarf_unit *unit,
			 const uint64_t *svmas, size_t count)
{
	finder->is_damaged = false;
	vec_clear(&finder->functions);
	vec_reserve(&finder->hits, count);
	finder->hits.count = count;
	find(finder, unit, svmas, count, false, finder->hits.items);
	find_missing(finder, unit, svmas, count);
}
