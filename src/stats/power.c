#include "stats/power.h"

#include <math.h>
#include <stdlib.h>

#include "model/verdict.h"
#include "stats/rank.h"
#include "stats/rng.h"
#include "stats/verdict_rule.h"
#include "util/alloc.h"

enum { HALVINGS = 14 }; /* of 100 %: to 0.01 points, more than the trials tell */

/* How many averages or differences lie on which side of which border: all that a verdict takes. */
struct tally {
	double border;
	uint64_t above_upper, below_upper, above_lower, below_lower; /* a border itself is either */
};

static void tally_add(struct tally *tally, double value)
{
	tally->below_upper += value <= tally->border;
	tally->above_upper += value >= tally->border;
	tally->below_lower += value <= -tally->border;
	tally->above_lower += value >= -tally->border;
}

/*
 * What verdict_rule_apply() says of the interval from the k-th smallest to the k-th largest, where
 * less is better: it excludes a border when fewer than k lie on or beyond it.
 */
static enum verdict tally_judge(const struct tally *tally, uint64_t k)
{
	if (tally->below_upper < k)
		return VERDICT_REGRESSED;
	if (tally->above_lower < k)
		return VERDICT_IMPROVED;
	if (tally->below_lower < k && tally->above_upper < k)
		return VERDICT_EQUIVALENT;
	return VERDICT_INCONCLUSIVE;
}

struct trials {
	const struct power_design *design;
	uint64_t *k;	/* paired: by number of pairs, 0 where nobody looks; unpaired: one */
	double *values; /* scratch: differences, or the base's runs */
	double *heads;	/* scratch: the head's runs */
	double border, shift;
	struct rng rng;
};

/* Box and Muller, A note on the generation of random normal deviates (1958). */
static double next_normal(struct rng *rng)
{
	double radius = sqrt(-2.0 * log(rng_next_double(rng) + 0x1p-54)); /* never of 0 */

	return radius * cos(2.0 * M_PI * rng_next_double(rng));
}

/* Pair after pair up to the first look that is conclusive; each adds its averages to the tally. */
static enum verdict try_paired(struct trials *trials, uint32_t *ret_pairs)
{
	const struct power_design *design = trials->design;
	struct tally tally = {.border = trials->border};
	enum verdict verdict = VERDICT_INCONCLUSIVE;
	uint32_t pairs = 0;

	while (pairs < design->looks.last && verdict == VERDICT_INCONCLUSIVE) {
		double next = trials->shift + design->sd * next_normal(&trials->rng);

		trials->values[pairs++] = next;
		for (uint32_t i = 0; i < pairs; i++)
			tally_add(&tally, 0.5 * (trials->values[i] + next));
		verdict = tally_judge(&tally, trials->k[pairs]);
	}
	*ret_pairs = pairs;
	return verdict;
}

static enum verdict try_unpaired(struct trials *trials)
{
	const struct power_design *design = trials->design;
	struct tally tally = {.border = trials->border};

	for (uint32_t i = 0; i < design->n_base; i++)
		trials->values[i] = design->sd * next_normal(&trials->rng);
	for (uint32_t i = 0; i < design->n_head; i++)
		trials->heads[i] = trials->shift + design->sd * next_normal(&trials->rng);
	for (uint32_t i = 0; i < design->n_base; i++)
		for (uint32_t j = 0; j < design->n_head; j++)
			tally_add(&tally, trials->heads[j] - trials->values[i]);
	return tally_judge(&tally, trials->k[0]);
}

static void trials_init(struct trials *trials, const struct power_design *design)
{
	uint32_t last = design->is_paired ? design->looks.last : design->n_base;

	*trials =
		(struct trials){.design = design,
				.k = alloc_array(last + 1ull, sizeof(*trials->k)),
				.values = alloc_array(last + 1ull, sizeof(*trials->values)),
				.heads = alloc_array(design->n_head + 1ull, sizeof(*trials->heads)),
				.border = verdict_rule_get_border(design->delta, METRIC_LOG_RATIO)};
	if (!design->is_paired)
		trials->k[0] = rank_sum_k(design->n_base, design->n_head, design->level);
	for (uint32_t pairs = 1; design->is_paired && pairs <= last; pairs++)
		if (sequential_is_look(&design->looks, pairs))
			trials->k[pairs] = rank_signed_k(pairs, design->level);
}

static void trials_release(struct trials *trials)
{
	free(trials->k);
	free(trials->values);
	free(trials->heads);
}

/* With the same seed for each effect: a greater one then is seen more often, without noise. */
static void trials_run(struct trials *trials, double effect, uint64_t seed, struct power *ret_power)
{
	uint32_t counts[VERDICT_INCONCLUSIVE + 1] = {0};
	uint64_t pairs_in_all = 0;

	rng_init(&trials->rng, seed);
	trials->shift = log1p(effect);
	for (uint32_t i = 0; i < POWER_TRIALS; i++) {
		uint32_t pairs = 0;

		counts[trials->design->is_paired ? try_paired(trials, &pairs)
						 : try_unpaired(trials)]++;
		pairs_in_all += pairs;
	}
	*ret_power =
		(struct power){.regressed = (double)counts[VERDICT_REGRESSED] / POWER_TRIALS,
			       .improved = (double)counts[VERDICT_IMPROVED] / POWER_TRIALS,
			       .equivalent = (double)counts[VERDICT_EQUIVALENT] / POWER_TRIALS,
			       .inconclusive = (double)counts[VERDICT_INCONCLUSIVE] / POWER_TRIALS,
			       .mean_pairs = (double)pairs_in_all / POWER_TRIALS};
}

void power_simulate(const struct power_design *design, double effect, uint64_t seed,
		    struct power *ret_power)
{
	struct trials trials;

	trials_init(&trials, design);
	trials_run(&trials, effect, seed, ret_power);
	trials_release(&trials);
}

double power_find_visible(const struct power_design *design, double share, uint64_t seed)
{
	double low = 0.0, high = 1.0;
	struct trials trials;
	struct power power;

	trials_init(&trials, design);
	trials_run(&trials, high, seed, &power);
	for (int i = 0; i < HALVINGS && power.regressed >= share; i++) {
		struct power middle;

		trials_run(&trials, 0.5 * (low + high), seed, &middle);
		if (middle.regressed >= share)
			high = 0.5 * (low + high);
		else
			low = 0.5 * (low + high);
	}
	trials_release(&trials);
	return power.regressed >= share ? high : (double)INFINITY;
}
