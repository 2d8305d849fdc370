#include <math.h>

#include "verdicts.h"

/* How much of the last run's noise is in the next, and how many go before the first. */
#define SLOWNESS 0.8
enum { SLOW_RUN_IN = 30 };

static double next_uniform(struct rng *rng)
{
	return rng_next_double(rng) + 0x1p-54; /* never 0 */
}

const char *noise_name(enum noise noise)
{
	static const char *const names[NOISE_COUNT] = {"normal", "t3", "skewed", "AR(.8)"};

	return names[noise];
}

/* Box and Muller (1958). */
double noise_next_normal(struct rng *rng)
{
	double radius = sqrt(-2.0 * log(next_uniform(rng)));

	return radius * cos(2.0 * M_PI * rng_next_double(rng));
}

static double next_t3(struct rng *rng)
{
	double normal = noise_next_normal(rng), squares = 0.0;

	for (int i = 0; i < 3; i++)
		squares += pow(noise_next_normal(rng), 2.0);
	return normal / sqrt(squares / 3.0) / sqrt(3.0); /* its variance is 3 */
}

static double next_noise(struct rng *rng, enum noise noise)
{
	if (noise == NOISE_T3)
		return next_t3(rng);
	return noise == NOISE_SKEWED ? -log(next_uniform(rng)) - 1.0 : noise_next_normal(rng);
}

void noise_fill(struct rng *rng, enum noise noise, double sd, double *values, uint32_t count)
{
	double slow = 0.0;

	for (uint32_t i = 0; noise == NOISE_SLOW && i < SLOW_RUN_IN; i++)
		slow = SLOWNESS * slow + sqrt(1.0 - SLOWNESS * SLOWNESS) * noise_next_normal(rng);
	for (uint32_t i = 0; i < count; i++) {
		double next = next_noise(rng, noise);

		slow = SLOWNESS * slow + sqrt(1.0 - SLOWNESS * SLOWNESS) * next;
		values[i] = sd * (noise == NOISE_SLOW ? slow : next);
	}
}
