/*
 * A gate's result by hand: of two sides the primary metric REGRESSED, p99 is INCONCLUSIVE, the rate
 * EQUIVALENT, RSS has no verdict and CPU mean no direction. Names are hostile.
 */
#ifndef SAMPLE_GATE_H
#define SAMPLE_GATE_H

#include "tap.h"
#include "view/gate_result.h"

struct sample_gate {
	struct run_diff_metric metrics[6];
	struct gate_row rows[5];
	struct run_diff diff;
	struct gate_side sides[2];
	struct comparability_difference difference;
	const char *notes[1];
	struct gate_result gate;
};

static inline struct run_diff_metric sample_gate_metric(const char *name, double estimate,
							double width, enum verdict verdict)
{
	bool is_ratio = metric_find(name)->scale == METRIC_LOG_RATIO;

	return (struct run_diff_metric){.info = metric_find(name),
					.scope = "",
					.base = 1e6,
					.head = is_ratio ? 1e6 * estimate : 1e6 + estimate,
					.n_base = 8,
					.n_head = 8,
					.has_estimate = true,
					.has_interval = true,
					.estimate = estimate,
					.lo = estimate - width,
					.hi = estimate + width,
					.level = 0.9921875,
					.method = "paired Hodges-Lehmann",
					.delta = 0.02,
					.p = 0.01,
					.adjusted_p = 0.02,
					.verdict = verdict};
}

static inline void sample_gate_make(struct sample_gate *sample, uint32_t side_count)
{
	struct run_diff_metric *metrics = sample->metrics;

	*sample = (struct sample_gate){0};
	metrics[0] = sample_gate_metric("rate_rps", 1.001, 0.005, VERDICT_EQUIVALENT);
	metrics[1] = sample_gate_metric("latency_p99", 1.05, 0.25, VERDICT_INCONCLUSIVE);
	metrics[1].more = 12;
	metrics[2] = sample_gate_metric("cpu_per_request", 1.123, 0.04, VERDICT_REGRESSED);
	metrics[2].is_primary = true;
	metrics[3] = sample_gate_metric("cpu_per_request", 1.123, 0.04, VERDICT_NONE);
	metrics[3].scope = "workers";
	metrics[4] = sample_gate_metric("cpu_mean", 1.1, 0.04, VERDICT_NONE);
	metrics[5] = sample_gate_metric("rss_peak", 1.3, 0, VERDICT_NONE);
	metrics[5].has_interval = false;
	sample->diff = (struct run_diff){.base_label = "main",
					 .level = 0.95,
					 .head_label = "HEAD",
					 .design = "paired",
					 .pair_count = 8,
					 .primary = "cpu_per_request",
					 .metrics = metrics,
					 .metric_count = 6,
					 .verdict = VERDICT_REGRESSED,
					 .why_none = "",
					 .left_out = ""};
	for (uint32_t i = 0, row = 0; i < 6; i++)
		if (metrics[i].scope[0] == '\0')
			sample->rows[row++] =
				(struct gate_row){.metric = &metrics[i],
						  .base = "1.00 <ms>",
						  .head = "1.12 & more",
						  .change = "+12.3 % (+8.3 … +16.3 %)",
						  .note = ""};
	sample->rows[1].note = "about 12 more pairs would tell";
	for (uint32_t i = 0; i < 2; i++)
		sample->sides[i] = (struct gate_side){
			.name = i == 0 ? "proxy" : "zero-copy",
			.diff = &sample->diff,
			.power = {.is_known = true,
				  .effect = 0.05,
				  .seen_ratio = 0.97,
				  .false_ratio = 0.025,
				  .visible = 0.031,
				  .sd = 0.012,
				  .n_base = 8,
				  .n_head = 8,
				  .trials = 2000,
				  .sentence = "sees 5 % in 97 of 100 cases, false alarm 1 in 40; "
					      "smallest change seen in 4 of 5 cases: 3.1 %"},
			.rows = sample->rows,
			.row_count = 5};
	sample->difference = (struct comparability_difference){"governor", "performance",
							       "powersave", COMPARABILITY_FLAGGED};
	sample->notes[0] = "2 pairs: 100 % stolen,\nor: more";
	sample->gate =
		(struct gate_result){.plan = "gate<way> \"1\"",
				     .against = "revision",
				     .base = {"main", "0123456789abcdef0123456789abcdef01234567",
					      "Fix | all", "h0000001"},
				     .head = {"HEAD", "", "", ""},
				     .sides = sample->sides,
				     .side_count = side_count,
				     .verdict = VERDICT_REGRESSED,
				     .has_regressed = true,
				     .conclusion = "CPU per request has REGRESSED",
				     .differences = &sample->difference,
				     .difference_count = 1,
				     .notes = sample->notes,
				     .note_count = 1,
				     .command = "sonde compare h0000001",
				     .pairs = 8,
				     .rejected = 2,
				     .wall_ns = UINT64_C(1795000000000000000),
				     .measured_ns = UINT64_C(83000000000),
				     .seed = 7,
				     .exit_status = 1};
}

/* How often a text contains another. */
static inline uint32_t sample_count(const char *text, const char *part)
{
	uint32_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		count++;
		text += strlen(part);
	}
	return count;
}

#endif
