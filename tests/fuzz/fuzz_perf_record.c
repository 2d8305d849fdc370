/*
 * Input: the layout as perf_layout has it, in words of 8 bytes (sample_type, read_format,
 * branch_sample_type, user_registers, interrupt_registers, has_sample_id), then records as they
 * stand in a ring.
 */
#include "capture/perf_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void use_sample(const struct perf_record_sample *sample, const struct perf_layout *layout)
{
	for (uint32_t i = 0; i < sample->chain_count; i++)
		sink += perf_record_get_chain(sample, i);
	for (unsigned i = 0; i < 65; i++) {
		uint64_t value;

		if (perf_record_get_register(sample, layout, i, &value))
			sink += value;
	}
	if (sample->stack_bytes > sample->stack_reserved_bytes)
		abort();
	for (uint32_t i = 0; sample->stack != NULL && i < sample->stack_reserved_bytes; i++)
		sink += sample->stack[i];
}

/* Touches everything that a decoded record points to. */
static void use_record(const struct perf_record *record, const struct perf_layout *layout)
{
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		use_sample(&record->sample, layout);
		break;
	case PERF_RECORD_MMAP:
		sink += strlen(record->mmap.path);
		if (record->mmap.build_id_length > sizeof(record->mmap.build_id))
			abort();
		break;
	case PERF_RECORD_COMM:
		sink += strlen(record->comm);
		break;
	default:
		sink += record->lost_count;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_layout layout = {0};
	uint64_t words[6];
	size_t at = sizeof(words);

	if (size < at)
		return 0;
	memcpy(words, data, sizeof(words));
	layout.sample_type = words[0] & PERF_RECORD_SAMPLE_BITS;
	layout.read_format = words[1];
	layout.branch_sample_type = words[2];
	layout.user_registers = words[3];
	layout.interrupt_registers = words[4];
	layout.has_sample_id = words[5] & 1;
	while (at < size) {
		struct perf_event_header header;
		struct perf_record record;

		if (perf_record_decode(&record, data + at, size - at, &layout, NULL) == 0)
			use_record(&record, &layout);
		if (size - at < sizeof(header))
			break;
		memcpy(&header, data + at, sizeof(header));
		at += header.size >= sizeof(header) ? header.size : sizeof(header);
	}
	return 0;
}
