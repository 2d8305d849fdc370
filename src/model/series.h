/*
 * What a monitor produces: named values over time. A series is known by its name and its labels'
 * text, and has one unit. Names are stable, dotted, lower case ("process.cpu_user_ratio"); `scope`
 * says whose value it is: a role ("gateway", "workers", "" for the services in total), "cpu0",
 * "host", "sonde" (the generator itself).
 */
#ifndef MODEL_SERIES_H
#define MODEL_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

enum series_unit {
	SERIES_RATIO,	   /* 0..1 of one CPU for CPU times (2.5 = two and a half CPUs) */
	SERIES_PER_SECOND, /* events per second over the interval that ends at the point */
	SERIES_BYTES,
	SERIES_COUNT,
	SERIES_NS,
};

const char *series_unit_name(enum series_unit unit); /* "ratio" "per_s" "bytes" "count" "ns" */

struct series_point {
	uint64_t time_ns; /* CLOCK_MONOTONIC, end of the interval that the value describes */
	double value;
};

struct series {
	char name[48];
	char scope[48];
	enum series_unit unit;
	VEC(struct series_point) points;
};

/* A growing list of series: what one monitored run holds. */
struct series_list {
	VEC_FIELDS(struct series);
	size_t next; /* where adding looks first: samples come in the same order each time */
};

void series_list_release(struct series_list *list);

/* Adds a point, making the series when it is new. Names longer than the fields are cut. */
void series_list_add(struct series_list *list, const char *name, const char *scope,
		     enum series_unit unit, uint64_t time_ns, double value);

/* NULL when there is none. */
const struct series *series_list_find(const struct series_list *list, const char *name,
				      const char *scope);

#endif
