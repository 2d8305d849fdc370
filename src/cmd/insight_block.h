/*
 * The last block of a run (report/insight_text.h), behind the summaries of `run`, `stat` and
 * `show`. One side: the whole block. Several: of each what is likely wrong with it, alone; the
 * comparison has said the rest.
 */
#ifndef CMD_INSIGHT_BLOCK_H
#define CMD_INSIGHT_BLOCK_H

#include "report/text.h"
#include "util/arena.h"
#include "util/strbuf.h"
#include "view/run_insight.h"
#include "view/run_summary.h"

/*
 * One for each side, in the arena. What cannot be read of the store is as if it had not been
 * measured.
 */
struct run_insight *insight_block_read(struct arena *arena, const struct run_summary *summary);

void insight_block_add(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
		       const struct text_layout *layout);

/* The same; `store_option` goes behind the commands of sonde's that are next (session.h). */
void insight_block_add_of_store(struct strbuf *text, struct arena *arena,
				const struct run_summary *summary, const char *store_option,
				const struct text_layout *layout);

#endif
