#include "stats/rng.h"

#include <assert.h>

uint64_t rng_splitmix64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void rng_init(struct rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->state[i] = rng_splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t value, int bits)
{
	return (value << bits) | (value >> (64 - bits));
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9, shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double rng_next_double(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

uint64_t rng_next_below(struct rng *rng, uint64_t bound)
{
	uint64_t surplus, number;

	assert(bound > 0);
	/*
	 * 2^64 modulo bound: the numbers below it would make the first remainders likelier than the
	 * others.
	 */
	surplus = -bound % bound;
	do {
		number = rng_next(rng);
	} while (number < surplus);
	return number % bound;
}

void rng_shuffle(struct rng *rng, uint32_t *items, uint32_t count)
{
	for (uint32_t left = count; left > 1; left--) {
		uint32_t other = (uint32_t)rng_next_below(rng, left), item = items[left - 1];

		items[left - 1] = items[other];
		items[other] = item;
	}
}
