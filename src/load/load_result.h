/* Results of several workers as one. */
#ifndef LOAD_LOAD_RESULT_H
#define LOAD_LOAD_RESULT_H

#include "load/load.h"
#include "load/worker.h"

/*
 * Adds what a worker has for the end, when its thread has been joined. Counts and latencies come
 * from the collector.
 */
void load_result_add_worker(struct load_result *result, const struct worker *worker);

#endif
