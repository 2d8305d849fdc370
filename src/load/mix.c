#include "load/mix.h"

#include <errno.h>
#include <stdlib.h>

#include "stats/rng.h"
#include "util/alloc.h"

enum { MIX_WANTED_LENGTH = 4096 };

static uint32_t find_common_divisor(const uint32_t *weights, uint32_t count)
{
	uint32_t divisor = weights[0];

	for (uint32_t i = 1; i < count; i++) {
		uint32_t rest = weights[i];

		while (rest != 0) {
			uint32_t swap = divisor % rest;

			divisor = rest;
			rest = swap;
		}
	}
	return divisor;
}

int mix_init(struct mix *mix, const uint32_t *weights, uint32_t count, uint64_t seed,
	     struct err *err)
{
	uint32_t divisor = find_common_divisor(weights, count), blocks;
	uint64_t block = 0;
	struct rng rng;

	for (uint32_t i = 0; i < count; i++)
		block += weights[i] / divisor;
	if (block > MIX_MAX_WEIGHT)
		return err_set(
			err, -EINVAL,
			"the weights of the requests add up to more than %d; use smaller ones",
			MIX_MAX_WEIGHT);
	blocks = count == 1 || block >= MIX_WANTED_LENGTH ? 1
							  : (uint32_t)(MIX_WANTED_LENGTH / block);
	mix->schedule = alloc_array(block * blocks, sizeof(mix->schedule[0]));
	mix->length = 0;
	rng_init(&rng, seed);
	for (uint32_t b = 0; b < blocks; b++) {
		uint32_t *begin = mix->schedule + mix->length;

		for (uint32_t i = 0; i < count; i++) {
			for (uint32_t j = 0; j < weights[i] / divisor; j++)
				mix->schedule[mix->length++] = i;
		}
		rng_shuffle(&rng, begin, (uint32_t)block);
	}
	return 0;
}

void mix_release(struct mix *mix)
{
	free(mix->schedule);
	*mix = (struct mix){0};
}
