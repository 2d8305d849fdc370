/* Held against R's p.adjust(): tests/data/stats/p_adjust.txt, and what is no test. */
#include "stats/multiple.h"

#include "stats_vectors.h"

static void test_against_r(void)
{
	FILE *file = vectors_open("p_adjust.txt");
	struct vector_line line;
	int lines = 0, wrong = 0, kinds[2] = {0, 0};

	while (vectors_next(file, &line)) {
		uint32_t count = (uint32_t)line.numbers[0];
		const double *p = line.numbers + 1, *want = p + count;
		bool is_holm = strcmp(line.word, "holm") == 0;
		double adjusted[VECTOR_NUMBERS];

		(is_holm ? multiple_holm : multiple_benjamini_hochberg)(p, count, adjusted);
		for (uint32_t i = 0; i < count; i++)
			wrong +=
				line.count != 1 + 2 * count || !vectors_agree(adjusted[i], want[i]);
		kinds[is_holm]++;
		lines++;
	}
	fclose(file);
	ok(lines == 18 && kinds[0] == 9 && kinds[1] == 9, "nine sets of tests, by both methods");
	is_int(wrong, 0, "all as R has them");
}

static void test_no_tests(void)
{
	double p[5] = {0.02, (double)NAN, 0.01, (double)NAN, 0.5}, adjusted[5];

	multiple_holm(p, 5, adjusted);
	is_near(adjusted[0], 0.04, 1e-15, "what is no test does not count: second of three");
	is_near(adjusted[2], 0.03, 1e-15, "first of three");
	ok(isnan(adjusted[1]) && isnan(adjusted[3]), "and stays none");
	multiple_benjamini_hochberg(p, 5, adjusted);
	is_near(adjusted[0], 0.03, 1e-15, "likewise by Benjamini and Hochberg");
	is_near(adjusted[4], 0.5, 1e-15, "the last one is as it is");
	ok(isnan(adjusted[1]), "none stays none");
	multiple_holm(p, 5, p);
	ok(vectors_agree(p[0], 0.04) && isnan(p[1]) && vectors_agree(p[4], 0.5), "in place");
	multiple_benjamini_hochberg(p + 1, 1, adjusted);
	ok(isnan(adjusted[0]), "of no tests at all, none");
	multiple_holm(p, 0, adjusted);
	multiple_benjamini_hochberg(NULL, 0, NULL);
	ok(true, "nothing is nothing");
}

int main(void)
{
	test_against_r();
	test_no_tests();
	return tap_done();
}
