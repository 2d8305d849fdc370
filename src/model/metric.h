/*
 * The scalar figures of a run: the unit of comparison. Each run stores one value per metric (and
 * role or request name); comparisons work on these. `metric_find` is the only place that knows what
 * a metric is called, which direction is better, and whether it may be compared as a ratio.
 *
 * A metric that can be zero is compared by differences (METRIC_DIFFERENCE), never by logs.
 */
#ifndef MODEL_METRIC_H
#define MODEL_METRIC_H

#include <stdbool.h>
#include <stdint.h>

enum metric_unit {
	METRIC_PER_SECOND,
	METRIC_NS,
	METRIC_RATIO,
	METRIC_BYTES,
	METRIC_BYTES_PER_SECOND,
	METRIC_COUNT
};

enum metric_scale { METRIC_LOG_RATIO, METRIC_DIFFERENCE };

struct metric_info {
	const char *name;  /* "cpu_per_request": in plans (primary:), JSON and the store */
	const char *label; /* "CPU per request": in tables */
	enum metric_unit unit;
	enum metric_scale scale;
	int better;   /* +1 higher, -1 lower, 0 neither (informs only) */
	bool is_main; /* shown in the short table; the others with --all */
};

/*
 * A value of one run. `scope`: "" in total, a role ("gateway", "workers"), or a request name
 * ("request:hello").
 */
struct metric_value {
	char name[48];
	char scope[64];
	double value;
};

const struct metric_info *metric_find(const char *name); /* NULL when there is none of that name */
const struct metric_info *metric_list(uint32_t *ret_count); /* all, in table order */
/* "per_s" "ns" "ratio" "bytes" "bytes_per_s" "count" */
const char *metric_unit_name(enum metric_unit unit);

#endif
