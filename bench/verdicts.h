/*
 * Error rates of the verdicts, by simulation: bench/verdicts.c prints what each path of scenarios
 * comes to. A path is a file with one function that prints its table; to add one, declare it here
 * and put it in the list of verdicts.c.
 */
#ifndef BENCH_VERDICTS_H
#define BENCH_VERDICTS_H

#include <stdint.h>

#include "stats/rng.h"

#define VERDICTS_DELTA 0.02
#define VERDICTS_LEVEL 0.95

/* Noise of runs, of logarithms: sd 1 where it has one. */
enum noise {
	NOISE_NORMAL,
	NOISE_T3,     /* Student's t of three degrees of freedom */
	NOISE_SKEWED, /* exponential */
	NOISE_SLOW,   /* autoregressive, .8 from one run to the next: a machine that drifts */
	NOISE_COUNT
};

const char *noise_name(enum noise noise);

double noise_next_normal(struct rng *rng);

/* `count` runs in the order of time, with the standard deviation `sd`. */
void noise_fill(struct rng *rng, enum noise noise, double sd, double *values, uint32_t count);

/* A/A: the same program on both sides; and a change that lies exactly on the border. */
void verdicts_print_errors(uint32_t trials);

/* Beside the table of power that was computed by another program. */
void verdicts_print_power(uint32_t trials);

/* The error of the looks of stats/sequential.c, over all looks. */
void verdicts_print_looks(uint32_t trials);

/* The rows of the table in stats/sequential.c, found again. */
void verdicts_print_constants(uint32_t trials);

#endif
