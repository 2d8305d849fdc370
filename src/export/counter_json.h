/*
 * Counts for programs. Times are integer nanoseconds, ratios 0..1; `value` is null unless the state
 * is "counted". A figure that stands beside a counter is a key of its object: `ipc`,
 * `branch_miss_ratio`, `cpus_utilized` (view/counter_ratios.c lists them).
 */
#ifndef EXPORT_COUNTER_JSON_H
#define EXPORT_COUNTER_JSON_H

#include <jansson.h>

#include "model/counter.h"
#include "util/strbuf.h"

/*
 * An array of {name, value, unit ("ns" or "count"), state, enabled_ns, running_ns, figure}. A new
 * reference.
 */
json_t *counter_json_make(const struct counters *counters, double elapsed_ns);

/*
 * Lines as `perf stat -x,` has them: value, unit, event, running time (ns), its share (percent),
 * figure, unit of the figure. Clocks are in ms there; "<not supported>" stands for a value.
 */
void counter_json_add_csv(struct strbuf *text, const struct counters *counters, double elapsed_ns);

#endif
