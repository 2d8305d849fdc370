#include "view/gate_power.h"

#include <math.h>
#include <string.h>

#include "stats/power.h"
#include "stats/rank.h"
#include "util/fmt.h"
#include "view/arm_metrics.h"

#define SEED 20261121
#define ERROR (1 - RUN_DIFF_LEVEL) /* of all looks together */

static bool is_usable(double value)
{
	return isfinite(value) && value > 0;
}

static uint32_t take_logs(const double *values, uint32_t count, double *logs)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < count; i++)
		if (is_usable(values[i]))
			logs[taken++] = log(values[i]);
	return taken;
}

/* The scatter of a pair's difference, or of one run of either side. */
static void measure_scatter(struct gate_power *power, struct arena *arena,
			    const struct gate_power_input *input)
{
	double *a = arena_alloc(arena, input->n_base + 1, sizeof(*a));
	double *b = arena_alloc(arena, input->n_head + 1, sizeof(*b));
	struct rank_estimate estimate;

	if (input->is_paired) {
		for (uint32_t i = 0; i < input->n_base && i < input->n_head; i++)
			if (is_usable(input->base[i]) && is_usable(input->head[i]))
				a[power->n_base++] = log(input->head[i]) - log(input->base[i]);
		power->n_head = power->n_base;
		rank_estimate_paired(a, power->n_base, RUN_DIFF_LEVEL, &estimate);
		power->sd = estimate.sd;
		return;
	}
	power->n_base = take_logs(input->base, input->n_base, a);
	power->n_head = take_logs(input->head, input->n_head, b);
	rank_estimate_unpaired(a, power->n_base, b, power->n_head, RUN_DIFF_LEVEL, &estimate);
	power->sd = estimate.sd / sqrt(2);
}

static const char *say_share(struct arena *arena, double ratio)
{
	double of_hundred = round(ratio * 100);

	if (of_hundred >= 100)
		return "in more than 99 of 100 cases";
	if (of_hundred < 1)
		return "in less than 1 of 100 cases";
	return arena_printf(arena, "in %.0f of 100 cases", of_hundred);
}

/* None in so many trials is less than 3 of them (95 %). */
static const char *say_false(struct arena *arena, const struct gate_power *power)
{
	if (power->false_ratio * power->trials < 3)
		return arena_printf(arena, "less than 1 in %u", power->trials / 3);
	return arena_printf(arena, "1 in %.0f", 1 / power->false_ratio);
}

static void write_sentence(struct gate_power *power, struct arena *arena)
{
	char visible[FMT_BYTES];

	power->sentence = arena_printf(
		arena, "sees %g %% %s, false alarm %s; smallest change seen in 4 of 5 cases: %s",
		power->effect * 100, say_share(arena, power->seen_ratio), say_false(arena, power),
		isfinite(power->visible) ? fmt_percent(visible, power->visible)
					 : "none below 100 %");
}

void gate_power_compute(struct gate_power *ret_power, struct arena *arena,
			const struct gate_power_input *input)
{
	struct power_design design = {
		.is_paired = input->is_paired, .level = RUN_DIFF_LEVEL, .delta = input->delta};
	struct power power;

	*ret_power = (struct gate_power){
		.effect = GATE_POWER_EFFECT, .visible = (double)INFINITY, .trials = POWER_TRIALS};
	measure_scatter(ret_power, arena, input);
	if (!isfinite(ret_power->sd)) {
		ret_power->sentence = "what it could see is not known: it takes two pairs, or two "
				      "runs on each side";
		return;
	}
	design.sd = ret_power->sd;
	design.n_base = ret_power->n_base;
	design.n_head = ret_power->n_head;
	if (input->looks != NULL)
		design.looks = *input->looks;
	else
		design.looks = (struct sequential){
			.first = ret_power->n_base, .step = 1, .last = ret_power->n_base};
	if (input->is_paired)
		design.level = sequential_get_level(&design.looks, ERROR);
	power_simulate(&design, GATE_POWER_EFFECT, SEED, &power);
	ret_power->seen_ratio = power.regressed;
	power_simulate(&design, 0, SEED + 1, &power);
	ret_power->false_ratio = power.regressed;
	ret_power->visible = power_find_visible(&design, GATE_POWER_SHARE, SEED);
	ret_power->is_known = true;
	write_sentence(ret_power, arena);
}

/* The head's values in the order of the base's pairs; NAN where it has none. */
static double *sort_pairs(struct arena *arena, const struct arm_metrics *base,
			  const struct arm_metrics *head, const struct arm_metric *metric)
{
	double *values = arena_alloc(arena, base->run_count + 1, sizeof(*values));

	for (uint32_t i = 0; i < base->run_count; i++)
		values[i] =
			arm_metrics_get_of_pair(head, metric->values, base->runs[i]->record.pair);
	return values;
}

static void say_why(struct gate_power *power, struct arena *arena, const char *primary,
		    const char *why)
{
	*power = (struct gate_power){
		.effect = GATE_POWER_EFFECT,
		.sentence =
			arena_printf(arena, "what it could see is not known: %s %s", primary, why)};
}

int gate_power_read(struct gate_power *ret_power, struct arena *arena, const struct selection *base,
		    uint32_t base_arm, const struct selection *head, uint32_t head_arm,
		    const struct run_diff *diff, const struct sequential *looks, struct err *err)
{
	const struct run_diff_metric *primary = run_diff_find(diff, diff->primary, "");
	struct gate_power_input input = {.is_paired = strcmp(diff->design, "paired") == 0,
					 .looks = looks};
	const struct arm_metric *base_metric, *head_metric;
	struct arm_metrics base_metrics, head_metrics;
	int r = arm_metrics_read(&base_metrics, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);

	if (r == 0)
		r = arm_metrics_read(&head_metrics, arena, head, head_arm, ARM_RUNS_COMPARABLE,
				     err);
	if (r < 0)
		return r;
	base_metric = arm_metrics_find(&base_metrics, diff->primary, "");
	head_metric = arm_metrics_find(&head_metrics, diff->primary, "");
	if (primary == NULL || base_metric == NULL || head_metric == NULL) {
		say_why(ret_power, arena, diff->primary, "was not measured on both sides");
		return 0;
	}
	if (primary->info->scale != METRIC_LOG_RATIO) {
		say_why(ret_power, arena, diff->primary, "can be zero and has no relative scatter");
		return 0;
	}
	input.base = base_metric->values;
	input.n_base = base_metrics.run_count;
	input.head = input.is_paired ? sort_pairs(arena, &base_metrics, &head_metrics, head_metric)
				     : head_metric->values;
	input.n_head = input.is_paired ? base_metrics.run_count : head_metrics.run_count;
	input.delta = primary->delta > 0 ? primary->delta : RUN_DIFF_DELTA;
	gate_power_compute(ret_power, arena, &input);
	return 0;
}
