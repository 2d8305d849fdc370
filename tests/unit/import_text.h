/* A profile as text, a line each sample, to hold the readers of texts against. */
#ifndef IMPORT_TEXT_H
#define IMPORT_TEXT_H

#include <inttypes.h>
#include <string.h>

#include "import/import.h"
#include "perf_file.h"
#include "util/strbuf.h"

typedef int (*import_text_fn)(struct import *import, struct import_input *input, struct err *err);

/* Runs a reader over a text. Release the import. */
static inline int import_text_read(struct import *import, import_text_fn read, const char *text,
				   struct err *err)
{
	struct import_input input;
	int r;

	*import = (struct import){.name = "text"};
	arena_init(&import->arena);
	profile_data_init(&import->data);
	r = perf_file_open_bytes(&input, text, strlen(text));
	if (r == 0)
		r = read(import, &input, err);
	import_input_release(&input);
	return r;
}

/*
 * "event comm[tid] period: leaf@module^depth < caller@module …\n"; " …" ends one that is not whole.
 */
static inline void import_text_format(struct strbuf *text, const struct profile_data *data)
{
	uint32_t frames[STACK_DEPTH_MAX];

	for (size_t i = 0; i < data->samples.count; i++) {
		const struct sample *sample = &data->samples.items[i];
		const struct profile_thread *thread = &data->threads.items[sample->thread];
		uint32_t count = stack_table_get_frames(&data->stacks, sample->stack, frames,
							STACK_DEPTH_MAX);

		strbuf_addf(
			text, "%s %s[%u] %" PRIu64 ":",
			string_table_get(&data->strings, data->events.items[sample->event].name),
			string_table_get(&data->strings, thread->comm), thread->tid,
			sample->period);
		for (uint32_t f = 0; f < count; f++) {
			const struct frame *frame = &data->frames.items[frames[f]];

			strbuf_addf(text, "%s%s@%s", f > 0 ? " < " : " ",
				    string_table_get(&data->strings, frame->function),
				    profile_data_get_module_name(data, frame->module));
			if (frame->inline_depth > 0)
				strbuf_addf(text, "^%u", frame->inline_depth);
			if (frame->line > 0)
				strbuf_addf(text, "(%s:%u)",
					    string_table_get(&data->strings, frame->file),
					    frame->line);
		}
		strbuf_add_text(text,
				stack_table_get_root(&data->stacks, sample->stack) == STACK_COMPLETE
					? "\n"
					: " …\n");
	}
}

#endif
