#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

#include "util/alloc.h"

struct ranked {
	double p;
	uint32_t place;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->p < right->p)
		return -1;
	return left->p > right->p;
}

/* The tests among `p`, smallest first; the others go to ret_adjusted as they are. Caller frees. */
static struct ranked *rank_tests(const double *p, uint32_t count, double *ret_adjusted,
				 uint32_t *ret_tests)
{
	struct ranked *ranked = alloc_array((size_t)count + 1, sizeof(*ranked));
	uint32_t tests = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (isnan(p[i]))
			ret_adjusted[i] = p[i];
		else
			ranked[tests++] = (struct ranked){.p = p[i], .place = i};
	}
	qsort(ranked, tests, sizeof(*ranked), compare_ranked);
	*ret_tests = tests;
	return ranked;
}

void multiple_holm(const double *p, uint32_t count, double *ret_adjusted)
{
	uint32_t tests;
	scoped_free struct ranked *ranked = rank_tests(p, count, ret_adjusted, &tests);
	double greatest = 0.0;

	for (uint32_t i = 0; i < tests; i++) {
		greatest = fmax(greatest, fmin(1.0, ranked[i].p * (tests - i)));
		ret_adjusted[ranked[i].place] = greatest;
	}
}

void multiple_benjamini_hochberg(const double *p, uint32_t count, double *ret_adjusted)
{
	uint32_t tests;
	scoped_free struct ranked *ranked = rank_tests(p, count, ret_adjusted, &tests);
	double least = 1.0;

	for (uint32_t i = tests; i-- > 0;) {
		least = fmin(least, ranked[i].p * tests / (i + 1));
		ret_adjusted[ranked[i].place] = least;
	}
}
