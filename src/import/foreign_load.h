/*
 * The result of a load that another tool made: its scalar figures under sonde's names
 * (model/metric.h), what it says of how the load was made, and what it has of time series. What
 * the readers of Locust's, wrk's and hey's output fill, and foreign_store keeps.
 *
 * There are no histograms in such results: nothing can be said of quantiles that they do not print.
 * A quantile that they do print counts only where sonde's own would (stats/quantile.h): ten answers
 * beyond it. Failures are counted as by the tool, and a failed request may be in its times.
 */
#ifndef IMPORT_FOREIGN_LOAD_H
#define IMPORT_FOREIGN_LOAD_H

#include <stdint.h>

#include "model/metric.h"
#include "model/series.h"
#include "util/arena.h"
#include "util/vec.h"

enum { FOREIGN_NAMES_MAX = 300 }; /* request names; later ones are left out */

struct foreign_name {
	const char *name, *method; /* method "" = not known */
};

struct foreign_load {
	const char *tool; /* "Locust" "wrk" "wrk2" "hey"; NULL = this is no load */
	const char *mode; /* "closed" | "open"; "" = not known */
	const char *url;  /* "" = not known */
	/* what is to be known of this tool's figures, a sentence; "" = nothing */
	const char *caveat;
	uint32_t users, connections, threads; /* 0 = not known */
	uint64_t duration_ns;		      /* 0 = not known */
	uint64_t begin_wall_ns;		      /* 0 = not known */
	uint64_t failure_count;
	VEC(struct metric_value) metrics;
	VEC(struct foreign_name) names;
	struct series_list series; /* times from FOREIGN_BEGIN_NS on */
};

/* No clock is known of it: its window begins here. */
#define FOREIGN_BEGIN_NS UINT64_C(1000000000)

void foreign_load_release(struct foreign_load *load);

/* What is not finite, or below 0, is left out. A scope that is too long is cut. */
void foreign_load_add(struct foreign_load *load, const char *metric, const char *scope,
		      double value);

/* `q` 0..1 of `count` requests: only what that many support. */
void foreign_load_add_quantile(struct foreign_load *load, const char *metric, const char *scope,
			       double q, uint64_t count, double ns);

/* requests, success_ratio, failures_per_request, and in total failure_count. */
void foreign_load_add_counts(struct foreign_load *load, const char *scope, double answered,
			     double offered, double failed);

/* The value of a metric in total; NAN when there is none. */
double foreign_load_find(const struct foreign_load *load, const char *metric);

/* "  4717.5 requests": the digits in front, behind blanks; NAN without any. */
double foreign_load_parse_number(const char *text);

/*
 * "1.23ms", "487.00us", "2.00s", "1.5m", "1.00h" to ns; NAN for anything else. Letters behind the
 * number are wrk's units.
 */
double foreign_load_parse_time(const char *text, size_t length);

/* "1.95M" and "12.34k" by 1000 or 1024, without a unit itself; NAN for anything else. */
double foreign_load_parse_amount(const char *text, size_t length, double scale);

#endif
