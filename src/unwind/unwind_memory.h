/* Words of the stack: from the copy, else asked of whoever made it. */
#ifndef UNWIND_UNWIND_MEMORY_H
#define UNWIND_UNWIND_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "unwind/unwinder.h"

/* Whether the 8 bytes at an avma are in the copy itself. */
static inline bool unwind_memory_has(const struct unwind_memory *memory, uint64_t avma)
{
	uint64_t offset = avma - memory->start;

	return memory->size >= 8 && offset <= memory->size - 8;
}

/* The 8 bytes at an avma; false when they are not to be had. */
static inline bool unwind_memory_read(const struct unwind_memory *memory, uint64_t avma,
				      uint64_t *ret_word)
{
	if (unwind_memory_has(memory, avma)) {
		memcpy(ret_word, memory->bytes + (avma - memory->start), 8);
		return true;
	}
	return memory->read != NULL && memory->read(memory->arg, avma, ret_word);
}

#endif
