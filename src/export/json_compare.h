/*
 * sonde.compare/1: two sides metric by metric, and what else is known of how they differ. What was
 * not asked for, or is not there, is null.
 */
#ifndef EXPORT_JSON_COMPARE_H
#define EXPORT_JSON_COMPARE_H

#include <jansson.h>

#include "util/strbuf.h"
#include "view/comparability.h"
#include "view/function_diff.h"
#include "view/latency_shift.h"
#include "view/run_diff.h"
#include "view/series_diff.h"
#include "view/wait_diff.h"

struct json_compare {
	const struct run_diff *diff;
	/* NULL = null */
	const struct series_diff *series;
	const struct comparability *compared;
	const struct function_diff *functions;
	const struct latency_shift *shift;
	const struct wait_diff *waits;
	json_t *commits; /* borrowed */
};

void json_compare_write(struct strbuf *json, const struct json_compare *compare);

#endif
