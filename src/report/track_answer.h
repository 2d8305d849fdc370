/* The reasons of `sonde track`'s answer in words: for the terminal, Markdown and JSON alike. */
#ifndef REPORT_TRACK_ANSWER_H
#define REPORT_TRACK_ANSWER_H

#include <stdbool.h>

#include "util/strbuf.h"
#include "view/track_view.h"

/* "012345678", "012345678+" with changes that were not committed. */
void track_answer_add_commit(struct strbuf *text, const char *revision, bool is_dirty);

/* "p99 rose by 12.3 % somewhere near 012345678 (k7f3m9qa, 2026-11-21 01:12:24)" */
void track_answer_add_change(struct strbuf *text, const struct track_view *view,
			     const struct history_series *series,
			     const struct history_change *change);

/* One sentence without a full stop: "p99 REGRESSED: +12.3 % (+8.1 … +16.5 %)". */
void track_answer_add_reason(struct strbuf *text, const struct track_view *view,
			     const struct track_reason *reason);

/* All of it in one line: "KEEP: CPU per request is EQUIVALENT: …; nothing REGRESSED". */
void track_answer_add_sentence(struct strbuf *text, const struct track_view *view);

#endif
