/*
 * A value over time in straight lines (struct load_stage): a rate, or a number of users; and its
 * integral, which for a rate is how many requests are due. Arithmetic only.
 */
#ifndef LOAD_COURSE_H
#define LOAD_COURSE_H

#include <stdint.h>

#include "load/load.h"

#define COURSE_NEVER UINT64_MAX

struct course_piece {
	uint64_t begin_ns; /* since the begin of the course */
	double value;	   /* at its begin */
	double slope;	   /* per second */
	double integral;   /* of all before it: value times seconds */
};

struct course {
	struct course_piece *pieces; /* the last one has no end and no slope */
	uint32_t count;
};

void course_init_constant(struct course *course, double value);
void course_init(struct course *course, double begin, const struct load_stage *stages,
		 uint32_t count);
void course_release(struct course *course);

double course_get_value(const struct course *course, uint64_t offset_ns);
double course_get_integral(const struct course *course, uint64_t offset_ns);

/*
 * The earliest time (ns since the begin) at which the integral reaches `wanted`; COURSE_NEVER when
 * it never does. `hint` is a piece to begin with (0 at first) and is moved on: wanted must not fall
 * from call to call with the same hint.
 */
uint64_t course_find_integral(const struct course *course, double wanted, uint32_t *hint);

#endif
