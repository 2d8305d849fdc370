/*
 * What a comparison can see: how often it says what, for a change of a given size. By simulation of
 * the very procedure (signed ranks, looks, borders) on normal pairs. Seeded: the same figures on
 * every machine. Pure functions, safe from any thread.
 */
#ifndef STATS_POWER_H
#define STATS_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/sequential.h"

enum { POWER_TRIALS = 2000 };

struct power_design {
	bool is_paired;
	uint32_t n_base, n_head; /* unpaired */
	struct sequential looks; /* paired; one look: first == last */
	double level;		 /* confidence level of each look */
	double sd;		 /* of one pair's difference (of logarithms), or of one run */
	double delta;		 /* relative, as in verdict_rule.h */
};

struct power {
	/* shares of the trials, 0..1; their sum is 1 */
	double regressed, improved, equivalent, inconclusive;
	double mean_pairs; /* when it ended, paired only */
};

/*
 * `effect`: the true relative change, above -1; 0.05 = the head is 5 % worse (of a metric where
 * less is better). Some ms for 20 pairs, 0.2 s for 200.
 */
void power_simulate(const struct power_design *design, double effect, uint64_t seed,
		    struct power *ret_power);

/*
 * The smallest change that is REGRESSED in `share` (0.8) of the trials, to 0.01 points; INFINITY
 * above 100 %. As long as 15 of power_simulate().
 */
double power_find_visible(const struct power_design *design, double share, uint64_t seed);

#endif
