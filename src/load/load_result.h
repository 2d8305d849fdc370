/* Results of several workers as one. */
#ifndef LOAD_LOAD_RESULT_H
#define LOAD_LOAD_RESULT_H

#include "load/load.h"
#include "load/worker.h"

/* Empty; without the totals, which are the collector's. */
void load_result_init(struct load_result *result, uint32_t threads, bool is_open_loop);

/*
 * Adds what a worker has for the end, when its thread has been joined. Counts and latencies come
 * from the collector.
 */
void load_result_add_worker(struct load_result *result, const struct worker *worker);

#endif
