#include "export/json_profile.h"

#include <math.h>
#include <string.h>

#include "export/json_text.h"
#include "export/json_value.h"

/* Samples are whole but where periods differ, and for hidden kernel time. */
static json_t *make_samples(double samples)
{
	return samples == floor(samples) && samples < 1e15 ? json_integer((json_int_t)samples)
							   : json_value_make_real(samples);
}

/* null for "": nothing known. */
static json_t *make_text(const char *text)
{
	return text != NULL && text[0] != '\0' ? json_text_make(text) : json_null();
}

static void set_shares(json_t *object, double self, double total)
{
	json_value_set(object, "self", make_samples(self));
	json_value_set(object, "total", make_samples(total));
}

static json_t *make_truncations(const struct profile_quality *quality)
{
	json_t *object = json_object();

	for (int i = 0; i < TRUNCATION_COUNT; i++)
		if (quality->truncations[i] > 0)
			json_value_set(object, profile_data_get_truncation((enum truncation)i),
				       json_value_make_count(quality->truncations[i]));
	return object;
}

static json_t *make_events(const struct profile_summary *summary)
{
	json_t *events = json_array();

	for (uint32_t i = 0; i < summary->event_count; i++)
		json_array_append_new(events, json_text_make(summary->events[i]));
	return events;
}

static void set_quality(json_t *profile, const struct profile_quality *quality)
{
	json_value_set(profile, "cpu_ns", json_value_make_known(quality->cpu_ns));
	json_value_set(profile, "complete", json_value_make_count(quality->complete_count));
	json_value_set(profile, "joined", json_value_make_count(quality->joined_count));
	json_value_set(profile, "audited", json_value_make_count(quality->audited_count));
	json_value_set(profile, "audit_mismatches",
		       json_value_make_count(quality->audit_mismatch_count));
	json_value_set(profile, "truncated", json_value_make_count(quality->truncated_count));
	json_value_set(profile, "truncations", make_truncations(quality));
	json_value_set(profile, "lost", json_value_make_count(quality->lost_count));
	json_value_set(profile, "throttled", json_value_make_count(quality->throttled_count));
	json_value_set(profile, "is_kernel_hidden", json_boolean(quality->is_kernel_hidden));
	json_value_set(profile, "kernel_hidden_ns",
		       json_value_make_count(quality->kernel_hidden_ns));
	json_value_set(profile, "bytes_from_kernel",
		       json_value_make_count(quality->bytes_from_kernel));
	json_value_set(profile, "stack_bytes", json_value_make_count(quality->stack_bytes));
	json_value_set(profile, "stops", json_value_make_count(quality->stop_count));
	json_value_set(profile, "stop_ns", json_value_make_count(quality->stop_ns));
}

json_t *json_profile_make(const struct profile_summary *summary)
{
	json_t *profile = json_object();

	json_value_set(profile, "samples", json_value_make_count(summary->quality.sample_count));
	json_value_set(profile, "samples_selected", json_value_make_count(summary->selected_count));
	json_value_set(profile, "samples_with_hidden", make_samples(summary->samples_with_hidden));
	json_value_set(profile, "weight_ns", json_value_make_count(summary->weight_ns));
	set_quality(profile, &summary->quality);
	json_value_set(profile, "stacks", json_value_make_count(summary->stacks));
	json_value_set(profile, "frames", json_value_make_count(summary->frames));
	json_value_set(profile, "frames_unsymbolized",
		       json_value_make_count(summary->frames_unsymbolized));
	json_value_set(profile, "duration_ns", json_value_make_count(summary->duration_ns));
	json_value_set(profile, "frequency_hz", json_value_make_real(summary->frequency_hz));
	json_value_set(profile, "event", json_text_make(summary->event));
	json_value_set(profile, "event_period", json_value_make_count(summary->event_period));
	json_value_set(profile, "events", make_events(summary));
	json_value_set(profile, "sampler", json_text_make(summary->sampler));
	json_value_set(profile, "stacks_from", make_text(summary->stacks_from));
	json_value_set(profile, "run_count", json_value_make_count(summary->run_count));
	return profile;
}

/* ---- report ---- */

static json_t *make_rows(const struct hot_functions *view)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < view->function_count; i++) {
		const struct hot_function *function = &view->functions[i];
		json_t *object = json_object();

		json_value_set(object, "name", json_text_make(function->name));
		json_value_set(object, "module", json_text_make(function->module));
		json_value_set(object, "file", make_text(function->file));
		json_value_set(object, "line", json_value_make_known(function->line));
		json_value_set(object, "is_kernel", json_boolean(function->is_kernel));
		json_value_set(object, "is_inlined", json_boolean(function->is_inlined));
		set_shares(object, function->self, function->total);
		json_array_append_new(rows, object);
	}
	return rows;
}

static json_t *make_threads(const struct hot_functions *view)
{
	json_t *threads = json_array();

	for (uint32_t i = 0; i < view->thread_count; i++) {
		const struct hot_threads_row *thread = &view->threads[i];
		json_t *object = json_object();

		json_value_set(object, "comm", json_text_make(thread->comm));
		json_value_set(object, "role", json_text_make(thread->role));
		json_value_set(object, "pid", json_value_make_count(thread->pid));
		json_value_set(object, "tid", json_value_make_count(thread->tid));
		json_value_set(object, "samples", make_samples(thread->samples));
		json_array_append_new(threads, object);
	}
	return threads;
}

static json_t *make_flags(uint8_t flags)
{
	static const struct {
		enum module_flag flag;
		const char *name;
	} names[] = {{MODULE_UNOPTIMIZED, "unoptimized"},
		     {MODULE_SANITIZED, "sanitized"},
		     {MODULE_WITHOUT_SYMBOLS, "without_symbols"},
		     {MODULE_WITHOUT_LINES, "without_lines"}};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((flags & names[i].flag) != 0)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static json_t *make_modules(const struct profile_summary *summary)
{
	json_t *modules = json_array();

	for (uint32_t i = 0; i < summary->module_count; i++) {
		const struct hot_module *module = &summary->modules[i];
		json_t *object = json_object();

		json_value_set(object, "name", json_text_make(module->name));
		json_value_set(object, "path", json_text_make(module->path));
		json_value_set(object, "flags", make_flags(module->flags));
		json_value_set(object, "trouble", make_text(module->trouble));
		json_value_set(object, "self", make_samples(module->self));
		json_array_append_new(modules, object);
	}
	return modules;
}

/* Nodes callers first; `parent` is a place in the list. */
static json_t *make_tree(const struct call_tree *tree)
{
	json_t *nodes = json_array();

	for (uint32_t i = 0; i < tree->count; i++) {
		const struct call_node *node = &tree->nodes[i];
		json_t *object = json_object();

		json_value_set(object, "name", json_text_make(node->name));
		json_value_set(object, "module", json_text_make(node->module));
		json_value_set(object, "parent",
			       node->parent == CALL_TREE_NONE ? json_null()
							      : json_integer(node->parent));
		json_value_set(object, "is_inlined", json_boolean(node->is_inlined));
		set_shares(object, node->self, node->total);
		json_array_append_new(nodes, object);
	}
	return nodes;
}

static json_t *make_lines(const struct source_lines *view)
{
	json_t *object = json_object(), *lines = json_array();

	json_value_set(object, "file", json_text_make(view->file));
	json_value_set(object, "first", json_integer(view->first));
	json_value_set(object, "last", json_integer(view->last));
	set_shares(object, view->self, view->total);
	for (uint32_t i = 0; i < view->line_count; i++) {
		const struct source_line *line = &view->lines[i];
		json_t *row = json_object();

		json_value_set(row, "line", json_integer(line->line));
		json_value_set(row, "text", json_text_make(line->text));
		set_shares(row, line->self, line->total);
		json_array_append_new(lines, row);
	}
	json_value_set(object, "lines", lines);
	return object;
}

void json_profile_set_report(json_t *object, const struct hot_functions *view,
			     const struct json_report_parts *parts)
{
	bool is_by_function = parts == NULL || parts->group == HOT_FUNCTIONS;

	json_value_set(object, "profile", json_profile_make(&view->summary));
	if (!is_by_function)
		json_value_set(object, "by",
			       json_string(hot_functions_get_group_name(parts->group)));
	json_value_set(object, is_by_function ? "functions" : "rows", make_rows(view));
	json_value_set(object, "threads", make_threads(view));
	json_value_set(object, "modules", make_modules(&view->summary));
	if (parts != NULL && parts->tree != NULL)
		json_value_set(object, "tree", make_tree(parts->tree));
	if (parts != NULL && parts->lines != NULL)
		json_value_set(object, "source", make_lines(parts->lines));
}

/* ---- annotate ---- */

static json_t *make_sources(const struct code_view *view)
{
	json_t *sources = json_array();

	for (uint32_t i = 0; i < view->source_count; i++) {
		const struct code_source *source = &view->sources[i];
		json_t *object = json_object(), *lines = json_array();

		for (uint32_t j = 0; j < source->line_count; j++) {
			const struct code_line *line = &source->lines[j];
			json_t *row = json_object();

			json_value_set(row, "line", json_integer(line->line));
			json_value_set(row, "text",
				       json_text_make(source_text_get(&view->text, source->file,
								      line->line)));
			set_shares(row, line->self, line->total);
			json_array_append_new(lines, row);
		}
		json_value_set(object, "function", json_text_make(source->function));
		json_value_set(object, "file", make_text(source->file));
		json_value_set(object, "is_inlined", json_boolean(source->is_inlined));
		json_value_set(object, "lines", lines);
		json_array_append_new(sources, object);
	}
	return sources;
}

static json_t *make_instruction(const struct code_block *block,
				const struct code_instruction *instruction)
{
	const struct code_place *place = code_view_find_place(block, instruction->offset);
	json_t *object = json_object();

	json_value_set(object, "svma",
		       json_integer((json_int_t)(block->svma + instruction->offset)));
	json_value_set(object, "size_bytes", json_integer(instruction->size));
	json_value_set(object, "text", json_text_make(instruction->text));
	json_value_set(object, "function", make_text(place != NULL ? place->function : NULL));
	json_value_set(object, "file", make_text(place != NULL ? place->file : NULL));
	json_value_set(object, "line", json_value_make_known(place != NULL ? place->line : 0));
	json_value_set(object, "is_inlined", json_boolean(place != NULL && place->is_inlined));
	set_shares(object, instruction->self, instruction->total);
	return object;
}

static json_t *make_code(const struct code_view *view)
{
	json_t *blocks = json_array();

	for (uint32_t i = 0; i < view->block_count; i++) {
		const struct code_block *block = &view->blocks[i];
		json_t *object = json_object(), *instructions = json_array();

		for (uint32_t j = 0; j < block->instruction_count; j++)
			json_array_append_new(instructions,
					      make_instruction(block, &block->instructions[j]));
		json_value_set(object, "module", json_text_make(block->module));
		json_value_set(object, "svma", json_integer((json_int_t)block->svma));
		json_value_set(object, "size_bytes", json_integer(block->size));
		json_value_set(object, "instructions", instructions);
		json_array_append_new(blocks, object);
	}
	return blocks;
}

void json_profile_set_code(json_t *object, const struct code_view *view,
			   const struct profile_summary *summary)
{
	json_t *hosts = json_array();

	for (uint32_t i = 0; i < view->host_count; i++) {
		json_t *host = json_object();

		json_value_set(host, "name", json_text_make(view->hosts[i].name));
		json_value_set(host, "module", json_text_make(view->hosts[i].module));
		json_value_set(host, "samples", make_samples(view->hosts[i].samples));
		json_array_append_new(hosts, host);
	}
	json_value_set(object, "profile", json_profile_make(summary));
	json_value_set(object, "function", json_text_make(view->function));
	json_value_set(object, "module", json_text_make(view->module));
	set_shares(object, view->self, view->total);
	json_value_set(object, "inlined_into", hosts);
	json_value_set(object, "sources", make_sources(view));
	json_value_set(object, "code", make_code(view));
	json_value_set(object, "why_no_code", make_text(view->why_no_code));
}
