#include "stats/independence.h"

#include <math.h>

struct batches {
	uint32_t filled; /* those with answers */
	double count[INDEPENDENCE_MAX_BATCHES], above[INDEPENDENCE_MAX_BATCHES];
	double all_count, all_above;
};

static void fill(struct batches *batches, const uint64_t *count, const uint64_t *above,
		 size_t seconds)
{
	size_t length = (seconds + INDEPENDENCE_MAX_BATCHES - 1) / INDEPENDENCE_MAX_BATCHES;

	*batches = (struct batches){0};
	for (size_t at = 0; at < seconds; at += length) {
		double batch_count = 0.0, batch_above = 0.0;

		for (size_t i = at; i < at + length && i < seconds; i++) {
			batch_count += (double)count[i];
			batch_above += (double)above[i];
		}
		if (batch_count > 0) {
			batches->count[batches->filled] = batch_count;
			batches->above[batches->filled++] = batch_above;
			batches->all_count += batch_count;
			batches->all_above += batch_above;
		}
	}
}

/*
 * The chi-square distribution's 0.95 quantile over its degrees of freedom (Wilson, Hilferty 1931).
 */
static double chi_square_limit(double degrees)
{
	double spread = 2.0 / (9.0 * degrees);

	return pow(1.0 - spread + 1.6448536269514722 * sqrt(spread), 3.0);
}

/* Observed over independent variance of the share p. */
static double find_inflation(const struct batches *batches)
{
	double p = batches->all_above / batches->all_count, squares = 0.0;
	double filled = batches->filled;

	for (uint32_t i = 0; i < batches->filled; i++) {
		double excess = batches->above[i] - p * batches->count[i];

		squares += excess * excess;
	}
	return squares * filled / (filled - 1.0) / (batches->all_count * p * (1.0 - p));
}

uint64_t independence_effective_count(const uint64_t *count, const uint64_t *above, size_t seconds,
				      bool *ret_is_known)
{
	struct batches batches;
	double inflation;
	bool is_known;

	fill(&batches, count, above, seconds);
	is_known = batches.filled >= INDEPENDENCE_MIN_BATCHES && batches.all_above > 0.0 &&
		   batches.all_above < batches.all_count;
	if (ret_is_known != NULL)
		*ret_is_known = is_known;
	if (!is_known)
		return (uint64_t)batches.all_count;
	inflation = find_inflation(&batches);
	if (inflation <= chi_square_limit(batches.filled - 1.0))
		return (uint64_t)batches.all_count;
	return (uint64_t)fmax(batches.all_count / inflation, 1.0);
}
