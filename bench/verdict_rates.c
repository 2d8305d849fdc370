/*
 * The rates of wrong verdicts of two programs that are the same, and the power, each through
 * rank_estimate_*() and verdict_rule_apply() as comparisons use them.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "stats/power.h"
#include "stats/rank.h"
#include "stats/sequential.h"
#include "stats/verdict_rule.h"
#include "verdicts.h"

enum { MOST_RUNS = 64 };

/* One side's runs, or pairs; of a pair's two runs the order is that of a coin. */
struct path {
	const char *name;
	bool is_paired;
	uint32_t runs;	/* pairs, or on each side: then the base's all before the head's */
	bool has_looks; /* after 8, 10, … `runs` pairs, until it is conclusive */
};

static const struct path paths[] = {
	{"paired", true, 6, false},	{"paired", true, 10, false},
	{"paired", true, 20, false},	{"unpaired", false, 5, false},
	{"unpaired", false, 10, false}, {"sequential", true, SEQUENTIAL_LAST, true},
};

/* What one comparison came to. */
struct outcome {
	enum verdict verdict; /* where it ended */
	bool excludes_truth;  /* the interval, at any look, also after that */
};

static void draw_pairs(struct rng *rng, enum noise noise, double sd, double shift,
		       double *differences, uint32_t pairs)
{
	double runs[2 * MOST_RUNS];

	noise_fill(rng, noise, sd, runs, 2 * pairs);
	for (uint32_t i = 0; i < pairs; i++) {
		double difference = runs[2 * i + 1] - runs[2 * i];

		differences[i] = shift + (rng_next_below(rng, 2) == 0 ? difference : -difference);
	}
}

static void judge(const struct rank_estimate *estimate, double shift, struct outcome *outcome)
{
	enum verdict verdict = verdict_rule_apply(estimate, VERDICTS_DELTA, -1, METRIC_LOG_RATIO);

	if (outcome->verdict == VERDICT_INCONCLUSIVE && verdict != VERDICT_NONE)
		outcome->verdict = verdict;
	if (estimate->has_interval && (estimate->lo > shift || estimate->hi < shift))
		outcome->excludes_truth = true;
}

static void compare_unpaired(const struct path *path, struct rng *rng, enum noise noise, double sd,
			     double shift, struct outcome *outcome)
{
	double values[2 * MOST_RUNS];
	struct rank_estimate estimate;

	noise_fill(rng, noise, sd, values, 2 * path->runs);
	for (uint32_t i = path->runs; i < 2 * path->runs; i++)
		values[i] += shift;
	rank_estimate_unpaired(values, path->runs, values + path->runs, path->runs, VERDICTS_LEVEL,
			       &estimate);
	judge(&estimate, shift, outcome);
}

static void compare_paired(const struct path *path, struct rng *rng, enum noise noise, double sd,
			   double shift, struct outcome *outcome)
{
	struct sequential looks = {path->has_looks ? SEQUENTIAL_FIRST : path->runs, SEQUENTIAL_STEP,
				   path->runs};
	double level = sequential_get_level(&looks, 1.0 - VERDICTS_LEVEL);
	double differences[MOST_RUNS];
	struct rank_estimate estimate;

	draw_pairs(rng, noise, sd * M_SQRT1_2, shift, differences, path->runs);
	for (uint32_t pairs = looks.first; pairs <= looks.last; pairs++) {
		if (!sequential_is_look(&looks, pairs))
			continue;
		rank_estimate_paired(differences, pairs, level, &estimate);
		judge(&estimate, shift, outcome);
	}
}

/* Counts by verdict, and at the end how often the interval was beside the truth. */
struct rates {
	uint32_t verdicts[VERDICT_INCONCLUSIVE + 1];
	uint32_t misses;
};

/* `sd` is that of a pair's difference, or of an unpaired run; `effect` relative. */
static struct rates simulate(const struct path *path, enum noise noise, double sd, double effect,
			     uint32_t trials)
{
	struct rates rates = {0};
	struct rng rng;

	rng_init(&rng, 20 + noise);
	for (uint32_t trial = 0; trial < trials; trial++) {
		struct outcome outcome = {.verdict = VERDICT_INCONCLUSIVE};

		(path->is_paired ? compare_paired : compare_unpaired)(path, &rng, noise, sd,
								      log1p(effect), &outcome);
		rates.verdicts[outcome.verdict]++;
		rates.misses += outcome.excludes_truth;
	}
	return rates;
}

static double percent(uint32_t count, uint32_t trials)
{
	return 100.0 * count / trials;
}

void verdicts_print_errors(uint32_t trials)
{
	printf("wrong verdicts, delta %g %%, level %g %%, %u trials each; %% of comparisons\n"
	       "A/A: REGRESSED or IMPROVED where nothing differs, at two sizes of noise\n"
	       "no 0: an interval (looks: any) without zero where nothing differs\n"
	       "border: REGRESSED, IMPROVED or EQUIVALENT where the change is exactly delta\n"
	       "unpaired runs of a machine that drifts are the base's first, then the head's\n\n"
	       "%-10s %5s  %-7s %9s %7s %7s %8s\n",
	       100 * VERDICTS_DELTA, 100 * VERDICTS_LEVEL, trials, "path", "runs", "noise",
	       "A/A 1.5%", "A/A 5%", "no 0", "border");
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		for (enum noise noise = 0; noise < NOISE_COUNT; noise++) {
			struct rates quiet = simulate(&paths[i], noise, 0.015, 0, trials);
			struct rates loud = simulate(&paths[i], noise, 0.05, 0, trials);
			struct rates border =
				simulate(&paths[i], noise, 0.015, VERDICTS_DELTA, trials);

			printf("%-10s %5u  %-7s %9.2f %7.2f %7.2f %8.2f\n", paths[i].name,
			       paths[i].runs, noise_name(noise),
			       percent(quiet.verdicts[VERDICT_REGRESSED] +
					       quiet.verdicts[VERDICT_IMPROVED],
				       trials),
			       percent(loud.verdicts[VERDICT_REGRESSED] +
					       loud.verdicts[VERDICT_IMPROVED],
				       trials),
			       percent(loud.misses, trials),
			       percent(trials - border.verdicts[VERDICT_INCONCLUSIVE], trials));
		}
	}
}

/*
 * Of normal pairs. `reference`: an earlier simulation by another program, to two digits.
 * `by_r`: the same procedure in R, with psignrank(), borders at log(1.02) and a shift of log(1 +
 * effect), 20,000 trials: within 0.7 points.
 */
static const struct {
	double sd;
	uint32_t pairs;
	double effect;
	enum verdict verdict;
	double reference, by_r;
} powers[] = {
	{0.007, 6, 0.00, VERDICT_EQUIVALENT, 0.97, 0.9724},
	{0.007, 6, 0.03, VERDICT_REGRESSED, 0.63, 0.5980},
	{0.007, 6, 0.05, VERDICT_REGRESSED, 1.00, 0.9998},
	{0.007, 10, 0.03, VERDICT_REGRESSED, 0.96, 0.9685},
	{0.015, 10, 0.00, VERDICT_EQUIVALENT, 0.91, 0.9025},
	{0.015, 10, 0.03, VERDICT_REGRESSED, 0.48, 0.4373},
	{0.015, 10, 0.05, VERDICT_REGRESSED, 1.00, 0.9993},
	{0.015, 24, 0.03, VERDICT_REGRESSED, 0.86, 0.8412},
	{0.030, 10, 0.00, VERDICT_EQUIVALENT, 0.10, 0.1122},
	{0.030, 10, 0.05, VERDICT_REGRESSED, 0.74, 0.7574},
	{0.030, 24, 0.00, VERDICT_EQUIVALENT, 0.73, 0.7130},
	{0.030, 24, 0.05, VERDICT_REGRESSED, 1.00, 0.9927},
};

void verdicts_print_power(uint32_t trials)
{
	printf("\npower, paired: %% of comparisons with the right verdict; points beside the "
	       "reference\n%7s %5s %7s  %-10s %9s %7s %7s %7s %9s\n",
	       "pair sd", "pairs", "change", "verdict", "reference", "R", "sonde", "points",
	       "power.c");
	for (uint32_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
		struct path path = {.is_paired = true, .runs = powers[i].pairs};
		struct power_design design = {
			.is_paired = true,
			.looks = {powers[i].pairs, 1, powers[i].pairs},
			.level = VERDICTS_LEVEL,
			.sd = powers[i].sd,
			.delta = VERDICTS_DELTA,
		};
		struct rates rates =
			simulate(&path, NOISE_NORMAL, powers[i].sd, powers[i].effect, trials);
		double share = percent(rates.verdicts[powers[i].verdict], trials);
		struct power power;

		power_simulate(&design, powers[i].effect, 1, &power);
		printf("%6.1f%% %5u %6.0f%%  %-10s %8.0f%% %6.1f%% %6.1f%% %+7.1f %8.1f%%\n",
		       100 * powers[i].sd, powers[i].pairs, 100 * powers[i].effect,
		       verdict_name(powers[i].verdict), 100 * powers[i].reference,
		       100 * powers[i].by_r, share, share - 100 * powers[i].reference,
		       100 * (powers[i].verdict == VERDICT_REGRESSED ? power.regressed
								     : power.equivalent));
	}
}
