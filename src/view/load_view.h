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

/* Seconds of the window, added up over the merged runs. */
struct load_view_second {
	uint32_t second;
	struct load_counts counts;
	uint64_t p50_ns, p99_ns; /* 0 = too few answers in this second */
	/* The second's response times, encoded (model/histogram.h): load_view_add_second() */
	const void *response;
	size_t response_length;
	uint64_t sum_ns, min_ns, max_ns;
	/* What the generator did, all threads together; see load_view.has_generator. */
	uint64_t in_flight; /* at its end: sent and not answered */
	uint64_t waiting;   /* at its end: due, and without a connection (open loop) */
	uint64_t client_cpu_ns, client_wait_ns;
	uint64_t lag_p50_ns, lag_max_ns; /* send lag of the worst thread; 0 in closed loop */
};

struct load_view_name {
	const char *name, *method;
	struct load_counts counts;
	struct histogram *response, *service;
	struct histogram *censored; /* ages of those given up on (load_record.h); NULL = none */
	uint64_t status[LOAD_STATUS_SLOTS];
	/* its own, the generator's part empty; NULL = not known by name */
	struct load_view_second *seconds;
	uint32_t second_count;
};

/* What the last `sonde selftest load` in this store found: how wrong the ruler is. */
struct load_view_ruler {
	bool is_known;
	uint64_t wall_ns; /* when, since 1970 */
	double rate_hz;
	int64_t p50_error_ns;	/* the largest of all scenarios: measured - truth */
	double p99_error_ratio; /* likewise, of the truth; has_p99 */
	bool has_p99, is_within;
};

struct load_view {
	const char *url, *mode;
	const char *schedule; /* in words, "; " between those of arms that differ */
	/* "HTTP/2" and a cipher; "" = not known yet, no TLS */
	const char *protocol, *tls_cipher;
	uint32_t connections, threads, run_count;
	uint32_t depth; /* requests at once on a connection */
	double rate_hz;
	uint64_t timeout_ns;  /* of a request; 0 = unknown */
	uint64_t duration_ns; /* summed over the runs; of a run that was killed: whole seconds */
	/* where the first run's window begins, on both clocks */
	uint64_t begin_ns, begin_wall_ns;
	uint64_t client_cpu_ns, client_wait_ns, in_flight_max, reconnects;
	uint64_t resolve_ns; /* of the slowest run */
	uint64_t connects, tls_resumed, resent;
	uint32_t cut_seconds; /* warmup: auto: the most that was cut off a run */
	const char *warmup;   /* and why, one line a run; "" = a fixed warm-up */
	/* by kind; NULL = nothing of it */
	struct histogram *histograms[LOAD_HISTOGRAM_COUNT];
	struct load_view_name total; /* name ""; its seconds are the view's */
	struct load_view_name *names;
	uint32_t name_count;
	struct load_view_second *seconds; /* by second of the window */
	uint32_t second_count;
	bool has_generator;	       /* the seconds know what the generator did */
	struct load_failure *failures; /* merged, most frequent first; .name indexes names */
	uint32_t failure_count;
	struct load_view_ruler ruler;
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
