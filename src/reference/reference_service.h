/* How long the reference server takes for a request. Pure. */
#ifndef REFERENCE_REFERENCE_SERVICE_H
#define REFERENCE_REFERENCE_SERVICE_H

#include "reference/reference_server.h"
#include "stats/rng.h"

/* The next service time (ns) of the configuration. */
uint64_t reference_service_draw(const struct reference_config *config, struct rng *rng);

#endif
