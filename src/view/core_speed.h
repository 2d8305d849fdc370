/*
 * Whether the services' CPUs were equally fast in all runs of a proof: the metric core_loop
 * (monitor/core_probe.h). Where they were not, and steal shows nothing, the machine shares its
 * cores with another one, or its clock changes; and that is most of what makes a proof
 * INCONCLUSIVE.
 */
#ifndef VIEW_CORE_SPEED_H
#define VIEW_CORE_SPEED_H

#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

/* The slowest run by the fastest, from which on it is said. */
#define CORE_SPEED_SPREAD 1.15

/* A sentence of the arena's; "" where all runs were alike, or it was not measured. */
int core_speed_describe(const char **ret_sentence, struct arena *arena,
			const struct selection *selection, struct err *err);

#endif
