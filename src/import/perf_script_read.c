#include "import/perf_script_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "import/folded_read.h"
#include "import/perf_script_line.h"
#include "import/text_profile.h"
#include "util/alloc.h"
#include "util/parse.h"

enum { RECOGNIZED_LINES = 64 };

/* Until the sample is complete: the lines behind a frame may add to it. */
struct script_frame {
	uint64_t ip;
	uint32_t function, module, file; /* string ids */
	uint32_t line;
	bool is_inlined;
};

struct script_reader {
	struct import *import;
	struct text_profile profile;
	VEC(struct script_frame) frames; /* of the sample at hand, leaf first */
	struct sample sample;
	bool is_open;
	bool is_in_order;
	uint64_t line_number;
	uint64_t strange_lines, first_strange; /* what is neither sample nor frame */
	uint64_t stray_frames;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void read_frame(struct script_reader *reader, const struct perf_script_frame *frame)
{
	struct string_table *strings = &reader->import->data.strings;
	bool has_name = strcmp(frame->symbol, "[unknown]") != 0;

	if (reader->frames.count >= STACK_DEPTH_MAX)
		return;
	vec_push(&reader->frames,
		 (struct script_frame){
			 .ip = frame->ip,
			 .function = has_name ? string_table_intern(strings, frame->symbol)
					      : (uint32_t)STRING_EMPTY,
			 .module = string_table_intern(strings, frame->module),
			 .is_inlined = frame->is_inlined,
		 });
}

/* Inlined frames stand before the one whose code they are; the module is only with that. */
static void push_frames(struct script_reader *reader)
{
	struct profile_data *data = &reader->import->data;
	size_t begin = 0;

	while (begin < reader->frames.count) {
		size_t end = begin;
		uint32_t module;

		while (end + 1 < reader->frames.count && reader->frames.items[end].is_inlined &&
		       reader->frames.items[end + 1].ip == reader->frames.items[end].ip)
			end++;
		module = reader->frames.items[end].is_inlined
				 ? text_profile_add_module(&reader->profile, "")
				 : text_profile_add_module(
					   &reader->profile,
					   string_table_get(&data->strings,
							    reader->frames.items[end].module));
		for (size_t i = begin; i <= end; i++) {
			const struct script_frame *from = &reader->frames.items[i];
			struct frame frame = {.module = module,
					      .function = from->function,
					      .file = from->file,
					      .line = from->line,
					      .svma = from->ip,
					      .inline_depth = (uint32_t)(end - i)};
			uint32_t id = text_profile_add_frame(&reader->profile, &frame);

			if (id != FRAME_NONE)
				vec_push(&reader->profile.stack, id);
		}
		begin = end + 1;
	}
	vec_clear(&reader->frames);
}

static void end_sample(struct script_reader *reader)
{
	const struct profile_data *data = &reader->import->data;

	if (!reader->is_open)
		return;
	reader->is_open = false;
	if (data->samples.count > 0 &&
	    data->samples.items[data->samples.count - 1].time_ns > reader->sample.time_ns)
		reader->is_in_order = false;
	push_frames(reader);
	text_profile_add_sample(&reader->profile, &reader->sample);
}

/* "cpu-clock", "task-clock:u", "cpu-clock/period=1000/". */
static bool is_clock(const char *event)
{
	size_t length = strcspn(event, ":/");

	return (length == strlen("cpu-clock") && strncmp(event, "cpu-clock", length) == 0) ||
	       (length == strlen("task-clock") && strncmp(event, "task-clock", length) == 0);
}

static void begin_sample(struct script_reader *reader, const struct perf_script_sample *sample)
{
	struct perf_script_frame frame;

	end_sample(reader);
	reader->sample = (struct sample){
		.time_ns = sample->time_ns,
		.period = sample->period > 0 ? sample->period : 1,
		.thread = text_profile_add_thread(&reader->profile, sample->pid, sample->tid,
						  sample->comm),
		.event = text_profile_add_event(
			&reader->profile, sample->event[0] != '\0' ? sample->event : "samples",
			sample->period > 0 && is_clock(sample->event)),
		.cpu = sample->cpu < SAMPLE_CPU_UNKNOWN ? (uint16_t)sample->cpu
							: (uint16_t)SAMPLE_CPU_UNKNOWN,
	};
	reader->is_open = true;
	/* Without call chains the address is on the line, and the next line is another sample's. */
	if (sample->rest[0] != '\0' && perf_script_line_parse_frame(sample->rest, &frame) &&
	    frame.module[0] != '\0') {
		read_frame(reader, &frame);
		end_sample(reader);
	}
}

/* The value of "# hostname : x", if the comment is of that name; else NULL. */
static const char *find_value(const char *comment, const char *name)
{
	const char *at = comment + strspn(comment, "# \t");
	size_t length = strlen(name);

	if (strncmp(at, name, length) != 0)
		return NULL;
	at += length;
	at += strspn(at, " \t");
	return *at == ':' ? at + 1 + strspn(at + 1, " \t") : NULL;
}

static void read_comment(struct import *import, const char *line)
{
	const struct {
		const char *name, **value;
	} texts[] = {{"hostname", &import->host},
		     {"os release", &import->kernel},
		     {"perf version", &import->perf_version},
		     {"arch", &import->machine},
		     {"cpudesc", &import->cpu_model},
		     {"cmdline", &import->command_line}};
	const char *value;
	struct tm when = {.tm_isdst = -1};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = find_value(line, texts[i].name);
		if (value == NULL || *texts[i].value != NULL)
			continue;
		*texts[i].value = arena_strdup(&import->arena, value);
		return;
	}
	value = find_value(line, "nrcpus online");
	if (value != NULL)
		import->cpu_count = (uint32_t)strtoul(value, NULL, 10);
	value = find_value(line, "total memory"); /* "8058796 kB" */
	if (value != NULL)
		import->memory_bytes = (uint64_t)strtoul(value, NULL, 10) * 1024;
	value = find_value(line, "captured on"); /* when its file was last written: at its end */
	if (value != NULL && strptime(value, "%a %b %d %H:%M:%S %Y", &when) != NULL &&
	    mktime(&when) > 0)
		import->begin_wall_ns = (uint64_t)mktime(&when) * 1000000000u;
}

static bool read_as_sample(struct script_reader *reader, char *line)
{
	struct perf_script_sample sample;

	if (!perf_script_line_parse_sample(line, &sample))
		return false;
	begin_sample(reader, &sample);
	return true;
}

static bool read_as_frame(struct script_reader *reader, char *line)
{
	struct perf_script_frame frame;

	if (!perf_script_line_parse_frame(line, &frame))
		return false;
	if (reader->is_open)
		read_frame(reader, &frame);
	else
		reader->stray_frames++;
	return true;
}

static bool read_as_source(struct script_reader *reader, char *line)
{
	struct perf_script_source source;
	struct script_frame *frame;

	if (!reader->is_open || reader->frames.count == 0)
		return false;
	/* "libc.so.6[27b25]" stands where there is no source */
	if (line[0] != '\0' && line[strlen(line) - 1] == ']')
		return true;
	if (!perf_script_line_parse_source(line, &source))
		return false;
	frame = &reader->frames.items[reader->frames.count - 1];
	frame->file = string_table_intern(&reader->import->data.strings, source.file);
	frame->line = source.line;
	frame->is_inlined |= source.is_inlined;
	return true;
}

static void read_line(struct script_reader *reader, char *line, size_t length)
{
	bool is_frame_first = reader->is_open && is_blank(line[0]) && line[length - 1] == ')';

	if (is_frame_first && read_as_frame(reader, line))
		return;
	if (read_as_sample(reader, line) || (!is_frame_first && read_as_frame(reader, line)) ||
	    read_as_source(reader, line))
		return;
	if (reader->strange_lines++ == 0)
		reader->first_strange = reader->line_number;
}

static int compare_samples(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

static void finish(struct script_reader *reader)
{
	struct import *import = reader->import;
	struct profile_data *data = &import->data;
	size_t count = data->samples.count;

	if (!reader->is_in_order && count > 0)
		qsort(data->samples.items, count, sizeof(*data->samples.items), compare_samples);
	data->sampler = string_table_intern(&data->strings, "perf script");
	if (count > 0) {
		import->begin_ns = data->samples.items[0].time_ns;
		import->end_ns = data->samples.items[count - 1].time_ns;
	}
	if (import->begin_wall_ns > import->end_ns - import->begin_ns)
		import->begin_wall_ns -= import->end_ns - import->begin_ns;
	if (reader->strange_lines > 0)
		import_warn(import,
			    "%s: %" PRIu64 " lines are neither samples nor frames, left out; the "
			    "first is line %" PRIu64,
			    import->name, reader->strange_lines, reader->first_strange);
	if (reader->stray_frames > 0)
		import_warn(import, "%s: %" PRIu64 " frames stand before any sample, left out",
			    import->name, reader->stray_frames);
	if (reader->profile.is_full)
		import_warn(import,
			    "%s has more samples or different frames than sonde holds: the "
			    "last ones are left out",
			    import->name);
}

int perf_script_read(struct import *import, struct import_input *input, struct err *err)
{
	struct script_reader reader = {.import = import, .is_in_order = true};
	size_t length;
	char *line;

	text_profile_init(&reader.profile, &import->data);
	while (import_input_next_line(input, &line, &length)) {
		reader.line_number++;
		if (line[0] == '#')
			read_comment(import, line);
		else if (line[strspn(line, " \t")] == '\0')
			end_sample(&reader);
		else
			read_line(&reader, line, strlen(line));
	}
	end_sample(&reader);
	finish(&reader);
	text_profile_release(&reader.profile);
	vec_release(&reader.frames);
	if (import->data.samples.count > 0)
		return 0;
	return err_set(
		err, -ENODATA,
		"has %s but no sample; `perf script -F comm,tid,time,event,ip,sym,dso` prints "
		"what sonde needs",
		reader.stray_frames > 0 ? "frames" : "text");
}

bool perf_script_read_recognizes(const char *text, size_t length)
{
	const char *end = text + length;
	char *line;
	bool is_one = false, is_other = false;

	for (int i = 0; i < RECOGNIZED_LINES && text < end && !is_one && !is_other; i++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((next != NULL ? next : end) - text);
		struct perf_script_sample sample;
		struct perf_script_frame frame;
		bool is_folded = folded_read_is_line(text, size);

		line = alloc_strndup(text, size);
		if (line[0] != '#' && perf_script_line_parse_sample(line, &sample)) {
			is_one = sample.time_ns > 0 || (sample.event[0] != '\0' && !is_folded);
			is_other = !is_one && is_folded && memchr(text, ';', size) != NULL;
		} else if (is_blank(line[0])) {
			is_one = perf_script_line_parse_frame(line, &frame) &&
				 frame.module[0] != '\0';
		}
		free(line);
		text = next != NULL ? next + 1 : end;
		if (is_folded && !is_one && !is_other) { /* "java 19983" may be either */
			next = memchr(text, '\n', (size_t)(end - text));
			line = alloc_strndup(text, (size_t)((next != NULL ? next : end) - text));
			is_one = is_blank(line[0]) && perf_script_line_parse_frame(line, &frame);
			is_other = !is_one;
			free(line);
		}
	}
	return is_one;
}
