/*
 * What a proof came to: what was put against what, how, and the verdict in a sentence. The table of
 * all metrics, functions and waits stand below it (compare_text.h).
 */
#ifndef REPORT_PROVE_TEXT_H
#define REPORT_PROVE_TEXT_H

#include "model/arm_source.h"
#include "model/proof_record.h"
#include "report/text.h"
#include "util/strbuf.h"
#include "view/run_diff.h"

struct prove_text {
	const char *experiment, *plan; /* id and name */
	const struct arm_source *base, *head;
	const struct proof_record *proof;
	const struct run_diff *diff; /* NULL = nothing was measured */
	double level;
	const char *core_speed; /* what core_speed_describe() says; "" */
};

/* The head: both sides, pairs, time. A few lines. */
void prove_text_add_design(struct strbuf *text, const struct prove_text *prove,
			   const struct text_layout *layout);

/*
 * The verdict with its interval and what it means, and without one what it would take. One
 * paragraph.
 */
void prove_text_add_verdict(struct strbuf *text, const struct prove_text *prove,
			    const struct text_layout *layout);

#endif
