/*
 * Seeded random numbers, the same on every machine: xoshiro256** by Blackman and Vigna (2018), its
 * state filled by splitmix64 from one seed. For schedules, shuffles and resampling; not for
 * secrets. One struct per thread.
 */
#ifndef STATS_RNG_H
#define STATS_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);

/* Advances a splitmix64 state and returns its next number. */
uint64_t rng_splitmix64(uint64_t *state);

uint64_t rng_next(struct rng *rng);

/* Uniform in [0, 1), 53 random bits. */
double rng_next_double(struct rng *rng);

/* Uniform in 0..bound-1 without bias; bound > 0. */
uint64_t rng_next_below(struct rng *rng, uint64_t bound);

/* Every order equally likely (Fisher and Yates). */
void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t count);

#endif
