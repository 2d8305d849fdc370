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

void profile_data_format_frame(const struct profile_data *data, uint32_t frame, char *buffer,
			       uint32_t size)
{
	const struct frame *at;
	const char *path, *slash;

	if (frame >= data->frames.count) {
		snprintf(buffer, size, "[unknown]");
		return;
	}
	at = &data->frames.items[frame];
	if (at->function != STRING_EMPTY) {
		snprintf(buffer, size, "%s", string_table_get(&data->strings, at->function));
		return;
	}
	path = at->module < data->modules.count
		       ? string_table_get(&data->strings, data->modules.items[at->module].path)
		       : "[unknown]";
	slash = strrchr(path, '/');
	snprintf(buffer, size, "%s+0x%" PRIx64, slash != NULL ? slash + 1 : path, at->svma);
}
