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
	vec_release(&data->samples);
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
