/*
 * What a gate came to, as plain data: the command fills it, report/gate_text.h words it, and the
 * writers (export/junit.h, export/github.h, export/json_gate.h) put it where a CI looks for it.
 * Nothing here is owned.
 */
#ifndef VIEW_GATE_RESULT_H
#define VIEW_GATE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "view/comparability.h"
#include "view/gate_power.h"
#include "view/run_diff.h"

/* A metric with its values in words, as gate_text_describe() makes them. */
struct gate_row {
	const struct run_diff_metric *metric;
	const char *base, *head; /* "1.20 ms"; "-" = none */
	const char *change;	 /* "+12.3 % (+8.1 … +16.5 %)"; "" without an estimate */
	const char *note;	 /* "about 8 more pairs, 2m05s, would tell"; "" = none */
};

/* One base against one head; a plan with arms may have several. */
struct gate_side {
	const char *name; /* of the arm; "" when there is only one */
	const struct run_diff *diff;
	struct gate_power power;
	/* in total, in the diff's order; filled by gate_text_describe() */
	const struct gate_row *rows;
	uint32_t row_count;
};

/* "main~2", its commit ("" = none) and its experiment ("" = none, for example a file). */
struct gate_end {
	const char *label, *revision, *subject, *experiment;
};

struct gate_result {
	const char *plan;    /* the plan's name: the JUnit suite's */
	const char *against; /* "revision" | "baseline" | "file" */
	struct gate_end base, head;
	const struct gate_side *sides;
	uint32_t side_count;
	enum verdict verdict;	/* the worst of the primary metrics */
	bool has_regressed;	/* by the primary metric of a side, or by its veto */
	const char *conclusion; /* one sentence: what it came to, and what to do; "" = none */
	/* what differs besides the change (comparability.h), and other sentences: SUSPECT runs,
	 * what was left out */
	const struct comparability_difference *differences;
	uint32_t difference_count;
	const char *const *notes;
	uint32_t note_count;
	const char *command; /* to see more: "sonde compare k7f3m9qa"; "" = none */
	uint32_t pairs, rejected;
	uint64_t wall_ns;     /* when it ended, since 1970 */
	uint64_t measured_ns; /* what measuring took */
	uint64_t seed;
	int exit_status; /* that the command will end with */
};

/*
 * The word for what the gate came to, and the verdict whose colour and mark it has: thresholds that
 * were breached make it FAILED whatever the comparison says.
 */
const char *gate_result_get_word(const struct gate_result *gate, enum verdict *ret_mark);

/* A side's row of a metric in total, NULL when it has none (or was not described). */
const struct gate_row *gate_result_find(const struct gate_side *side, const char *metric);

/* The row of the metric that decides, NULL when no run has it. */
const struct gate_row *gate_result_find_primary(const struct gate_side *side);

/* "name.metric" where there are several sides, else "metric"; the arena's. */
const char *gate_result_name_row(const struct gate_result *gate, const struct gate_side *side,
				 const struct gate_row *row, struct arena *arena);

#endif
