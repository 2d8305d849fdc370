#include "model/profile_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void profile_data_init(struct profile_data *data)
{
	*data = (struct profile_data){0};
	string_table_init(&data->strings);
	stack_table_init(&data->stacks);
}

void profile_data_release(struct profile_data *data)
{
	string_table_release(&data->strings);
	stack_table_release(&data->stacks);
	vec_release(&data->modules);
	vec_release(&data->frames);
	vec_release(&data->threads);
	vec_release(&data->events);
	vec_release(&data->samples);
	vec_release(&data->codes);
	vec_release(&data->code_bytes);
	vec_release(&data->code_lines);
	vec_release(&data->sources);
}

void profile_quality_add(struct profile_quality *to, const struct profile_quality *from)
{
	to->sample_count += from->sample_count;
	to->complete_count += from->complete_count;
	to->joined_count += from->joined_count;
	to->truncated_count += from->truncated_count;
	for (int i = 0; i < TRUNCATION_COUNT; i++)
		to->truncations[i] += from->truncations[i];
	to->audited_count += from->audited_count;
	to->audit_mismatch_count += from->audit_mismatch_count;
	to->lost_count += from->lost_count;
	to->throttled_count += from->throttled_count;
	to->kernel_hidden_ns += from->kernel_hidden_ns;
	to->bytes_from_kernel += from->bytes_from_kernel;
	to->stack_bytes += from->stack_bytes;
	to->is_kernel_hidden = to->is_kernel_hidden || from->is_kernel_hidden;
	to->cpu_ns += from->cpu_ns;
	to->stop_count += from->stop_count;
	to->stop_ns += from->stop_ns;
}

const char *profile_data_get_truncation(enum truncation reason)
{
	static const char *const names[TRUNCATION_COUNT] = {
		"copy",	 "no_code",	 "no_rule",	   "bad_frame", "register",
		"depth", "no_registers", "frame_pointers", "unknown",	"no_file"};

	return reason < TRUNCATION_COUNT ? names[reason] : "unknown";
}

const char *profile_data_get_event(const struct profile_data *data)
{
	return data->events.count > 0 ? string_table_get(&data->strings, data->events.items[0].name)
				      : "";
}

uint64_t profile_data_get_weight_ns(const struct profile_data *data)
{
	return data->events.count > 0 && data->events.items[0].is_clock
		       ? data->events.items[0].period
		       : 0;
}

const char *profile_data_get_module_name(const struct profile_data *data, uint32_t module)
{
	const char *path, *slash;

	if (module >= data->modules.count)
		return "[unknown]";
	path = string_table_get(&data->strings, data->modules.items[module].path);
	slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

void profile_data_format_frame(const struct profile_data *data, uint32_t frame, char *buffer,
			       uint32_t size)
{
	const struct frame *at;

	if (frame >= data->frames.count) {
		snprintf(buffer, size, "[unknown]");
		return;
	}
	at = &data->frames.items[frame];
	if (at->function != STRING_EMPTY)
		snprintf(buffer, size, "%s", string_table_get(&data->strings, at->function));
	else
		snprintf(buffer, size, "%s+0x%" PRIx64,
			 profile_data_get_module_name(data, at->module), at->svma);
}
