/* Two runs of an arm with a few series, made by hand: what the exports of series are tested on. */
#ifndef SAMPLE_SERIES_H
#define SAMPLE_SERIES_H

#include <math.h>
#include <stdio.h>

#include "tap.h"
#include "util/strbuf.h"
#include "view/series_runs.h"

#define SAMPLE_SERIES_S UINT64_C(1000000000)

struct sample_series {
	struct stored_run stored[2];
	struct series_run run[2];
	struct series_runs runs;
};

/*
 * Runs 1 and 3 of the arm `pro"xy`; their start is at 98 s of the monotonic clock (198 s), which is
 * second 1700000000 (1700000500) on the wall; the window begins 2 s later, and is 2 s long. Points
 * at its begin, after 1 s, and, not a number, after 2 s.
 */
static inline void sample_series_make(struct sample_series *sample)
{
	*sample = (struct sample_series){
		.runs = {.experiment = "k7f3m9qa", .runs = sample->run, .run_count = 2}};
	for (uint32_t i = 0; i < 2; i++) {
		struct run_record *record = &sample->stored[i].record;
		uint64_t begin_ns = (100 * i + 100) * SAMPLE_SERIES_S;
		struct series_list *list = &sample->run[i].list;

		sample->stored[i].key = 7 + i;
		record->number = 1 + 2 * i;
		snprintf(record->arm, sizeof(record->arm), "pro\"xy");
		record->started_wall_ns = (1700000000 + 500 * i) * SAMPLE_SERIES_S;
		record->phase_begin_ns[PHASE_START] = begin_ns - 2 * SAMPLE_SERIES_S;
		sample->run[i].run = &sample->stored[i];
		sample->run[i].begin_ns = begin_ns;
		sample->run[i].end_ns = begin_ns + 2 * SAMPLE_SERIES_S;
		for (uint32_t s = 0; s < 3; s++) {
			uint64_t time_ns = begin_ns + s * SAMPLE_SERIES_S;
			double value = s == 2 ? (double)NAN : 0.5 + s + i;

			series_list_add(list, "process.cpu_ratio", "", SERIES_RATIO, time_ns,
					value);
			series_list_add(list, "process.rss", "a, \"b\"\\", SERIES_BYTES, time_ns,
					1e8);
			series_list_add(list, "process.cpu_ratio", "gateway", SERIES_RATIO,
					time_ns - SAMPLE_SERIES_S / 2, 0.1);
		}
		series_list_add(list, "process.faults_major", "", SERIES_PER_SECOND, begin_ns, 3);
		series_list_add(list, "process.threads", "", SERIES_COUNT, begin_ns, 4);
		series_list_add(list, "disk.read-wait", "sda", SERIES_NS, begin_ns, 2500000);
	}
}

static inline void sample_series_release(struct sample_series *sample)
{
	series_runs_release(&sample->runs);
}

#endif
