/*
 * The constants of stats/sequential.c. Signed ranks of differences that are symmetric about zero
 * have the same distribution whatever that of the differences, also over all looks together: so one
 * simulation is for all. Each trial is a walk of up to SEQUENTIAL_MOST pairs; of each plan of looks
 * the least p-value on the way is kept, and the constant is its 5 % quantile.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats/quantile.h"
#include "stats/rank.h"
#include "stats/sequential.h"
#include "util/alloc.h"
#include "verdicts.h"

static const struct {
	uint32_t first, step;
} rows[] = {{6, 1}, {6, 2}, {8, 1}, {8, 2}, {8, 4}};
static const uint32_t lasts[] = {12, 16, 20, 24, 32, 40, 60, 100, 200};
static const double errors[] = {0.10, 0.05, 0.01};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), LASTS = sizeof(lasts) / sizeof(lasts[0]) };

/* cdf[n][w] = P(W <= w) of n pairs, by adding one rank after the other. */
static double **make_cdf(uint32_t most)
{
	double **cdf = alloc_array(most + 1, sizeof(*cdf));
	uint64_t width = (uint64_t)most * (most + 1) / 2 + 1;
	scoped_free double *chance = alloc_array(width, sizeof(*chance));

	chance[0] = 1.0;
	for (uint32_t n = 1; n <= most; n++) {
		uint64_t last = (uint64_t)n * (n + 1) / 2;
		double sum = 0.0;

		cdf[n] = alloc_array(last + 1, sizeof(double));
		for (uint64_t w = last + 1; w-- > 0;)
			chance[w] = 0.5 * (chance[w] + (w >= n ? chance[w - n] : 0.0));
		for (uint64_t w = 0; w <= last; w++)
			cdf[n][w] = fmin(1.0, sum += chance[w]);
	}
	return cdf;
}

static void free_cdf(double **cdf, uint32_t most)
{
	for (uint32_t n = 1; n <= most; n++)
		free(cdf[n]);
	free(cdf);
}

/* ret_p[n]: two-sided, after n pairs. */
static void walk(struct rng *rng, double *const *cdf, double *differences, uint32_t most,
		 double *ret_p)
{
	uint32_t at_most = 0;

	for (uint32_t n = 1; n <= most; n++) {
		uint32_t all = n * (n + 1) / 2;
		double border = 1.0 - 2.0 * rng_next_double(rng);

		differences[n - 1] = -border;
		for (uint32_t i = 0; i < n; i++)
			at_most += differences[i] <= border;
		ret_p[n] = 2.0 * cdf[n][at_most < all - at_most ? at_most : all - at_most];
	}
}

/* Trial after trial: least[design][trial], of the looks that `rows` and `lasts` make. */
static void simulate_rows(double **least, uint32_t trials)
{
	double **cdf = make_cdf(SEQUENTIAL_MOST), p[SEQUENTIAL_MOST + 1];
	double differences[SEQUENTIAL_MOST];
	struct rng rng;

	rng_init(&rng, 1977);
	for (uint32_t trial = 0; trial < trials; trial++) {
		walk(&rng, cdf, differences, SEQUENTIAL_MOST, p);
		for (uint32_t row = 0; row < ROWS; row++) {
			double so_far = 1.0;
			uint32_t n = rows[row].first;

			for (uint32_t column = 0; column < LASTS; column++) {
				for (; n <= lasts[column]; n += rows[row].step)
					so_far = fmin(so_far, p[n]);
				least[row * LASTS + column][trial] = so_far;
			}
		}
	}
	free_cdf(cdf, SEQUENTIAL_MOST);
}

/* The greatest level with which no more than `error` of the trials end wrongly, and a bit. */
static double find_constant(const double *sorted, uint32_t trials, double error)
{
	double allowed = trials * (error - 2.0 * sqrt(error * (1.0 - error) / trials));
	uint32_t count = (uint32_t)allowed;

	while (count > 0 && sorted[count - 1] == sorted[count]) /* p-values are few: all or none */
		count--;
	return count > 0 ? floor(1e5 * 0.5 * (sorted[count - 1] + sorted[count])) / 1e5 : 0.0;
}

void verdicts_print_constants(uint32_t trials)
{
	double *least[ROWS * LASTS];

	for (uint32_t i = 0; i < ROWS * LASTS; i++)
		least[i] = alloc_array(trials, sizeof(double));
	simulate_rows(least, trials);
	for (uint32_t i = 0; i < ROWS * LASTS; i++)
		quantile_sort(least[i], trials);
	for (uint32_t row = 0; row < ROWS; row++) {
		printf("\t{%u,\n\t %u,\n\t {", rows[row].first,
		       rows[row].step); /* as formatted there */
		for (uint32_t error = 0; error < sizeof(errors) / sizeof(errors[0]); error++) {
			printf("%s{", error > 0 ? ",\n\t  " : "");
			for (uint32_t column = 0; column < LASTS; column++)
				printf("%s%.0f", column > 0 ? ", " : "",
				       1e5 * find_constant(least[row * LASTS + column], trials,
							   errors[error]));
			putchar('}');
		}
		printf("}},\n");
	}
	for (uint32_t i = 0; i < ROWS * LASTS; i++)
		free(least[i]);
}

/* Designs that people ask for, and some that the table does not have. */
void verdicts_print_looks(uint32_t trials)
{
	static const struct sequential plans[] = {
		{8, 2, 20},   {6, 2, 20},  {8, 2, 21},	  {8, 2, 30}, {8, 2, 40},
		{8, 2, 10},   {8, 4, 40},  {6, 1, 20},	  {7, 3, 25}, {10, 5, 40},
		{20, 20, 60}, {8, 2, 100}, {10, 10, 200},
	};
	double **cdf = make_cdf(SEQUENTIAL_MOST), p[SEQUENTIAL_MOST + 1];
	double differences[SEQUENTIAL_MOST];
	struct rng rng;

	printf("\nlooks: intervals that exclude zero at any look, of A/A pairs (5 %% at most)\n");
	printf("%-14s %6s %8s %8s\n", "pairs", "looks", "level", "error");
	for (uint32_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		double level = sequential_get_level(&plans[i], 0.05);
		uint32_t wrong = 0;

		rng_init(&rng, 64 + i);
		for (uint32_t trial = 0; trial < trials; trial++) {
			double least = 1.0;

			walk(&rng, cdf, differences, plans[i].last, p);
			for (uint32_t n = 1; n <= plans[i].last; n++)
				if (sequential_is_look(&plans[i], n))
					least = fmin(least, p[n]);
			wrong += least <= 1.0 - level;
		}
		printf("%3u, %2u … %-4u %6u %7.2f%% %7.2f%%\n", plans[i].first,
		       plans[i].first + plans[i].step, plans[i].last,
		       sequential_count_looks(&plans[i]), 100.0 * level, 100.0 * wrong / trials);
	}
	free_cdf(cdf, SEQUENTIAL_MOST);
}
