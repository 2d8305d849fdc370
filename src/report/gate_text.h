/*
 * What `sonde gate` prints, and the words that its files take (view/gate_result.h): numbers become
 * text here and nowhere else.
 */
#ifndef REPORT_GATE_TEXT_H
#define REPORT_GATE_TEXT_H

#include "report/text.h"
#include "util/arena.h"
#include "util/strbuf.h"
#include "view/gate_result.h"

struct gate_text_options {
	struct text_layout layout;
	bool is_all; /* also metrics that no short table shows */
};

/*
 * The rows of a side from its diff: metrics in total, in the diff's order, with their words. To be
 * called for each side before anything is written. Everything is the arena's.
 */
void gate_text_describe(struct gate_side *side, struct arena *arena);

void gate_text_format(struct strbuf *text, const struct gate_result *gate,
		      const struct gate_text_options *options);

/* "REGRESSED" in one line: what the gate came to, for an empty `conclusion`; the arena's. */
const char *gate_text_conclude(const struct gate_result *gate, struct arena *arena);

#endif
