/*
 * The parts of `sonde compare` beside the metrics: functions that moved, response times, waits,
 * series, commits. Each is asked for, or shown in short when there is something to say.
 */
#ifndef CMD_COMPARE_PARTS_H
#define CMD_COMPARE_PARTS_H

#include <stdbool.h>

#include "cmd/compare_sides.h"
#include "report/text.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/strbuf.h"

struct compare_wants {
	/* asked for: also why they are not there */
	bool has_functions, has_latency, has_waits, has_series;
	bool is_all;
	bool is_short; /* of the others, what there is to say in few lines */
	double delta;  /* asked for; 0 = the default */
};

/*
 * Each further side is held against the first one. `head` is the place of the head in the summary.
 */
int compare_parts_add(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
		      uint32_t head, const struct compare_wants *wants,
		      const struct text_layout *layout, struct err *err);

/*
 * The document of the first two sides, with every part; `compared`: what differs, NULL = not asked.
 */
int compare_parts_add_json(struct strbuf *json, struct arena *arena,
			   const struct run_summary *summary, const struct comparability *compared,
			   struct err *err);

/* The picture of the response times. -ENOENT without load on a side. */
int compare_parts_add_svg(struct strbuf *svg, struct arena *arena,
			  const struct run_summary *summary, double delta, struct err *err);

#endif
