#include "model/profile_data.h"

#include "tap.h"

int main(void)
{
	struct profile_data data;
	struct module module = {0};
	struct frame frame = {0};
	char text[64], tiny[8];

	profile_data_init(&data);
	module.path = string_table_intern(&data.strings, "/usr/lib/libfoo.so.1");
	vec_push(&data.modules, module);
	module.path = string_table_intern(&data.strings, "[kernel]");
	vec_push(&data.modules, module);
	frame = (struct frame){.module = 0, .svma = 0x1a2b};
	vec_push(&data.frames, frame);
	frame.function = string_table_intern(&data.strings, "serve_request");
	vec_push(&data.frames, frame);
	frame = (struct frame){.module = 1, .svma = 0xffffffff81000000};
	vec_push(&data.frames, frame);
	frame = (struct frame){.module = 99, .svma = 0x10};
	vec_push(&data.frames, frame);

	profile_data_format_frame(&data, 0, text, sizeof(text));
	is_str(text, "libfoo.so.1+0x1a2b",
	       "without a function: the module's base name and the address");
	profile_data_format_frame(&data, 1, text, sizeof(text));
	is_str(text, "serve_request", "with one: its name");
	profile_data_format_frame(&data, 2, text, sizeof(text));
	is_str(text, "[kernel]+0xffffffff81000000", "the kernel");
	profile_data_format_frame(&data, 3, text, sizeof(text));
	is_str(text, "[unknown]+0x10", "a module that is not there");
	profile_data_format_frame(&data, 4, text, sizeof(text));
	is_str(text, "[unknown]", "a frame that is not there");
	profile_data_format_frame(&data, 1, tiny, sizeof(tiny));
	is_str(tiny, "serve_r", "cut to the room there is");
	profile_data_release(&data);
	return tap_done();
}
