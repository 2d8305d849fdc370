/*
 * Two sides of a profiled program, several runs each: how often a function is called changed that
 * is not, and how often one that takes 20 % more is found.
 */
#include "verdicts_functions.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats/multiple.h"
#include "stats/rate_change.h"
#include "verdicts.h"

enum { FUNCTIONS = 60, MOST_RUNS = 10, CHANGED = 5 };

static const double Q = 0.05, EFFECT = 0.2;

/* How a function's rate differs between runs of the same program, as standard deviations of ln. */
struct scenario {
	const char *name;
	double shared; /* of the whole run: the machine was slower */
	double own;    /* of each function */
	double spread; /* of ln `own` between functions */
	bool is_t3;
	bool has_hot; /* one function has half of all samples */
};

static const struct scenario scenarios[] = {
	{.name = "counts only"},
	{.name = "own 4 %", .own = 0.04},
	{.name = "own 4 %, one hot", .own = 0.04, .has_hot = true},
	{.name = "own 4 %, t3", .own = 0.04, .is_t3 = true},
	{.name = "own 1 to 16 %", .own = 0.04, .spread = 0.8},
	{.name = "shared 4 %", .shared = 0.04},
	{.name = "shared 10 %", .shared = 0.1},
	{.name = "shared 4 %, t3", .shared = 0.04, .is_t3 = true},
	{.name = "both 3 %", .shared = 0.03, .own = 0.03},
};

enum method { COUNTING, ALONE, SHRUNK, METHODS };

/* Of one cell of the table. */
struct tally {
	uint32_t has_false[METHODS], found[METHODS];
};

/* One comparison's counts, side by side: base's runs, then head's. */
struct profiles {
	double counts[FUNCTIONS][2 * MOST_RUNS];
	double requests[2 * MOST_RUNS];
	uint32_t runs; /* a side */
	uint32_t changed;
};

/* Below 30 by Knuth's products; above by Hoermann's PTRS (1993). */
static double next_poisson(struct rng *rng, double mean)
{
	double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b,
	       fit = 0.9277 - 3.6224 / (b - 2);
	double count = 0, product = 1.0;
	int sign;

	if (mean < 30.0) {
		while ((product *= rng_next_double(rng)) > exp(-mean))
			count++;
		return count;
	}
	for (;;) {
		double u = rng_next_double(rng) - 0.5, v = rng_next_double(rng);
		double us = 0.5 - fabs(u);

		count = floor((2.0 * a / us + b) * u + mean + 0.43);
		if (us >= 0.07 && v <= fit)
			return count;
		if (count < 0.0 || (us < 0.013 && v > us))
			continue;
		if (log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (us * us) + b)) <=
		    count * log(mean) - mean - lgamma_r(count + 1.0, &sign))
			return count;
	}
}

static double next_deviation(struct rng *rng, const struct scenario *scenario)
{
	double value;

	if (!scenario->is_t3)
		return noise_next_normal(rng);
	noise_fill(rng, NOISE_T3, 1.0, &value, 1);
	return value;
}

/* Weights as of real profiles: a few functions have most; the changed one is the fifth. */
static void draw_weights(struct rng *rng, const struct scenario *scenario, double *weights,
			 uint32_t *ret_changed)
{
	double sum = 0.0, rest = 0.0;

	for (uint32_t f = 0; f < FUNCTIONS; f++) {
		weights[f] = exp(1.6 * noise_next_normal(rng));
		rest += f > 0 ? weights[f] : 0.0;
	}
	if (scenario->has_hot)
		weights[0] = rest;
	for (uint32_t f = 0; f < FUNCTIONS; f++) {
		uint32_t rank = 1;

		for (uint32_t g = 0; g < FUNCTIONS; g++)
			rank += weights[g] > weights[f];
		if (rank == CHANGED)
			*ret_changed = f;
		sum += weights[f];
	}
	for (uint32_t f = 0; f < FUNCTIONS; f++)
		weights[f] /= sum;
}

static void draw_profiles(struct rng *rng, const struct scenario *scenario, double samples,
			  double effect, struct profiles *profiles)
{
	double weights[FUNCTIONS], own[FUNCTIONS];

	draw_weights(rng, scenario, weights, &profiles->changed);
	for (uint32_t f = 0; f < FUNCTIONS; f++)
		own[f] = scenario->own * exp(scenario->spread * noise_next_normal(rng));
	for (uint32_t run = 0; run < 2 * profiles->runs; run++) {
		double shared = scenario->shared * next_deviation(rng, scenario);
		double load = 1.0 + 0.01 * noise_next_normal(rng);

		profiles->requests[run] = load * 10000.0;
		for (uint32_t f = 0; f < FUNCTIONS; f++) {
			double more =
				f == profiles->changed && run >= profiles->runs ? effect : 0.0;
			double rate = exp(shared + own[f] * next_deviation(rng, scenario));

			profiles->counts[f][run] = next_poisson(rng, samples * weights[f] * load *
									     rate * (1.0 + more));
		}
	}
}

static void count_findings(const struct profiles *profiles, const struct rate_change_side *bases,
			   const struct rate_change_side *heads, const uint32_t *functions,
			   uint32_t count, struct tally *tally)
{
	struct rate_change_prior shrunk,
		none = {.phi = 1.0, .df = (double)INFINITY, .df_max = (double)INFINITY};
	const struct rate_change_prior *priors[METHODS] = {&none, NULL, &shrunk};

	rate_change_find_prior(bases, heads, count, &shrunk);
	for (int method = 0; method < METHODS; method++) {
		double p[FUNCTIONS];
		bool has_false = false;

		for (uint32_t i = 0; i < count; i++) {
			struct rate_change change;

			rate_change_test(&bases[i], &heads[i], priors[method], &change);
			p[i] = change.p;
		}
		multiple_benjamini_hochberg(p, count, p);
		for (uint32_t i = 0; i < count; i++) {
			if (p[i] <= Q && functions[i] == profiles->changed)
				tally->found[method]++;
			else if (p[i] <= Q)
				has_false = true;
		}
		tally->has_false[method] += has_false;
	}
}

static void compare(const struct profiles *profiles, struct tally *tally)
{
	struct rate_change_side bases[FUNCTIONS], heads[FUNCTIONS];
	uint32_t functions[FUNCTIONS], count = 0;

	for (uint32_t f = 0; f < FUNCTIONS; f++) {
		const double *counts = profiles->counts[f];
		double sum = 0.0;

		for (uint32_t run = 0; run < 2 * profiles->runs; run++)
			sum += counts[run];
		if (sum < RATE_CHANGE_MIN_COUNT)
			continue;
		bases[count] =
			(struct rate_change_side){counts, profiles->requests, profiles->runs};
		heads[count] = (struct rate_change_side){counts + profiles->runs,
							 profiles->requests + profiles->runs,
							 profiles->runs};
		functions[count++] = f;
	}
	count_findings(profiles, bases, heads, functions, count, tally);
}

static void print_cell(const struct scenario *scenario, double samples, uint32_t runs,
		       uint32_t trials)
{
	struct tally same = {0}, changed = {0};
	struct profiles *profiles = calloc(1, sizeof(*profiles));
	struct rng rng;

	if (profiles == NULL)
		abort();
	rng_init(&rng, 60 + runs);
	profiles->runs = runs;
	for (uint32_t trial = 0; trial < trials; trial++) {
		draw_profiles(&rng, scenario, samples, 0.0, profiles);
		profiles->changed = FUNCTIONS; /* none */
		compare(profiles, &same);
		draw_profiles(&rng, scenario, samples, EFFECT, profiles);
		compare(profiles, &changed);
	}
	printf("%-18s %7.0f %4u", scenario->name, samples, runs);
	for (int method = 0; method < METHODS; method++) {
		printf("   %5.1f %5.1f %5.1f", 100.0 * same.has_false[method] / trials,
		       100.0 * changed.has_false[method] / trials,
		       100.0 * changed.found[method] / trials);
	}
	printf("\n");
	free(profiles);
}

void verdicts_print_functions(uint32_t trials)
{
	static const uint32_t runs[] = {3, 5, 8, 10};
	static const double samples[] = {20000, 4000};

	printf("\nfunctions: CPU per request of 60, Benjamini-Hochberg q 5 %%; %u comparisons a "
	       "row\n"
	       "A/A: with a false function, %%; A/B, one +20 %%: with another false one, and "
	       "found, %%\n"
	       "                   samples runs   by counts alone     each for itself     shrunk\n"
	       "noise of runs      per run a side   A/A   A/B found     A/A   A/B found     A/A   "
	       "A/B "
	       "found\n",
	       trials);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		for (size_t s = 0; s < sizeof(samples) / sizeof(samples[0]); s++) {
			for (size_t r = 0; r < sizeof(runs) / sizeof(runs[0]); r++)
				print_cell(&scenarios[i], samples[s], runs[r], trials);
		}
	}
}
