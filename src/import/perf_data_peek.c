#include "import/perf_data_peek.h"

#include <string.h>

/*
 * Where, counted in words of 8 bytes, `field` stands among those of `type` that come before it in a
 * sample's order, which is that of `order`.
 */
static bool find_field(uint64_t type, uint64_t field, const uint64_t *order, size_t count,
		       size_t *ret_word)
{
	size_t word = 0;

	for (size_t i = 0; i < count; i++) {
		if (order[i] == field) {
			*ret_word = word;
			return (type & field) != 0;
		}
		word += (type & order[i]) != 0;
	}
	return false;
}

bool perf_data_peek(const struct perf_layout *layout, const unsigned char *bytes, size_t have,
		    uint64_t field, uint64_t *ret_value)
{
	static const uint64_t front[] = {PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_IP,   PERF_SAMPLE_TID,
					 PERF_SAMPLE_TIME,	 PERF_SAMPLE_ADDR, PERF_SAMPLE_ID};
	static const uint64_t back[] = {PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_CPU,
					PERF_SAMPLE_STREAM_ID,	PERF_SAMPLE_ID,
					PERF_SAMPLE_TIME,	PERF_SAMPLE_TID};
	struct perf_event_header header;
	size_t word, at;

	memcpy(&header, bytes, sizeof(header));
	if (header.type == PERF_RECORD_SAMPLE) {
		if (!find_field(layout->sample_type, field, front, 6, &word))
			return false;
		at = sizeof(header) + word * sizeof(uint64_t);
	} else {
		if (!layout->has_sample_id ||
		    !find_field(layout->sample_type, field, back, 6, &word))
			return false;
		if ((word + 1) * sizeof(uint64_t) > header.size - sizeof(header))
			return false;
		at = header.size - (word + 1) * sizeof(uint64_t);
	}
	if (at + sizeof(uint64_t) > have)
		return false;
	memcpy(ret_value, bytes + at, sizeof(*ret_value));
	return true;
}
