/*
 * Many runs in one table, a row each: sonde's own arms, their runs merged, and the loads of other
 * tools (import/). For looking, not for deciding: there is no verdict between rows.
 *
 * Figures are medians over the runs of a row, requests and failures their sums. The rate of the
 * whole window and that of its last ten seconds stand apart: Locust shows the one on its screen and
 * the other in its files, and comparing the two is a common mistake.
 */
#ifndef VIEW_RUN_TABLE_H
#define VIEW_RUN_TABLE_H

#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/vec.h"
#include "view/selection.h"

enum { RUN_TABLE_LAST_SECONDS = 10 };

struct run_table_row {
	const char *label;	/* as typed, with the arm when there are several */
	const char *experiment; /* id */
	const char *tool;	/* "Locust", "wrk"; "" = sonde itself */
	/* the plan's name; of others the target's path, or the file's name */
	const char *profile;
	const char *users;	   /* "1,500", or an open loop's "5,000/s"; "" = not known */
	const char *configuration; /* the arm; of others "4 connections, 2 threads"; "" = none */
	const char *quality;	   /* "SUSPECT", "interrupted", "REFUSED"; "" = all is well */
	uint32_t run_count;
	/* NAN = not known, or not earned */
	double requests, failures; /* answered; failed */
	double p50_ns, p95_ns, p99_ns, mean_ns;
	double rate_rps, last_rate_rps; /* of the whole window; of its last ten seconds */
};

struct run_table {
	VEC(struct run_table_row) rows;
	VEC(const char *) notes; /* what is to be known of a tool's figures, each once */
};

/*
 * Adds a row for each arm of the selection that measured. Texts are the arena's or the selection's.
 * -ENOENT in a sentence when none did; else errors of the store.
 */
int run_table_add(struct run_table *table, struct arena *arena, const struct selection *selection,
		  struct err *err);

void run_table_release(struct run_table *table);

#endif
