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

const char *profile_data_get_truncation(enum truncation reason)
{
	static const char *const names[TRUNCATION_COUNT] = {
		"copy",	 "no_code",	 "no_rule",	   "bad_frame", "register",
		"depth", "no_registers", "frame_pointers", "unknown",
		"no_file"};

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
