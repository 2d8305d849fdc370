/* Input: a perf.data, or what `perf record -o -` prints; the latter is read as a pipe, too. */
#include "import/perf_data.h"

#include <string.h>

#include "fuzz_input.h"
#include "import/branch_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

struct user {
	const struct perf_data *data;
	struct branch_chain branches;
};

/* Touches everything that a record points to. */
static void use_record(void *arg, const struct perf_record *record, uint32_t event)
{
	const uint64_t both = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK;
	struct user *user = arg;
	const struct perf_data_event *of = &perf_data_get_info(user->data)->events.items[event];
	struct perf_record_sample sample;

	sink += (uint64_t)of->name[0];
	if (record->type == PERF_RECORD_MMAP)
		sink += strlen(record->mmap.path);
	else if (record->type == PERF_RECORD_COMM)
		sink += strlen(record->comm);
	if (record->type != PERF_RECORD_SAMPLE)
		return;
	sample = record->sample;
	if ((of->layout.sample_type & both) == both)
		branch_chain_replace(&user->branches, &sample, &of->layout);
	for (uint32_t i = 0; i < sample.chain_count; i++)
		sink += perf_record_get_chain(&sample, i);
	for (uint32_t i = 0; i < sample.stack_bytes; i++)
		sink += sample.stack[i];
	for (unsigned i = 0; i < 64; i++) {
		uint64_t value;

		if (perf_record_get_register(&sample, &of->layout, i, &value))
			sink += value;
	}
}

static void use_info(const struct perf_data_info *info)
{
	const char *const texts[] = {info->host, info->kernel,	  info->perf_version,
				     info->arch, info->cpu_model, info->command_line};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		sink += texts[i] != NULL ? strlen(texts[i]) : 0;
	for (size_t i = 0; i < info->build_ids.count; i++)
		sink += strlen(info->build_ids.items[i].path) + info->build_ids.items[i].bytes[0];
}

static void read_all(const uint8_t *bytes, size_t size, bool is_pipe)
{
	struct perf_data_counts counts;
	struct import_input input;
	struct user user = {0};
	struct perf_data *data = NULL;

	fuzz_input_open(&input, bytes, size);
	if (is_pipe)
		input.can_seek = false;
	if (perf_data_open(&data, &input, NULL, NULL) == 0) {
		user.data = data;
		if (perf_data_read(data, use_record, &user, &counts, NULL) == 0)
			sink += counts.records;
		use_info(perf_data_get_info(data));
	}
	branch_chain_release(&user.branches);
	perf_data_close(data);
	import_input_release(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(data, size, false);
	if (size > 8 && data[8] == PERF_PIPE_HEADER_BYTES)
		read_all(data, size, true);
	return 0;
}
