/*
 * What an event is called when the file does not say: perf's names of the generic events, and
 * perf's way to write the others. Pure.
 */
#ifndef IMPORT_PERF_EVENT_NAME_H
#define IMPORT_PERF_EVENT_NAME_H

#include <linux/perf_event.h>
#include <stdbool.h>

#include "util/arena.h"

/* In the arena. */
const char *perf_event_name_format(const struct perf_event_attr *attr, struct arena *arena);

/* Whether it counts nanoseconds of CPU time. */
bool perf_event_name_is_clock(const struct perf_event_attr *attr);

#endif
