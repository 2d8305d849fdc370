/*
 * What `stat` prints while it goes on: a line, the tables of --like, or the counts of events, an
 * interval; as text or CSV. The watch is a lab_observe_fn's context.
 */
#ifndef CMD_STAT_WATCH_H
#define CMD_STAT_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab/lab.h"
#include "util/err.h"
#include "view/stat_table.h"

struct stat_watch {
	bool kinds[STAT_TABLE_COUNT]; /* --like; none = a line of sonde's own */
	bool has_tables;	      /* any of kinds */
	struct stat_table_options tables;
	bool is_machine;      /* the line is the whole machine's */
	bool has_intervals;   /* something is printed an interval; else at the end only */
	bool has_counts;      /* the counts of events, in the place of the line */
	bool is_csv, is_json; /* JSON: of tables alone, one a line */
	uint32_t count_max;   /* intervals; 0 = without end */
	FILE *file;	      /* where to */

	uint32_t count; /* of intervals so far */
	struct counters last_counters;
};

/* The option --like of several words. -EINVAL in a sentence. */
int stat_watch_set_like(struct stat_watch *watch, const char *like, struct err *err);

/* What has to be read for the tables. */
void stat_watch_get_tables(const struct stat_watch *watch, struct machine_sampler_config *config);

bool stat_watch_observe(void *context, const struct lab_sight *sight);

/* The tables of copies of /proc, in order, without waiting: each against the one before. */
int stat_watch_print_roots(struct stat_watch *watch, const char *const *roots, uint32_t count,
			   struct err *err);

void stat_watch_release(struct stat_watch *watch);

#endif
