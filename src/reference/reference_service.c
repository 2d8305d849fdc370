#include "reference/reference_service.h"

#include <math.h>

uint64_t reference_service_draw(const struct reference_config *config, struct rng *rng)
{
	switch (config->service) {
	case REFERENCE_CONSTANT:
		break;
	case REFERENCE_TWO_POINT:
		return rng_next_double(rng) < config->slow_ratio ? config->slow_ns
								 : config->service_ns;
	case REFERENCE_EXPONENTIAL: /* by inversion; 1 - u is never 0 */
		return (uint64_t)(-log(1 - rng_next_double(rng)) * (double)config->service_ns);
	}
	return config->service_ns;
}
