/* Lines of source files that a profile kept, by file and number. */
#ifndef VIEW_SOURCE_TEXT_H
#define VIEW_SOURCE_TEXT_H

#include <stdint.h>

#include "model/profile_data.h"
#include "util/arena.h"

struct source_stretch {
	const char *file;
	uint32_t first_line, line_count;
	const char **lines; /* without newlines */
};

/* Of any number of profiles; what the first of them has wins. Memory is the arena's. */
struct source_text {
	struct arena *arena;
	struct source_stretch *stretches;
	uint32_t count, capacity;
};

/* All that a profile has. */
void source_text_add(struct source_text *text, const struct profile_data *data);

/* NULL = not kept. */
const char *source_text_get(const struct source_text *text, const char *file, uint32_t line);

#endif
