/*
 * From a truth and what the ruler says to errors, and whether they are within what the ruler
 * promises. Pure functions. The limits stand in docs/method.md ("the ruler's own error").
 */
#ifndef LAB_SELFTEST_JUDGE_H
#define LAB_SELFTEST_JUDGE_H

#include "model/histogram.h"
#include "store/store_selftest.h"

/* An error is within when it is at most this share of the truth, or at most so long. */
#define SELFTEST_LIMIT_RATIO 0.05
#define SELFTEST_LIMIT_BODY_NS 100000u /* up to p90 */
#define SELFTEST_LIMIT_TAIL_NS 500000u /* p99 and beyond */

/* From 0.1 s on a request of a freeze counts as late. */
#define SELFTEST_LATE_NS 100000000u

/* The quantiles of the record, 0..1 and ascending, by place. */
double selftest_judge_get_level(int place);

struct selftest_reading {
	const struct histogram *response; /* of the answers, from the intended time */
	const struct histogram *censored; /* ages of those given up on; NULL = none */
};

/*
 * Fills the quantiles, and the late shares when scenario->has_late. law_ns is kept as it is. A
 * quantile is earned by `count` requests, not by the truth's draws; those past tail_q are not (1 =
 * all may be).
 */
void selftest_judge_scenario(struct store_selftest_scenario *scenario,
			     const struct histogram *truth, const struct selftest_reading *reading,
			     double tail_q);

/*
 * Whether both sides count the same: what was sent was served and answered. Not asked of a scenario
 * in which requests are given up on.
 */
bool selftest_judge_is_counted(const struct store_selftest_scenario *scenario);

/* The largest errors of all scenarios, and whether all are within. */
void selftest_judge_all(struct store_selftest *selftest);

#endif
