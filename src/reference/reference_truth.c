#include "reference/reference_truth.h"

#include <stdlib.h>

#include "stats/lindley.h"
#include "stats/rng.h"
#include "util/alloc.h"

static int compare_u64(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t get_median_rtt_ns(const struct reference_ping *empty)
{
	scoped_free uint64_t *sorted = alloc_array(empty->count, sizeof(*sorted));

	for (uint32_t i = 0; i < empty->count; i++)
		sorted[i] = empty->rtt_ns[i];
	qsort(sorted, empty->count, sizeof(*sorted), compare_u64);
	return sorted[empty->count / 2];
}

/* base_ns and a drawn round trip, divided by `parts`. */
static void add(struct histogram *truth, const struct reference_ping *empty, struct rng *rng,
		uint64_t base_ns, uint64_t parts)
{
	for (int i = 0; i < REFERENCE_DRAWS; i++) {
		uint64_t rtt_ns = empty->rtt_ns[rng_next_below(rng, empty->count)];

		histogram_record(truth, base_ns + rtt_ns / parts);
	}
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void reference_truth_delay(struct histogram *truth, const struct reference_trace *trace)
{
	struct rng rng;

	rng_init(&rng, trace->seed);
	for (uint32_t k = 0; k < trace->count; k++)
		add(truth, trace->empty, &rng,
		    minus(trace->stamps[k].answered_ns, trace->stamps[k].received_ns), 1);
}

void reference_truth_queue(struct histogram *truth, const struct reference_trace *trace)
{
	scoped_free uint64_t *busy_ns = alloc_array(trace->count, sizeof(*busy_ns));
	scoped_free uint64_t *response_ns = alloc_array(trace->count, sizeof(*response_ns));
	struct rng rng;

	for (uint32_t k = 0; k < trace->count; k++)
		busy_ns[k] = minus(trace->stamps[k].freed_ns, trace->stamps[k].begun_ns);
	lindley_find_responses(trace->due_ns, busy_ns, trace->count, response_ns);
	rng_init(&rng, trace->seed);
	for (uint32_t k = 0; k < trace->count; k++) {
		const struct reference_stamp *stamp = &trace->stamps[k];

		/* the worker is busy for the send as well, who asked has the answer before it */
		add(truth, trace->empty, &rng,
		    response_ns[k] - minus(stamp->freed_ns, stamp->answered_ns), 1);
	}
}

void reference_truth_freeze(struct histogram *truth, const struct reference_trace *trace,
			    uint64_t freeze_ns, uint64_t thaw_ns)
{
	uint64_t median_ns = get_median_rtt_ns(trace->empty);
	bool is_drained = false;
	struct rng rng;

	rng_init(&rng, trace->seed);
	for (uint32_t k = 0; k < trace->count; k++) {
		uint64_t due_ns = trace->due_ns[k], answered_ns = trace->stamps[k].answered_ns;
		uint64_t gap_ns = k + 1 < trace->count ? trace->due_ns[k + 1] - due_ns : 0;

		if (due_ns >= thaw_ns && answered_ns <= due_ns + gap_ns + median_ns)
			is_drained = true;
		if (due_ns < freeze_ns || is_drained)
			add(truth, trace->empty, &rng, 0, 1);
		else
			add(truth, trace->empty, &rng, minus(answered_ns, due_ns), 2);
	}
}

void reference_truth_hang(struct histogram *truth, const struct reference_trace *trace,
			  uint64_t freeze_ns, uint64_t thaw_ns)
{
	struct rng rng;

	rng_init(&rng, trace->seed);
	for (uint32_t k = 0; k < trace->count; k++) {
		uint64_t due_ns = trace->due_ns[k];
		bool is_frozen = due_ns >= freeze_ns && due_ns < thaw_ns;

		add(truth, trace->empty, &rng, is_frozen ? thaw_ns - due_ns : 0, 1);
	}
}

uint64_t reference_truth_law_ns(uint64_t begin_ns, uint64_t end_ns, uint64_t freeze_ns,
				uint64_t thaw_ns, double q)
{
	uint64_t last_ns = thaw_ns < end_ns ? thaw_ns : end_ns;
	double beyond_ns, at_ns;

	if (end_ns <= begin_ns || freeze_ns < begin_ns || last_ns <= freeze_ns)
		return 0;
	/* the earlier a request was due in the freeze, the longer it took */
	beyond_ns = (1 - q) * (double)(end_ns - begin_ns);
	at_ns = (double)(thaw_ns - freeze_ns) - beyond_ns;
	return beyond_ns < (double)(last_ns - freeze_ns) ? (uint64_t)at_ns : 0;
}
