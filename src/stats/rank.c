#include "stats/rank.h"

#include <math.h>
#include <stdlib.h>

#include "stats/normal.h"
#include "stats/quantile.h"
#include "util/alloc.h"

/* Sums of probabilities reach "exactly one half of alpha" only to within rounding. */
static const double ROUNDING = 1.0 + 1e-12;

/*
 * P(W = s), s = 0..max, of the sum of those of the ranks 1..pairs that a fair coin picked: rank by
 * rank, each in or out with probability one half. Caller frees.
 */
static double *signed_rank_null(uint32_t pairs, uint64_t max)
{
	double *chance = alloc_array(max + 1, sizeof(*chance));

	chance[0] = 1.0;
	for (uint64_t rank = 1; rank <= pairs; rank++) {
		for (uint64_t s = max + 1; s-- > 0;)
			chance[s] = 0.5 * (chance[s] + (s >= rank ? chance[s - rank] : 0.0));
	}
	return chance;
}

/*
 * P(U = u), u = 0..max. The largest of all n + m values is one of the n with probability n / (n +
 * m), and then it beats all m others; Mann and Whitney (1947), equation 6. Row i holds the
 * distribution for i and the current j. Caller frees.
 */
static double *rank_sum_null(uint32_t n, uint32_t m, uint64_t max)
{
	uint64_t width = max + 1;
	uint32_t few = n < m ? n : m, many = n < m ? m : n;
	double *rows = alloc_array((few + 1) * width, sizeof(*rows));

	for (uint32_t i = 0; i <= few; i++)
		rows[i * width] = 1.0;
	for (uint32_t j = 1; j <= many; j++) {
		for (uint32_t i = 1; i <= few; i++) {
			const double *beaten = rows + (i - 1) * width;
			double *row = rows + i * width, share = (double)i / (double)(i + j);

			for (uint64_t u = 0; u < width; u++)
				row[u] = (1.0 - share) * row[u] +
					 (u >= j ? share * beaten[u - j] : 0.0);
		}
	}
	for (uint64_t u = 0; u < width && few > 0; u++)
		rows[u] = rows[few * width + u];
	return rows;
}

static double sum_up_to(const double *chance, uint64_t last)
{
	double sum = 0.0;

	for (uint64_t i = 0; i <= last; i++)
		sum += chance[i];
	return fmin(sum, 1.0);
}

/*
 * Both statistics are symmetric about half of their maximum: mean and standard deviation for the
 * approximation.
 */
static double approximate_cdf(uint64_t value, double mean, double sd)
{
	return normal_cdf(((double)value + 0.5 - mean) / sd);
}

static double signed_rank_sd(double n)
{
	return sqrt(n * (n + 1.0) * (2.0 * n + 1.0) / 24.0);
}

static double rank_sum_sd(double n, double m)
{
	return sqrt(n * m * (n + m + 1.0) / 12.0);
}

double rank_signed_cdf(uint32_t pairs, uint64_t w)
{
	uint64_t most = (uint64_t)pairs * (pairs + 1ull) / 2;
	scoped_free double *chance = NULL;

	if (w >= most)
		return 1.0;
	if (pairs > RANK_EXACT_RUNS)
		return approximate_cdf(w, 0.5 * (double)most, signed_rank_sd(pairs));
	chance = signed_rank_null(pairs, w);
	return sum_up_to(chance, w);
}

double rank_sum_cdf(uint32_t n, uint32_t m, uint64_t u)
{
	uint64_t most = (uint64_t)n * m;
	scoped_free double *chance = NULL;

	if (u >= most)
		return 1.0;
	if ((uint64_t)n + m > RANK_EXACT_RUNS)
		return approximate_cdf(u, 0.5 * (double)most, rank_sum_sd(n, m));
	chance = rank_sum_null(n, m, u);
	return sum_up_to(chance, u);
}

static double tail_of(double level)
{
	return 0.5 * (1.0 - level);
}

/* The first `count` chances are enough. */
static uint64_t find_k(const double *chance, uint64_t count, double level)
{
	double sum = 0.0, tail = tail_of(level) * ROUNDING;
	uint64_t k = 0;

	while (k < count && sum + chance[k] <= tail)
		sum += chance[k++];
	return k;
}

static uint64_t approximate_k(uint64_t most, double sd, double level)
{
	double k = floor(0.5 * (double)most + 0.5 + normal_quantile(tail_of(level)) * sd);

	return k >= 1.0 ? (uint64_t)k : 0;
}

uint64_t rank_signed_k(uint32_t pairs, double level)
{
	uint64_t most = (uint64_t)pairs * (pairs + 1ull) / 2;
	scoped_free double *chance = NULL;

	if (pairs == 0)
		return 0;
	if (pairs > RANK_EXACT_RUNS)
		return approximate_k(most, signed_rank_sd(pairs), level);
	chance = signed_rank_null(pairs, most / 2);
	return find_k(chance, most / 2 + 1, level);
}

uint64_t rank_sum_k(uint32_t n, uint32_t m, double level)
{
	uint64_t most = (uint64_t)n * m;
	scoped_free double *chance = NULL;

	if (most == 0)
		return 0;
	if ((uint64_t)n + m > RANK_EXACT_RUNS)
		return approximate_k(most, rank_sum_sd(n, m), level);
	chance = rank_sum_null(n, m, most / 2);
	return find_k(chance, most / 2 + 1, level);
}

/*
 * `values` are all averages or differences; the k-th from either end bound the interval. `outside`:
 * the chance of a bound on the wrong side.
 */
static void fill_interval(struct rank_estimate *estimate, double *values, uint64_t count,
			  uint64_t k, double outside)
{
	quantile_sort(values, count);
	estimate->estimate = quantile_of_sorted(values, count, 0.5);
	estimate->k = k;
	estimate->has_interval = k > 0;
	estimate->lo = k > 0 ? values[k - 1] : (double)NAN;
	estimate->hi = k > 0 ? values[count - k] : (double)NAN;
	estimate->level = fmax(0.0, 1.0 - 2.0 * outside);
}

static double variance_of(const double *values, uint32_t count)
{
	double mean = 0.0, sum = 0.0;

	if (count < 2)
		return (double)NAN;
	for (uint32_t i = 0; i < count; i++)
		mean += values[i] / count;
	for (uint32_t i = 0; i < count; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sum / (count - 1);
}

/* Of halves: the sum of two of the largest doubles is none. */
static double average(double a, double b)
{
	return 0.5 * a + 0.5 * b;
}

void rank_estimate_paired(const double *differences, uint32_t count, double level,
			  struct rank_estimate *ret_estimate)
{
	uint64_t most = (uint64_t)count * (count + 1ull) / 2, next = 0;
	uint64_t k = rank_signed_k(count, level);
	scoped_free double *averages = alloc_array(most + 1, sizeof(*averages));

	*ret_estimate = (struct rank_estimate){
		.asked_level = level,
		.sd = sqrt(variance_of(differences, count)),
		.is_paired = true,
		.n_base = count,
		.n_head = count,
	};
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = i; j < count; j++)
			averages[next++] = average(differences[i], differences[j]);
	}
	fill_interval(ret_estimate, averages, most, k, rank_signed_cdf(count, k > 0 ? k - 1 : 0));
}

void rank_estimate_unpaired(const double *base, uint32_t n_base, const double *head,
			    uint32_t n_head, double level, struct rank_estimate *ret_estimate)
{
	uint64_t most = (uint64_t)n_base * n_head, next = 0;
	uint64_t k = rank_sum_k(n_base, n_head, level);
	scoped_free double *differences = alloc_array(most + 1, sizeof(*differences));

	*ret_estimate = (struct rank_estimate){
		.asked_level = level,
		.sd = sqrt(variance_of(base, n_base) + variance_of(head, n_head)),
		.n_base = n_base,
		.n_head = n_head,
	};
	for (uint32_t i = 0; i < n_base; i++) {
		for (uint32_t j = 0; j < n_head; j++)
			differences[next++] = head[j] - base[i];
	}
	fill_interval(ret_estimate, differences, most, k,
		      rank_sum_cdf(n_base, n_head, k > 0 ? k - 1 : 0));
}

/* What is not above (a NAN, too) is at most, and the other way round: in doubt no difference. */
static void count_sides(double value, double border, uint64_t *at_most, uint64_t *at_least)
{
	*at_most += !(value > border);
	*at_least += !(value < border);
}

void rank_p_paired(const double *differences, uint32_t count, double border, struct rank_p *ret_p)
{
	uint64_t at_most = 0, at_least = 0;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = i; j < count; j++)
			count_sides(average(differences[i], differences[j]), border, &at_most,
				    &at_least);
	}
	*ret_p = (struct rank_p){.above = rank_signed_cdf(count, at_most),
				 .below = rank_signed_cdf(count, at_least)};
}

void rank_p_unpaired(const double *base, uint32_t n_base, const double *head, uint32_t n_head,
		     double border, struct rank_p *ret_p)
{
	uint64_t at_most = 0, at_least = 0;

	for (uint32_t i = 0; i < n_base; i++) {
		for (uint32_t j = 0; j < n_head; j++)
			count_sides(head[j] - base[i], border, &at_most, &at_least);
	}
	*ret_p = (struct rank_p){.above = rank_sum_cdf(n_base, n_head, at_most),
				 .below = rank_sum_cdf(n_base, n_head, at_least)};
}

uint32_t rank_min_pairs(double level)
{
	uint32_t pairs = 1;

	while (pairs < RANK_EXACT_RUNS && ldexp(1.0, -(int)pairs) > tail_of(level) * ROUNDING)
		pairs++;
	return pairs;
}

/* 1 / C(n + m, n): the chance of one arrangement of all, the least that U can say. */
static double one_arrangement(uint32_t n, uint32_t m)
{
	return exp(lgamma(n + 1.0) + lgamma(m + 1.0) - lgamma((double)n + m + 1.0));
}

uint32_t rank_min_runs(double level)
{
	uint32_t runs = 1;

	while (runs < RANK_EXACT_RUNS && one_arrangement(runs, runs) > tail_of(level) * ROUNDING)
		runs++;
	return runs;
}
