/*
 * The `latency` and `requests` objects of a script's done(): min, max, mean, stdev, :percentile(p),
 * object(i) → value and count, #object. Whole microseconds, or whole answers per second, cut off as
 * in wrk; mean and stdev have fractions.
 */
#ifndef LOAD_SCRIPT_STATS_H
#define LOAD_SCRIPT_STATS_H

#include <stdint.h>

#include "model/histogram.h"
#include "util/scoped.h"

struct lua_State;
struct script_stats;

/*
 * Keeps what it needs of the histogram. `unit`: how much of the histogram's values is one of the
 * script's; 1000 for nanoseconds shown as microseconds.
 */
struct script_stats *script_stats_new(const struct histogram *histogram, uint64_t unit);
void script_stats_free(struct script_stats *stats);
SCOPED_POINTER(script_stats, script_stats_free)

/*
 * Pushes the object; may raise Lua's error of memory. The stats must outlive the state: a script
 * may keep the object.
 */
void script_stats_push(struct lua_State *L, const struct script_stats *stats);

#endif
