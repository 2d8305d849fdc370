/*
 * Input: the layout as perf_layout has it (sample_type of 8 bytes, one byte has_sample_id, padded
 * to 16), then records as they stand in a ring.
 */
#include "capture/perf_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

/* Touches everything that a decoded record points to. */
static void use_record(const struct perf_record *record)
{
	switch (record->type) {
	case PERF_RECORD_SAMPLE:
		for (uint32_t i = 0; i < record->sample.chain_count; i++)
			sink += perf_record_get_chain(&record->sample, i);
		break;
	case PERF_RECORD_MMAP:
		sink += strlen(record->mmap.path);
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
	size_t at = 16;

	if (size < at)
		return 0;
	memcpy(&layout.sample_type, data, sizeof(layout.sample_type));
	layout.sample_type &= PERF_RECORD_SAMPLE_BITS;
	layout.has_sample_id = data[8] & 1;
	while (at < size) {
		struct perf_event_header header;
		struct perf_record record;

		if (perf_record_decode(&record, data + at, size - at, &layout, NULL) == 0)
			use_record(&record);
		if (size - at < sizeof(header))
			break;
		memcpy(&header, data + at, sizeof(header));
		at += header.size >= sizeof(header) ? header.size : sizeof(header);
	}
	return 0;
}
