/*
 * Several tests at once. Pure functions, safe from any thread.
 *
 * Given p-values become adjusted ones: "the smallest level at which this test would be counted when
 * all are looked at". A p-value that is NAN is no test: it stays NAN and does not count.
 */
#ifndef STATS_MULTIPLE_H
#define STATS_MULTIPLE_H

#include <stdint.h>

/*
 * Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics
 * 6 (1979): the chance of one false finding or more stays at the level, however the tests depend on
 * each other. R's p.adjust(method = "holm"). `ret_adjusted` may be `p`.
 */
void multiple_holm(const double *p, uint32_t count, double *ret_adjusted);

/*
 * Benjamini and Hochberg, Controlling the false discovery rate, JRSS B 57 (1995): of what is found
 * at the level q, a share of q is false on the average. R's p.adjust(method = "BH").
 */
void multiple_benjamini_hochberg(const double *p, uint32_t count, double *ret_adjusted);

#endif
