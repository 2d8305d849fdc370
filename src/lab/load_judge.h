/*
 * Whether a load may be believed: VALID, SUSPECT (the figures speak of the generator or of the
 * machine as much as of the service) or REFUSED (there is no answer at this load). Every limit, and
 * why it is what it is, stands in docs/method.md ("Is the load to be believed?"). Pure functions,
 * safe from any thread.
 */
#ifndef LAB_LOAD_JUDGE_H
#define LAB_LOAD_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "load/load.h"
#include "model/load_record.h"
#include "model/verdict.h"
#include "util/strbuf.h"

/* What the network monitor counted over the window; NAN = not known. */
struct load_judge_network {
	double out_segments, retransmits, syn_retransmits;
	double listen_overflows, listen_drops;
};

struct load_judge_input {
	const struct load_config *config; /* what was asked for */
	const struct load_result *result;
	const struct load_total *total; /* of all names; `censored` may be NULL */
	/* from the load's begin to result->begin_ns: the warm-up, and what was cut off */
	uint64_t offset_ns;
	/* in any order; those before first_second were cut off */
	const struct load_thread_second *thread_seconds;
	size_t thread_second_count;
	uint32_t first_second;
	double steal_ratio; /* of the machine's CPU time; NAN = not known */
	struct load_judge_network network;
	/* why the end of the warm-up was looked for and not found; NULL = it was, or was not */
	const char *unsteady;
};

/* Adds to `reasons`: a sentence a line, those that refuse first. */
enum validity load_judge(const struct load_judge_input *input, struct strbuf *reasons);

#endif
