/*
 * Held against R 4.2: wilcox.test(conf.int = TRUE, exact = TRUE), psignrank(), pwilcox(),
 * qsignrank(), qwilcox(), here and in tests/data/stats; and the null distributions against a count
 * of all arrangements.
 *
 * Other tools agree where their conventions are translated. benchstat: its p is 2 * the smaller of
 * rank_p's, with ties less than ours (it conditions on them, which can give 0). Pragmastat: shift
 * and ratio are base against head, so with the sign and the sides turned; its margin is 2 * k here,
 * and its bounds lie one average further inside than those of R and of ours.
 */
#include "stats/rank.h"

#include "stats/rng.h"
#include "stats_vectors.h"

static const double A[] = {101.2, 99.8, 103.4, 98.7, 100.5, 102.2};
static const double B[] = {104.9, 103.1, 107.7, 101.9, 106.0, 99.9};
static const double X[] = {111.436, 94.016,  96.529, 97.939, 95.147,
			   95.264,  103.741, 99.415, 100.763};
static const double Y[] = {111.76,  104.428, 113.867, 112.126, 104.296, 110.584,
			   104.871, 99.425,  101.771, 102.981, 106.953, 106.359};

static void test_unpaired(void)
{
	struct rank_estimate e;

	rank_estimate_unpaired(B, 6, A, 6, 0.95, &e);
	is_near(e.estimate, -2.95, 1e-12, "6 and 6 runs: estimate");
	ok(e.has_interval && !e.is_paired && e.n_base == 6 && e.n_head == 6, "with an interval");
	is_near(e.lo, -6.2, 1e-12, "its lower bound at 95 %");
	is_near(e.hi, 0.3, 1e-12, "its upper bound");
	is_int(e.k, 6, "six differences from either end");
	rank_estimate_unpaired(B, 6, A, 6, 0.99, &e);
	is_near(e.lo, -7.3, 1e-12, "lower bound at 99 %");
	is_near(e.hi, 1.5, 1e-12, "upper bound at 99 %");
	rank_estimate_unpaired(A, 6, B, 6, 0.95, &e);
	is_near(e.estimate, 2.95, 1e-12, "head and base swapped: the sign turns");
	is_near(e.lo, -0.3, 1e-12, "and the bounds with it");

	rank_estimate_unpaired(X, 9, Y, 12, 0.9, &e);
	is_near(e.estimate, 7.8005, 1e-9, "9 and 12 runs: estimate");
	is_near(e.lo, 3.832, 1e-9, "lower bound at 90 %");
	is_near(e.hi, 11.169, 1e-9, "upper bound at 90 %");
	rank_estimate_unpaired(X, 9, Y, 12, 0.95, &e);
	is_near(e.lo, 3.212, 1e-9, "lower bound at 95 %");
	is_near(e.hi, 11.806, 1e-9, "upper bound at 95 %");
	is_near(e.level, 0.95092709148436705, 1e-12, "what it really covers");
	is_near(e.sd, 7.1165006587692146, 1e-9, "sd of a head run less a base run");
	rank_estimate_unpaired(X, 9, Y, 12, 0.99, &e);
	is_near(e.lo, 1.008, 1e-9, "lower bound at 99 %");
	is_near(e.hi, 14.055, 1e-9, "upper bound at 99 %");
}

static void test_paired(void)
{
	double ratios[6];
	struct rank_estimate e;

	for (int i = 0; i < 6; i++)
		ratios[i] = log(B[i] / A[i]);
	rank_estimate_paired(ratios, 6, 0.95, &e);
	is_near(e.estimate, 0.0342199831271911, 1e-14, "6 pairs of logarithms: estimate");
	is_near(e.lo, -0.0227619921150963, 1e-14, "lower bound at 95 %");
	is_near(e.hi, 0.0532813666129368, 1e-14, "upper bound at 95 %");
	is_near(e.level, 0.96875, 1e-15, "six pairs cover 96.9 %");
	ok(e.is_paired && e.k == 1 && e.n_base == 6 && e.n_head == 6,
	   "smallest and largest average");

	rank_estimate_paired(Y, 12, 0.9, &e);
	is_near(e.estimate, 106.651, 1e-9, "12 pairs: estimate");
	is_near(e.lo, 104.065, 1e-9, "lower bound at 90 %");
	is_near(e.hi, 109.0815, 1e-9, "upper bound at 90 %");
	rank_estimate_paired(Y, 12, 0.95, &e);
	is_near(e.lo, 103.321, 1e-9, "lower bound at 95 %");
	is_near(e.hi, 109.369, 1e-9, "upper bound at 95 %");
	is_near(e.level, 0.95751953125, 1e-14, "what it really covers");
	is_near(e.sd, 4.5420751056264512, 1e-9, "sd of a pair's difference");
	rank_estimate_paired(Y, 12, 0.99, &e);
	is_near(e.lo, 102.376, 1e-9, "lower bound at 99 %");
	is_near(e.hi, 111.355, 1e-9, "upper bound at 99 %");
}

/*
 * The example of benchstat's manual (its json rows), and pairs with many ties: order statistics by
 * R.
 */
static void test_ties(void)
{
	static const double before[] = {1726, 1723, 1707, 1707, 1713, 1729, 1736, 1707, 1705, 1774};
	static const double after[] = {1423, 1416, 1411, 1413, 1412, 1426, 1422, 1424, 1447, 1425};
	static const double tied[] = {0.01, 0.01, 0.02, -0.01, 0.02, 0.03, 0.01, 0.00};
	static const double same[] = {5, 5, 5, 5, 5, 5};
	struct rank_estimate e;

	rank_estimate_unpaired(after, 10, before, 10, 0.95, &e);
	is_near(e.estimate, 296.5, 1e-12, "ties between runs: estimate");
	is_near(e.lo, 284, 1e-12, "lower bound");
	is_near(e.hi, 312, 1e-12, "upper bound");
	is_int(e.k, 24, "the 24th from either end");
	is_near(e.level, 0.95674294745502175, 1e-12, "what it covers");
	rank_estimate_paired(tied, 8, 0.95, &e);
	is_near(e.estimate, 0.01, 1e-15, "ties between pairs: estimate");
	is_near(e.lo, 0.0, 1e-15, "lower bound");
	is_near(e.hi, 0.02, 1e-15, "upper bound");
	rank_estimate_unpaired(same, 6, same, 6, 0.95, &e);
	ok(e.has_interval && e.lo == 0.0 && e.hi == 0.0 && e.estimate == 0.0 && e.sd == 0.0,
	   "all equal: exactly 0");
}

static void test_too_few(void)
{
	static const double five[] = {1, 2, 3, 4, 5};
	struct rank_estimate e;

	rank_estimate_paired(five, 5, 0.95, &e);
	ok(!e.has_interval && e.k == 0 && isnan(e.lo) && isnan(e.hi),
	   "5 pairs have no interval at 95 %");
	is_near(e.estimate, 3.0, 1e-15, "but an estimate");
	is_near(e.level, 0.9375, 1e-15, "and can reach 93.75 %");
	rank_estimate_unpaired(five, 3, five, 3, 0.95, &e);
	ok(!e.has_interval, "3 and 3 runs have no interval at 95 %");
	is_near(e.level, 0.9, 1e-12, "and can reach 90 %");
	rank_estimate_unpaired(five, 3, five, 3, 0.9, &e);
	ok(e.has_interval && e.k == 1, "which is an interval when it is what was asked for");
	rank_estimate_paired(five, 1, 0.95, &e);
	ok(!e.has_interval && e.estimate == 1.0 && isnan(e.sd) && e.level == 0.0,
	   "one pair is an estimate only");
	rank_estimate_paired(NULL, 0, 0.95, &e);
	ok(!e.has_interval && isnan(e.estimate), "no pairs are nothing");
	rank_estimate_unpaired(five, 5, NULL, 0, 0.95, &e);
	ok(!e.has_interval && isnan(e.estimate), "nor is one empty side");

	is_int(rank_min_pairs(0.95), 6, "95 % take 6 pairs");
	is_int(rank_min_pairs(0.99), 8, "99 % take 8 pairs");
	is_int(rank_min_runs(0.9), 3, "90 % take 3 runs a side");
	is_int(rank_min_runs(0.95), 4, "95 % take 4 runs a side");
	is_int(rank_min_runs(0.99), 5, "99 % take 5 runs a side");
	is_int(rank_min_runs(0.997), 6, "99.7 % take 6 runs a side");
}

/* All 2^8 signs of 8 ranks, and all C(9, 4) places of 4 runs among 9. */
static void test_null_by_counting(void)
{
	int signed_counts[37] = {0}, sum_counts[21] = {0}, wrong = 0, total = 0;
	double below = 0.0;

	for (unsigned signs = 0; signs < 256; signs++) {
		int w = 0;

		for (int rank = 1; rank <= 8; rank++)
			w += (signs >> (rank - 1) & 1) != 0 ? rank : 0;
		signed_counts[w]++;
	}
	for (unsigned places = 0; places < 512; places++) {
		int u = 0;

		if (__builtin_popcount(places) != 4)
			continue;
		for (int i = 0; i < 9; i++) {
			for (int j = 0; j < i; j++)
				u += (places >> i & 1) != 0 && (places >> j & 1) == 0;
		}
		sum_counts[u]++;
		total++;
	}
	for (uint64_t w = 0; w < 37; w++) {
		below += signed_counts[w] / 256.0;
		wrong += fabs(rank_signed_cdf(8, w) - below) > 1e-14;
	}
	is_int(wrong, 0, "signed ranks of 8 pairs: all 37 probabilities");
	below = 0.0;
	for (uint64_t u = 0; u < 21; u++) {
		below += (double)sum_counts[u] / total;
		wrong += fabs(rank_sum_cdf(4, 5, u) - below) > 1e-14 ||
			 fabs(rank_sum_cdf(5, 4, u) - below) > 1e-14;
	}
	is_int(wrong, 0, "U of 4 and 5 runs: all 21 probabilities");
}

static void test_null_against_r(void)
{
	is_near(2 * rank_sum_cdf(6, 6, 7), 0.093073593073593072, 1e-14,
		"p of U = 7 for 6 and 6 runs");
	is_near(2 * rank_signed_cdf(6, 1), 0.0625, 1e-15, "p of V = 20 for 6 pairs");
	is_near(rank_signed_cdf(12, 20), 0.0756835937500000555, 1e-14, "psignrank(20, 12)");
	is_near(rank_signed_cdf(40, 200), 0.0020260548872101936, 1e-14, "psignrank(200, 40)");
	is_near(rank_signed_cdf(30, 2), 2.7939677238464380e-09, 1e-22, "psignrank(2, 30)");
	is_near(rank_sum_cdf(9, 12, 30), 0.0477256489640390663, 1e-14, "pwilcox(30, 9, 12)");
	is_near(rank_sum_cdf(30, 40, 400), 0.0086100104404088808, 1e-14, "pwilcox(400, 30, 40)");
	is_near(rank_signed_cdf(6, 21), 1.0, 0.0, "everything is at most the largest W");
	is_near(rank_sum_cdf(3, 4, 99), 1.0, 0.0, "or the largest U");
	is_near(rank_sum_cdf(0, 4, 0), 1.0, 0.0, "nothing against 4 runs has one arrangement");
}

/*
 * qsignrank() and qwilcox(); k is one more than the last value outside, which is what they return.
 */
static void test_many_runs(void)
{
	double values[201];
	struct rank_estimate e;
	struct rng rng;

	rng_init(&rng, 5);
	for (int i = 0; i < 201; i++)
		values[i] = rng_next_double(&rng);
	rank_estimate_paired(values, 200, 0.95, &e);
	is_int(e.k, 8445, "200 pairs, exact");
	rank_estimate_paired(values, 201, 0.95, &e);
	ok(fabs((double)e.k - 8533) <= 1, "201 pairs, approximately");
	is_near(e.level, 0.95, 1e-3, "covering about what was asked for");
	rank_estimate_unpaired(values, 100, values + 100, 100, 0.99, &e);
	is_int(e.k, 3949, "100 and 100 runs, exact");
	rank_estimate_unpaired(values, 101, values + 100, 101, 0.99, &e);
	ok(fabs((double)e.k - 4033) <= 3, "101 and 101 runs, approximately");
	ok(e.lo <= e.estimate && e.estimate <= e.hi, "the estimate lies inside");
}

/* One of R's lines: level, estimate, lo, hi, border, p above, p below. */
static bool agrees(const double *line, const struct rank_estimate *e, const struct rank_p *p)
{
	return e->has_interval && vectors_agree(e->estimate, line[1]) &&
	       vectors_agree(e->lo, line[2]) && vectors_agree(e->hi, line[3]) &&
	       vectors_agree(p->above, line[5]) && vectors_agree(p->below, line[6]);
}

static void test_paired_vectors(void)
{
	FILE *file = vectors_open("rank_paired.txt");
	struct vector_line line;
	int lines = 0, wrong = 0;

	while (vectors_next(file, &line)) {
		uint32_t count = (uint32_t)line.numbers[7];
		const double *differences = line.numbers + 8;
		struct rank_estimate e;
		struct rank_p p;

		rank_estimate_paired(differences, count, line.numbers[0], &e);
		rank_p_paired(differences, count, line.numbers[4], &p);
		wrong += line.count != 8 + count || !agrees(line.numbers, &e, &p);
		lines++;
	}
	fclose(file);
	is_int(wrong, 0, "paired: estimates, intervals and p-values of R");
	ok(lines >= 60, "of many samples");
}

static void test_unpaired_vectors(void)
{
	FILE *file = vectors_open("rank_unpaired.txt");
	struct vector_line line;
	int lines = 0, wrong = 0;

	while (vectors_next(file, &line)) {
		uint32_t n = (uint32_t)line.numbers[7], m = (uint32_t)line.numbers[8];
		const double *base = line.numbers + 9, *head = base + n;
		struct rank_estimate e;
		struct rank_p p;

		rank_estimate_unpaired(base, n, head, m, line.numbers[0], &e);
		rank_p_unpaired(base, n, head, m, line.numbers[4], &p);
		wrong += line.count != 9 + n + m || !agrees(line.numbers, &e, &p);
		lines++;
	}
	fclose(file);
	is_int(wrong, 0, "unpaired: estimates, intervals and p-values of R");
	ok(lines >= 35, "of many samples");
}

static void test_k_vectors(void)
{
	FILE *file = vectors_open("rank_k.txt");
	struct vector_line line;
	int lines = 0, wrong = 0;

	while (vectors_next(file, &line)) {
		uint32_t n = (uint32_t)line.numbers[1], m = (uint32_t)line.numbers[2];
		uint64_t k = m == 0 ? rank_signed_k(n, line.numbers[0])
				    : rank_sum_k(n, m, line.numbers[0]);

		wrong += k != (uint64_t)line.numbers[3];
		lines++;
	}
	fclose(file);
	is_int(wrong, 0, "which average bounds the interval, by psignrank() and pwilcox()");
	ok(lines >= 400, "for many sizes and levels");
	is_int(rank_signed_k(0, 0.95), 0, "none of no pairs");
	is_int(rank_sum_k(0, 9, 0.95), 0, "nor of an empty side");
}

/* Values of few digits, so that averages equal each other and the border. */
static double next_coarse(struct rng *rng)
{
	return 0.25 * (double)(rng_next_below(rng, 17)) - 2.0;
}

/* That the interval excludes the border, and that twice p is at most the error, are the same. */
static void test_p_is_of_interval(void)
{
	static const double errors[] = {0.003, 0.011, 0.05, 0.1, 0.21};
	int wrong = 0, above = 0, below = 0;
	struct rng rng;

	rng_init(&rng, 8);
	for (int trial = 0; trial < 6000; trial++) {
		double base[12], head[12], border = next_coarse(&rng), error = errors[trial % 5];
		uint32_t n = (uint32_t)rng_next_below(&rng, 12) + 1;
		uint32_t m = (uint32_t)rng_next_below(&rng, 12) + 1;
		struct rank_estimate e;
		struct rank_p p;

		for (uint32_t i = 0; i < 12; i++) {
			base[i] = next_coarse(&rng);
			head[i] = next_coarse(&rng);
		}
		if (trial % 2 == 0) {
			rank_estimate_paired(head, n, 1 - error, &e);
			rank_p_paired(head, n, border, &p);
		} else {
			rank_estimate_unpaired(base, n, head, m, 1 - error, &e);
			rank_p_unpaired(base, n, head, m, border, &p);
		}
		wrong += (e.has_interval && e.lo > border) != (2 * p.above <= error * (1 + 1e-12));
		wrong += (e.has_interval && e.hi < border) != (2 * p.below <= error * (1 + 1e-12));
		wrong += !(p.above > 0 && p.above <= 1 && p.below > 0 && p.below <= 1);
		above += e.lo > border;
		below += e.hi < border;
	}
	is_int(wrong, 0, "p-values and intervals say the same, with and without ties");
	ok(above > 100 && below > 100, "on both sides");
}

/*
 * The smallest samples that benchstat calls different (3 and 3 runs never at .05, 4 and 4 just),
 * and ties, for which it counts arrangements of the tied values: its p then can be 0.
 */
static void test_against_benchstat(void)
{
	static const double low[] = {-1, -1, -1, -1}, high[] = {1, 1, 1, 1, 1};
	static const double mixed[] = {1, 2, 4, 7}, other[] = {3, 5, 6, 8}, tied[] = {-1, 1, 1, 2};
	struct rank_p p;

	rank_p_unpaired(low, 3, high, 3, 0, &p);
	is_near(2 * p.above, 0.1, 1e-15, "3 and 3 runs: ties within a side are no ties");
	rank_p_unpaired(low, 4, high, 4, 0, &p);
	is_near(2 * p.above, 0.028571428571428577, 1e-15, "4 and 4 runs");
	is_near(p.below, 1.0, 1e-15, "the other way");
	rank_p_unpaired(mixed, 4, other, 4, 0, &p);
	is_near(2 * p.above, 24.0 / 70, 1e-15, "mixed: U = 4, 12 of 70 arrangements");
	rank_p_unpaired(low, 4, tied, 4, 0, &p);
	ok(p.above > 10.0 / 70 && p.above < 0.5 && p.below == 1.0,
	   "four ties between the sides: far from certain, and never 0");
	rank_p_unpaired(tied, 4, tied, 4, 0, &p);
	ok(p.above == p.below && p.above > 0.5, "a side and itself");
	rank_p_unpaired(high, 4, high, 4, 0, &p);
	ok(p.above == 1.0 && p.below == 1.0, "all equal is no error: p of 1");
}

static void test_ties_everywhere(void)
{
	double same[20], values[20];
	struct rank_estimate e;
	struct rank_p p;
	int wrong = 0;

	for (uint32_t n = 1; n <= 20; n++) {
		for (uint32_t i = 0; i < n; i++) {
			same[i] = 0.02;
			values[i] = i % 2 == 0 ? 0.02 : -0.02;
		}
		rank_estimate_paired(same, n, 0.95, &e);
		rank_p_paired(same, n, 0.02, &p);
		wrong += e.estimate != 0.02 || e.sd > 1e-15 || p.above != 1.0 || p.below != 1.0 ||
			 (e.has_interval && (e.lo != 0.02 || e.hi != 0.02));
		rank_p_paired(same, n, 0.0, &p);
		wrong += p.above != ldexp(1.0, -(int)n) || p.below != 1.0;
		rank_p_paired(values, n, 0.0, &p);
		wrong += 2 * p.above <= 0.4 || 2 * p.below <= 0.4;
		rank_p_unpaired(same, n, same, n, 0.0, &p);
		wrong += p.above != 1.0 || p.below != 1.0;
		rank_p_unpaired(values, n, values, n, 0.0, &p);
		wrong += p.above < 0.5 || p.below < 0.5;
	}
	is_int(wrong, 0, "ties everywhere: finite, and no difference where there is none");
	rank_p_paired(same, 20, (double)NAN, &p);
	ok(p.above == 1.0 && p.below == 1.0, "a border that is no number excludes nothing");
	rank_p_paired(NULL, 0, 0.0, &p);
	ok(p.above == 1.0 && p.below == 1.0, "no pairs exclude nothing");
	rank_p_unpaired(same, 5, NULL, 0, 0.0, &p);
	ok(p.above == 1.0 && p.below == 1.0, "nor does an empty side");
}

int main(void)
{
	test_unpaired();
	test_paired();
	test_ties();
	test_too_few();
	test_null_by_counting();
	test_null_against_r();
	test_many_runs();
	test_paired_vectors();
	test_unpaired_vectors();
	test_k_vectors();
	test_p_is_of_interval();
	test_against_benchstat();
	test_ties_everywhere();
	return tap_done();
}
