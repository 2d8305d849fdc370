#include "import/folded_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "import/text_profile.h"

enum { RECOGNIZED_LINES = 64 };

#define FOLDED_COUNT_MAX 1e18

struct folded_reader {
	struct import *import;
	struct text_profile profile;
	VEC(uint32_t) frames; /* of the line at hand, outermost first */
	uint64_t line_number;
	uint64_t strange_lines, first_strange;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * "stack 12" or "stack 12.5", blanks behind it left out. Returns the length of the stack; 0 = it is
 * no such line.
 */
static size_t split(const char *text, size_t length, double *ret_count)
{
	double count = 0, unit = 1;
	bool is_behind_point = false;
	size_t begin, end = length;

	while (end > 0 && is_blank(text[end - 1]))
		end--;
	for (begin = end; begin > 0 && !is_blank(text[begin - 1]);)
		begin--;
	if (begin == 0 || begin == end || text[begin] == '.')
		return 0;
	for (size_t i = begin; i < end; i++) {
		if (text[i] == '.' && !is_behind_point) {
			is_behind_point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return 0;
		if (is_behind_point)
			unit /= 10;
		count = is_behind_point ? count + unit * (text[i] - '0')
					: count * 10 + (text[i] - '0');
	}
	while (begin > 0 && is_blank(text[begin - 1]))
		begin--;
	*ret_count = count;
	return begin;
}

bool folded_read_is_line(const char *text, size_t length)
{
	double count;

	return length > 0 && text[0] != '#' && !is_blank(text[0]) &&
	       split(text, length, &count) > 0;
}

bool folded_read_recognizes(const char *text, size_t length)
{
	const char *end = text + length;

	for (int i = 0; i < RECOGNIZED_LINES && text < end; i++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((next != NULL ? next : end) - text);

		if (folded_read_is_line(text, size))
			return true;
		text = next != NULL ? next + 1 : end;
	}
	return false;
}

static bool cut_suffix(char *name, const char *suffix)
{
	size_t length = strlen(name), wanted = strlen(suffix);

	if (length <= wanted || strcmp(name + length - wanted, suffix) != 0)
		return false;
	name[length - wanted] = '\0';
	return true;
}

/*
 * What the scripts write besides names: "[libc.so.6]" for a frame of that file without a name,
 * "_[k]", "_[i]" and "_[j]" behind what is of the kernel, inlined, or JIT code.
 */
static uint32_t add_frame(struct folded_reader *reader, char *name, uint32_t before)
{
	struct text_profile *profile = &reader->profile;
	const struct profile_data *data = profile->data;
	size_t length = strlen(name);
	struct frame frame = {0};

	if (length > 2 && name[0] == '[' && name[length - 1] == ']') {
		if (strcmp(name, "[unknown]") != 0) {
			name[length - 1] = '\0';
			name++;
		}
		frame.module = text_profile_add_module(profile, name);
		return text_profile_add_frame(profile, &frame);
	}
	if (cut_suffix(name, "_[k]")) {
		frame.module = text_profile_add_kernel(profile);
	} else if (cut_suffix(name, "_[j]")) {
		frame.module = text_profile_add_module(profile, "[anon]");
	} else if (cut_suffix(name, "_[i]") && before != FRAME_NONE) {
		frame.module = data->frames.items[before].module;
		frame.inline_depth = data->frames.items[before].inline_depth + 1;
	} else {
		frame.module = text_profile_add_module(profile, "");
	}
	frame.function = string_table_intern(&profile->data->strings, name);
	return text_profile_add_frame(profile, &frame);
}

static void add_line(struct folded_reader *reader, char *stack, double count)
{
	struct text_profile *profile = &reader->profile;
	struct sample sample = {.cpu = SAMPLE_CPU_UNKNOWN};
	uint32_t before = FRAME_NONE;
	char *rest = stack;
	const char *comm = strsep(&rest, ";");

	sample.period = (uint64_t)llround(count);
	sample.thread = text_profile_add_thread(profile, 0, 0, comm);
	sample.event = text_profile_add_event(profile, "samples", false);
	vec_clear(&reader->frames);
	while (rest != NULL) {
		char *name = strsep(&rest, ";");

		if (name[0] == '\0')
			continue;
		before = add_frame(reader, name, before);
		if (before != FRAME_NONE)
			vec_push(&reader->frames, before);
	}
	for (size_t i = reader->frames.count; i > 0 && profile->stack.count < STACK_DEPTH_MAX; i--)
		vec_push(&profile->stack, reader->frames.items[i - 1]);
	text_profile_add_sample(profile, &sample);
}

static void read_line(struct folded_reader *reader, char *line, size_t length)
{
	double count = 0;
	size_t stack = line[0] != '#' ? split(line, length, &count) : 0;

	reader->line_number++;
	if (length == 0 || line[0] == '#')
		return;
	if (stack == 0 || count > FOLDED_COUNT_MAX) {
		if (reader->strange_lines++ == 0)
			reader->first_strange = reader->line_number;
		return;
	}
	if (count < 0.5) /* nothing, in whole samples */
		return;
	line[stack] = '\0';
	add_line(reader, line, count);
}

int folded_read(struct import *import, struct import_input *input, struct err *err)
{
	struct folded_reader reader = {.import = import};
	struct profile_data *data = &import->data;
	size_t length;
	char *line;

	text_profile_init(&reader.profile, data);
	while (import_input_next_line(input, &line, &length))
		read_line(&reader, line, strlen(line));
	data->sampler = string_table_intern(&data->strings, "folded stacks");
	if (reader.strange_lines > 0)
		import_warn(import,
			    "%s: %" PRIu64
			    " lines are no folded stacks (`a;b;c 12`), left out; the "
			    "first is line %" PRIu64,
			    import->name, reader.strange_lines, reader.first_strange);
	if (reader.profile.is_full)
		import_warn(import,
			    "%s has more different frames than sonde holds: the last ones "
			    "are left out",
			    import->name);
	text_profile_release(&reader.profile);
	vec_release(&reader.frames);
	return data->samples.count > 0 ? 0 : err_set(err, -ENODATA, "has no stack with a count");
}
