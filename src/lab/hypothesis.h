/*
 * Thresholds on change: what somebody expects of two arms, before it is measured.
 *
 *	cpu(gateway) zero-copy/proxy < 0.6	a ratio
 *	p99 workers=12 - workers=1 < 5ms	a difference, in the metric's unit
 *
 * The interval judges, not the estimate: CONFIRMED when all of it agrees, REFUTED when none of it
 * does, OPEN between. Pure: text becomes a hypothesis, an interval a verdict.
 */
#ifndef LAB_HYPOTHESIS_H
#define LAB_HYPOTHESIS_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/threshold.h"
#include "model/metric.h"
#include "stats/rank.h"
#include "util/arena.h"
#include "util/err.h"

struct hypothesis {
	const char *text;
	const struct metric_info *metric;
	/* as written, which of a request the plan makes "request:NAME" of, as in the store; "" */
	const char *scope;
	const char *head, *base;	  /* of the names that hypothesis_parse() was given */
	bool is_ratio;			  /* head/base, else head - base */
	enum threshold_operator operator; /* no == and != */
	double value;			  /* above 0, or in the metric's unit */
};

enum hypothesis_verdict { HYPOTHESIS_CONFIRMED, HYPOTHESIS_REFUTED, HYPOTHESIS_OPEN };

/* "CONFIRMED" "REFUTED" "OPEN" */
const char *hypothesis_verdict_name(enum hypothesis_verdict verdict);

/*
 * Whether the text is about two arms, if perhaps wrongly written; else it is a threshold on each
 * run (lab/threshold.h).
 */
bool hypothesis_is_meant(const char *text);

/*
 * "METRIC[(SCOPE)] HEAD/BASE OP NUMBER" or "METRIC[(SCOPE)] HEAD-BASE OP VALUE". `arms` are all
 * names that there are (NULL-terminated): they may hold '/' and '-' themselves. -EINVAL with what
 * would be right; texts of the result are the arena's or the list's.
 */
int hypothesis_parse(struct hypothesis *ret_hypothesis, struct arena *arena, const char *text,
		     const char *const *arms, struct err *err);

/* What a metric's scope may be: a service (CPU, memory, switches, faults), or else a request. */
bool hypothesis_is_of_services(const struct metric_info *metric);

/*
 * `estimate` is of differences head - base; of logarithms of the values when it is a ratio.
 */
enum hypothesis_verdict hypothesis_judge(const struct hypothesis *hypothesis,
					 const struct rank_estimate *estimate);

/*
 * About how many more pairs would settle an OPEN one in four of five cases if the estimate is true,
 * as verdict_rule_count_more() has it; VERDICT_RULE_MANY_RUNS for that many or more. 0 = not known.
 */
uint32_t hypothesis_count_more(const struct hypothesis *hypothesis,
			       const struct rank_estimate *estimate);

#endif
