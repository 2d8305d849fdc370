#include "symbol/dwarf_answer.h"

#include <string.h>

void dwarf_answer_init(struct dwarf_answerer *answerer, struct dwarf_split *split,
		       struct arena *arena, pthread_mutex_t *arena_lock)
{
	*answerer = (struct dwarf_answerer){.split = split};
	dwarf_texts_init(&answerer->texts, arena, arena_lock);
	dwarf_name_init(&answerer->names, &answerer->texts);
	dwarf_function_init(&answerer->finder);
}

void dwarf_answer_release(struct dwarf_answerer *answerer)
{
	dwarf_texts_release(&answerer->texts);
	dwarf_name_release(&answerer->names);
	dwarf_function_release(&answerer->finder);
	vec_release(&answerer->rows);
	vec_release(&answerer->name_numbers);
}

static void find_rows(struct dwarf_answerer *answerer, struct dwarf_unit *unit,
		      const uint64_t *svmas, size_t count)
{
	const struct dwarf_line_table *table = dwarf_line_table_find(unit);

	vec_reserve(&answerer->rows, count);
	answerer->rows.count = count;
	if (table == NULL) {
		memset(answerer->rows.items, 0, count * sizeof(answerer->rows.items[0]));
		return;
	}
	if (!dwarf_line_program_find(table, svmas, count, answerer->rows.items))
		dwarf_unit_set_damaged(unit);
}

/* `unit` has the entries, and is `language`'s. */
static void find_names(struct dwarf_answerer *answerer, struct dwarf_unit *unit)
{
	const struct dwarf_function_finder *finder = &answerer->finder;

	vec_clear(&answerer->name_numbers);
	for (size_t i = 0; i < finder->functions.count; i++)
		vec_push(&answerer->name_numbers, DWARF_NO_FUNCTION);
	for (size_t i = 0; i < finder->hits.count; i++)
		for (uint32_t j = finder->hits.items[i].innermost;
		     j != DWARF_NO_FUNCTION && answerer->name_numbers.items[j] == DWARF_NO_FUNCTION;
		     j = finder->functions.items[j].parent)
			answerer->name_numbers.items[j] = dwarf_name_find(
				&answerer->names, unit, finder->functions.items[j].entry,
				unit->root.language);
	dwarf_name_qualify(&answerer->names);
}

/* A place that has a line but is in no function that the unit knows: assembler, stubs. */
static void fill_nameless(struct dwarf_answerer *answerer, struct dwarf_unit *unit,
			  const struct dwarf_row *row, struct dwarf_place *ret_place)
{
	struct dwarf_frame *frame = dwarf_texts_alloc(&answerer->texts, 1, sizeof(*frame));

	*frame = (struct dwarf_frame){
		.function = "",
		.file = dwarf_texts_find_path(&answerer->texts, unit, row->file),
		.line = row->line,
		.column = row->column,
		.declaration_file = "",
	};
	*ret_place = (struct dwarf_place){.frames = frame, .frame_count = 1};
}

/* The row is the innermost function's, and each one's call is the next outer one's. */
static void fill(struct dwarf_answerer *answerer, struct dwarf_unit *unit,
		 const struct dwarf_function_hit *hit, const struct dwarf_row *row,
		 struct dwarf_place *ret_place)
{
	struct dwarf_texts *texts = &answerer->texts;
	const struct dwarf_function *function = &answerer->finder.functions.items[hit->innermost];
	uint32_t count = function->depth + 1, number = hit->innermost;
	struct dwarf_frame *frames = dwarf_texts_alloc(texts, count, sizeof(*frames));
	const char *file = row->is_known ? dwarf_texts_find_path(texts, unit, row->file) : "";
	uint32_t line = row->line, column = row->column;

	for (uint32_t i = 0; i < count; i++) {
		const struct dwarf_name *name =
			&answerer->names.names.items[answerer->name_numbers.items[number]];

		frames[i] = (struct dwarf_frame){
			.function = name->function,
			.file = file,
			.line = line,
			.column = column,
			.declaration_file = name->declaration_file,
			.declaration_line = name->declaration_line,
		};
		number = function->parent;
		if (number == DWARF_NO_FUNCTION)
			break;
		file = dwarf_texts_find_path(texts, unit, function->call_file);
		line = function->call_line;
		column = function->call_column;
		function = &answerer->finder.functions.items[number];
	}
	*ret_place = (struct dwarf_place){
		.frames = frames,
		.frame_count = count,
		.function_svma = hit->svma,
		.function_size = hit->size,
	};
}

void dwarf_answer_unit(struct dwarf_answerer *answerer, struct dwarf_unit *unit,
		       const uint64_t *svmas, size_t count, struct dwarf_place *ret_places)
{
	struct dwarf_unit *with_entries = unit;

	for (size_t i = 0; i < count; i++)
		ret_places[i] = (struct dwarf_place){0};
	if (!dwarf_unit_open(unit))
		return;
	find_rows(answerer, unit, svmas, count);
	if (dwarf_split_is_skeleton(unit)) {
		with_entries = dwarf_split_find(answerer->split, unit);
		if (with_entries == NULL)
			with_entries = unit;
	}
	dwarf_function_find(&answerer->finder, with_entries, svmas, count);
	if (answerer->finder.is_damaged)
		dwarf_unit_set_damaged(with_entries);
	find_names(answerer, with_entries);
	for (size_t i = 0; i < count; i++) {
		const struct dwarf_function_hit *hit = &answerer->finder.hits.items[i];
		const struct dwarf_row *row = &answerer->rows.items[i];

		if (hit->innermost != DWARF_NO_FUNCTION)
			fill(answerer, unit, hit, row, &ret_places[i]);
		else if (row->is_known)
			fill_nameless(answerer, unit, row, &ret_places[i]);
	}
}
