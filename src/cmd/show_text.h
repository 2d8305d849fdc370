/*
 * The parts of `sonde show` around the report: what was measured where, each run, each second, each
 * monitor.
 */
#ifndef CMD_SHOW_TEXT_H
#define CMD_SHOW_TEXT_H

#include <stdbool.h>

#include "report/text.h"
#include "util/arena.h"
#include "util/strbuf.h"
#include "view/run_summary.h"
#include "view/selection.h"

/* Id, name, command line, tags, notes, machine. */
void show_text_add_head(struct strbuf *text, struct arena *arena, const struct selection *selection,
			const struct text_layout *layout);

/* Every selected run with its state and what was wrong with it. */
void show_text_add_runs(struct strbuf *text, const struct selection *selection,
			const struct text_layout *layout);

/* Requests/s and p99 of each second as bars, and what failed; nothing without load. */
void show_text_add_load(struct strbuf *text, const struct run_summary_side *side,
			const struct text_layout *layout);

/* Mean and max of each series; without is_all only what was not zero, and no single CPUs. */
void show_text_add_monitors(struct strbuf *text, struct arena *arena,
			    const struct run_summary_side *side, bool is_all,
			    const struct text_layout *layout);

#endif
