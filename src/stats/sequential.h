/*
 * Looking at a comparison while it grows. Who looks after each pair, and stops at the first
 * interval that says something, is wrong far more often than the interval's level says: at 95 % and
 * seven looks in one of eight cases. So each look takes a stricter level, the same for all (Pocock,
 * Group sequential methods in the design and analysis of clinical trials, Biometrika 64, 1977), so
 * small that the chance of any false REGRESSED or IMPROVED over all looks stays at the whole one.
 * The constants for exact signed ranks were found by simulation (bench/verdicts.c prints them
 * again). Pure functions, safe from any thread.
 */
#ifndef STATS_SEQUENTIAL_H
#define STATS_SEQUENTIAL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEQUENTIAL_FIRST = 8, /* pairs at the first look */
	SEQUENTIAL_STEP = 2,  /* pairs between looks */
	SEQUENTIAL_LAST = 20, /* pairs at the last look, unless stated */
	SEQUENTIAL_MOST = 200,
};

/*
 * A plan of looks: after `first`, first + step, … pairs, and after `last` in any case. All at least
 * 1, first <= last <= SEQUENTIAL_MOST.
 */
struct sequential {
	uint32_t first, step, last;
};

/* Whether the numbers are as said above: they may come from a file. */
bool sequential_is_sane(const struct sequential *looks);

uint32_t sequential_count_looks(const struct sequential *looks);

/* Whether one looks after so many pairs. */
bool sequential_is_look(const struct sequential *looks, uint32_t pairs);

/*
 * The confidence level of each look's interval, so that in no more than the share `error` (0.05) of
 * proofs any look's interval excludes a truth of no change: 0.95 for one look, 0.983 for the seven
 * after 8, 10, … 20 pairs. Safe for any plan and error, and as good as it gets for those of the
 * table in sequential.c (errors of 0.1, 0.05 and 0.01).
 */
double sequential_get_level(const struct sequential *looks, double error);

#endif
