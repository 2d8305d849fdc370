/*
 * Held against an implementation that merges histograms draw by draw, with Student's t from R
 * (qt(.975, df)), and against what it promises: how often intervals miss where nothing differs.
 */
#include "stats/bootstrap.h"

#include <stdlib.h>

#include "stats/normal.h"
#include "stats/quantile.h"
#include "stats/rng.h"
#include "tap.h"
#include "util/alloc.h"

enum { MAX_RUNS = 6, MAX_SECONDS = 12 };

/* A side of runs of equally many seconds. */
struct side {
	struct histogram *seconds[MAX_RUNS * MAX_SECONDS];
	struct bootstrap_run runs[MAX_RUNS];
	struct bootstrap_side side;
	uint32_t second_count;
};

static void side_init(struct side *side, uint32_t runs, uint32_t seconds, uint32_t block)
{
	*side = (struct side){.side = {.runs = side->runs, .run_count = runs},
			      .second_count = seconds};
	for (uint32_t i = 0; i < runs * seconds; i++)
		side->seconds[i] = histogram_new();
	for (uint32_t i = 0; i < runs; i++)
		side->runs[i] = (struct bootstrap_run){
			(const struct histogram *const *)side->seconds + (size_t)i * seconds,
			seconds, block};
}

static void side_clear(struct side *side)
{
	for (uint32_t i = 0; i < side->side.run_count * side->second_count; i++)
		histogram_clear(side->seconds[i]);
}

static void side_release(struct side *side)
{
	for (uint32_t i = 0; i < side->side.run_count * side->second_count; i++)
		histogram_free(side->seconds[i]);
}

static double draw_normal(struct rng *rng)
{
	return normal_quantile(fmax(rng_next_double(rng), 1e-15));
}

/* `per_second` answers that share their second's and their run's luck. */
static void fill(struct side *side, struct rng *rng, double run_sd, double second_sd,
		 uint32_t per_second, double scale_ns)
{
	side_clear(side);
	for (uint32_t i = 0; i < side->side.run_count; i++) {
		double run = exp(run_sd * draw_normal(rng));

		for (uint32_t s = 0; s < side->second_count; s++) {
			double second = run * exp(second_sd * draw_normal(rng));

			for (uint32_t k = 0; k < per_second; k++)
				histogram_record(side->seconds[i * side->second_count + s],
						 (uint64_t)(scale_ns * second *
							    (0.5 - log1p(-rng_next_double(rng)))));
		}
	}
}

/* ---- the slow way ---- */

struct slow {
	double both[BOOTSTRAP_RESAMPLES], whole[BOOTSTRAP_RESAMPLES];
};

static void add_block(const struct side *side, uint32_t run, uint32_t block, struct histogram *into)
{
	uint32_t length = side->runs[run].block_seconds;

	for (uint32_t s = block * length; s < (block + 1) * length && s < side->second_count; s++)
		histogram_merge(into, side->runs[run].seconds[s]);
}

/* Draws as bootstrap.c does; nothing here is empty. */
static void draw_run(const struct side *side, uint32_t run, struct rng *rng, struct histogram *both,
		     struct histogram *whole)
{
	uint32_t length = side->runs[run].block_seconds;
	uint32_t blocks = (side->second_count + length - 1) / length;

	for (uint32_t i = 0; i < blocks; i++) {
		add_block(side, run, (uint32_t)rng_next_below(rng, blocks), both);
		add_block(side, run, i, whole);
	}
}

/* Adds sign times ln of the quantile of each resample; `partner`, when not NULL, with -sign. */
static void draw_side(const struct side *side, const struct side *partner, struct rng *rng,
		      double q, double sign, struct slow *slow)
{
	struct histogram *sums[4];

	for (int i = 0; i < 4; i++)
		sums[i] = histogram_new();
	for (uint32_t i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
		for (int k = 0; k < 4; k++)
			histogram_clear(sums[k]);
		for (uint32_t r = 0; r < side->side.run_count; r++) {
			uint32_t run = (uint32_t)rng_next_below(rng, side->side.run_count);

			draw_run(side, run, rng, sums[0], sums[1]);
			if (partner != NULL)
				draw_run(partner, run, rng, sums[2], sums[3]);
		}
		slow->both[i] += sign * log((double)quantile_of_histogram(sums[0], q));
		slow->whole[i] += sign * log((double)quantile_of_histogram(sums[1], q));
		if (partner == NULL)
			continue;
		slow->both[i] -= sign * log((double)quantile_of_histogram(sums[2], q));
		slow->whole[i] -= sign * log((double)quantile_of_histogram(sums[3], q));
	}
	for (int i = 0; i < 4; i++)
		histogram_free(sums[i]);
}

static double find_variance(const double *values)
{
	double sum = 0, squares = 0, n = BOOTSTRAP_RESAMPLES;

	for (int i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	return (squares - sum * sum / n) / (n - 1);
}

/* Against bootstrap_shift() at 95 %; `t` is Student's for the runs of a side. */
static void check_slow(const struct side *base, const struct side *head, bool is_paired, double q,
		       double t, const char *what)
{
	double n = base->side.run_count, whole, both, scale, lo, hi;
	struct bootstrap_quantile got[3] = {{.q = 0.1}, {.q = q}, {.q = 0.95}};
	struct slow *slow = alloc_new(struct slow);
	struct rng rng;

	ok(bootstrap_shift(&base->side, &head->side, is_paired, 0.95, 77, got, 3), what);
	rng_init(&rng, 77);
	draw_side(base, is_paired ? head : NULL, &rng, q, -1, slow);
	if (!is_paired)
		draw_side(head, NULL, &rng, q, 1, slow);
	whole = find_variance(slow->whole);
	both = find_variance(slow->both);
	scale = fmax(n / (n - 1) * t * t / (1.9599639845400545 * 1.9599639845400545) * whole,
		     both - whole);
	scale = sqrt(scale / both);
	quantile_sort(slow->both, BOOTSTRAP_RESAMPLES);
	lo = quantile_of_sorted(slow->both, BOOTSTRAP_RESAMPLES, 0.025);
	hi = quantile_of_sorted(slow->both, BOOTSTRAP_RESAMPLES, 0.975);
	is_near(got[1].lo, got[1].log_ratio - scale * (got[1].log_ratio - lo), 1e-9,
		"… its lower bound is that of adding histograms");
	is_near(got[1].hi, got[1].log_ratio + scale * (hi - got[1].log_ratio), 1e-9,
		"… and its upper one");
	ok(got[1].band_lo <= got[1].lo && got[1].band_hi >= got[1].hi &&
		   got[0].band_lo <= got[0].lo && got[2].band_hi >= got[2].hi,
	   "… the band is no narrower");
	free(slow);
}

/* Values below 2048 ns have a slot each: no rounding between the two. */
static void test_slow(void)
{
	struct side base, head;
	struct rng rng;

	side_init(&base, 3, 5, 2);
	side_init(&head, 3, 5, 1);
	rng_init(&rng, 5);
	fill(&base, &rng, 0.05, 0.1, 12, 250);
	fill(&head, &rng, 0.05, 0.1, 15, 270);
	check_slow(&base, &head, false, 0.5, 2.7764451051977934, "unpaired, blocks of 2 s and 1 s");
	check_slow(&base, &head, true, 0.5, 4.3026527297494619, "paired");
	check_slow(&base, &head, false, 0.93, 2.7764451051977934, "in the tail");
	side_release(&base);
	side_release(&head);
}

/* ---- what it promises ---- */

/* Where nothing differs, how often do intervals and the band say so? 5 % at best. */
static void test_coverage(uint32_t runs, bool is_paired, int at_most, const char *what)
{
	enum { TRIALS = 120, QUANTILES = 3 };
	static const double levels[QUANTILES] = {0.2, 0.5, 0.95};
	int missed[QUANTILES] = {0}, band_missed = 0;
	struct side base, head;
	struct rng rng;

	side_init(&base, runs, 10, 1);
	side_init(&head, runs, 10, 1);
	rng_init(&rng, 1900 + runs);
	for (int trial = 0; trial < TRIALS; trial++) {
		struct bootstrap_quantile got[QUANTILES];
		bool is_beyond = false;

		fill(&base, &rng, 0.015, 0.05, 60, 2e5);
		fill(&head, &rng, 0.015, 0.05, 60, 2e5);
		for (int i = 0; i < QUANTILES; i++)
			got[i].q = levels[i];
		bootstrap_shift(&base.side, &head.side, is_paired, 0.95, (uint64_t)trial, got,
				QUANTILES);
		for (int i = 0; i < QUANTILES; i++) {
			missed[i] += got[i].lo > 0 || got[i].hi < 0;
			is_beyond |= got[i].band_lo > 0 || got[i].band_hi < 0;
		}
		band_missed += is_beyond;
	}
	for (int i = 0; i < QUANTILES; i++)
		if (!ok(missed[i] <= at_most, what))
			printf("# p%g: %d of %d\n", 100 * levels[i], missed[i], TRIALS);
	ok(missed[0] + missed[1] + missed[2] >= 5, "… and not never: they are not too wide");
	if (!ok(band_missed <= at_most, "… the band holds for all quantiles at once"))
		printf("# %d of %d\n", band_missed, TRIALS);
	side_release(&base);
	side_release(&head);
}

/* A shift of 10 %, all of it. */
static void test_shift(void)
{
	struct bootstrap_quantile got[2] = {{.q = 0.5}, {.q = 0.9}}, again[2], other[2], turned[2];
	struct side base, head;
	struct rng rng;

	side_init(&base, 6, 10, 1);
	side_init(&head, 6, 10, 1);
	rng_init(&rng, 8);
	fill(&base, &rng, 0.01, 0.05, 200, 2e5);
	fill(&head, &rng, 0.01, 0.05, 200, 2.2e5);
	memcpy(again, got, sizeof(got));
	memcpy(other, got, sizeof(got));
	memcpy(turned, got, sizeof(got));
	bootstrap_shift(&base.side, &head.side, false, 0.95, 1, got, 2);
	bootstrap_shift(&base.side, &head.side, false, 0.95, 1, again, 2);
	bootstrap_shift(&base.side, &head.side, false, 0.95, 2, other, 2);
	bootstrap_shift(&head.side, &base.side, false, 0.95, 1, turned, 2);
	for (int i = 0; i < 2; i++) {
		is_near(got[i].log_ratio, log(got[i].head / got[i].base), 1e-12, "the ratio");
		ok(got[i].band_lo > 0 && got[i].lo < log(1.1) && got[i].hi > log(1.1),
		   "10 % more is seen, and covered");
		ok(got[i].lo == again[i].lo && got[i].band_hi == again[i].band_hi,
		   "the same seed, the same bounds");
		ok(got[i].lo != other[i].lo && fabs(got[i].lo - other[i].lo) < 0.01,
		   "another one, nearly the same");
		is_near(turned[i].log_ratio, -got[i].log_ratio, 1e-12, "sides swapped: mirrored");
		is_near(turned[i].lo, -got[i].hi, 0.01, "… and its bounds but for chance");
	}
	got[0].q = 0.9;
	got[1].q = 0.5;
	bootstrap_shift(&base.side, &head.side, false, 0.95, 1, got, 2);
	ok(got[0].lo == again[1].lo && got[1].hi == again[0].hi, "quantiles in any order");
	side_release(&base);
	side_release(&head);
}

static void test_empty(void)
{
	struct bootstrap_quantile got = {.q = 0.5}, want = {.q = 0.5};
	struct side base, head;
	struct rng rng;

	side_init(&base, 3, 8, 1);
	side_init(&head, 3, 8, 1);
	rng_init(&rng, 3);
	fill(&base, &rng, 0.02, 0.05, 50, 2e5);
	ok(!bootstrap_shift(&base.side, &head.side, false, 0.95, 1, &got, 1), "no answers at all");
	ok(!bootstrap_shift(&base.side, &(struct bootstrap_side){0}, false, 0.95, 1, &got, 1),
	   "no runs");
	fill(&head, &rng, 0.02, 0.05, 50, 2e5);
	for (uint32_t s = 3; s < 6; s++)
		histogram_clear(head.seconds[s]);
	ok(bootstrap_shift(&base.side, &head.side, false, 0.95, 1, &got, 1) && isfinite(got.lo),
	   "seconds without answers");
	/* A run of the head without answers takes its pair with it. */
	for (uint32_t s = 16; s < 24; s++)
		histogram_clear(head.seconds[s]);
	bootstrap_shift(&base.side, &head.side, true, 0.95, 1, &got, 1);
	base.side.run_count = head.side.run_count = 2;
	bootstrap_shift(&base.side, &head.side, true, 0.95, 1, &want, 1);
	ok(got.base == want.base && got.lo == want.lo, "a pair without answers on one side");
	base.side.run_count = head.side.run_count = 3;
	side_release(&base);
	side_release(&head);
}

/* Of one run there are only its blocks. */
static void test_one_run(void)
{
	struct bootstrap_quantile got = {.q = 0.5};
	struct side base, head;
	double lo = 7, hi = 7;
	struct rng rng;

	side_init(&base, 1, 12, 1);
	side_init(&head, 1, 12, 4);
	rng_init(&rng, 11);
	fill(&base, &rng, 0, 0.05, 100, 2e5);
	fill(&head, &rng, 0, 0.05, 100, 2e5);
	ok(bootstrap_shift(&base.side, &head.side, false, 0.95, 1, &got, 1) && isnan(got.lo) &&
		   isnan(got.hi) && isnan(got.band_lo) && isfinite(got.log_ratio),
	   "three blocks: an estimate without bounds");
	ok(!bootstrap_quantile_of_run(&head.runs[0], 0.5, 0.95, 1, &lo, &hi) && lo == 7,
	   "nor within the run");
	head.runs[0].block_seconds = 3;
	bootstrap_shift(&base.side, &head.side, false, 0.95, 1, &got, 1);
	ok(isfinite(got.lo) && got.lo < 0 && got.hi > 0, "four have them");
	ok(bootstrap_quantile_of_run(&base.runs[0], 0.5, 0.95, 1, &lo, &hi) && lo < got.base &&
		   hi > got.base && hi / lo < 1.2 && hi / lo > 1.01,
	   "the interval of one quantile");
	side_release(&base);
	side_release(&head);
}

/* All answers in a slot, or in two neighbours: nothing to resample, no noise, and no crash. */
static void test_ties(void)
{
	struct bootstrap_quantile got[2] = {{.q = 0.5}, {.q = 1}};
	uint64_t next_ns = histogram_slot_highest_ns(histogram_slot_of(5000000)) + 1;
	struct side base, head;

	side_init(&base, 4, 4, 1);
	side_init(&head, 4, 4, 1);
	for (int i = 0; i < 16; i++) {
		histogram_record_count(base.seconds[i], 5000000, UINT64_C(3) << 32);
		histogram_record_count(head.seconds[i], 5000000, 1);
	}
	ok(bootstrap_shift(&base.side, &head.side, true, 0.95, 1, got, 2), "one slot");
	for (int i = 0; i < 2; i++)
		ok(got[i].log_ratio == 0 && got[i].lo == 0 && got[i].hi == 0 &&
			   got[i].band_lo == 0 && got[i].band_hi == 0,
		   "no change, surely");
	side_clear(&head);
	for (int i = 0; i < 16; i++)
		histogram_record_count(head.seconds[i], next_ns, 100);
	bootstrap_shift(&base.side, &head.side, false, 0.95, 1, got, 2);
	ok(got[0].lo == got[0].hi && got[0].lo > 0 && got[0].lo < 0.0011, "the next one");
	side_release(&base);
	side_release(&head);
}

static void test_mean(void)
{
	static const double constant[] = {3, 3, 3, (double)NAN, 3};
	enum { TRIALS = 400, SECONDS = 20 };
	double values[SECONDS], weights[SECONDS], lo = 7, hi = 7;
	int missed = 0, weighted_missed = 0;
	struct rng rng;

	ok(bootstrap_mean(constant, NULL, 5, 1, 0.95, 1, &lo, &hi) && lo == 3 && hi == 3,
	   "constant, and one that is not a number");
	ok(!bootstrap_mean(constant, NULL, 4, 1, 0.95, 1, &lo, &hi), "three blocks");
	ok(!bootstrap_mean(constant, NULL, 5, 2, 0.95, 1, &lo, &hi), "three of two values");
	ok(!bootstrap_mean(NULL, NULL, 0, 1, 0.95, 1, &lo, &hi), "none");
	rng_init(&rng, 21);
	for (int trial = 0; trial < TRIALS; trial++) {
		for (int i = 0; i < SECONDS; i++) {
			weights[i] = 50 + 100 * rng_next_double(&rng);
			values[i] = 10 + draw_normal(&rng);
		}
		bootstrap_mean(values, NULL, SECONDS, 1, 0.95, (uint64_t)trial, &lo, &hi);
		missed += lo > 10 || hi < 10;
		bootstrap_mean(values, weights, SECONDS, 1, 0.95, (uint64_t)trial, &lo, &hi);
		weighted_missed += lo > 10 || hi < 10;
	}
	is_near((double)missed / TRIALS, 0.05, 0.025, "95 of 100 intervals cover the mean");
	is_near((double)weighted_missed / TRIALS, 0.05, 0.025, "also a weighted one");
	for (int i = 0; i < SECONDS; i++)
		weights[i] = i < 4 ? 1 : 0;
	values[0] = values[1] = values[2] = values[3] = 5;
	ok(bootstrap_mean(values, weights, SECONDS, 1, 0.95, 1, &lo, &hi) && lo == 5 && hi == 5,
	   "what has no weight does not count");
}

static void test_choose_block(void)
{
	enum { SECONDS = 60 };
	static const double constant[SECONDS];
	double values[SECONDS], before = 0, total = 0;
	int longer = 0;
	struct rng rng;

	is_int(bootstrap_choose_block(NULL, 0), 1, "nothing");
	is_int(bootstrap_choose_block(constant, SECONDS), 1, "constant");
	rng_init(&rng, 9);
	for (int trial = 0; trial < 100; trial++) {
		for (int i = 0; i < SECONDS; i++)
			values[i] = draw_normal(&rng);
		longer += bootstrap_choose_block(values, SECONDS) > 2;
	}
	ok(longer <= 5, "noise has blocks of 1");
	for (int trial = 0; trial < 100; trial++) {
		for (int i = 0; i < SECONDS; i++)
			values[i] = before = 0.8 * before + draw_normal(&rng);
		total += bootstrap_choose_block(values, SECONDS);
	}
	/* 1/2 + 0.8 + 0.64 + … = 4.5, twice that 9; a short series shows less of it */
	ok(total / 100 > 5 && total / 100 < 11, "autocorrelation makes them longer");
	for (int i = 0; i < SECONDS; i++)
		values[i] = i;
	is_int(bootstrap_choose_block(values, SECONDS), SECONDS / 4, "never above a quarter");
}

int main(void)
{
	test_slow();
	test_coverage(5, false, 8, "5 runs a side: at most 7 % are wrong");
	test_coverage(6, true, 8, "6 pairs: at most 7 % are wrong");
	test_shift();
	test_empty();
	test_one_run();
	test_ties();
	test_mean();
	test_choose_block();
	return tap_done();
}
