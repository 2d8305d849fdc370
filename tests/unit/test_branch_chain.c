/* Samples of `perf record --call-graph lbr`, by hand: such a processor is not everywhere. */
#include "import/branch_chain.h"

#include "tap.h"

enum { CHAIN_WORDS = 4 };

static const uint64_t words[] = {
	0xffffffff81000010,
	(uint64_t)PERF_CONTEXT_USER,
	0x401234,
	0x999,
};

static void test_replace(bool has_raw, bool has_index)
{
	const struct perf_layout layout = {
		.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK |
			       (has_raw ? PERF_SAMPLE_RAW : 0u),
		.branch_sample_type = PERF_SAMPLE_BRANCH_CALL_STACK |
				      (has_index ? PERF_SAMPLE_BRANCH_HW_INDEX : 0u),
	};
	const uint64_t want[] = {0xffffffff81000010, (uint64_t)PERF_CONTEXT_USER, 0x401234,
				 0x402001, 0x403001};
	const uint64_t branches[] = {0x402000, 0x401200, 0, 0x403000, 0x402010, 0};
	struct perf_record_sample sample = {.chain_count = CHAIN_WORDS};
	struct branch_chain chain = {0};
	unsigned char bytes[256];
	const uint64_t count = 2;
	const uint32_t raw_size = 12; /* 4 + 12 = 16: the kernel pads the whole to 8 */
	size_t at = CHAIN_WORDS * 8;

	memset(bytes, 0xee, sizeof(bytes));
	memcpy(bytes, words, at);
	if (has_raw) {
		memcpy(bytes + at, &raw_size, sizeof(raw_size));
		at += sizeof(raw_size) + raw_size;
	}
	memcpy(bytes + at, &count, 8);
	at += 8 + (has_index ? 8u : 0u);
	memcpy(bytes + at, branches, sizeof(branches));
	sample.chain = bytes;
	branch_chain_replace(&chain, &sample, &layout);
	is_int(sample.chain_count, 5, "kernel, marker, leaf, two callers");
	for (uint32_t i = 0; i < 5 && i < sample.chain_count; i++)
		ok(perf_record_get_chain(&sample, i) == want[i],
		   "callers lie behind the call, as return addresses do");
	branch_chain_release(&chain);
}

static void test_without(void)
{
	const struct perf_layout layout = {
		.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK,
		.branch_sample_type = PERF_SAMPLE_BRANCH_CALL_STACK,
	};
	uint64_t record[] = {(uint64_t)PERF_CONTEXT_USER, 0x401234, 0, 0, 0};
	struct perf_record_sample sample = {.chain = (const unsigned char *)record,
					    .chain_count = 2};
	struct branch_chain chain = {0};

	branch_chain_replace(&chain, &sample, &layout);
	ok(sample.chain == (const unsigned char *)record && sample.chain_count == 2,
	   "without branches it stays as it is");
	sample.chain_count = 1;
	record[1] = 1; /* one branch, and no address behind the marker */
	branch_chain_replace(&chain, &sample, &layout);
	is_int(sample.chain_count, 3, "the newest call's target is the leaf");
	branch_chain_release(&chain);
}

int main(void)
{
	test_replace(false, false);
	test_replace(true, false);
	test_replace(false, true);
	test_replace(true, true);
	test_without();
	return tap_done();
}
