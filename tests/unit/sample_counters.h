/* Counts written by hand, for the tests of what is said of them. */
#ifndef SAMPLE_COUNTERS_H
#define SAMPLE_COUNTERS_H

#include <stdio.h>
#include <string.h>

#include "model/counter.h"

/* Counted all the time of `enabled_ns`, which is 1 s. */
static inline struct counter *sample_counters_add(struct counters *counters, const char *name,
						  double value)
{
	struct counter *counter;

	vec_push(counters, (struct counter){.state = COUNTER_COUNTED,
					    .value = value,
					    .enabled_ns = 1000000000,
					    .running_ns = 1000000000});
	counter = &counters->items[counters->count - 1];
	snprintf(counter->name, sizeof(counter->name), "%s", name);
	counter->is_time = strcmp(name, "task-clock") == 0 || strcmp(name, "cpu-clock") == 0;
	return counter;
}

static inline void sample_counters_add_other(struct counters *counters, const char *name,
					     enum counter_state state)
{
	struct counter *counter = sample_counters_add(counters, name, 0);

	counter->state = state;
	counter->enabled_ns = counter->running_ns = 0;
}

/* A busy second on a machine with everything: 2 s of CPU time at 3 GHz. */
static inline void sample_counters_make(struct counters *counters)
{
	sample_counters_add(counters, "task-clock", 2e9);
	sample_counters_add(counters, "context-switches", 1500);
	sample_counters_add(counters, "cycles", 6e9);
	sample_counters_add(counters, "instructions", 9e9);
	sample_counters_add(counters, "branches", 1e9);
	sample_counters_add(counters, "branch-misses", 25e6)->running_ns = 420000000;
	sample_counters_add(counters, "cache-references", 4e6);
	sample_counters_add(counters, "cache-misses", 1e6);
}

#endif
