/*
 * /proc/stat of this sample and of the one before, read once for all monitors: it has a line for
 * each CPU and a number for each interrupt, and is the dearest file of a big machine. For files
 * inside monitor/ only.
 */
#ifndef MONITOR_SYSTEM_READING_H
#define MONITOR_SYSTEM_READING_H

#include <stdint.h>

#include "procfs/proc_file.h"
#include "procfs/proc_system.h"
#include "util/strbuf.h"

struct system_reading;

/* `fs` and `missing` are borrowed. */
struct system_reading *system_reading_new(const struct procfs *fs, struct strbuf *missing);
void system_reading_free(struct system_reading *reading);

/* Before the monitors' samples. What cannot be read is said once, and is then no reading. */
void system_reading_update(struct system_reading *reading, uint64_t now_ns);

/* This sample's; NULL when it could not be read. Valid until the next update, as all of these. */
const struct proc_system_stat *system_reading_get_now(const struct system_reading *reading);

/* The one before this sample's; NULL at the first, and when one of the two could not be read. */
const struct proc_system_stat *system_reading_get_last(const struct system_reading *reading);

/* Between the two; above 0 when there are two. */
uint64_t system_reading_get_elapsed_ns(const struct system_reading *reading);

/* The CPU with the number `cpu`; NULL when it is offline. */
const struct cpu_sample *system_reading_find_cpu(const struct proc_system_stat *stat, uint32_t cpu);

#endif
