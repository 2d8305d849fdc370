#include "export/perf_script.h"

#include <inttypes.h>
#include <string.h>

#include "util/clean.h"
#include "util/clock.h"

/* What perf calls the module. */
static const char *get_dso(const struct profile_data *data, const struct module *module)
{
	const char *path = string_table_get(&data->strings, module->path);

	switch (module->kind) {
	case MODULE_KERNEL:
		return strcmp(path, "[kernel]") == 0 ? "[kernel.kallsyms]" : path;
	case MODULE_ANON:
		return strcmp(path, "[anon]") == 0 ? "//anon" : path;
	case MODULE_FILE:
	case MODULE_VDSO:
	case MODULE_UNKNOWN:
		break;
	}
	return path;
}

static void add_frame(struct strbuf *text, const struct profile_data *data,
		      const struct frame *frame)
{
	strbuf_addf(text, "\t%16" PRIx64 " ", frame->svma);
	clean_add(text, frame->function != STRING_EMPTY
				? string_table_get(&data->strings, frame->function)
				: "[unknown]");
	if (frame->inline_depth > 0) {
		strbuf_add_text(text, " (inlined)\n");
		return;
	}
	strbuf_add_text(text, " (");
	clean_add(text, get_dso(data, &data->modules.items[frame->module]));
	strbuf_add_text(text, ")\n");
}

/* As wide as the longest of all events. */
static int measure_events(const struct profile_data *data)
{
	size_t width = 0;

	for (size_t i = 0; i < data->events.count; i++) {
		size_t length =
			strlen(string_table_get(&data->strings, data->events.items[i].name));

		width = length > width ? length : width;
	}
	return (int)width;
}

static void add_header(struct strbuf *text, const struct profile_data *data,
		       const struct sample *sample, const struct perf_script_options *options)
{
	const struct profile_thread *thread = &data->threads.items[sample->thread];

	clean_add(text, string_table_get(&data->strings, thread->comm));
	if (options != NULL && options->has_pid)
		strbuf_addf(text, " %5" PRIu32 "/%-5" PRIu32 " ", thread->pid, thread->tid);
	else
		strbuf_addf(text, " %5" PRIu32 " ", thread->tid);
	if (sample->cpu != SAMPLE_CPU_UNKNOWN)
		strbuf_addf(text, "[%03u] ", sample->cpu);
	strbuf_addf(text, "%5" PRIu64 ".%06" PRIu64 ": %10" PRIu64 " %*s: \n",
		    sample->time_ns / NS_PER_S, sample->time_ns % NS_PER_S / NS_PER_US,
		    sample->period, measure_events(data),
		    string_table_get(&data->strings, data->events.items[sample->event].name));
}

void perf_script_add_sample(struct strbuf *text, const struct profile_data *data,
			    const struct sample *sample, const struct perf_script_options *options)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count =
		stack_table_get_frames(&data->stacks, sample->stack, frames, STACK_DEPTH_MAX);

	add_header(text, data, sample, options);
	for (uint32_t i = 0; i < count; i++)
		add_frame(text, data, &data->frames.items[frames[i]]);
	strbuf_add_char(text, '\n');
}

void perf_script_write(struct strbuf *text, const struct profile_data *data,
		       const struct perf_script_options *options)
{
	for (size_t i = 0; i < data->samples.count; i++)
		perf_script_add_sample(text, data, &data->samples.items[i], options);
}
