/*
 * The parts of `sonde show` around the report: what was measured where, each run, each second. What
 * the other lenses saw: show_machine.h.
 */
#ifndef CMD_SHOW_TEXT_H
#define CMD_SHOW_TEXT_H

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

#endif
