/*
 * Which request comes when: a schedule made before the start, in which each request has exactly its
 * share. Of drawing each request by chance the shares of two runs would differ, and with them the
 * latencies that are compared: exact shares are variance that need not be averaged away. So that
 * there is no short rhythm either, with which a server could fall in step, the schedule is many
 * blocks of the mix, each shuffled by itself.
 */
#ifndef LOAD_MIX_H
#define LOAD_MIX_H

#include <stdint.h>

#include "util/err.h"

/* sum of the weights, after dividing out what they have in common */
enum { MIX_MAX_WEIGHT = 65536 };

struct mix {
	uint32_t *schedule; /* indexes of requests */
	uint32_t length;
};

/*
 * weights[i] >= 1. -EINVAL when they add up to more than MIX_MAX_WEIGHT. The same seed gives the
 * same schedule.
 */
int mix_init(struct mix *mix, const uint32_t *weights, uint32_t count, uint64_t seed,
	     struct err *err);
void mix_release(struct mix *mix);

/* The request of step n; the schedule begins again at its end. Any thread. */
static inline uint32_t mix_get(const struct mix *mix, uint64_t n)
{
	return mix->length == 1 ? mix->schedule[0] : mix->schedule[n % mix->length];
}

#endif
