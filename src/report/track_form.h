/*
 * `sonde track` in other forms than for a terminal: lines for scripts, Markdown for a comment, and
 * the log of what was accepted.
 */
#ifndef REPORT_TRACK_FORM_H
#define REPORT_TRACK_FORM_H

#include "report/track_text.h"

/*
 * A line a metric, "requests_per_sec=25234.67 (+15.0%)": the median over runs, in the unit that the
 * name says, and the change against the baseline where it could be compared (of what can be zero
 * the difference, in that unit). With several arms "proxy.requests_per_sec=". Totals only, a line
 * only for what was measured. The last lines are run=, baseline= (when there is one) and answer=.
 * The names are a contract (docs/man/sonde-track.1).
 */
void track_form_add_kv(struct strbuf *text, const struct track_view *view,
		       const struct track_text_options *options);

/* GitHub's dialect; the layout does not matter. */
void track_form_add_markdown(struct strbuf *text, const struct track_view *view,
			     const struct track_text_options *options);

/* A table, newest first. */
void track_form_add_log(struct strbuf *text, const struct track_log *log,
			const struct text_layout *layout);

/* What track_form_add_kv() calls a metric; its own name when it has no other. */
const char *track_form_get_name(const struct metric_info *info);

#endif
