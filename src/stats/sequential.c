#include "stats/sequential.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

/*
 * The greatest error of a look, in 1/100,000, with which no more than so many of all walks have any
 * look whose interval excludes a true zero: `bench/verdicts --constants` prints these rows, from a
 * million walks each and with two standard errors to spare.
 */
static const double errors[] = {0.10, 0.05, 0.01};
static const uint32_t lasts[] = {12, 16, 20, 24, 32, 40, 60, 100, 200};

enum { ERRORS = sizeof(errors) / sizeof(errors[0]), LASTS = sizeof(lasts) / sizeof(lasts[0]) };

#define ERROR_UNIT 1e-5

static const struct {
	uint32_t first, step;
	uint16_t look_error[ERRORS][LASTS];
} table[] = {
	{6,
	 1,
	 {{4223, 3247, 3088, 2685, 2151, 1909, 1562, 1260, 960},
	  {2221, 1586, 1519, 1270, 1011, 862, 723, 557, 418},
	  {537, 366, 288, 232, 194, 163, 121, 94, 67}}},
	{6,
	 2,
	 {{5346, 3884, 3200, 3080, 2685, 2342, 1833, 1452, 1074},
	  {2709, 2119, 1689, 1560, 1214, 1022, 793, 658, 488},
	  {634, 453, 339, 281, 218, 194, 146, 107, 78}}},
	{8,
	 1,
	 {{5419, 3884, 3274, 2713, 2333, 1963, 1581, 1260, 960},
	  {2563, 1840, 1519, 1270, 1011, 862, 723, 557, 418},
	  {537, 366, 288, 232, 194, 163, 121, 94, 67}}},
	{8,
	 2,
	 {{5932, 4656, 3884, 3408, 2685, 2342, 1833, 1452, 1074},
	  {2709, 2119, 1689, 1560, 1214, 1022, 793, 658, 488},
	  {634, 453, 339, 281, 218, 194, 146, 107, 78}}},
	{8,
	 4,
	 {{7055, 5346, 4418, 3884, 3361, 2704, 2217, 1655, 1277},
	  {3662, 2420, 2143, 1805, 1556, 1305, 969, 781, 599},
	  {732, 656, 487, 404, 304, 244, 181, 133, 95}}},
};

bool sequential_is_sane(const struct sequential *looks)
{
	return looks->first >= 1 && looks->step >= 1 && looks->first <= looks->last &&
	       looks->last <= SEQUENTIAL_MOST;
}

uint32_t sequential_count_looks(const struct sequential *looks)
{
	assert(looks->step > 0 && looks->first <= looks->last);
	return (looks->last - looks->first + looks->step - 1) / looks->step + 1;
}

bool sequential_is_look(const struct sequential *looks, uint32_t pairs)
{
	assert(looks->step > 0);
	if (pairs < looks->first || pairs > looks->last)
		return false;
	return pairs == looks->last || (pairs - looks->first) % looks->step == 0;
}

/* Whether `more` looks whenever `looks` does: then it errs at least as often. */
static bool has_all_looks(const struct sequential *more, const struct sequential *looks)
{
	for (uint32_t pairs = looks->first; pairs <= looks->last; pairs++)
		if (sequential_is_look(looks, pairs) && !sequential_is_look(more, pairs))
			return false;
	return true;
}

/*
 * A plan that is not in the table takes the mildest of what is safe for it: the error shared out
 * evenly (Bonferroni), or that of a plan in the table with all of its looks.
 */
double sequential_get_level(const struct sequential *looks, double error)
{
	double best = error / sequential_count_looks(looks);

	for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
		for (size_t column = 0; column < LASTS; column++) {
			struct sequential more = {.first = table[row].first,
						  .step = table[row].step,
						  .last = lasts[column]};

			if (!has_all_looks(&more, looks))
				continue;
			for (size_t i = 0; i < ERRORS; i++)
				if (errors[i] <= error)
					best = fmax(best,
						    ERROR_UNIT * table[row].look_error[i][column]);
		}
	}
	return 1.0 - best;
}
