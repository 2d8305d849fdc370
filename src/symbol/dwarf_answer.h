/*
 * Answers the hot addresses of one unit after the other: one thread's part of dwarf_find(), with
 * all that this thread keeps from unit to unit.
 */
#ifndef SYMBOL_DWARF_ANSWER_H
#define SYMBOL_DWARF_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "symbol/dwarf.h"
#include "symbol/dwarf_function.h"
#include "symbol/dwarf_line_program.h"
#include "symbol/dwarf_name.h"
#include "symbol/dwarf_split.h"
#include "symbol/dwarf_texts.h"

struct dwarf_answerer {
	struct dwarf_split *split;
	struct dwarf_texts texts;
	struct dwarf_names names;
	struct dwarf_function_finder finder;
	VEC(struct dwarf_row) rows;
	VEC(uint32_t) name_numbers; /* of the finder's functions; DWARF_NO_FUNCTION = not asked */
};

void dwarf_answer_init(struct dwarf_answerer *answerer, struct dwarf_split *split,
		       struct arena *arena, pthread_mutex_t *arena_lock);
void dwarf_answer_release(struct dwarf_answerer *answerer);

/* `svmas` ascend; ret_places are in their order. */
void dwarf_answer_unit(struct dwarf_answerer *answerer, struct dwarf_unit *unit,
		       const uint64_t *svmas, size_t count, struct dwarf_place *ret_places);

#endif
