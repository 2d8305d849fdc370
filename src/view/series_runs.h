/*
 * The series of a selection's runs as they were stored, run by run and point by point: what the
 * other views of series are made of, and the exports that keep every point.
 */
#ifndef VIEW_SERIES_RUNS_H
#define VIEW_SERIES_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/series.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

struct series_run {
	const struct stored_run *run;
	uint64_t begin_ns, end_ns; /* the measured window; end UINT64_MAX: it never ended */
	double rate_rps; /* requests completed in the window, per second; 0 = none known */
	struct series_list list;
};

struct series_runs {
	const char *experiment;	 /* id */
	struct series_run *runs; /* by arm, then pair */
	uint32_t run_count;
};

/* A series within the measured window. */
struct series_window {
	const struct series_point *points; /* `count` of them */
	size_t count;
	uint64_t begin_ns; /* of the first point's interval */
};

/*
 * `arm` UINT32_MAX = all arms. Runs that have begun measuring. Borrows the selection; release also
 * after an error, and before the arena.
 */
int series_runs_read(struct series_runs *ret_runs, struct arena *arena,
		     const struct selection *selection, uint32_t arm, struct err *err);
void series_runs_release(struct series_runs *runs);
static inline void series_runs_cleanup(struct series_runs *runs)
{
	series_runs_release(runs);
}

/* One run, which need not have measured; release `list`. */
int series_runs_read_one(struct series_run *ret_run, struct arena *arena, struct store *store,
			 const struct stored_run *run, struct err *err);

/*
 * The points whose interval lies in the measured window, but for 50 ms at either end. A point
 * describes the time up to it: the one at the window's begin is of the time before; the last sample
 * may be taken a moment behind the end, and one right after it is of hardly any time, and what it
 * says of that is no peak.
 */
struct series_window series_runs_get_window(const struct series_run *run,
					    const struct series *series);

/*
 * Sums value times length over the finite points of a window, and the lengths (ns); the mean is
 * their ratio. Points without a length count 1 ns.
 */
void series_runs_add_up(const struct series_window *window, double *ret_sum, double *ret_length);

/* A moment of a run on the wall clock, ns since 1970. */
uint64_t series_runs_get_wall_ns(const struct series_run *run, uint64_t time_ns);

#endif
