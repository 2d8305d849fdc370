#include "import/branch_chain.h"

#include <string.h>

enum { BRANCHES_MAX = 1024, BRANCH_BYTES = 24 };

void branch_chain_release(struct branch_chain *chain)
{
	vec_release(&chain->addresses);
}

/*
 * Behind the chain: the raw data (a size of 4 bytes, padded to 8), then the branches: a count, an
 * index if asked for, and from, to and flags of each, newest first. That they lie inside the record
 * has been checked when it was decoded.
 */
static const unsigned char *find_branches(const struct perf_record_sample *sample,
					  const struct perf_layout *layout, uint64_t *ret_count)
{
	const unsigned char *at = sample->chain + (size_t)sample->chain_count * 8;

	if (layout->sample_type & PERF_SAMPLE_RAW) {
		uint32_t size;

		memcpy(&size, at, sizeof(size));
		at += sizeof(size) + size;
	}
	memcpy(ret_count, at, sizeof(*ret_count));
	at += sizeof(*ret_count);
	if (layout->branch_sample_type & PERF_SAMPLE_BRANCH_HW_INDEX)
		at += sizeof(uint64_t);
	return at;
}

void branch_chain_replace(struct branch_chain *chain, struct perf_record_sample *sample,
			  const struct perf_layout *layout)
{
	const unsigned char *branch;
	uint64_t count;
	uint32_t i = 0;

	if (sample->chain == NULL)
		return;
	branch = find_branches(sample, layout, &count);
	if (count == 0 || count > BRANCHES_MAX)
		return;
	vec_clear(&chain->addresses);
	while (i < sample->chain_count &&
	       perf_record_get_chain(sample, i) != (uint64_t)PERF_CONTEXT_USER)
		vec_push(&chain->addresses, perf_record_get_chain(sample, i++));
	vec_push(&chain->addresses, (uint64_t)PERF_CONTEXT_USER);
	if (i + 1 < sample->chain_count) {
		vec_push(&chain->addresses, perf_record_get_chain(sample, i + 1));
	} else { /* where the newest call went to */
		uint64_t to;

		memcpy(&to, branch + 8, sizeof(to));
		vec_push(&chain->addresses, to);
	}
	for (uint64_t call = 0; call < count; call++) {
		uint64_t from;

		memcpy(&from, branch + call * BRANCH_BYTES, sizeof(from));
		/* of a call itself; callers of a chain are return addresses, behind the call */
		vec_push(&chain->addresses, from + 1);
	}
	sample->chain = (const unsigned char *)chain->addresses.items;
	sample->chain_count = (uint32_t)chain->addresses.count;
}
