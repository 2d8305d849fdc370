/* Paths of verdicts.c about what is not one metric of two sides. */
#ifndef BENCH_VERDICTS_FUNCTIONS_H
#define BENCH_VERDICTS_FUNCTIONS_H

#include <stdint.h>

/* Samples per request by function, stats/rate_change.c with Benjamini and Hochberg's q of 5 %. */
void verdicts_print_functions(uint32_t trials);

/* Histories of results, stats/changepoint.c. */
void verdicts_print_changepoints(uint32_t trials);

#endif
