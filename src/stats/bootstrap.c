#include "stats/bootstrap.h"

#include <math.h>
#include <string.h>

#include "stats/bootstrap_blocks.h"
#include "stats/normal.h"
#include "stats/quantile.h"
#include "stats/rng.h"
#include "stats/special.h"
#include "util/alloc.h"

enum { MIN_BLOCKS = 4 }; /* of a single run; fewer show nothing of how blocks differ */

/*
 * How much further out than resampling says bounds must lie: resampled means spread by (n - 1)/n of
 * what means do, and know nothing of the error in that spread. sqrt(n / (n - 1)) and Student's t in
 * place of the normal mend both (Hesterberg, What Teachers Should Know About the Bootstrap, The
 * American Statistician 69, 2015, section 4.3). NAN without a spread to speak of.
 */
static double find_stretch(uint32_t units, uint32_t df, double level)
{
	double p = 0.5 + level / 2;

	if (units < 2 || !(level > 0 && level < 1))
		return (double)NAN;
	return sqrt(units / (units - 1.0)) * special_student_quantile(p, df) / normal_quantile(p);
}

/* The percentile bounds of replicates, which are sorted in place, stretched. */
static void find_bounds(double *replicates, double estimate, double level, double stretch,
			double *ret_lo, double *ret_hi)
{
	double lo, hi;

	quantile_sort(replicates, BOOTSTRAP_RESAMPLES);
	lo = quantile_of_sorted(replicates, BOOTSTRAP_RESAMPLES, (1 - level) / 2);
	hi = quantile_of_sorted(replicates, BOOTSTRAP_RESAMPLES, (1 + level) / 2);
	*ret_lo = estimate - stretch * fmax(estimate - lo, 0);
	*ret_hi = estimate + stretch * fmax(hi - estimate, 0);
}

/* ---- the shift function ---- */

/* A side cut into blocks, and whole: of the drawn runs all blocks, each once. */
struct side {
	struct bootstrap_blocks blocks, runs;
};

static void side_init(struct side *side, const struct bootstrap_side *runs,
		      const struct bootstrap_side *partner)
{
	bootstrap_blocks_init(&side->blocks, runs, partner, false);
	bootstrap_blocks_init(&side->runs, runs, partner, true);
}

static void side_release(struct side *side)
{
	bootstrap_blocks_release(&side->blocks);
	bootstrap_blocks_release(&side->runs);
}

static void draw_run(struct side *side, uint32_t resample, uint32_t run, struct rng *rng)
{
	side->runs.weights[(size_t)resample * side->runs.count + run]++;
	bootstrap_blocks_draw(&side->blocks, resample, run, rng);
}

/* `partner`, when not NULL, has the same runs drawn. */
static void draw(struct side *side, struct side *partner, struct rng *rng)
{
	uint32_t count = side->runs.count;

	for (uint32_t resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
		for (uint32_t i = 0; i < count; i++) {
			uint32_t run = (uint32_t)rng_next_below(rng, count);

			draw_run(side, resample, run, rng);
			if (partner != NULL)
				draw_run(partner, resample, run, rng);
		}
	}
}

struct shift {
	struct side base, head;
	bool is_paired;
	double level;
	double *ratios; /* by quantile and resample */
	double *whole;	/* by resample: runs drawn, and not their blocks */
	double *other;	/* scratch */
	double *spread; /* by quantile: sd of the estimate */
};

/* ln(head / base) of each resample. */
static void find_ratios(struct bootstrap_blocks *base, struct bootstrap_blocks *head, double q,
			double *base_log, double *ratios)
{
	bootstrap_blocks_find_replicates(base, q, base_log);
	bootstrap_blocks_find_replicates(head, q, ratios);
	for (uint32_t i = 0; i < BOOTSTRAP_RESAMPLES; i++)
		ratios[i] -= base_log[i];
}

static double find_sd(const double *values)
{
	double mean = 0, sum = 0;

	for (uint32_t i = 0; i < BOOTSTRAP_RESAMPLES; i++)
		mean += values[i] / BOOTSTRAP_RESAMPLES;
	for (uint32_t i = 0; i < BOOTSTRAP_RESAMPLES; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sqrt(sum / (BOOTSTRAP_RESAMPLES - 1));
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * How wide the estimate really spreads, in normal deviations. What blocks differ by is already in
 * what runs differ by: drawing both counts it twice (Davison and Hinkley, Bootstrap Methods and
 * their Application, 1997, section 3.8). So blocks give the shape, and runs the width, but never
 * less than what the blocks alone explain. Of a single run there are only blocks. NAN when nothing
 * is known.
 */
static double find_spread(const struct shift *shift, const double *ratios)
{
	uint32_t runs = least(shift->base.runs.count, shift->head.runs.count);
	uint32_t blocks = least(shift->base.blocks.count, shift->head.blocks.count);
	double both = find_sd(ratios), of_runs = find_sd(shift->whole);

	if (runs > 1)
		return fmax(find_stretch(runs, shift->is_paired ? runs - 1 : 2 * (runs - 1),
					 shift->level) *
				    of_runs,
			    sqrt(fmax(both * both - of_runs * of_runs, 0)));
	if (blocks < MIN_BLOCKS)
		return (double)NAN;
	return find_stretch(blocks, 2 * (blocks - 1), shift->level) * both;
}

static void find_shift(struct shift *shift, struct bootstrap_quantile *quantile, double *ratios,
		       double *ret_spread)
{
	double q = quantile->q, both;

	quantile->base = (double)quantile_of_histogram(shift->base.blocks.all, q);
	quantile->head = (double)quantile_of_histogram(shift->head.blocks.all, q);
	quantile->log_ratio = bootstrap_blocks_find_log(&shift->head.blocks, q) -
			      bootstrap_blocks_find_log(&shift->base.blocks, q);
	find_ratios(&shift->base.blocks, &shift->head.blocks, q, shift->other, ratios);
	find_ratios(&shift->base.runs, &shift->head.runs, q, shift->other, shift->whole);
	*ret_spread = find_spread(shift, ratios);
	both = find_sd(ratios);
	memcpy(shift->other, ratios, BOOTSTRAP_RESAMPLES * sizeof(*ratios));
	find_bounds(shift->other, quantile->log_ratio, shift->level,
		    both > 0 ? *ret_spread / both : *ret_spread, &quantile->lo, &quantile->hi);
}

/*
 * The band: as many standard deviations to both sides, for all quantiles the same, as the farthest
 * of them stays within in `level` of the resamples.
 */
static void find_band(struct shift *shift, struct bootstrap_quantile *quantiles, uint32_t count)
{
	double width, *farthest = shift->other;

	memset(farthest, 0, BOOTSTRAP_RESAMPLES * sizeof(*farthest));
	for (uint32_t i = 0; i < count; i++) {
		const double *ratios = shift->ratios + (size_t)i * BOOTSTRAP_RESAMPLES;
		double sd = find_sd(ratios);

		for (uint32_t r = 0; r < BOOTSTRAP_RESAMPLES && sd > 0; r++)
			farthest[r] =
				fmax(farthest[r], fabs(ratios[r] - quantiles[i].log_ratio) / sd);
	}
	quantile_sort(farthest, BOOTSTRAP_RESAMPLES);
	width = quantile_of_sorted(farthest, BOOTSTRAP_RESAMPLES, shift->level);
	for (uint32_t i = 0; i < count; i++) {
		struct bootstrap_quantile *quantile = &quantiles[i];
		double reach = width * shift->spread[i];

		quantile->band_lo = fmin(quantile->log_ratio - reach, quantile->lo);
		quantile->band_hi = fmax(quantile->log_ratio + reach, quantile->hi);
	}
}

bool bootstrap_shift(const struct bootstrap_side *base, const struct bootstrap_side *head,
		     bool is_paired, double level, uint64_t seed,
		     struct bootstrap_quantile *quantiles, uint32_t quantile_count)
{
	size_t resamples = BOOTSTRAP_RESAMPLES;
	scoped_free double *ratios = alloc_array(resamples * quantile_count + 1, sizeof(*ratios));
	scoped_free double *whole = alloc_array(resamples, sizeof(*whole));
	scoped_free double *other = alloc_array(resamples, sizeof(*other));
	scoped_free double *spread = alloc_array(quantile_count + 1, sizeof(*spread));
	struct shift shift = {.is_paired = is_paired && base->run_count == head->run_count,
			      .level = level,
			      .ratios = ratios,
			      .whole = whole,
			      .other = other,
			      .spread = spread};
	bool is_known;
	struct rng rng;

	side_init(&shift.base, base, shift.is_paired ? head : NULL);
	side_init(&shift.head, head, shift.is_paired ? base : NULL);
	is_known = shift.base.blocks.count > 0 && shift.head.blocks.count > 0;
	if (is_known) {
		rng_init(&rng, seed);
		draw(&shift.base, shift.is_paired ? &shift.head : NULL, &rng);
		if (!shift.is_paired)
			draw(&shift.head, NULL, &rng);
		for (uint32_t i = 0; i < quantile_count; i++)
			find_shift(&shift, &quantiles[i], ratios + i * resamples, &spread[i]);
		find_band(&shift, quantiles, quantile_count);
	}
	side_release(&shift.base);
	side_release(&shift.head);
	return is_known;
}

/* ---- within one run ---- */

bool bootstrap_quantile_of_run(const struct bootstrap_run *run, double q, double level,
			       uint64_t seed, double *ret_lo, double *ret_hi)
{
	scoped_free double *replicates = alloc_array(BOOTSTRAP_RESAMPLES, sizeof(*replicates));
	struct bootstrap_side side = {.runs = run, .run_count = 1};
	struct bootstrap_blocks blocks;
	double lo, hi, stretch = (double)NAN;
	struct rng rng;

	bootstrap_blocks_init(&blocks, &side, NULL, false);
	if (blocks.count >= MIN_BLOCKS)
		stretch = find_stretch(blocks.count, blocks.count - 1, level);
	if (isfinite(stretch)) {
		rng_init(&rng, seed);
		for (uint32_t resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++)
			bootstrap_blocks_draw(&blocks, resample, 0, &rng);
		bootstrap_blocks_find_replicates(&blocks, q, replicates);
		find_bounds(replicates, bootstrap_blocks_find_log(&blocks, q), level, stretch, &lo,
			    &hi);
		*ret_lo = exp(lo);
		*ret_hi = exp(hi);
	}
	bootstrap_blocks_release(&blocks);
	return isfinite(stretch);
}

/* Sums of v w and of w over a block; blocks without weight are left out. */
struct sums {
	double value, weight;
};

static uint32_t make_sums(const double *values, const double *weights, uint32_t count,
			  uint32_t length, struct sums *sums)
{
	uint32_t made = 0;

	for (uint32_t at = 0; at < count;) {
		struct sums sum = {0};

		for (uint32_t i = 0; i < length && at < count; i++, at++) {
			double weight = weights != NULL ? weights[at] : 1;

			if (!isfinite(values[at]) || !isfinite(weight) || !(weight > 0))
				continue;
			sum.value += values[at] * weight;
			sum.weight += weight;
		}
		if (sum.weight > 0)
			sums[made++] = sum;
	}
	return made;
}

bool bootstrap_mean(const double *values, const double *weights, uint32_t count,
		    uint32_t block_length, double level, uint64_t seed, double *ret_lo,
		    double *ret_hi)
{
	scoped_free double *replicates = alloc_array(BOOTSTRAP_RESAMPLES, sizeof(*replicates));
	scoped_free struct sums *sums = alloc_array(count + 1, sizeof(*sums));
	uint32_t made =
		make_sums(values, weights, count, block_length > 0 ? block_length : 1, sums);
	double stretch = find_stretch(made, made > 1 ? made - 1 : 1, level);
	struct sums all = {0};
	struct rng rng;

	if (made < MIN_BLOCKS || !isfinite(stretch))
		return false;
	rng_init(&rng, seed);
	for (uint32_t i = 0; i < made; i++) {
		all.value += sums[i].value;
		all.weight += sums[i].weight;
	}
	for (uint32_t resample = 0; resample < BOOTSTRAP_RESAMPLES; resample++) {
		struct sums drawn = {0};

		for (uint32_t i = 0; i < made; i++) {
			const struct sums *one = &sums[rng_next_below(&rng, made)];

			drawn.value += one->value;
			drawn.weight += one->weight;
		}
		replicates[resample] = drawn.value / drawn.weight;
	}
	find_bounds(replicates, all.value / all.weight, level, stretch, ret_lo, ret_hi);
	return true;
}

/*
 * Sokal's integrated autocorrelation time 1/2 + sum of the autocorrelations (Monte Carlo Methods in
 * Statistical Mechanics, 1997, section 3), of which those count that are more than noise: up to the
 * first that is not above 2 / sqrt(n).
 */
uint32_t bootstrap_choose_block(const double *values, uint32_t count)
{
	scoped_free double *centred = alloc_array(count + 1, sizeof(*centred));
	double mean = 0, variance = 0, time = 0.5;
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		if (isfinite(values[i]))
			mean += centred[n++] = values[i];
	for (uint32_t i = 0; i < n; i++) {
		centred[i] -= mean / n;
		variance += centred[i] * centred[i];
	}
	if (n < 2 * MIN_BLOCKS || !(variance > 0))
		return 1;
	for (uint32_t lag = 1; lag <= n / MIN_BLOCKS; lag++) {
		double sum = 0;

		for (uint32_t i = lag; i < n; i++)
			sum += centred[i] * centred[i - lag];
		if (sum / variance <= 2 / sqrt(n))
			break;
		time += sum / variance;
	}
	return 2 * time < n / MIN_BLOCKS ? (uint32_t)ceil(2 * time) : n / MIN_BLOCKS;
}
