/*
 * The load's side of an arm: its runs merged — counts and histograms added — in total and per
 * request name, and second by second.
 */
#ifndef VIEW_LOAD_VIEW_H
#define VIEW_LOAD_VIEW_H

#include <stdint.h>

#include "model/load_record.h"
#include "util/arena.h"
#include "util/err.h"
#include "view/selection.h"

struct load_view_name {
	const char *name, *method;
	struct load_counts counts;
	struct histogram *response, *service;
	uint64_t status[LOAD_STATUS_SLOTS];
};

struct load_view_second {
	uint32_t second;
	struct load_counts counts;
	uint64_t p50_ns, p99_ns; /* 0 = too few answers in this second */
	/* The second's response times, encoded (model/histogram.h): load_view_add_second() */
	const void *response;
	size_t response_length;
	uint64_t sum_ns, min_ns, max_ns;
};

struct load_view {
	const char *url, *mode;
	uint32_t connections, threads, run_count;
	double rate_hz;
	uint64_t timeout_ns;  /* of a request; 0 = unknown */
	uint64_t duration_ns; /* summed over the runs; of a run that was killed: whole seconds */
	/* where the first run's window begins, on both clocks */
	uint64_t begin_ns, begin_wall_ns;
	uint64_t client_cpu_ns, client_wait_ns, in_flight_max, reconnects;
	struct histogram *send_lag;  /* NULL in closed loop */
	struct load_view_name total; /* name "" */
	struct load_view_name *names;
	uint32_t name_count;
	struct load_view_second *seconds; /* of the merged runs, by second of the window */
	uint32_t second_count;
	struct load_failure *failures; /* merged, most frequent first; .name indexes names */
	uint32_t failure_count;
	bool is_judged;		/* false: a run ended before its load could be judged */
	enum validity validity; /* the worst of the runs */
	const char *reasons;	/* one a line */
};

/*
 * -ENOENT with a sentence when no run had load. load_view_release() frees the histograms, the arena
 * the rest.
 */
int load_view_read(struct load_view *ret_view, struct arena *arena,
		   const struct selection *selection, uint32_t arm, struct err *err);
void load_view_release(struct load_view *view);

/* Adds a second's response times to `into`: of all seconds together they are the total's. */
void load_view_add_second(const struct load_view_second *second, struct histogram *into);

#endif
